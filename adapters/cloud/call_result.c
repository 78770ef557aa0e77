#include "adapters/cloud/call_result.h"

#include "adapters/cloud/expression.h"
#include "adapters/cloud/vendor_text.h"
#include "server/base/text.h"

#include <stdlib.h>
#include <string.h>

enum { TIMEOUT_MAX_S = 86400 };

void call_result_init(struct call_result *r)
{
	*r = (struct call_result){ .online = -1,
		.locked = -1,
		.battery_low = -1,
		.battery_pct = -1,
		.battery_step = -1,
		.percent = -1 };
}

void call_result_done(struct call_result *r)
{
	free(r->locks);
	r->locks = NULL;
	r->n_locks = 0;
}

static const char *text_of(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

static void take_text(char *out, size_t max, const json_t *object, const char *key)
{
	const char *text = text_of(object, key);

	if (text)
		vendor_text(out, max, text);
}

static void take_bool(int *out, const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	if (json_is_boolean(value))
		*out = json_is_true(value);
}

static void take_int(int *out, const json_t *object, const char *key, json_int_t max)
{
	json_int_t n;

	if (scalar_int(&n, json_object_get(object, key)) && n >= 0 && n <= max)
		*out = (int)n;
}

static void add_lock(struct call_result *r, const json_t *from)
{
	struct call_lock lock = { .online = -1 }, *more;

	if (!vendor_id(lock.id, sizeof lock.id, text_of(from, "id")))
		return;
	if (r->n_locks == CALL_LOCKS_MAX) {
		r->cut = true;
		return;
	}
	take_text(lock.name, sizeof lock.name, from, "name");
	take_text(lock.model, sizeof lock.model, from, "model");
	take_bool(&lock.online, from, "online");
	if ((r->n_locks & (r->n_locks - 1)) == 0) {
		size_t room = r->n_locks ? 2 * r->n_locks : 1;

		more = realloc(r->locks, room * sizeof *r->locks);
		if (!more) {
			r->cut = true;
			return;
		}
		r->locks = more;
	}
	r->locks[r->n_locks++] = lock;
}

static size_t add_locks(struct call_result *r, const json_t *locks, const json_t *keep)
{
	static const struct vars none;
	size_t n = json_array_size(locks);

	for (size_t i = 0; i < n; i++)
		if (!keep || expression_matches(json_array_get(locks, i), keep, &none, false))
			add_lock(r, json_array_get(locks, i));
	return n;
}

static void take_state(enum vendor_state *out, const json_t *from)
{
	const char *word = text_of(from, "state");

	if (word && !vendor_state_read(out, word))
		*out = VENDOR_UNKNOWN;
}

static void settle_state(struct lock_component *c, const json_t *from)
{
	if (!strcmp(c->available, c->installed))
		c->available[0] = '\0';
	c->state = VENDOR_UNKNOWN;
	if (json_object_get(from, "state"))
		take_state(&c->state, from);
	else if (c->installed[0])
		c->state = c->available[0] ? VENDOR_AVAILABLE : VENDOR_IDLE;
}

static void add_component(struct call_result *r, const json_t *from, const char *id)
{
	struct lock_component *c = &r->components[r->n_components];
	int timeout = 0, allowed = 1;

	if (r->n_components == COMPONENTS_MAX)
		return;
	*c = (struct lock_component){ 0 };
	if (!vendor_id(c->id, sizeof c->id, id))
		return;
	take_text(c->label, sizeof c->label, from, "label");
	(void)vendor_version(c->installed, sizeof c->installed, text_of(from, "current"));
	(void)vendor_version(c->available, sizeof c->available, text_of(from, "target"));
	take_text(c->notes, sizeof c->notes, from, "notes");
	take_text(c->why, sizeof c->why, from, "blocked_reason");
	take_bool(&allowed, from, "allowed");
	c->blocked = !allowed;
	take_int(&timeout, from, "vendor_timeout_s", TIMEOUT_MAX_S);
	c->timeout_s = (uint32_t)timeout;
	settle_state(c, from);
	r->n_components++;
}

static void add_components(struct call_result *r, const json_t *outputs)
{
	const json_t *modules = json_object_get(outputs, "modules");

	if (!json_is_array(modules)) {
		if (json_object_get(outputs, "current") || json_object_get(outputs, "target"))
			add_component(r, outputs, "main");
		return;
	}
	for (size_t i = 0; i < json_array_size(modules); i++) {
		const json_t *module = json_array_get(modules, i);
		const char *id = text_of(module, "module");

		add_component(r, module, id ? id : "main");
	}
}

static void take_trigger(struct call_result *r, const json_t *outputs)
{
	int accepted = 0;

	take_bool(&accepted, outputs, "accepted");
	r->accepted = accepted == 1;
	(void)vendor_id(r->vendor_job, sizeof r->vendor_job, text_of(outputs, "vendor_job"));
}

size_t call_result_add(struct call_result *r, const json_t *outputs, const json_t *keep)
{
	size_t n = add_locks(r, json_object_get(outputs, "devices"), keep);
	const char *code = text_of(outputs, "vendor_code");

	take_bool(&r->online, outputs, "online");
	take_bool(&r->locked, outputs, "locked");
	take_bool(&r->battery_low, outputs, "battery_low");
	take_int(&r->battery_pct, outputs, "battery_pct", 100);
	take_int(&r->battery_step, outputs, "battery_step", 100);
	take_text(r->model, sizeof r->model, outputs, "model");
	take_int(&r->percent, outputs, "percent", 100);
	take_state(&r->state, outputs);
	(void)vendor_id(r->code, sizeof r->code, code);
	take_trigger(r, outputs);
	add_components(r, outputs);
	return n;
}
