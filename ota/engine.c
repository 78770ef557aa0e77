#include "ota/engine_parts.h"
#include "ota/library.h"
#include "server/base/alloc.h"
#include "server/base/log.h"
#include "server/base/text.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { STOP_PATIENCE = 4500 };
static const int64_t plausible_wall = 1704067200000; /* 2024-01-01: before it, the clock is wrong */

void pending_begin(struct pending *p, struct engine *engine)
{
	p->engine = engine;
	p->next = engine->pending;
	p->back = &engine->pending;
	if (p->next)
		p->next->back = &p->next;
	engine->pending = p;
}

struct pending *pending_new(struct engine *engine, size_t size)
{
	struct pending *p = xcalloc(1, size);

	pending_begin(p, engine);
	return p;
}

struct engine *pending_end(struct pending *p)
{
	if (!p->engine)
		return NULL;
	*p->back = p->next;
	if (p->next)
		p->next->back = p->back;
	return p->engine;
}

bool engine_clock_is_plausible(const struct engine *engine)
{
	return loop_wall(engine->options.loop) >= plausible_wall;
}

static void stop_is_over(struct engine *engine)
{
	bool late = loop_now(engine->options.loop) >= engine->stop_by;
	void (*done)(void *owner) = engine->stopped;

	if (!done || ((engine->adapters_left || !commit_is_idle(engine)) && !late))
		return;
	engine->stopped = NULL;
	loop_timer_set(engine->timer, 0);
	done(engine->stop_owner);
}

static void set_timer(struct engine *engine)
{
	msec next = runner_next(engine), save = commit_next(engine);

	if (engine->started && (!next || engine->policy_due < next))
		next = engine->policy_due;
	if (engine->stopping)
		next = engine->stopped ? engine->stop_by : 0;
	if (save && (!next || save < next))
		next = save;
	loop_timer_set(engine->timer, next);
}

void engine_pump(struct engine *engine)
{
	if (engine->started && !engine->stopping)
		runner_fill_slots(engine);
	commit_due(engine);
	set_timer(engine);
	if (engine->stopping)
		stop_is_over(engine);
}

static void due(void *owner)
{
	struct engine *engine = owner;

	if (!engine->stopping) {
		runner_tick(engine);
		engine_policy_tick(engine);
	}
	engine_pump(engine);
}

static void take_over_job(struct engine *engine, const struct job *job)
{
	struct job_slot *slot;

	if (job_is_over(job->phase)) {
		engine->aborting[engine->n_aborting++] = *job;
		return;
	}
	slot = engine_job_add(engine, job);
	slot->durable = *job;
	slot->is_durable = true;
}

struct engine *engine_new(
	const struct engine_options *options, const struct store_contents *contents)
{
	struct engine *engine = xcalloc(1, sizeof *engine);
	struct lock_slot *slot;

	engine->options = *options;
	engine_policy_begin(engine);
	engine->pause.on = engine->pause.wanted = contents->paused;
	engine->timer = loop_timer_new(options->loop, due, engine);
	engine->aborting = xcalloc(contents->n_jobs + 1, sizeof *engine->aborting);
	for (size_t i = 0; i < contents->n_locks && i < ENGINE_LOCKS_MAX; i++) {
		slot = engine_lock_add(engine, &contents->locks[i]);
		slot->box.dirty = false;
		slot->box.n = 0;
		slot->durable = slot->live;
		slot->is_durable = true;
	}
	for (size_t i = 0; i < contents->n_jobs; i++)
		take_over_job(engine, &contents->jobs[i]);
	return engine;
}

void engine_add_adapter(struct engine *engine, struct adapter *adapter)
{
	assert(!engine->started && engine->n_adapters < ENGINE_ADAPTERS_MAX);
	adapter->to = &engine_adapter_events;
	adapter->owner = engine;
	engine->adapters[engine->n_adapters++].adapter = adapter;
}

static void introduce_locks(struct engine *engine)
{
	for (size_t i = 0; i < engine->n_locks; i++) {
		struct lock_slot *slot = engine->locks[i];
		struct adapter_slot *a = engine_adapter_slot(engine, slot->live.adapter);

		/* No longer in the file: from now on it can be changed here. */
		if (slot->live.managed == LOCK_BY_CONFIG && !slot->in_config) {
			slot->live.managed = LOCK_BY_API;
			outbox_mark(&slot->box, 0);
		}
		if (a)
			a->adapter->ops->know(a->adapter, slot->live.address, &slot->live.facts);
	}
}

