#include "ota/engine_parts.h"

#include <string.h>

enum { SILENT = 600000 }; /* a wait without contact for so long is not "in progress" */

size_t engine_lock_count(const struct engine *engine)
{
	size_t n = 0;

	for (size_t i = 0; i < engine->n_locks; i++)
		n += engine->locks[i]->is_durable;
	return n;
}

const struct lock *engine_lock_at(const struct engine *engine, size_t i)
{
	for (size_t k = 0; k < engine->n_locks; k++)
		if (engine->locks[k]->is_durable && i-- == 0)
			return &engine->locks[k]->durable;
	return NULL;
}

const struct lock *engine_lock(const struct engine *engine, const char *id)
{
	const struct lock_slot *slot = engine_lock_slot(engine, id);

	return slot && slot->is_durable ? &slot->durable : NULL;
}

size_t engine_adapter_count(const struct engine *engine)
{
	return engine->n_adapters;
}

struct adapter *engine_adapter_at(const struct engine *engine, size_t i)
{
	return i < engine->n_adapters ? engine->adapters[i].adapter : NULL;
}

struct adapter_slot *engine_adapter_slot(struct engine *engine, const char *id)
{
	for (size_t i = 0; i < engine->n_adapters; i++)
		if (strcmp(engine->adapters[i].adapter->id, id) == 0)
			return &engine->adapters[i];
	return NULL;
}

struct adapter *engine_adapter(const struct engine *engine, const char *id)
{
	for (size_t i = 0; i < engine->n_adapters; i++)
		if (strcmp(engine->adapters[i].adapter->id, id) == 0)
			return engine->adapters[i].adapter;
	return NULL;
}

bool engine_is_scanning(const struct engine *engine, const char *adapter)
{
	for (size_t i = 0; i < engine->n_adapters; i++)
		if (strcmp(engine->adapters[i].adapter->id, adapter) == 0)
			return engine->adapters[i].scanning;
	return false;
}

static bool is_active(const struct job_slot *slot)
{
	return slot->is_durable && !job_is_over(slot->durable.phase);
}

const struct job *engine_active_job(const struct engine *engine, const char *lock)
{
	for (const struct job_slot *s = engine->jobs; s; s = s->next)
		if (is_active(s) && strcmp(s->durable.lock, lock) == 0)
			return &s->durable;
	return NULL;
}

size_t engine_active_count(const struct engine *engine)
{
	size_t n = 0;

	for (const struct job_slot *s = engine->jobs; s; s = s->next)
		n += is_active(s);
	return n;
}

const struct job *engine_active_at(const struct engine *engine, size_t i)
{
	for (const struct job_slot *s = engine->jobs; s; s = s->next)
		if (is_active(s) && i-- == 0)
			return &s->durable;
	return NULL;
}

const struct job *engine_active_by_id(const struct engine *engine, int64_t id)
{
	for (const struct job_slot *s = engine->jobs; s; s = s->next)
		if (is_active(s) && s->durable.id == id)
			return &s->durable;
	return NULL;
}

static bool is_in_progress(const struct job *job, int64_t wall)
{
	int64_t since = job->waiting_since;

	if (job->phase != JOB_WAITING)
		return true;
	if (job->last_contact > since)
		since = job->last_contact;
	return wall - since < SILENT;
}

/* "null outside transferring and its waits" (DECISIONS "Fields"). */
static bool has_percent(const struct job *job)
{
	return job->phase == JOB_TRANSFERRING || (job->phase == JOB_WAITING && job->bytes_peak);
}

static void progress_before_end(
	const struct engine *engine, const struct job_slot *slot, struct progress *out)
{
	struct session shown = slot->session;

	shown.job = slot->durable;
	out->in_progress = true;
	out->next_at = shown.next_at;
	out->deadline = session_gives_up_at(&shown, engine->options.give_up_after_s);
}

/* As the vendor says; of a guided job nobody knows. */
static double vendor_percent(const struct job *job)
{
	bool shown = job->phase == JOB_TRANSFERRING || job->phase == JOB_WAITING;

	return shown && !job->guided ? job->percent : -1;
}

void engine_progress(const struct engine *engine, int64_t id, struct progress *out)
{
	struct job_slot *slot = engine_job_slot(engine, id);
	const struct session *s;
	int64_t left;

	*out = (struct progress){ .percent = -1, .rate = -1 };
	if (!slot || job_is_over(slot->durable.phase))
		return;
	s = &slot->session;
	if (job_is_over(s->job.phase)) { /* but that is not on disk yet: nobody may know */
		progress_before_end(engine, slot, out);
		return;
	}
	out->next_at = s->next_at;
	out->deadline = session_gives_up_at(s, engine->options.give_up_after_s);
	out->in_progress = is_in_progress(&s->job, loop_wall(engine->options.loop));
	out->bytes_done = s->job.bytes_done;
	out->block_size = s->block_size;
	out->repeats = s->job.repeats;
	if (s->job.vendor)
		out->percent = vendor_percent(&s->job);
	else if (has_percent(&s->job))
		out->percent = progress_percent(s->job.bytes_peak, s->job.bytes_total);
	if (s->job.vendor)
		return;
	if (s->job.phase != JOB_TRANSFERRING)
		return;
	out->rate = meter_rate(&s->meter, loop_now(engine->options.loop));
	left = meter_left(&s->meter, s->job.bytes_total - s->job.bytes_done, s->block_size);
	if (left >= 0)
		out->eta = loop_wall(engine->options.loop) + left;
}

bool engine_uses_image(const struct engine *engine, const char *image)
{
	for (const struct job_slot *s = engine->jobs; s; s = s->next)
		if (!job_is_over(s->session.job.phase) && strcmp(s->session.job.image, image) == 0)
			return true;
	return false;
}
