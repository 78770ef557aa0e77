/* What a request may change about a lock. */
#include "ota/engine_parts.h"
#include "server/base/text.h"

#include <stdlib.h>
#include <string.h>

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

/* NOLINTNEXTLINE(readability-function-size): one line per part */
static void apply_policy(struct policy *policy, const struct lock_patch *patch)
{
	const struct policy *from = &patch->policy;
	unsigned parts = patch->policy_parts;

	if (parts & POLICY_AUTO_UPDATE)
		policy->auto_update = from->auto_update;
	if (parts & POLICY_WINDOW) {
		policy->window.set = from->window.set;
		policy->window.from = from->window.from;
		policy->window.to = from->window.to;
	}
	if (parts & POLICY_DAYS)
		policy->window.days = from->window.days;
	if (parts & POLICY_ZONE)
		memcpy(policy->window.zone, from->window.zone, sizeof policy->window.zone);
	if (parts & POLICY_VOLTAGE)
		policy->min_battery_decivolt = from->min_battery_decivolt;
	if (parts & POLICY_LQI)
		policy->min_lqi = from->min_lqi;
	if (parts & POLICY_ATTEMPTS)
		policy->max_attempts = from->max_attempts;
	if (parts & POLICY_PINNED) {
		policy->pinned_version = from->pinned_version;
		memcpy(policy->pinned_text, from->pinned_text, sizeof policy->pinned_text);
	}
	if (parts & POLICY_SKIPPED) {
		policy->skipped_version = from->skipped_version;
		memcpy(policy->skipped_text, from->skipped_text, sizeof policy->skipped_text);
	}
	if (parts & POLICY_PRIORITY)
		policy->priority = from->priority;
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
		lock->policy.min_battery_percent = (uint8_t)patch->min_battery_percent;
	apply_policy(&lock->policy, patch);
	if (patch->dismiss_problem)
		lock->problem[0] = lock->problem_text[0] = '\0';
}

/* A lock has versions of one kind: file versions, or its vendor's words. */
static void keep_one_kind(struct policy *policy, bool vendor)
{
	if (vendor) {
		policy->pinned_version = policy->skipped_version = 0;
		return;
	}
	policy->pinned_text[0] = policy->skipped_text[0] = '\0';
}

static enum err_code check_versions(const struct engine *engine, const struct lock_slot *slot,
	const struct lock_patch *patch, struct err *e)
{
	const struct policy *p = &patch->policy;
	bool vendor = slot && engine_is_vendor(engine, &slot->live);
	const char *wrong = NULL;

	if (!vendor && patch->policy_parts & POLICY_PINNED && p->pinned_text[0] &&
		!p->pinned_version)
		wrong = "pinned_version";
	if (!vendor && patch->policy_parts & POLICY_SKIPPED && p->skipped_text[0] &&
		!p->skipped_version)
		wrong = "skipped_version";
	return wrong ? err_because(e, ERR_INVALID, "invalid_body",
			       "/%s must be like 17.7.0.0 or 0x11070000", wrong)
		     : OK;
}

/* What the policy would be, as a whole. */
static enum err_code check_policy(struct engine *engine, const struct lock_slot *slot,
	const struct lock_patch *patch, struct err *e)
{
	struct policy own = slot ? slot->live.policy : (struct policy){ 0 }, policy;
	const struct tz *tz;

	if (patch->min_battery_percent > 100)
		return err_because(e, ERR_INVALID, "invalid", "a battery has at most 100 %%");
	apply_policy(&own, patch);
	if (slot)
		policy_fill(&own, &slot->from_file);
	policy_effective(&policy, &own, &engine->options.defaults);
	if (policy.auto_update == AUTO_WINDOW && !policy.window.set &&
		patch->policy_parts & (POLICY_AUTO_UPDATE | POLICY_WINDOW))
		return err_because(e, ERR_INVALID, "invalid",
			"auto_update \"window\" needs a window, here or in the configuration");
	return patch->policy_parts & POLICY_ZONE
		       ? zones_get(engine->zones, &tz, policy.window.zone, e)
		       : OK;
}

static void patch_lock(struct engine *engine, struct lock_slot *slot,
	const struct lock_patch *patch, const char *code)
{
	struct job_slot *job = engine_job_of_lock(engine, slot->live.id);
	bool moved = moves(&slot->live, patch);

	if (moved) {
		engine_lock_forget(engine, &slot->live);
		engine_lock_unlearn(&slot->live);
	}
	apply(&slot->live, patch);
	keep_one_kind(&slot->live.policy, engine_is_vendor(engine, &slot->live));
	if (moved)
		engine_lock_know(engine, &slot->live);
	if (code)
		engine_lock_save(engine, slot, code);
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
	if (code == OK)
		code = check_policy(engine, slot, patch, &e);
	if (code == OK)
		code = check_versions(engine, slot, patch, &e);
	if (code) {
		refuse(engine, &e, done, owner);
		return;
	}
	if (!slot) {
		text_copy(lock.id, sizeof lock.id, id);
		text_copy(lock.name, sizeof lock.name, id);
		apply(&lock, patch);
		keep_one_kind(&lock.policy, engine_is_vendor(engine, &lock));
		slot = engine_lock_add(engine, &lock);
		engine_lock_know(engine, &slot->live);
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
	engine_lock_forget(engine, &slot->live);
	slot->removing = true;
	engine_lock_save(engine, slot, "removed");
	ask_lock(slot, done, owner);
	engine_pump(engine);
}
