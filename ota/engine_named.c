/* Locks of the configuration file. */
#include "ota/engine_parts.h"
#include "server/base/text.h"

#include <string.h>
#include <strings.h>

/* The row of the job is written before that of the lock is removed: see commit_due(). */
static void take_job_along(struct engine *engine, const char *from, const char *to)
{
	struct job_slot *job = engine_job_of_lock(engine, from);

	if (!job)
		return;
	text_copy(job->session.job.lock, sizeof job->session.job.lock, to);
	text_copy(job->durable.lock, sizeof job->durable.lock, to);
	outbox_mark(&job->box, 0);
}

/* A lock that a scan found and that the file now names under an id of its own. */
static void inherit(struct engine *engine, struct lock *lock)
{
	struct lock_slot *old = engine_lock_by_address(engine, lock->adapter, lock->address);
	struct lock named = *lock;

	if (!old || strcmp(old->live.id, lock->id) == 0)
		return;
	take_job_along(engine, old->live.id, named.id);
	*lock = old->live;
	text_copy(lock->id, sizeof lock->id, named.id);
	text_copy(lock->name, sizeof lock->name, named.name);
	lock->policy = named.created_at ? named.policy : old->live.policy;
	lock->managed = LOCK_BY_CONFIG;
	old->removing = true;
	engine_lock_save(engine, old, "removed");
}

/* The file gives this id to another device. */
static void replace(struct engine *engine, struct lock_slot *slot, const char *address)
{
	struct job_slot *job = engine_job_of_lock(engine, slot->live.id);

	if (job)
		runner_replaced(engine, job);
	engine_lock_unlearn(&slot->live);
	text_copy(slot->live.address, sizeof slot->live.address, address);
	inherit(engine, &slot->live);
}

/* NOLINTNEXTLINE(readability-function-size): a line of the configuration file */
enum err_code engine_config_lock(struct engine *engine, const char *id, const char *name,
	const char *adapter, const char *address, struct err *e)
{
	struct lock_slot *slot = engine_lock_slot(engine, id);
	struct lock lock = { .managed = LOCK_BY_CONFIG };

	if (!text_is_slug(id))
		return err_set(e, ERR_INVALID, "lock id \"%s\" is no slug", id);
	if (slot && slot->live.managed == LOCK_BY_API)
		return err_because(e, ERR_CONFLICT, "conflict",
			"lock %s is in the configuration file and in the database", id);
	if (!slot && engine->n_locks == ENGINE_LOCKS_MAX)
		return err_set(e, ERR_TOO_LARGE, "no more than %d locks", ENGINE_LOCKS_MAX);
	if (!slot) {
		text_copy(lock.id, sizeof lock.id, id);
		text_copy(lock.name, sizeof lock.name, name);
		text_copy(lock.adapter, sizeof lock.adapter, adapter);
		text_copy(lock.address, sizeof lock.address, address);
		inherit(engine, &lock);
		slot = engine_lock_add(engine, &lock);
	}
	text_copy(slot->live.name, sizeof slot->live.name, name);
	text_copy(slot->live.adapter, sizeof slot->live.adapter, adapter);
	if (strcasecmp(slot->live.address, address) != 0)
		replace(engine, slot, address);
	text_copy(slot->live.address, sizeof slot->live.address, address);
	slot->live.managed = LOCK_BY_CONFIG;
	slot->in_config = true;
	/* The file is on disk already: no need to wait for the row. */
	slot->durable = slot->live;
	slot->is_durable = true;
	outbox_mark(&slot->box, 0);
	if (engine->started)
		engine_pump(engine);
	return OK;
}

void engine_config_policy(struct engine *engine, const char *id, const struct policy *policy)
{
	struct lock_slot *slot = engine_lock_slot(engine, id);

	if (slot)
		slot->from_file = *policy;
}
