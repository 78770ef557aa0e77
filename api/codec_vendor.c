/* What is different about the locks of vendors: texts for versions, components, who starts an
 * update.
 */
#include "api/codec.h"
#include "api/reply.h"

#include <string.h>

bool codec_is_vendor(const struct lock_view *view)
{
	return view->adapter ? view->adapter->capabilities & ADAPTER_VENDOR
			     : view->lock->n_components > 0;
}

static bool is_target_of(const struct lock_view *view, const struct lock_component *c)
{
	return view->job && view->job->vendor && view->job->to_text[0] &&
	       strcmp(view->job->component, c->id) == 0;
}

/* Nothing newer: what is installed. What the vendor does not tell is not made up. */
static const char *latest_of(const struct lock_view *view, const struct lock_component *c)
{
	const char *offer = c ? lock_offer(view->lock, c) : "";

	if (!offer[0] && c && is_target_of(view, c))
		offer = view->job->to_text;
	return offer[0] ? offer : lock_installed(view->lock, c);
}

static void put_versions(
	json_t *out, const struct lock_view *view, const struct lock_component *c /* NULL: none */)
{
	codec_put(out, "installed_version", reply_text(lock_installed(view->lock, c)));
	codec_put(out, "installed_file_version", json_null());
	codec_put(out, "latest_version", reply_text(latest_of(view, c)));
	codec_put(out, "latest_file_version", json_null());
}

void codec_put_vendor_versions(json_t *out, const struct lock_view *view)
{
	put_versions(out, view, lock_part(view->lock, NULL));
}

const char *codec_vendor_source(const struct lock_view *view)
{
	const struct lock_component *c = lock_part(view->lock, NULL);

	if (c && c->installed[0])
		return "cloud";
	return lock_installed(view->lock, c)[0] ? "attested" : "none";
}

static json_t *component_json(const struct lock_view *view, const struct lock_component *c)
{
	json_t *out =
		json_pack("{s:o,s:o}", "id", reply_text(c->id), "label", reply_text(c->label));

	put_versions(out, view, c);
	codec_put(out, "endpoint", json_null());
	codec_put(out, "manufacturer_code", json_null());
	codec_put(out, "image_type", json_null());
	codec_put(out, "state", json_string(vendor_state_name(c->state)));
	codec_put(out, "blocked", json_boolean(c->blocked));
	codec_put(out, "why", reply_text(c->why));
	codec_put(out, "notes", reply_text(c->notes));
	return out;
}

json_t *codec_vendor_components(const struct lock_view *view)
{
	json_t *list = json_array();

	for (uint8_t i = 0; i < view->lock->n_components; i++)
		json_array_append_new(list, component_json(view, &view->lock->components[i]));
	return list;
}

/* What can be done to this lock, so that nobody has to know which adapter can do what. */
static json_t *capabilities_json(const struct lock_view *view)
{
	unsigned can = view->adapter ? view->adapter->capabilities : 0;
	bool trigger = can & ADAPTER_TRIGGERS;
	bool ours = can & ADAPTER_TRANSFERS || (!view->adapter && !view->lock->n_components);
	const char *why = NULL;

	if (!view->adapter)
		why = "The adapter of this lock is not configured.";
	else if (!(can & (ADAPTER_TRANSFERS | ADAPTER_TRIGGERS)))
		why = "Nobody but the vendor's app can start an update of this lock; the guide "
		      "says how.";
	return json_pack("{s:b,s:o,s:b,s:b,s:b,s:b}", "can_trigger",
		view->adapter && (ours || trigger), "why", reply_text(why), "can_offer",
		ours || can & ADAPTER_OFFERS, "reports_version", ours || can & ADAPTER_VERSIONS,
		"reports_percent", ours || can & ADAPTER_PERCENT, "can_pin",
		ours || can & ADAPTER_PINS);
}

static json_t *steps_json(const char *steps)
{
	json_t *list = json_array();

	while (steps && *steps) {
		size_t size = strcspn(steps, "\n");

		if (size)
			json_array_append_new(list, json_stringn(steps, size));
		steps += size + (steps[size] == '\n');
	}
	return list;
}

json_t *codec_guide(const struct adapter *adapter)
{
	const char *app = NULL, *steps = NULL;

	if (!adapter || !(adapter->capabilities & ADAPTER_VENDOR) ||
		adapter->capabilities & ADAPTER_TRIGGERS || !adapter->ops->guide)
		return json_null();
	adapter->ops->guide(adapter, &app, &steps);
	return json_pack("{s:o,s:o}", "app", reply_text(app), "steps", steps_json(steps));
}

void codec_put_reach(json_t *out, const struct lock_view *view)
{
	const struct lock *lock = view->lock;

	codec_put(out, "online",
		lock->facts.known & FACT_ONLINE ? json_boolean(lock->facts.online) : json_null());
	codec_put(out, "capabilities", capabilities_json(view));
	codec_put(out, "guide", codec_guide(view->adapter));
}
