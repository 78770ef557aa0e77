#include "ota/engine_parts.h"
#include "server/base/alloc.h"
#include "server/base/text.h"

#include <stdlib.h>
#include <string.h>

struct job_slot *engine_job_slot(const struct engine *engine, int64_t id)
{
	for (struct job_slot *s = engine->jobs; s; s = s->next)
		if (s->is_durable && s->durable.id == id)
			return s;
	return NULL;
}

struct job_slot *engine_job_of_lock(const struct engine *engine, const char *lock)
{
	for (struct job_slot *s = engine->jobs; s; s = s->next)
		if (strcmp(s->session.job.lock, lock) == 0)
			return s;
	return NULL;
}

struct job_slot *engine_job_add(struct engine *engine, const struct job *job)
{
	struct job_slot *slot = xcalloc(1, sizeof *slot);
	struct job_slot **end = &engine->jobs;

	session_init(&slot->session, job);
	/* In order of age; a new one has no id yet and is the youngest. */
	while (*end && (!job->id || ((*end)->durable.id && (*end)->durable.id < job->id)))
		end = &(*end)->next;
	slot->next = *end;
	*end = slot;
	return slot;
}

void engine_job_drop(struct engine *engine, struct job_slot *slot)
{
	struct job_slot **at = &engine->jobs;

	while (*at != slot)
		at = &(*at)->next;
	*at = slot->next;
	askers_free(slot->askers);
	outbox_drop(&slot->box, slot->box.n);
	free(slot);
	engine_images_drop(engine);
}

struct late {
	struct pending pending;
	struct err err;
	struct job job;
	bool has_job;
	enum job_answer answer;
	engine_job_done *done;
	void *owner;
};

static void answer_now(void *arg)
{
	struct late *l = arg;

	if (pending_end(&l->pending))
		l->done(l->owner, l->has_job ? NULL : &l->err, l->has_job ? &l->job : NULL,
			l->answer);
	free(l);
}

void engine_answer_job(struct engine *engine, const struct err *e, const struct job *job,
	engine_job_done *done, void *owner)
{
	struct late *l = (struct late *)pending_new(engine, sizeof *l);

	l->has_job = job;
	if (job)
		l->job = *job;
	else
		l->err = *e;
	l->answer = JOB_EXISTING;
	l->done = done;
	l->owner = owner;
	loop_post(engine->options.loop, answer_now, l);
}

struct lookup {
	struct pending pending;
	int64_t id;
	engine_job_done *done;
	void *owner;
};

static void found_over(
	void *owner, const struct err *e, const struct job *jobs, size_t n, bool more)
{
	struct lookup *l = owner;
	struct err own;

	(void)more;
	if (pending_end(&l->pending)) {
		if (!e || !e->code) {
			if (n)
				err_because(&own, ERR_CONFLICT, "already_over",
					"job %lld is already %s", (long long)l->id,
					job_phase_name(jobs[0].phase));
			else
				err_because(&own, ERR_NOT_FOUND, "not_found",
					"there is no job %lld", (long long)l->id);
			e = &own;
		}
		l->done(l->owner, e, NULL, JOB_EXISTING);
	}
	free(l);
}

void engine_cancel_job(struct engine *engine, int64_t id, engine_job_done *done, void *owner)
{
	struct job_slot *slot = engine_job_slot(engine, id);
	struct lookup *l;
	struct err e;

	if (!slot) {
		l = (struct lookup *)pending_new(engine, sizeof *l);
		l->id = id;
		l->done = done;
		l->owner = owner;
		store_job(engine->options.store, id, found_over, l);
		return;
	}
	if (runner_cancel(engine, slot, &e))
		engine_answer_job(engine, &e, NULL, done, owner);
	else
		ask_job(slot, done, owner, JOB_EXISTING);
	engine_pump(engine);
}
