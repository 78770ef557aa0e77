#include "ota/engine_parts.h"
#include "server/base/alloc.h"
#include "server/base/log.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { RETRY_FIRST = 1000, RETRY_MOST = 30000 };

struct commit {
	struct pending pending;
	struct outbox *box;
	struct job_slot *job;
	struct lock_slot *lock; /* of the box, or the dirty lock of the job */
	struct pause_slot *pause;
	struct asker *askers; /* for what this commit carries; later ones wait for theirs */
	struct job job_row;
	struct lock lock_row;
	bool removal, paused;
	size_t n_events;
};

static struct asker **askers_of(const struct commit *c)
{
	if (c->job)
		return &c->job->askers;
	if (c->pause)
		return &c->pause->askers;
	return c->lock ? &c->lock->askers : NULL;
}

static void askers_wait_on(struct commit *c)
{
	struct asker **list = askers_of(c), **end = &c->askers;

	if (!list)
		return;
	while (*end)
		end = &(*end)->next;
	*end = *list;
	*list = c->askers;
	c->askers = NULL;
}

static void retry_later(struct engine *engine, struct commit *c, const struct err *e)
{
	struct outbox *box = c->box;
	unsigned shift = box->failures < 5 ? box->failures : 5;
	msec wait = (msec)RETRY_FIRST << shift;

	askers_wait_on(c);
	if (!engine->store_error.code)
		log_error("cannot save: %s; what runs goes on and is saved later", e->text);
	engine->store_error = *e;
	box->failures++;
	box->retry_at = loop_now(engine->options.loop) + (wait < RETRY_MOST ? wait : RETRY_MOST);
	outbox_mark(box, 0);
}

static bool give_up_lock(struct engine *engine, struct commit *c, const struct err *e)
{
	struct lock_slot *slot = c->lock;

	if (!c->askers)
		return false;
	askers_wait_on(c); /* what was asked meanwhile is undone with it */
	askers_answer(&slot->askers, e, NULL, NULL);
	/* Nobody hears of what was undone. */
	slot->box.n = 0;
	slot->box.dirty = false;
	if (slot->is_durable)
		engine_lock_undo(engine, slot);
	else
		engine_lock_drop(engine, slot);
	return true;
}

/* The problem of the job before stands as it did, now that this one has not begun. */
static void give_up_job(struct engine *engine, struct commit *c, const struct err *e)
{
	struct lock_slot *lock = engine_lock_slot(engine, c->job->session.job.lock);

	askers_wait_on(c);
	askers_answer(&c->job->askers, e, NULL, NULL);
	engine_job_drop(engine, c->job);
	if (!lock)
		return;
	memcpy(lock->live.problem, lock->durable.problem, sizeof lock->live.problem);
	memcpy(lock->live.problem_text, lock->durable.problem_text, sizeof lock->live.problem_text);
}

/* As if it had not been asked. */
static void give_up_pause(struct commit *c, const struct err *e)
{
	askers_wait_on(c);
	c->pause->wanted = c->pause->on;
	c->pause->box.n = 0;
	c->pause->box.dirty = false;
	askers_answer(&c->pause->askers, e, NULL, NULL);
}

/* What was asked for and did not come to be: whoever asked is told, and it is forgotten. */
static bool give_up(struct engine *engine, struct commit *c, const struct err *e)
{
	if (c->job && c->lock)
		outbox_mark(&c->lock->box, 0);
	if (c->pause) {
		give_up_pause(c, e);
		return true;
	}
	if (c->job && !c->job->is_durable) {
		give_up_job(engine, c, e);
		return true;
	}
	return !c->job && c->lock && give_up_lock(engine, c, e);
}

