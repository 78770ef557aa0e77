/* What can be done about a job that is over: do it again, or only verify what came of it. */
#include "ota/engine_parts.h"
#include "ota/vendor_session.h"
#include "ota/version.h"
#include "server/base/text.h"

#include <stdlib.h>
#include <string.h>

struct lookup {
	struct pending pending;
	int64_t id;
	char requested_by[64];
	bool verify, attested;
	char version[VENDOR_VERSION_SIZE]; /* that was attested */
	engine_job_done *done;
	void *owner;
};

static void again(struct engine *engine, const struct lookup *l, const struct job *old)
{
	struct job_request request = { .lock = old->lock,
		.image = old->image[0] ? old->image : NULL,
		.component = old->component[0] ? old->component : NULL,
		.version_text = old->version_chosen ? old->to_text : NULL,
		.all_components = old->all_components,
		.n_force = old->n_force,
		.reinstall = old->reinstall,
		.allow_downgrade = old->allow_downgrade,
		.requested_by = l->requested_by,
		.retry_of = old->id };

	for (size_t i = 0; i < old->n_force; i++)
		request.force[i] = old->force[i];
	engine_create_job(engine, &request, l->done, l->owner);
}

static enum err_code may_verify(
	struct engine *engine, const struct job *old, struct lock_slot **lock, struct err *e)
{
	const struct job_slot *active = engine_job_of_lock(engine, old->lock);

	*lock = engine_lock_slot(engine, old->lock);
	if (!*lock || !(*lock)->is_durable || (*lock)->removing)
		return err_because(e, ERR_NOT_FOUND, "unknown_lock",
			"the lock %s of this job is not known any more", old->lock);
	if (active)
		return err_because(e, ERR_CONFLICT, "lock_busy", "%s already has the job %lld",
			old->lock, (long long)active->session.job.id);
	return OK;
}

static void take_versions(struct job *job, const struct lookup *l, const struct job *old)
{
	job->vendor = old->vendor;
	job->percent = -1;
	memcpy(job->component, old->component, sizeof job->component);
	memcpy(job->from_text, old->from_text, sizeof job->from_text);
	memcpy(job->to_text, old->to_text, sizeof job->to_text);
	if (old->vendor)
		memcpy(job->attested_text, l->version, sizeof job->attested_text);
}

/* A file version is a number, a vendor's version a text. */
static enum err_code read_attested(
	struct job *job, const struct lookup *l, const struct job *old, struct err *e)
{
	if (!l->attested || old->vendor || version_parse(&job->attested_version, l->version))
		return OK;
	return err_because(
		e, ERR_INVALID, "invalid_body", "/version must be like 17.7.0.0 or 0x11070000");
}

static void verify(struct engine *engine, const struct lookup *l, const struct job *old)
{
	struct lock_slot *lock = NULL;
	struct job job = { .phase = JOB_QUEUED,
		.from_version = old->from_version,
		.from_known = old->from_known,
		.to_version = old->to_version,
		.allow_downgrade = old->allow_downgrade,
		.bytes_total = old->bytes_total,
		.status = -1,
		.retry_of = old->id,
		.verify_only = true,
		.attested = l->attested,
		.battery_before = -1,
		.battery_after = -1 };
	struct err e;

	if (may_verify(engine, old, &lock, &e) || read_attested(&job, l, old, &e)) {
		engine_answer_job(engine, &e, NULL, l->done, l->owner);
		return;
	}
	take_versions(&job, l, old);
	text_copy(job.lock, sizeof job.lock, old->lock);
	text_copy(job.image, sizeof job.image, old->image);
	text_copy(job.image_name, sizeof job.image_name, old->image_name);
	text_copy(job.requested_by, sizeof job.requested_by, l->requested_by);
	job.created_at = job.changed_at = loop_wall(engine->options.loop);
	engine_job_insert(engine, lock, &job, l->done, l->owner);
	engine_pump(engine);
}

static void found_old(void *owner, const struct err *e, const struct job *jobs, size_t n, bool more)
{
	struct lookup *l = owner;
	struct engine *engine = pending_end(&l->pending);
	struct err own;

	(void)more;
	if (!engine) {
		free(l);
		return;
	}
	if (e && e->code) {
		l->done(l->owner, e, NULL, JOB_EXISTING);
	} else if (!n) {
		err_because(
			&own, ERR_NOT_FOUND, "not_found", "there is no job %lld", (long long)l->id);
		l->done(l->owner, &own, NULL, JOB_EXISTING);
	} else {
		(l->verify || jobs[0].verify_only ? verify : again)(engine, l, &jobs[0]);
	}
	free(l);
}

/* Some active jobs of vendors wait for just that. */
static bool answered_by_user(const struct job_slot *slot, const struct lookup *wish)
{
	const struct job *job = &slot->session.job;

	if (!slot->is_durable || job_is_over(job->phase))
		return false;
	return wish->verify ? wish->attested && job->guided && !job->verify_only
			    : vendor_may_retry(job);
}

static void by_user(struct engine *engine, struct job_slot *slot, const struct lookup *wish)
{
	struct session_input input = { .kind = wish->verify ? SESSION_ATTEST : SESSION_AGAIN,
		.version = wish->version };

	runner_step(engine, slot, &input);
	ask_job(slot, wish->done, wish->owner, JOB_EXISTING);
	engine_pump(engine);
}

static void look_up(struct engine *engine, const struct lookup *wish, const char *requested_by)
{
	struct job_slot *slot = engine_job_slot(engine, wish->id);
	struct lookup *l;
	struct err e;

	if (slot && answered_by_user(slot, wish)) {
		by_user(engine, slot, wish);
		return;
	}
	if (slot) {
		err_because(&e, ERR_CONFLICT, "not_over", "job %lld is still %s",
			(long long)wish->id, job_phase_name(slot->durable.phase));
		engine_answer_job(engine, &e, NULL, wish->done, wish->owner);
		return;
	}
	l = (struct lookup *)pending_new(engine, sizeof *l);
	l->id = wish->id;
	l->verify = wish->verify;
	l->attested = wish->attested;
	memcpy(l->version, wish->version, sizeof l->version);
	l->done = wish->done;
	l->owner = wish->owner;
	text_copy(l->requested_by, sizeof l->requested_by, requested_by ? requested_by : "");
	store_job(engine->options.store, l->id, found_old, l);
}

void engine_retry_job(struct engine *engine, int64_t id, const char *requested_by,
	engine_job_done *done, void *owner)
{
	const struct lookup wish = { .id = id, .done = done, .owner = owner };

	look_up(engine, &wish, requested_by);
}

/* NOLINTNEXTLINE(readability-function-size): the shape of the door */
void engine_verify_job(struct engine *engine, int64_t id, const char *attested,
	const char *requested_by, engine_job_done *done, void *owner)
{
	struct lookup wish = {
		.id = id, .verify = true, .attested = attested, .done = done, .owner = owner
	};

	if (attested)
		(void)text_copy(wish.version, sizeof wish.version, attested);
	look_up(engine, &wish, requested_by);
}
