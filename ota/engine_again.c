/* What can be done about a job that is over: do it again, or only verify what came of it. */
#include "ota/engine_parts.h"
#include "server/base/text.h"

#include <stdlib.h>
#include <string.h>

struct lookup {
	struct pending pending;
	int64_t id;
	char requested_by[64];
	bool verify, attested;
	uint32_t version;
	engine_job_done *done;
	void *owner;
};

static void again(struct engine *engine, const struct lookup *l, const struct job *old)
{
	struct job_request request = { .lock = old->lock,
		.image = old->image,
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
		.attested_version = l->version,
		.battery_before = -1,
		.battery_after = -1 };
	struct err e;

	if (may_verify(engine, old, &lock, &e)) {
		engine_answer_job(engine, &e, NULL, l->done, l->owner);
		return;
	}
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

static void look_up(struct engine *engine, const struct lookup *wish, const char *requested_by)
{
	struct job_slot *slot = engine_job_slot(engine, wish->id);
	struct lookup *l;
	struct err e;

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
	l->version = wish->version;
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
void engine_verify_job(struct engine *engine, int64_t id, const uint32_t *attested,
	const char *requested_by, engine_job_done *done, void *owner)
{
	const struct lookup wish = { .id = id,
		.verify = true,
		.attested = attested,
		.version = attested ? *attested : 0,
		.done = done,
		.owner = owner };

	look_up(engine, &wish, requested_by);
}
