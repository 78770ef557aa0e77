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

void engine_lock_save(struct engine *engine, struct lock_slot *slot, const char *code)
{
	const struct lock_component *main = lock_part(&slot->live, NULL);
	struct event event;
	char text[160], version[VERSION_TEXT_SIZE];

	version_text(version, slot->live.facts.version);
	if (strcmp(code, "version") == 0)
		(void)snprintf(text, sizeof text, "%.90s runs %.60s.", slot->live.name,
			main ? main->installed : version);
	else if (strcmp(code, "online") == 0 || strcmp(code, "offline") == 0)
		(void)snprintf(
			text, sizeof text, "%.90s is %s, its cloud says.", slot->live.name, code);
	else
		(void)snprintf(text, sizeof text, "%s was %s.", slot->live.name, code);
	event = engine_event(engine, EVENT_LOCK, code, text);
	text_copy(event.lock, sizeof event.lock, slot->live.id);
	text_copy(event.adapter, sizeof event.adapter, slot->live.adapter);
	outbox_add(&slot->box, &event, loop_now(engine->options.loop));
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
void engine_lock_unlearn(struct lock *lock)
{
	lock->facts = (struct lock_facts){ 0 };
	lock->version_at = lock->model_at = lock->lock_state_at = lock->network_at = 0;
	lock->door_at = lock->mode_at = 0;
	lock->last_heard = lock->sag_at = lock->auto_at = lock->updated_at = 0;
	lock->contact_gap_s = lock->auto_version = lock->told_version = 0;
	lock->auto_jobs = 0;
	lock->problem[0] = lock->problem_text[0] = '\0';
	lock->rejected_version = 0;
	lock->n_components = 0;
	lock->components_at = lock->online_at = lock->follow_up = 0;
	lock->auto_text[0] = lock->told_text[0] = '\0';
	lock->attested_text[0] = lock->attested_part[0] = '\0';
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
	engine_lock_save(engine, slot, "added");
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
	outbox_drop(&slot->box, slot->box.n);
	free(slot);
}

void engine_lock_know(struct engine *engine, const struct lock *lock)
{
	struct adapter_slot *a = engine_adapter_slot(engine, lock->adapter);

	if (a && engine->started)
		a->adapter->ops->know(a->adapter, lock->address, &lock->facts);
}

void engine_lock_forget(struct engine *engine, const struct lock *lock)
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
		engine_lock_forget(engine, &slot->live);
	slot->live = slot->durable;
	if (moved || slot->removing)
		engine_lock_know(engine, &slot->live);
	slot->removing = false;
}
