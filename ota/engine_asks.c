#include "ota/engine_parts.h"
#include "ota/library.h"
#include "server/base/text.h"

#include <assert.h>
#include <string.h>

void engine_lock_check(struct engine *engine, struct lock_slot *slot)
{
	static const char *const verdicts[] = {
		[VERDICT_OK] = "ok", [VERDICT_WARN] = "warn", [VERDICT_BLOCK] = "block"
	};
	struct check check;
	struct event event;
	struct offer offer;

	engine_offer(engine, &slot->live, &offer);
	runner_check(engine, slot, NULL, offer.image, &check);
	event = engine_event(engine, EVENT_CHECK, "checked", verdicts[check.worst]);
	text_copy(event.lock, sizeof event.lock, slot->live.id);
	text_copy(event.adapter, sizeof event.adapter, slot->live.adapter);
	outbox_add(&slot->box, &event, loop_now(engine->options.loop));
}

static void read_if_awake(struct engine *engine, struct lock_slot *slot)
{
	struct adapter *adapter = engine_adapter(engine, slot->live.adapter);
	msec now = loop_now(engine->options.loop);
	struct err e;

	if (!slot->check_reads || !adapter || adapter->state != ADAPTER_UP ||
		!(adapter->capabilities & ADAPTER_READS) || slot->awake_until <= now)
		return;
	slot->read_at = now;
	/* Refused: the next contact tries again. */
	(void)adapter->ops->read(adapter, slot->live.address, slot->check_reads, &e);
}

/* Asking a vendor costs of its account's budget: not more often than this. */
enum { LOOK_GAP = 30000 };

/* Who asks for a check of a vendor's lock wants to know how it is now. */
static void look_at_vendors(
	struct engine *engine, const struct lock_slot *slot, struct job_slot *job)
{
	struct adapter *adapter = engine_adapter(engine, slot->live.adapter);
	int64_t age = loop_wall(engine->options.loop) - slot->live.components_at;
	struct err e;

	if (!adapter || adapter->state != ADAPTER_UP || !(adapter->capabilities & ADAPTER_VENDOR))
		return;
	if (job && job->is_durable)
		runner_step(engine, job, &(struct session_input){ .kind = SESSION_POKED });
	else if (age < 0 || age >= LOOK_GAP) /* refused: it looks by itself later */
		(void)adapter->ops->look(
			adapter, slot->live.address, NULL, LOOK_STATUS | LOOK_VERSIONS, &e);
}

enum err_code engine_check(
	struct engine *engine, const char *lock, struct check *out, struct err *e)
{
	struct lock_slot *slot = engine_lock_slot(engine, lock);
	struct job_slot *job = engine_job_of_lock(engine, lock);
	const struct image *image = NULL;
	struct offer offer;

	if (!slot || !slot->is_durable)
		return err_because(e, ERR_NOT_FOUND, "not_found", "there is no lock \"%s\"", lock);
	engine_offer(engine, &slot->live, &offer);
	image = job ? library_find(engine->options.library, job->session.job.image) : offer.image;
	runner_check(engine, slot, job ? &job->session.job : NULL, image, out);
	slot->check_reads = out->pending;
	read_if_awake(engine, slot);
	look_at_vendors(engine, slot, job);
	if (!out->pending)
		engine_lock_check(engine, slot);
	engine_pump(engine);
	return OK;
}

static enum err_code able(struct engine *engine, const char *id, unsigned capability,
	struct adapter_slot **out, struct err *e)
{
	struct adapter_slot *slot = engine_adapter_slot(engine, id);

	if (!slot)
		return err_because(e, ERR_NOT_FOUND, "not_found", "there is no adapter \"%s\"", id);
	if (!(slot->adapter->capabilities & capability))
		return err_because(e, ERR_UNSUPPORTED, "unsupported",
			"adapter %s of type %s cannot do that", id, slot->adapter->ops->type);
	*out = slot;
	return OK;
}

enum err_code engine_scan(struct engine *engine, const char *adapter, struct err *e)
{
	struct adapter_slot *slot = NULL;
	enum err_code code = able(engine, adapter, ADAPTER_SCANS, &slot, e);

	if (code)
		return code;
	assert(slot);
	if (slot->scanning)
		return OK;
	code = slot->adapter->ops->scan(slot->adapter, e);
	slot->scanning = code == OK;
	return code;
}

enum err_code engine_restart_adapter(struct engine *engine, const char *adapter, struct err *e)
{
	struct adapter_slot *slot = NULL;
	enum err_code code = able(engine, adapter, ADAPTER_RESTARTS, &slot, e);

	if (code)
		return code;
	assert(slot);
	return slot->adapter->ops->restart(slot->adapter, e);
}

enum err_code engine_wake_now(struct engine *engine, const char *lock, struct err *e)
{
	struct lock_slot *slot = engine_lock_slot(engine, lock);
	struct job_slot *job = engine_job_of_lock(engine, lock);

	if (!slot)
		return err_because(e, ERR_NOT_FOUND, "not_found", "there is no lock \"%s\"", lock);
	if (!job || !job->is_durable)
		return err_because(e, ERR_CONFLICT, "already_over", "%s has no active job", lock);
	slot->awake_until = loop_now(engine->options.loop) + 5000;
	runner_step(engine, job, &(struct session_input){ .kind = SESSION_USER });
	engine_pump(engine);
	return OK;
}

void engine_firmware_changed(struct engine *engine)
{
	runner_changed(engine, NULL);
	engine_pump(engine);
}
