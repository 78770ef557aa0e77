#include "ota/engine_parts.h"
#include "server/base/check.h"
#include "server/base/log.h"

/* The clock of the wall may be set at any time: a small computer without a battery starts with a
 * wrong one. What has been waited and how old a fact is must not change with it. */

enum { JUMP = 60000 }; /* less is drift, put right by degrees */

static int64_t offset_now(const struct engine *engine)
{
	return loop_wall(engine->options.loop) - (int64_t)loop_now(engine->options.loop);
}

struct jump {
	int64_t before, after; /* the clock */
	bool plausible;
};

/* True when it changed. A time after `before` comes from an earlier life: it is right, or its clock
 * was ahead. */
static bool move(int64_t *at, const struct jump *jump)
{
	int64_t old = *at;

	if (*at && *at <= jump->before)
		*at += jump->after - jump->before;
	if (*at > jump->after && jump->plausible)
		*at = jump->after;
	return *at != old;
}

static bool move_job(struct session *s, const struct jump *jump)
{
	int64_t *const times[] = { &s->job.changed_at, &s->job.waiting_since, &s->job.last_contact,
		&s->job.battery_before_at, &s->unchanged_at, &s->gate_at, &s->job.intent_at };
	bool moved = false;

	for (size_t i = 0; i < ARRAY_SIZE(times); i++)
		moved |= move(times[i], jump);
	return moved;
}

static bool move_lock(struct lock *lock, const struct jump *jump)
{
	int64_t *const times[] = { &lock->facts.at, &lock->version_at, &lock->model_at,
		&lock->lock_state_at, &lock->network_at, &lock->battery.at, &lock->last_heard,
		&lock->sag_at, &lock->auto_at, &lock->updated_at, &lock->components_at,
		&lock->online_at };
	bool moved = false;

	for (size_t i = 0; i < ARRAY_SIZE(times); i++)
		moved |= move(times[i], jump);
	return moved;
}

static void move_all(struct engine *engine, const struct jump *jump)
{
	msec now = loop_now(engine->options.loop);

	for (struct job_slot *s = engine->jobs; s; s = s->next)
		if (move_job(&s->session, jump) && s->is_durable)
			outbox_mark(&s->box, now);
	for (size_t i = 0; i < engine->n_locks; i++)
		if (move_lock(&engine->locks[i]->live, jump))
			outbox_mark(&engine->locks[i]->box, now);
}

void engine_clock_begin(struct engine *engine)
{
	int64_t wall = loop_wall(engine->options.loop);
	struct jump none = { wall, wall, engine_clock_is_plausible(engine) };

	engine->clock_offset = offset_now(engine);
	move_all(engine, &none);
}

void engine_clock_look(struct engine *engine)
{
	int64_t by = offset_now(engine) - engine->clock_offset;
	struct jump jump = { .after = loop_wall(engine->options.loop),
		.plausible = engine_clock_is_plausible(engine) };

	if (by > -JUMP && by < JUMP)
		return;
	log_warn("the clock was set by %lld s", (long long)(by / 1000));
	jump.before = jump.after - by;
	engine->clock_offset += by;
	move_all(engine, &jump);
}
