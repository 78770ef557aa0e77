#include "ota/engine_parts.h"
#include "server/base/log.h"
#include "server/base/text.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

enum { AWAKE = 5000, SAVE_FACTS = 10000, SAVE_HEARD = 300000, READ_GAP = 10000 };

struct event engine_event(
	const struct engine *engine, enum event_kind kind, const char *code, const char *text)
{
	struct event event = { .at = loop_wall(engine->options.loop),
		.kind = kind,
		.bytes_done = -1,
		.bytes_total = -1 };

	text_copy(event.code, sizeof event.code, code);
	text_copy(event.text, sizeof event.text, text);
	return event;
}

void engine_listen(struct engine *engine, const struct engine_listener *listener, void *owner)
{
	assert(engine->n_listeners < ENGINE_LISTENERS_MAX);
	engine->listeners[engine->n_listeners].to = listener;
	engine->listeners[engine->n_listeners++].owner = owner;
}

void engine_tell(struct engine *engine, const struct event *events, size_t n)
{
	for (size_t k = 0; k < n; k++)
		for (size_t i = 0; i < engine->n_listeners; i++)
			if (engine->listeners[i].to->event)
				engine->listeners[i].to->event(
					engine->listeners[i].owner, &events[k]);
}

void engine_tell_progress(struct engine *engine, struct job_slot *slot)
{
	struct job view = slot->durable;

	view.bytes_done = slot->session.job.bytes_done;
	view.bytes_peak = slot->session.job.bytes_peak;
	view.blocks = slot->session.job.blocks;
	view.repeats = slot->session.job.repeats;
	for (size_t i = 0; i < engine->n_listeners; i++)
		if (engine->listeners[i].to->progress)
			engine->listeners[i].to->progress(engine->listeners[i].owner, &view);
}

void engine_publish(struct engine *engine, const struct event *events, size_t n)
{
	for (size_t i = 0; i < n; i++)
		outbox_add(&engine->box, &events[i], loop_now(engine->options.loop));
	engine_pump(engine);
}

static const char *state_name(enum adapter_state state)
{
	switch (state) {
	case ADAPTER_STOPPED:
		return "stopped";
	case ADAPTER_STARTING:
		return "starting";
	case ADAPTER_UP:
		return "up";
	case ADAPTER_REFUSED:
		return "refused";
	case ADAPTER_RELEASED:
		return "released";
	}
	return "";
}

static void on_state(
	void *owner, struct adapter *from, enum adapter_state state, const struct err *why)
{
	struct engine *engine = owner;
	bool bad = why && why->code;
	struct event event =
		engine_event(engine, EVENT_ADAPTER, bad ? why->reason : "", bad ? why->text : "");

	log_info("adapter=%s state=%s%s%s", from->id, state_name(state), bad ? " " : "",
		bad ? why->text : "");
	text_copy(event.adapter, sizeof event.adapter, from->id);
	text_copy(event.phase, sizeof event.phase, state_name(state));
	outbox_add(&engine->box, &event, loop_now(engine->options.loop));
	if (!engine->stopping)
		runner_changed(engine, from->id);
	engine_pump(engine);
}

static struct lock_slot *found(
	struct engine *engine, struct adapter *from, const struct lock_seen *seen)
{
	const struct lock_facts *facts = &seen->facts;
	struct lock lock = { .managed = LOCK_BY_SCAN };
	char name[LOCK_NAME_SIZE];
	size_t n = strlen(seen->address);

	if (seen->name && seen->name[0])
		(void)text_copy(name, sizeof name, seen->name);
	else
		(void)snprintf(name, sizeof name, "%.48s %s",
			facts->model[0] ? facts->model : "lock",
			seen->address + (n > 6 ? n - 6 : 0));
	text_slug(lock.id, sizeof lock.id, name);
	if (engine_lock_slot(engine, lock.id))
		text_slug(lock.id, sizeof lock.id, seen->address);
	if (engine_lock_slot(engine, lock.id) || engine->n_locks == ENGINE_LOCKS_MAX)
		return NULL;
	text_copy(lock.name, sizeof lock.name, name);
	text_copy(lock.adapter, sizeof lock.adapter, from->id);
	text_copy(lock.address, sizeof lock.address, seen->address);
	return engine_lock_add(engine, &lock);
}

