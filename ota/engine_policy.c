/* What happens by itself: the pause, windows, notices, and updates that nobody asked for by hand.
 */
#include "ota/engine_parts.h"
#include "ota/library.h"
#include "ota/version.h"
#include "server/base/log.h"
#include "server/base/text.h"

#include <stdio.h>
#include <string.h>

enum {
	LOOK = 60000,
	AUTO_JOBS_MAX = 3,              /* of one version: then somebody must look */
	AUTO_GAP_MS = 20 * 3600 * 1000, /* so that each window sees at most one */
};

void engine_policy_begin(struct engine *engine)
{
	const char *zoneinfo = engine->options.zoneinfo;

	engine->zones = zones_new(zoneinfo ? zoneinfo : "/usr/share/zoneinfo");
}

void engine_policy(const struct engine *engine, const struct lock *lock, struct policy *out)
{
	const struct lock_slot *slot = engine_lock_slot(engine, lock->id);
	struct policy own = lock->policy;

	if (slot)
		policy_fill(&own, &slot->from_file);
	policy_effective(out, &own, &engine->options.defaults);
}

const struct policy *engine_policy_defaults(const struct engine *engine)
{
	return &engine->options.defaults;
}

bool engine_window(const struct engine *engine, const struct lock *lock, struct window_state *out)
{
	struct policy policy;
	const struct tz *tz;
	struct err e;

	engine_policy(engine, lock, &policy);
	*out = (struct window_state){ .open = false };
	if (!policy.window.set)
		return false;
	/* A zone that is gone from the system keeps the window shut: that is the safe side. */
	if (zones_get(engine->zones, &tz, policy.window.zone, &e) == OK)
		window_look(out, &policy.window, tz, loop_wall(engine->options.loop));
	return true;
}

bool engine_is_paused(const struct engine *engine)
{
	return engine->pause.on;
}

void engine_pause(struct engine *engine, bool pause, engine_pause_done *done, void *owner)
{
	struct pause_slot *slot = &engine->pause;
	struct event event = engine_event(engine, EVENT_NOTE, pause ? "paused" : "resumed",
		pause ? "Updates were paused." : "Updates go on.");

	if (slot->wanted != pause)
		outbox_add(&slot->box, &event, loop_now(engine->options.loop));
	slot->wanted = pause;
	ask_pause(slot, done, owner);
	engine_pump(engine);
}

void engine_host(struct engine *engine, const struct host_facts *facts)
{
	engine->host = *facts;
}

const struct host_facts *engine_host_facts(const struct engine *engine)
{
	return &engine->host;
}

void engine_adapter_transfers(struct engine *engine, const char *adapter, uint32_t n)
{
	struct adapter_slot *slot = engine_adapter_slot(engine, adapter);

	if (slot)
		slot->transfers = n;
}

uint32_t engine_transfers(const struct engine *engine, const char *adapter)
{
	for (size_t i = 0; i < engine->n_adapters; i++)
		if (strcmp(engine->adapters[i].adapter->id, adapter) == 0 &&
			engine->adapters[i].transfers)
			return engine->adapters[i].transfers;
	return engine->options.transfers_per_adapter;
}

void engine_adapter_port(struct engine *engine, const char *adapter, const struct port_facts *port)
{
	struct adapter_slot *slot = engine_adapter_slot(engine, adapter);

	if (slot)
		slot->port = *port;
}

static void announce(
	struct engine *engine, struct lock_slot *slot, const char *version, const char *image)
{
	struct event event;
	char text[160];

	(void)snprintf(
		text, sizeof text, "%.80s can be updated to %.50s.", slot->live.name, version);
	event = engine_event(engine, EVENT_LOCK, "update_available", text);
	text_copy(event.lock, sizeof event.lock, slot->live.id);
	text_copy(event.adapter, sizeof event.adapter, slot->live.adapter);
	text_copy(event.image, sizeof event.image, image);
	outbox_add(&slot->box, &event, loop_now(engine->options.loop));
}

static void tell(struct engine *engine, struct lock_slot *slot, const struct image *image)
{
	char version[VERSION_TEXT_SIZE];

	if (slot->live.told_version == image->file_version)
		return;
	slot->live.told_version = image->file_version;
	version_text(version, image->file_version);
	announce(engine, slot, version, image->id);
}

static void started(void *owner, const struct err *e, const struct job *job, enum job_answer answer)
{
	(void)owner;
	(void)answer;
	if (!job)
		log_warn("an automatic update did not start: %s", e->text);
}

/* Not for ever: what failed or was cancelled is tried again on another day, three times in all. */
static bool may_try(const struct lock *lock, bool same, int64_t wall)
{
	if (!same)
		return true;
	return lock->auto_jobs < AUTO_JOBS_MAX && wall - lock->auto_at >= AUTO_GAP_MS;
}

/* Without a version: what is offered, and nothing that only a person may name. */
static void begin(struct engine *engine, struct lock_slot *slot, bool same)
{
	struct job_request request = {
		.lock = slot->live.id, .requested_by = "policy", .automatic = true
	};
	struct lock *lock = &slot->live;

	if (!same)
		lock->auto_jobs = 0;
	lock->auto_at = loop_wall(engine->options.loop);
	outbox_mark(&slot->box, loop_now(engine->options.loop));
	engine_create_job(engine, &request, started, NULL);
}

static bool is_time(const struct engine *engine, const struct lock *lock,
	const struct policy *policy, bool same)
{
	struct window_state window;

	return policy->auto_update == AUTO_WINDOW && !engine->pause.on &&
	       engine_window(engine, lock, &window) && window.open &&
	       may_try(lock, same, loop_wall(engine->options.loop));
}