static void saved_job(struct engine *engine, struct commit *c, int64_t id)
{
	struct job_slot *slot = c->job;
	bool first = !slot->is_durable;

	slot->session.job.id = slot->durable.id = id;
	c->job_row.id = id;
	slot->durable = c->job_row;
	slot->is_durable = true;
	if (first)
		log_info("job=%lld lock=%s phase=queued", (long long)id, slot->durable.lock);
	askers_answer(&c->askers, NULL, &slot->durable, NULL);
	if (first)
		engine_follow_begin(engine, &slot->durable);
	if (first)
		runner_step(engine, slot, &(struct session_input){ .kind = SESSION_START });
	else if (slot->durable.intent == INTENT_INTENDED)
		runner_step(engine, slot, &(struct session_input){ .kind = SESSION_SAVED });
}

static void saved_lock(struct engine *engine, struct commit *c)
{
	struct lock_slot *slot = c->lock;

	if (c->removal) {
		askers_answer(&c->askers, NULL, NULL, &c->lock_row);
		engine_lock_drop(engine, slot);
		return;
	}
	slot->durable = c->lock_row;
	slot->is_durable = true;
	slot->box.saved_at = loop_now(engine->options.loop);
	if (!c->job)
		askers_answer(&c->askers, NULL, NULL, &slot->durable);
}

static void saved_pause(struct engine *engine, struct commit *c)
{
	bool changed = c->pause->on != c->paused;

	c->pause->on = c->paused;
	askers_answer(&c->askers, NULL, NULL, NULL);
	if (changed)
		runner_changed(engine, NULL);
}

static void saved(struct engine *engine, struct commit *c, int64_t id)
{
	struct outbox *box = c->box;

	box->failures = 0;
	box->retry_at = 0;
	box->saved_at = loop_now(engine->options.loop);
	box->n -= c->n_events;
	memmove(box->events, box->events + c->n_events, box->n * sizeof *box->events);
	if (box->n)
		outbox_mark(box, 0);
	if (engine->store_error.code)
		log_info("saving works again");
	engine->store_error = (struct err){ 0 };
	if (c->lock)
		saved_lock(engine, c);
	if (c->job)
		saved_job(engine, c, id);
	if (c->pause)
		saved_pause(engine, c);
}

static void put_away(struct engine *engine, struct job_slot *slot)
{
	struct job over = slot->durable;

	engine_job_drop(engine, slot);
	engine_follow(engine, &over);
}

static void committed(
	void *owner, const struct err *e, int64_t id, const struct event *events, size_t n)
{
	struct commit *c = owner;
	struct engine *engine = pending_end(&c->pending);

	if (!engine) {
		askers_free(c->askers);
		free(c);
		return;
	}
	c->box->committing = false;
	if (e && e->code) {
		if (!give_up(engine, c, e))
			retry_later(engine, c, e);
	} else {
		/* The row first: whoever hears of the event may look at it. */
		saved(engine, c, id);
		engine_tell(engine, events, n);
		if (c->job && job_is_over(c->job->durable.phase) && !c->job->box.dirty)
			put_away(engine, c->job);
	}
	free(c);
	engine_pump(engine);
}

static void take_lock(struct commit *c, struct store_change *change, struct lock_slot *slot)
{
	c->lock = slot;
	c->lock_row = slot->live;
	if (slot->removing) {
		c->removal = true;
		change->remove_lock = c->lock_row.id;
	} else {
		change->lock = &c->lock_row;
	}
}

static void take_pause(struct commit *c, struct store_change *change, struct pause_slot *slot)
{
	c->pause = slot;
	c->paused = slot->wanted;
	change->paused = &c->paused;
}

/* Changes of a phase that met in one commit, perhaps while the disk was full: the row still goes
 * along the edges, one stepping stone first. */
static bool step_between(struct job *row, enum job_phase on_disk)
{
	enum job_phase target = row->phase;

	if (on_disk == target || job_may_go(on_disk, target))
		return false;
	row->phase = JOB_VERIFYING;
	while (!job_may_go(on_disk, row->phase) || !job_may_go(row->phase, target)) {
		assert(row->phase > JOB_QUEUED);
		row->phase--;
	}
	row->waiting_for = row->phase == JOB_WAITING ? WAIT_WAKE : WAIT_NOTHING;
	row->outcome[0] = row->evidence[0] = row->evidence_source[0] = row->summary[0] = '\0';
	row->error = (struct err){ 0 };
	row->ended_at = 0;
	return true;
}

