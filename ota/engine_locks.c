#include "ota/engine_parts.h"
#include "ota/version.h"
#include "server/base/alloc.h"
#include "server/base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct lock_slot *engine_lock_slot(const struct engine *engine, const char *id)
{
	size_t low = 0, high = engine->n_locks;

	while (low < high) {
		size_t mid = (low + high) / 2;
		int order = strcmp(id, engine->locks[mid]->live.id);

		if (order == 0)
			return engine->locks[mid];
		if (order < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return NULL;
}

struct lock_slot *engine_lock_by_address(
	const struct engine *engine, const char *adapter, const char *address)
{
	for (size_t i = 0; i < engine->n_locks; i++)
		if (!engine->locks[i]->removing &&
			strcasecmp(engine->locks[i]->live.address, address) == 0 &&
			strcmp(engine->locks[i]->live.adapter, adapter) == 0)
			return engine->locks[i];
	return NULL;
}

static void add_event(struct engine *engine, struct lock_slot *slot, const char *code)
{
	struct event event;
	char text[160], version[VERSION_TEXT_SIZE];

	version_text(version, slot->live.facts.version);
	if (strcmp(code, "version") == 0)
		(void)snprintf(text, sizeof text, "%s runs %s.", slot->live.name, version);
	else
		(void)snprintf(text, sizeof text, "%s was %s.", slot->live.name, code);
	event = engine_event(engine, EVENT_LOCK, code, text);
	text_copy(event.lock, sizeof event.lock, slot->live.id);
	text_copy(event.adapter, sizeof event.adapter, slot->live.adapter);
	outbox_add(&slot->box, &event, loop_now(engine->options.loop));
}

void engine_lock_save(struct engine *engine, struct lock_slot *slot, const char *code)
{
	add_event(engine, slot, code);
}

static void blank(struct lock *lock)
{
	lock->battery = (struct lock_battery){ .half_percent = -1, .decivolt = -1 };
	lock->facts.battery_half_percent = lock->facts.battery_decivolt = -1;
	lock->facts.lock_state = LOCK_UNKNOWN;
	lock->facts.network_address = lock->facts.parent = 0xFFFF;
	lock->facts.hardware_version = 0xFFFF;
}

/* Another device has taken the place of the one that was known. */
static void unlearn(struct lock *lock)
{
	lock->facts = (struct lock_facts){ 0 };
	lock->version_at = lock->model_at = lock->lock_state_at = lock->network_at = 0;
	lock->last_heard = 0;
	lock->problem[0] = lock->problem_text[0] = '\0';
	lock->rejected_version = 0;
	blank(lock);
}

/* A row from the store has its facts; a new one gets "nothing known". */
struct lock_slot *engine_lock_add(struct engine *engine, const struct lock *lock)
{
	struct lock_slot *slot = xcalloc(1, sizeof *slot);
	size_t at = engine->n_locks;

	slot->live = *lock;
	if (!slot->live.created_at) {
		blank(&slot->live);
		slot->live.created_at = loop_wall(engine->options.loop);
	}
	while (at > 0 && strcmp(engine->locks[at - 1]->live.id, lock->id) > 0) {
		engine->locks[at] = engine->locks[at - 1];
		at--;
	}
	engine->locks[at] = slot;
	engine->n_locks++;
	if (lock->created_at)
		return slot;
	add_event(engine, slot, "added");
	return slot;
}

void engine_lock_drop(struct engine *engine, struct lock_slot *slot)
{
	size_t i = 0;

	while (engine->locks[i] != slot)
		i++;
	for (engine->n_locks--; i < engine->n_locks; i++)
		engine->locks[i] = engine->locks[i + 1];
	askers_free(slot->askers);
	free(slot);
}

static void know(struct engine *engine, const struct lock *lock)
{
	struct adapter_slot *a = engine_adapter_slot(engine, lock->adapter);

	if (a && engine->started)
		a->adapter->ops->know(a->adapter, lock->address, &lock->facts);
}

static void forget(struct engine *engine, const struct lock *lock)
{
	struct adapter_slot *a = engine_adapter_slot(engine, lock->adapter);

	if (a && engine->started)
		a->adapter->ops->forget(a->adapter, lock->address);
}

void engine_lock_undo(struct engine *engine, struct lock_slot *slot)
{
	bool moved = strcmp(slot->live.address, slot->durable.address) != 0 ||
		     strcmp(slot->live.adapter, slot->durable.adapter) != 0;

	if (moved) /* else it would break a transfer off */
		forget(engine, &slot->live);
	slot->live = slot->durable;
	if (moved || slot->removing)
		know(engine, &slot->live);
	slot->removing = false;
}

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
	lock->min_battery_percent =
		named.created_at ? named.min_battery_percent : old->live.min_battery_percent;
	lock->managed = LOCK_BY_CONFIG;
	old->removing = true;
	add_event(engine, old, "removed");
}

/* The file gives this id to another device. */
static void replace(struct engine *engine, struct lock_slot *slot, const char *address)
{
	struct job_slot *job = engine_job_of_lock(engine, slot->live.id);

	if (job)
		runner_replaced(engine, job);
	unlearn(&slot->live);
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

struct late_lock {
	struct pending pending;
	struct err err;
	engine_lock_done *done;
	void *owner;
};

static void refuse_now(void *arg)
{
	struct late_lock *l = arg;

	if (pending_end(&l->pending))
		l->done(l->owner, &l->err, NULL);
	free(l);
}

/* Answers come from the loop, never from inside the question. */
static void refuse(struct engine *engine, const struct err *e, engine_lock_done *done, void *owner)
{
	struct late_lock *l = (struct late_lock *)pending_new(engine, sizeof *l);

	l->err = *e;
	l->done = done;
	l->owner = owner;
	loop_post(engine->options.loop, refuse_now, l);
}

static bool moves(const struct lock *lock, const struct lock_patch *patch)
{
	return (patch->adapter && strcmp(patch->adapter, lock->adapter) != 0) ||
	       (patch->address && strcmp(patch->address, lock->address) != 0);
}

static enum err_code may_patch(struct engine *engine, const struct lock_slot *slot,
	const struct lock_patch *patch, struct err *e)
{
	const struct lock *lock = &slot->live;
	const char *adapter = patch->adapter ? patch->adapter : lock->adapter;
	const struct lock_slot *other = NULL;
	const struct job_slot *job = engine_job_of_lock(engine, lock->id);

	if (lock->managed == LOCK_BY_CONFIG &&
		((patch->name && strcmp(patch->name, lock->name) != 0) || moves(lock, patch)))
		return err_because(e, ERR_CONFLICT, "managed_by_config",
			"name, adapter and address of %s are in the configuration file", lock->id);
	if (moves(lock, patch) && job)
		return err_because(e, ERR_CONFLICT, "lock_busy", "%s has the active job %lld",
			lock->id, (long long)job->session.job.id);
	if (patch->address)
		other = engine_lock_by_address(engine, adapter, patch->address);
	if (other && other != slot)
		return err_because(
			e, ERR_CONFLICT, "address_taken", "%s has this address", other->live.id);
	return OK;
}

static enum err_code may_create(
	struct engine *engine, const char *id, const struct lock_patch *patch, struct err *e)
{
	const struct lock_slot *other;

	if (!text_is_slug(id))
		return err_because(e, ERR_INVALID, "invalid",
			"a lock id is 1 to 63 lower-case letters, digits and dashes");
	if (!patch->adapter || !patch->address || !patch->address[0])
		return err_because(
			e, ERR_INVALID, "invalid", "a new lock needs adapter and address");
	if (!engine_adapter(engine, patch->adapter))
		return err_because(
			e, ERR_INVALID, "invalid", "there is no adapter \"%s\"", patch->adapter);
	if (engine->n_locks == ENGINE_LOCKS_MAX)
		return err_set(e, ERR_TOO_LARGE, "no more than %d locks", ENGINE_LOCKS_MAX);
	other = engine_lock_by_address(engine, patch->adapter, patch->address);
	if (other)
		return err_because(
			e, ERR_CONFLICT, "address_taken", "%s has this address", other->live.id);
	return OK;
}

static void apply(struct lock *lock, const struct lock_patch *patch)
{
	if (patch->name)
		text_copy(lock->name, sizeof lock->name, patch->name);
	if (patch->adapter)
		text_copy(lock->adapter, sizeof lock->adapter, patch->adapter);
	if (patch->address)
		text_copy(lock->address, sizeof lock->address, patch->address);
	if (patch->min_battery_percent >= 0)
		lock->min_battery_percent = (uint8_t)patch->min_battery_percent;
	if (patch->dismiss_problem)
		lock->problem[0] = lock->problem_text[0] = '\0';
}

static void patch_lock(struct engine *engine, struct lock_slot *slot,
	const struct lock_patch *patch, const char *code)
{
	struct job_slot *job = engine_job_of_lock(engine, slot->live.id);
	bool moved = moves(&slot->live, patch);

	if (moved) {
		forget(engine, &slot->live);
		unlearn(&slot->live);
	}
	apply(&slot->live, patch);
	if (moved)
		know(engine, &slot->live);
	if (code)
		add_event(engine, slot, code);
	if (job && job->is_durable)
		runner_step(engine, job, &(struct session_input){ .kind = SESSION_CHANGED });
}

/* NOLINTNEXTLINE(readability-function-size): refusals first, then one change */
void engine_put_lock(struct engine *engine, const char *id, const struct lock_patch *patch,
	bool create, engine_lock_done *done, void *owner)
{
	struct lock_slot *slot = engine_lock_slot(engine, id);
	struct lock lock = { .managed = LOCK_BY_API };
	enum err_code code;
	struct err e;

	if (slot && slot->removing)
		code = err_set(&e, ERR_BUSY, "lock %s is being removed", id);
	else if (slot)
		code = may_patch(engine, slot, patch, &e);
	else if (!create)
		code = err_because(&e, ERR_NOT_FOUND, "not_found", "there is no lock \"%s\"", id);
	else
		code = may_create(engine, id, patch, &e);
	if (code == OK && patch->min_battery_percent > 100)
		code = err_because(&e, ERR_INVALID, "invalid", "a battery has at most 100 %%");
	if (code) {
		refuse(engine, &e, done, owner);
		return;
	}
	if (!slot) {
		text_copy(lock.id, sizeof lock.id, id);
		text_copy(lock.name, sizeof lock.name, id);
		apply(&lock, patch);
		slot = engine_lock_add(engine, &lock);
		know(engine, &slot->live);
	} else {
		patch_lock(engine, slot, patch, "changed");
	}
	ask_lock(slot, done, owner);
	engine_pump(engine);
}

void engine_remove_lock(struct engine *engine, const char *id, engine_lock_done *done, void *owner)
{
	struct lock_slot *slot = engine_lock_slot(engine, id);
	struct job_slot *job = engine_job_of_lock(engine, id);
	struct err e = { 0 };

	if (!slot || slot->removing)
		err_because(&e, ERR_NOT_FOUND, "not_found", "there is no lock \"%s\"", id);
	else if (job)
		err_because(&e, ERR_CONFLICT, "lock_busy", "%s has the active job %lld", id,
			(long long)job->session.job.id);
	else if (slot->live.managed == LOCK_BY_CONFIG)
		err_because(&e, ERR_CONFLICT, "managed_by_config",
			"%s is in the configuration file", id);
	if (!slot || e.code) {
		refuse(engine, &e, done, owner);
		return;
	}
	forget(engine, &slot->live);
	slot->removing = true;
	add_event(engine, slot, "removed");
	ask_lock(slot, done, owner);
	engine_pump(engine);
}