/* The adapter learns what to abort by an order that is taken back at once. */
static void stand_by_abort(struct engine *engine, const struct job *job)
{
	struct lock_slot *lock = engine_lock_slot(engine, job->lock);
	struct adapter_slot *a = lock ? engine_adapter_slot(engine, lock->live.adapter) : NULL;
	const struct image *image = library_find(engine->options.library, job->image);
	struct update_order order = { .job = job->id, .version = job->to_version };
	struct err e;

	if (!a || engine_job_of_lock(engine, job->lock))
		return;
	order.address = lock->live.address;
	order.manufacturer_code =
		image ? image->manufacturer_code : lock->live.facts.manufacturer_code;
	order.image_type = image ? image->image_type : lock->live.facts.image_type;
	if (a->adapter->ops->update(a->adapter, &order, &e) == OK)
		a->adapter->ops->cancel(a->adapter, order.address, job->abort_until);
	else
		log_warn("job=%lld cannot be aborted: %s", (long long)job->id, e.text);
}

void engine_start(struct engine *engine)
{
	struct err e;

	engine_clock_begin(engine);
	introduce_locks(engine);
	for (size_t i = 0; i < engine->n_aborting; i++)
		stand_by_abort(engine, &engine->aborting[i]);
	for (struct job_slot *s = engine->jobs; s; s = s->next)
		runner_step(engine, s, &(struct session_input){ .kind = SESSION_RESTART });
	engine_follow_restart(engine);
	engine->started = true;
	engine->policy_due = loop_now(engine->options.loop) + 1;
	for (size_t i = 0; i < engine->n_adapters; i++) {
		struct adapter *a = engine->adapters[i].adapter;

		if (a->ops->start(a, &e)) {
			log_error("adapter=%s %s", a->id, e.text);
			a->why = e;
		}
	}
	engine_pump(engine);
}

static void adapter_stopped(void *owner)
{
	struct engine *engine = owner;

	engine->adapters_left--;
	engine_pump(engine);
}

static void save_all(struct engine *engine)
{
	for (struct job_slot *s = engine->jobs; s; s = s->next)
		if (s->is_durable)
			outbox_mark(&s->box, 0);
	for (size_t i = 0; i < engine->n_locks; i++)
		if (engine->locks[i]->box.dirty)
			outbox_mark(&engine->locks[i]->box, 0);
}

void engine_stop(struct engine *engine, void (*done)(void *owner), void *owner)
{
	assert(!engine->stopping);
	engine->stopping = true;
	engine->stopped = done;
	engine->stop_owner = owner;
	engine->stop_by = loop_now(engine->options.loop) + STOP_PATIENCE;
	engine->adapters_left = engine->n_adapters;
	save_all(engine);
	/* One more, so that done() is not called while we are in this loop. */
	engine->adapters_left++;
	for (size_t i = 0; i < engine->n_adapters; i++) {
		struct adapter *a = engine->adapters[i].adapter;

		a->ops->stop(a, adapter_stopped, engine);
	}
	loop_post(engine->options.loop, adapter_stopped, engine);
	engine_pump(engine);
}

void engine_free(struct engine *engine)
{
	if (!engine)
		return;
	for (struct pending *p = engine->pending; p; p = p->next)
		p->engine = NULL;
	for (size_t i = 0; i < engine->n_adapters; i++)
		engine->adapters[i].adapter->ops->free(engine->adapters[i].adapter);
	while (engine->jobs)
		engine_job_drop(engine, engine->jobs);
	while (engine->n_locks)
		engine_lock_drop(engine, engine->locks[engine->n_locks - 1]);
	for (struct image_slot *i = engine->images, *next; i; i = next) {
		next = i->next;
		free(i->bytes);
		free(i);
	}
	askers_free(engine->pause.askers);
	loop_timer_free(engine->timer);
	zones_free(engine->zones);
	free(engine->aborting);
	free(engine);
}

bool engine_store_is_well(const struct engine *engine, struct err *why)
{
	if (why)
		*why = engine->store_error;
	return !engine->store_error.code;
}