/* The first component that has something; those after it follow by themselves. */
static const char *vendors_offer(const struct lock *lock)
{
	for (uint8_t i = 0; i < lock->n_components; i++)
		if (lock_offer(lock, &lock->components[i])[0])
			return lock_offer(lock, &lock->components[i]);
	return "";
}

/* What only its vendor's app can start is told, not begun. */
static void consider_vendor(
	struct engine *engine, struct lock_slot *slot, const struct policy *policy)
{
	struct lock *lock = &slot->live;
	const struct adapter *adapter = engine_adapter(engine, lock->adapter);
	char offer[VENDOR_VERSION_SIZE];
	bool same;

	(void)text_copy(offer, sizeof offer, vendors_offer(lock));
	if (!offer[0])
		return;
	if (strcmp(lock->told_text, offer) != 0) {
		(void)text_copy(lock->told_text, sizeof lock->told_text, offer);
		announce(engine, slot, offer, "");
	}
	same = strcmp(lock->auto_text, offer) == 0;
	if (!(adapter->capabilities & ADAPTER_TRIGGERS) || !is_time(engine, lock, policy, same))
		return;
	(void)text_copy(lock->auto_text, sizeof lock->auto_text, offer);
	begin(engine, slot, same);
}

static void consider(struct engine *engine, struct lock_slot *slot)
{
	struct policy policy;
	struct offer offer;
	bool same;

	engine_policy(engine, &slot->live, &policy);
	if (policy.auto_update == AUTO_OFF || !slot->is_durable || slot->removing ||
		engine_job_of_lock(engine, slot->live.id))
		return;
	if (engine_is_vendor(engine, &slot->live)) {
		consider_vendor(engine, slot, &policy);
		return;
	}
	engine_offer(engine, &slot->live, &offer);
	if (!offer.image)
		return;
	tell(engine, slot, offer.image);
	same = slot->live.auto_version == offer.image->file_version;
	if (!is_time(engine, &slot->live, &policy, same))
		return;
	slot->live.auto_version = offer.image->file_version;
	begin(engine, slot, same);
}

/* Some firmware works but tells nothing any more: a day after an update somebody should know. */
static void look_for_reports(struct engine *engine, struct lock_slot *slot)
{
	struct lock *lock = &slot->live;
	int64_t wall = loop_wall(engine->options.loop);
	struct event event;
	char text[160];

	if (!lock->updated_at || wall - lock->updated_at < SESSION_DAY_MS)
		return;
	if (lock->last_heard > lock->updated_at && lock->lock_state_at &&
		lock->lock_state_at <= lock->updated_at) {
		(void)snprintf(text, sizeof text,
			"%.90s was heard, but has not told its state since the update.",
			lock->name);
		event = engine_event(engine, EVENT_LOCK, "reports_stopped", text);
		text_copy(event.lock, sizeof event.lock, lock->id);
		text_copy(event.adapter, sizeof event.adapter, lock->adapter);
		outbox_add(&slot->box, &event, loop_now(engine->options.loop));
	}
	lock->updated_at = 0;
	outbox_mark(&slot->box, 0);
}

static void sample_sticks(struct engine *engine)
{
	for (size_t i = 0; i < engine->n_adapters; i++) {
		struct adapter *a = engine->adapters[i].adapter;
		struct adapter_info info = { 0 };

		if (!a->ops->info)
			continue;
		a->ops->info(a, &info);
		stick_hour_sample(&engine->adapters[i].hour, &info, loop_now(engine->options.loop));
	}
}

void engine_policy_tick(struct engine *engine)
{
	msec now = loop_now(engine->options.loop);

	if (engine->policy_due > now)
		return;
	engine->policy_due = now + LOOK;
	sample_sticks(engine);
	if (!engine_clock_is_plausible(engine))
		return;
	for (size_t i = 0; i < engine->n_locks; i++) {
		look_for_reports(engine, engine->locks[i]);
		consider(engine, engine->locks[i]);
	}
}

/* No cloud tells the version of such a lock: what somebody said stands until one does. */
static void learn_attested(struct lock_slot *lock, const struct job *job)
{
	if (!job->vendor || job->phase != JOB_SUCCEEDED ||
		strcmp(job->evidence, "user_attested") != 0)
		return;
	(void)text_copy(
		lock->live.attested_text, sizeof lock->live.attested_text, job->verified_text);
	(void)text_copy(lock->live.attested_part, sizeof lock->live.attested_part, job->component);
	outbox_mark(&lock->box, 0);
}

void engine_policy_learn(struct engine *engine, struct lock_slot *lock, const struct job *job)
{
	learn_attested(lock, job);
	if (job->phase == JOB_CANCELLED && job->automatic) {
		/* Somebody does not want it. */
		lock->live.auto_jobs = AUTO_JOBS_MAX;
		outbox_mark(&lock->box, 0);
	}
	if (job->phase == JOB_SUCCEEDED && strcmp(job->outcome, "updated") == 0) {
		lock->live.updated_at = loop_wall(engine->options.loop);
		outbox_mark(&lock->box, 0);
	}
	if (job->battery_before < 0 || job->battery_after < 0)
		return;
	lock->live.sag_half_percent = (int16_t)(job->battery_before > job->battery_after
							? job->battery_before - job->battery_after
							: 0);
	lock->live.sag_at = loop_wall(engine->options.loop);
	outbox_mark(&lock->box, 0);
}