static void submit(
	struct engine *engine, struct outbox *box, struct job_slot *job, struct lock_slot *lock)
{
	struct commit *c = (struct commit *)pending_new(engine, sizeof *c);
	struct store_change change = { 0 };
	struct asker **list;
	bool halfway = false;

	c->box = box;
	c->job = job;
	if (lock)
		take_lock(c, &change, lock);
	if (box == &engine->pause.box)
		take_pause(c, &change, &engine->pause);
	if (job) {
		c->job_row = job->session.job;
		change.job = &c->job_row;
		halfway = job->is_durable && step_between(&c->job_row, job->durable.phase);
	}
	/* Nobody hears of a phase before its row is there. */
	if (!halfway)
		c->n_events = box->n < CHANGE_EVENTS_MAX ? box->n : CHANGE_EVENTS_MAX;
	memcpy(change.events, box->events, c->n_events * sizeof *box->events);
	change.n_events = c->n_events;
	box->dirty = false;
	if (halfway)
		outbox_mark(box, 0);
	box->committing = true;
	list = askers_of(c);
	if (list && !halfway) {
		c->askers = *list;
		*list = NULL;
	}
	store_commit(engine->options.store, &change, committed, c);
}

static bool is_due(const struct outbox *box, msec now)
{
	return box->dirty && !box->committing && box->due <= now && box->retry_at <= now;
}

static void submit_job(struct engine *engine, struct job_slot *slot)
{
	struct lock_slot *lock = engine_lock_slot(engine, slot->session.job.lock);

	/* Both rows in one change, so that a problem and its job agree on disk. */
	if (lock && lock->box.dirty && !lock->box.committing && !lock->box.n && !lock->removing) {
		lock->box.dirty = false;
		submit(engine, &slot->box, slot, lock);
	} else {
		submit(engine, &slot->box, slot, NULL);
	}
}

void commit_due(struct engine *engine)
{
	msec now = loop_now(engine->options.loop);

	for (struct job_slot *s = engine->jobs; s; s = s->next)
		if (is_due(&s->box, now))
			submit_job(engine, s);
	for (size_t i = 0; i < engine->n_locks; i++)
		if (is_due(&engine->locks[i]->box, now))
			submit(engine, &engine->locks[i]->box, NULL, engine->locks[i]);
	if (is_due(&engine->box, now))
		submit(engine, &engine->box, NULL, NULL);
	if (is_due(&engine->pause.box, now))
		submit(engine, &engine->pause.box, NULL, NULL);
}

static void sooner(msec *next, const struct outbox *box)
{
	msec at = box->due > box->retry_at ? box->due : box->retry_at;

	if (!box->dirty || box->committing)
		return;
	if (!at)
		at = 1;
	if (!*next || at < *next)
		*next = at;
}

msec commit_next(const struct engine *engine)
{
	msec next = 0;

	for (const struct job_slot *s = engine->jobs; s; s = s->next)
		sooner(&next, &s->box);
	for (size_t i = 0; i < engine->n_locks; i++)
		sooner(&next, &engine->locks[i]->box);
	sooner(&next, &engine->box);
	sooner(&next, &engine->pause.box);
	return next;
}

bool commit_is_idle(const struct engine *engine)
{
	bool idle = !engine->box.dirty && !engine->box.committing && !engine->pause.box.dirty &&
		    !engine->pause.box.committing;

	for (const struct job_slot *s = engine->jobs; s; s = s->next)
		idle = idle && !s->box.dirty && !s->box.committing;
	for (size_t i = 0; i < engine->n_locks; i++)
		idle = idle && !engine->locks[i]->box.dirty && !engine->locks[i]->box.committing;
	return idle;
}
