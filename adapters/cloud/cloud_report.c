#include "adapters/cloud/cloud_private.h"
#include "server/base/log.h"
#include "server/base/text.h"

#include <string.h>

void cloud_set_state(struct cloud *c, enum adapter_state state, const struct err *why)
{
	c->base.state = state;
	c->base.why = why ? *why : (struct err){ .code = OK };
	if (c->base.to)
		c->base.to->state(c->base.owner, &c->base, state, why);
}

void report_vendor(struct cloud *c, const struct vendor_report *report)
{
	if (c->base.to)
		c->base.to->vendor(c->base.owner, &c->base, report);
}

static void no_facts(struct lock_facts *f, int64_t at)
{
	*f = (struct lock_facts){ .at = at,
		.battery_half_percent = -1,
		.battery_decivolt = -1,
		.lock_state = LOCK_UNKNOWN,
		.network_address = 0xFFFF,
		.parent = 0xFFFF };
}

static void take_online(struct lock_facts *f, int online)
{
	if (online < 0)
		return;
	f->known |= FACT_ONLINE;
	f->online = online == 1;
}

static void take_model(struct lock_facts *f, const char *model)
{
	if (!*model)
		return;
	f->known |= FACT_MODEL;
	(void)text_copy(f->model, sizeof f->model, model);
}

static void tell(struct cloud *c, struct lock_seen *seen)
{
	seen->is_lock = true;
	if (c->base.to)
		c->base.to->seen(c->base.owner, &c->base, seen);
}

void report_list(struct cloud *c, const struct call_result *r)
{
	if (r->cut)
		log_warn("adapter=%s has more locks than can be read: %zu are known", c->base.id,
			r->n_locks);
	for (size_t i = 0; i < r->n_locks; i++) {
		const struct call_lock *l = &r->locks[i];
		struct lock_seen seen = { .address = l->id, .name = l->name[0] ? l->name : NULL };

		no_facts(&seen.facts, loop_wall(c->loop));
		take_online(&seen.facts, l->online);
		take_model(&seen.facts, l->model);
		tell(c, &seen);
	}
}

static void take_battery(struct lock_facts *f, const struct call_result *r)
{
	if (r->battery_pct >= 0) {
		f->known |= FACT_BATTERY;
		f->battery_half_percent = (int16_t)(2 * r->battery_pct);
	}
	if (r->battery_low >= 0) {
		f->known |= FACT_ALARM;
		f->battery_alarm = r->battery_low == 1;
	}
}

void report_status(struct cloud *c, const char *address, const struct call_result *r)
{
	static const struct lock_component unknown = { .id = "main" };
	struct lock_seen seen = { .address = address, .awake = r->online == 1 };

	no_facts(&seen.facts, loop_wall(c->loop));
	take_online(&seen.facts, r->online);
	take_model(&seen.facts, r->model);
	take_battery(&seen.facts, r);
	if (r->locked >= 0) {
		seen.facts.known |= FACT_LOCK_STATE;
		seen.facts.lock_state = r->locked ? LOCK_LOCKED : LOCK_UNLOCKED;
	}
	if (!c->profile->ops[OP_CHECK]) { /* else the check tells the components */
		seen.facts.known |= FACT_COMPONENTS;
		seen.components = r->n_components ? r->components : &unknown;
		seen.n_components = r->n_components ? r->n_components : 1;
	}
	tell(c, &seen);
}

void report_components(struct cloud *c, const char *address, const struct call_result *r)
{
	struct lock_seen seen = {
		.address = address, .components = r->components, .n_components = r->n_components
	};

	if (!r->n_components)
		return;
	no_facts(&seen.facts, loop_wall(c->loop));
	seen.facts.known = FACT_COMPONENTS;
	tell(c, &seen);
}
