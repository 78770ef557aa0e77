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

static void tell(struct engine *engine, struct lock_slot *slot, const struct image *image)
{
	char version[VERSION_TEXT_SIZE], text[160];
	struct event event;

	if (slot->live.told_version == image->file_version)
		return;
	slot->live.told_version = image->file_version;
	version_text(version, image->file_version);
	(void)snprintf(text, sizeof text, "%.90s can be updated to %s.", slot->live.name, version);
	event = engine_event(engine, EVENT_LOCK, "update_available", text);
	text_copy(event.lock, sizeof event.lock, slot->live.id);
	text_copy(event.adapter, sizeof event.adapter, slot->live.adapter);
	text_copy(event.image, sizeof event.image, image->id);
	outbox_add(&slot->box, &event, loop_now(engine->options.loop));
}

static void started(void *owner, const struct err *e, const struct job *job, enum job_answer answer)
{
	(void)owner;
	(void)answer;
	if (!job)
		log_warn("an automatic update did not start: %s", e->text);
}

/* Not for ever: what failed or was cancelled is tried again on another day, three times in all. */
static bool may_try(const struct lock *lock, const struct image *image, int64_t wall)
{
	if (lock->auto_version != image->file_version)
		return true;
	return lock->auto_jobs < AUTO_JOBS_MAX && wall - lock->auto_at >= AUTO_GAP_MS;
}

/* Without a version: what is offered, and nothing that only a person may name. */
static void begin(struct engine *engine, struct lock_slot *slot, const struct image *image)
{
	struct job_request request = {
		.lock = slot->live.id, .requested_by = "policy", .automatic = true
	};
	struct lock *lock = &slot->live;

	if (lock->auto_version != image->file_version)
		lock->auto_jobs = 0;
	lock->auto_version = image->file_version;
	lock->auto_at = loop_wall(engine->options.loop);
	outbox_mark(&slot->box, loop_now(engine->options.loop));
	engine_create_job(engine, &request, started, NULL);
}

static void consider(struct engine *engine, struct lock_slot *slot)
{
	struct window_state window;
	struct policy policy;
	struct offer offer;

	engine_policy(engine, &slot->live, &policy);
	if (policy.auto_update == AUTO_OFF || !slot->is_durable || slot->removing ||
		engine_job_of_lock(engine, slot->live.id))
		return;
	engine_offer(engine, &slot->live, &offer);
	if (!offer.image)
		return;
	tell(engine, slot, offer.image);
	if (policy.auto_update == AUTO_WINDOW && !engine->pause.on &&
		engine_window(engine, &slot->live, &window) && window.open &&
		may_try(&slot->live, offer.image, loop_wall(engine->options.loop)))
		begin(engine, slot, offer.image);
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

void engine_policy_learn(struct engine *engine, struct lock_slot *lock, const struct job *job)
{
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