/* Facts reach the disk together: at once when the version is news, else every 10 s at most. */
static void learn(struct engine *engine, struct lock_slot *slot, const struct lock_seen *seen)
{
	int64_t wall = loop_wall(engine->options.loop);
	msec now = loop_now(engine->options.loop);
	bool news = lock_learn(&slot->live, &seen->facts, wall);

	news = lock_learn_components(&slot->live, seen, wall) || news;
	if (seen->awake || seen->announced) {
		lock_heard(&slot->live, wall);
		slot->awake_until = now + AWAKE;
	}
	if (news)
		engine_lock_save(engine, slot, "version");
	else if (seen->facts.known)
		outbox_mark(&slot->box, slot->box.saved_at + SAVE_FACTS);
	else
		outbox_mark(&slot->box, slot->box.saved_at + SAVE_HEARD);
}

/* A check asked for what was not known: read it now that the lock listens. */
static void serve_check(struct engine *engine, struct lock_slot *slot, struct adapter *adapter)
{
	struct check check;
	struct err e;
	msec now = loop_now(engine->options.loop);

	if (!slot->check_reads)
		return;
	runner_check(engine, slot, NULL, NULL, &check);
	slot->check_reads &= check.pending;
	if (!slot->check_reads) {
		engine_lock_check(engine, slot);
	} else if (slot->awake_until > now && now - slot->read_at >= READ_GAP &&
		   adapter->capabilities & ADAPTER_READS) {
		slot->read_at = now;
		if (adapter->ops->read(adapter, slot->live.address, slot->check_reads, &e))
			log_debug("lock=%s read: %s", slot->live.id, e.text);
	}
}

static void on_seen(void *owner, struct adapter *from, const struct lock_seen *seen)
{
	struct engine *engine = owner;
	struct lock_slot *slot = engine_lock_by_address(engine, from->id, seen->address);
	struct job_slot *job;

	if (engine->stopping)
		return;
	engine_clock_look(engine);
	if (!slot && seen->is_lock)
		slot = found(engine, from, seen);
	if (!slot)
		return;
	learn(engine, slot, seen);
	job = engine_job_of_lock(engine, slot->live.id);
	if (job && job->is_durable)
		runner_step(
			engine, job, &(struct session_input){ .kind = SESSION_SEEN, .seen = seen });
	serve_check(engine, slot, from);
	engine_pump(engine);
}

static void on_update(void *owner, struct adapter *from, const struct update_report *report)
{
	struct engine *engine = owner;
	struct job_slot *job = engine_job_slot(engine, report->job);
	struct lock_slot *lock = engine_lock_by_address(engine, from->id, report->address);

	if (!job || !lock || engine->stopping)
		return;
	engine_clock_look(engine);
	lock_heard(&lock->live, loop_wall(engine->options.loop));
	lock->awake_until = loop_now(engine->options.loop) + AWAKE;
	outbox_mark(&lock->box, lock->box.saved_at + SAVE_HEARD);
	runner_step(
		engine, job, &(struct session_input){ .kind = SESSION_REPORT, .report = report });
	engine_pump(engine);
}

static void on_scanned(void *owner, struct adapter *from, const struct err *e)
{
	struct engine *engine = owner;
	struct adapter_slot *slot = engine_adapter_slot(engine, from->id);
	bool failed = e && e->code;
	struct event event = engine_event(engine, EVENT_ADAPTER, failed ? e->reason : "scanned",
		failed ? e->text : "The scan is complete.");

	assert(slot);
	slot->scanning = false;
	text_copy(event.adapter, sizeof event.adapter, from->id);
	text_copy(event.phase, sizeof event.phase, state_name(from->state));
	outbox_add(&engine->box, &event, loop_now(engine->options.loop));
	engine_pump(engine);
}

static void on_vendor(void *owner, struct adapter *from, const struct vendor_report *report)
{
	struct engine *engine = owner;
	struct lock_slot *lock = engine_lock_by_address(engine, from->id, report->address);
	struct job_slot *job = lock ? engine_job_of_lock(engine, lock->live.id) : NULL;
	bool asked = report->step != VENDOR_LOOKED && report->step != VENDOR_NO_ANSWER;

	if (!job || !job->is_durable || !job->session.job.vendor || engine->stopping)
		return;
	/* The answer to an order of this component, or to a look at this lock. */
	if (asked && report->component &&
		strcmp(report->component, job->session.job.component) != 0)
		return;
	engine_clock_look(engine);
	runner_step(
		engine, job, &(struct session_input){ .kind = SESSION_VENDOR, .vendor = report });
	engine_pump(engine);
}

const struct adapter_events engine_adapter_events = { .state = on_state,
	.seen = on_seen,
	.update = on_update,
	.scanned = on_scanned,
	.vendor = on_vendor };
