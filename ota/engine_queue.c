/* Who may transfer now: few at a time on one stick, one through one parent, the oldest first unless
 * somebody is more urgent. */
#include "ota/engine_parts.h"

#include <string.h>

enum { NO_PARENT = 0xFFFF };

static bool has_parent(const struct lock *lock)
{
	return lock->facts.known & FACT_NETWORK && lock->facts.parent != NO_PARENT;
}

static bool same_parent(const struct lock *a, const struct lock *b)
{
	return has_parent(a) && has_parent(b) && a->facts.parent == b->facts.parent;
}

static bool waits_for_slot(const struct job_slot *s)
{
	return s->session.job.phase == JOB_WAITING && s->session.job.waiting_for == WAIT_SLOT;
}

bool queue_slot_is_free(struct engine *engine, const struct job_slot *slot, const struct lock *lock)
{
	msec now = loop_now(engine->options.loop);
	uint32_t taken = 0;
	bool older = true;

	for (const struct job_slot *s = engine->jobs; s; s = s->next) {
		const struct lock_slot *other = engine_lock_slot(engine, s->session.job.lock);
		int8_t priority = s->session.job.priority;
		bool before = priority > slot->session.job.priority ||
			      (older && priority == slot->session.job.priority);
		bool holds = session_holds_slot(&s->session, now);

		if (s == slot) {
			older = false;
			continue;
		}
		if (!other || strcmp(other->live.adapter, lock->adapter) != 0)
			continue;
		/* Who waits for the parent keeps nobody else from the slot. */
		if (!holds &&
			!(before && waits_for_slot(s) && !queue_parent_busy(engine, &other->live)))
			continue;
		if (same_parent(&other->live, lock))
			return false;
		taken++;
	}
	return taken < (slot->session.job.vendor ? 1 : engine_transfers(engine, lock->adapter));
}

const char *queue_parent_busy(const struct engine *engine, const struct lock *lock)
{
	msec now = loop_now(engine->options.loop);

	for (const struct job_slot *s = engine->jobs; s; s = s->next) {
		const struct lock_slot *other = engine_lock_slot(engine, s->session.job.lock);

		if (other && strcmp(other->live.id, lock->id) != 0 &&
			strcmp(other->live.adapter, lock->adapter) == 0 &&
			session_holds_slot(&s->session, now) && same_parent(&other->live, lock))
			return other->live.id;
	}
	return NULL;
}
