/* A vendor sends word. It never carries facts: at best it makes us look sooner. */
#include "ota/engine_parts.h"

#include <string.h>

static bool is_vendors(const struct adapter *adapter)
{
	return adapter->capabilities & ADAPTER_VENDOR && adapter->ops->hook;
}

bool engine_hook(struct engine *engine, const char *adapter, const struct vendor_hook *hook)
{
	struct adapter *a = engine_adapter(engine, adapter);

	if (!a || !is_vendors(a) || engine->stopping || !a->ops->hook(a, hook))
		return false;
	for (struct job_slot *s = engine->jobs; s; s = s->next) {
		const struct lock_slot *lock = engine_lock_slot(engine, s->session.job.lock);

		if (s->is_durable && s->session.job.vendor && lock &&
			strcmp(lock->live.adapter, adapter) == 0)
			runner_step(engine, s, &(struct session_input){ .kind = SESSION_POKED });
	}
	engine_pump(engine);
	return true;
}
