#include "ota/engine_parts.h"
#include "server/base/log.h"
#include "server/base/text.h"

#include <stdio.h>

static bool free_id(const struct engine *engine, char *id, size_t max, const char *wish)
{
	text_slug(id, max, wish);
	return !engine_lock_slot(engine, id);
}

static struct lock_slot *add(
	struct engine *engine, const char *adapter, const char *address, const char *name)
{
	struct lock lock = { .managed = LOCK_BY_IMPORT };
	bool named = name[0] && free_id(engine, lock.id, sizeof lock.id, name);

	if (!named && !free_id(engine, lock.id, sizeof lock.id, address))
		return NULL;
	if (engine->n_locks == ENGINE_LOCKS_MAX) {
		log_warn("adapter=%s lock=%s not imported: there are %d locks already", adapter,
			address, ENGINE_LOCKS_MAX);
		return NULL;
	}
	(void)text_copy(lock.name, sizeof lock.name, name[0] ? name : lock.id);
	(void)text_copy(lock.adapter, sizeof lock.adapter, adapter);
	(void)text_copy(lock.address, sizeof lock.address, address);
	return engine_lock_add(engine, &lock);
}

void engine_learn_lock(struct engine *engine, const char *adapter, const char *address,
	const char *name, const struct lock_facts *facts)
{
	struct lock_slot *slot = engine_lock_by_address(engine, adapter, address);
	struct lock_facts missing = *facts;

	if (!slot)
		slot = add(engine, adapter, address, name);
	if (!slot)
		return;
	missing.known &= ~slot->live.facts.known; /* what was heard on the air is newer */
	if (!missing.known)
		return;
	(void)lock_learn(&slot->live, &missing, facts->at); /* news or not, it is saved */
	outbox_mark(&slot->box, 0);
}
