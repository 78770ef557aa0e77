/* Jobs for the locks of vendors: which component, to which version, and what follows. */
#include "ota/engine_parts.h"
#include "ota/vendor_version.h"
#include "server/base/log.h"
#include "server/base/text.h"

#include <stdlib.h>
#include <string.h>

bool engine_is_vendor(const struct engine *engine, const struct lock *lock)
{
	const struct adapter *adapter = engine_adapter(engine, lock->adapter);

	return adapter && adapter->capabilities & ADAPTER_VENDOR;
}

/* Nobody has heard yet what it has: the job asks, and goes on with the answer. */
static bool is_unasked(const struct lock *lock)
{
	return !lock->n_components && !lock->components_at;
}

static enum err_code pick_component(const struct job_request *request, const struct lock *lock,
	unsigned capabilities, const struct lock_component **out, struct err *e)
{
	*out = request->component ? lock_part(lock, request->component)
				  : lock_part_wanted(lock, capabilities);
	if (!*out && is_unasked(lock))
		return OK;
	if (!*out && request->component)
		return err_because(e, ERR_UNSUPPORTED, "unknown_component",
			"%s has no component \"%.23s\"", lock->id, request->component);
	if (!*out && capabilities & ADAPTER_OFFERS && !request->version_text)
		return err_because(e, ERR_UNSUPPORTED, "no_update",
			"the vendor offers %s nothing newer", lock->id);
	return OK;
}

/* What is offered, unless the version can be chosen. Who updates in the app may say to which. */
static enum err_code pick_version(const struct job_request *request,
	const struct lock_component *part, unsigned capabilities, struct job *job, struct err *e)
{
	const char *offer = part ? lock_part_offer(part) : "";
	const char *wish = request->version_text;
	bool guided = !(capabilities & ADAPTER_TRIGGERS);
	bool same = wish && offer[0] && vendor_version_order(wish, offer) == ORDER_SAME;

	if (wish && !same) {
		if (!(capabilities & ADAPTER_PINS) && (!guided || capabilities & ADAPTER_OFFERS))
			return err_because(e, ERR_UNSUPPORTED, "version_not_selectable",
				"%s: the vendor installs %.64s and nothing else", job->lock,
				offer[0] ? offer : "what it wants");
		offer = wish;
		job->version_chosen = true;
	}
	if (!offer[0] && part && capabilities & ADAPTER_OFFERS)
		return err_because(e, ERR_UNSUPPORTED, "no_update",
			"the vendor offers %s nothing newer", job->lock);
	(void)text_copy(job->to_text, sizeof job->to_text, offer);
	return OK;
}

enum err_code engine_vendor_job(const struct engine *engine, const struct job_request *request,
	const struct lock *lock, struct job *job, struct err *e)
{
	const struct adapter *adapter = engine_adapter(engine, lock->adapter);
	unsigned capabilities = adapter ? adapter->capabilities : 0;
	const struct lock_component *part;
	enum err_code code;

	if (request->image)
		return err_because(e, ERR_UNSUPPORTED, "not_an_image",
			"%s is updated by its vendor; it takes no image", lock->id);
	code = pick_component(request, lock, capabilities, &part, e);
	if (!code)
		code = pick_version(request, part, capabilities, job, e);
	if (code)
		return code;
	job->vendor = true;
	job->guided = !(capabilities & ADAPTER_TRIGGERS);
	job->all_components = !job->guided && (request->all_components || !request->component) &&
			      lock->n_components != 1;
	job->continues = request->continues;
	job->percent = -1;
	if (!part) {
		(void)text_copy(job->component, sizeof job->component,
			request->component ? request->component : "");
		return OK;
	}
	(void)text_copy(job->component, sizeof job->component, part->id);
	(void)text_copy(job->from_text, sizeof job->from_text, part->installed);
	return OK;
}

/* --- one component after another --- */

void engine_follow_begin(struct engine *engine, const struct job *job)
{
	struct lock_slot *slot = engine_lock_slot(engine, job->lock);

	if (!slot || !job->all_components)
		return;
	slot->live.follow_up = job->id;
	outbox_mark(&slot->box, 0);
}

static const struct lock_component *next_of(const struct lock *lock, const struct job *job)
{
	bool after = false;

	for (uint8_t i = 0; i < lock->n_components; i++) {
		const struct lock_component *c = &lock->components[i];

		if (after && lock_part_unskipped(lock, c)[0])
			return c;
		after = after || strcmp(c->id, job->component) == 0;
	}
	return NULL;
}

static void followed(
	void *owner, const struct err *e, const struct job *job, enum job_answer answer)
{
	(void)owner;
	(void)answer;
	if (!job)
		log_warn("the next component is not updated: %s", e->text);
}

void engine_follow(struct engine *engine, const struct job *job)
{
	struct lock_slot *slot = engine_lock_slot(engine, job->lock);
	const struct lock_component *next;
	struct job_request request = { .lock = job->lock,
		.n_force = job->n_force,
		.requested_by = job->requested_by,
		.priority = job->priority,
		.automatic = job->automatic,
		.all_components = true,
		.continues = job->id };

	if (!slot || slot->live.follow_up != job->id || !job_is_over(job->phase))
		return;
	next = job->phase == JOB_SUCCEEDED ? next_of(&slot->live, job) : NULL;
	slot->live.follow_up = 0;
	outbox_mark(&slot->box, 0);
	if (!next || slot->removing || engine_job_of_lock(engine, job->lock))
		return;
	request.component = next->id;
	for (size_t i = 0; i < job->n_force; i++)
		request.force[i] = job->force[i];
	engine_create_job(engine, &request, followed, NULL);
}

struct lookup {
	struct pending pending;
};

static void found(void *owner, const struct err *e, const struct job *jobs, size_t n, bool more)
{
	struct lookup *l = owner;
	struct engine *engine = pending_end(&l->pending);

	(void)more;
	if (engine && (!e || !e->code) && n) {
		engine_follow(engine, &jobs[0]);
		engine_pump(engine);
	}
	free(l);
}

/* The process may have ended between the success of one and the job of the next. */
void engine_follow_restart(struct engine *engine)
{
	for (struct job_slot *s = engine->jobs; s; s = s->next)
		engine_follow_begin(engine, &s->durable);
	for (size_t i = 0; i < engine->n_locks; i++) {
		const struct lock *lock = &engine->locks[i]->live;
		struct lookup *l;

		if (!lock->follow_up || engine_job_of_lock(engine, lock->id))
			continue;
		l = (struct lookup *)pending_new(engine, sizeof *l);
		store_job(engine->options.store, lock->follow_up, found, l);
	}
}
