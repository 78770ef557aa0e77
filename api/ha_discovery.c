#include "api/ha_discovery.h"

#include "api/codec.h"
#include "api/reply.h"

#include <stdio.h>
#include <string.h>

/* What an entity is beside its names and topics. NULL: not said. */
struct component {
	const char *key, *platform, *name, *device_class, *category, *icon;
	const char *value_template, *attributes_template; /* of the job's topic */
	const char *payload_press;
};

static const struct component lock_components[] = {
	{ .key = "firmware", .platform = "update", .device_class = "firmware" },
	{ .key = "phase",
		.platform = "sensor",
		.name = "Update phase",
		.device_class = "enum",
		.category = "diagnostic",
		.icon = "mdi:progress-clock",
		.value_template = "{{ value_json.phase }}",
		.attributes_template =
			"{{ {'waiting_for': value_json.waiting_for, 'job_id': value_json.job_id, "
			"'last_heard': value_json.last_heard} | tojson }}" },
	{ .key = "ready_at",
		.platform = "sensor",
		.name = "Update ready at",
		.device_class = "timestamp",
		.category = "diagnostic",
		.value_template = "{{ value_json.eta }}" },
	{ .key = "problem",
		.platform = "binary_sensor",
		.name = "Update problem",
		.device_class = "problem",
		.category = "diagnostic",
		.value_template = "{{ 'ON' if value_json.problem else 'OFF' }}",
		.attributes_template =
			"{{ {'error_code': value_json.error_code, 'error_message': "
			"value_json.error_message, 'advice': value_json.advice, 'escalate': "
			"value_json.escalate} | tojson }}" },
	{ .key = "result",
		.platform = "event",
		.name = "Update result",
		.icon = "mdi:clipboard-check-outline" },
	{ .key = "cancel",
		.platform = "button",
		.name = "Cancel update",
		.category = "config",
		.icon = "mdi:cancel",
		.payload_press = "{\"action\":\"cancel\"}" },
	{ .key = "check",
		.platform = "button",
		.name = "Check for update",
		.category = "diagnostic",
		.icon = "mdi:magnify",
		.payload_press = "{\"action\":\"check\"}" },
	{ .key = "dismiss",
		.platform = "button",
		.name = "Dismiss update problem",
		.category = "config",
		.icon = "mdi:check",
		.payload_press = "{\"action\":\"dismiss\"}" },
};

/* Of a lock that only its vendor's app can update: the update entity cannot install. */
static const struct component guided_components[] = {
	{ .key = "guide",
		.platform = "button",
		.name = "Guide me through the update",
		.icon = "mdi:map-marker-path",
		.payload_press = "{\"action\":\"install\"}" },
	{ .key = "started",
		.platform = "button",
		.name = "I started the update in the app",
		.icon = "mdi:cellphone-check",
		.payload_press = "{\"action\":\"started\"}" },
};

static bool is_guided(const json_t *lock)
{
	return json_is_object(json_object_get(lock, "guide"));
}

static void put_text(json_t *out, const char *key, const char *text)
{
	if (text)
		codec_put(out, key, json_string(text));
}

/* "homeassistant/device/NODE/config" -> NODE: unique ids and identifiers are made of it. */
static json_t *node_with(const char *config_topic, const struct ha_names *names, const char *more)
{
	const char *node = config_topic + strlen(names->prefix) + strlen("/device/");

	return json_sprintf("%.*s%s", (int)(strlen(node) - strlen("/config")), node, more);
}

json_t *ha_lock_node(const struct ha_names *names, const char *lock)
{
	char topic[HA_TOPIC_SIZE];

	ha_lock_config_topic(topic, names, lock);
	return node_with(topic, names, "");
}

static json_t *component_json(
	const struct component *c, const struct ha_names *names, const char *config_topic)
{
	char more[64];
	json_t *out = json_pack("{s:s}", "platform", c->platform);

	(void)snprintf(more, sizeof more, "_%s", c->key);
	codec_put(out, "unique_id", node_with(config_topic, names, more));
	put_text(out, "name", c->name); /* without one Home Assistant takes the class's */
	put_text(out, "device_class", c->device_class);
	put_text(out, "entity_category", c->category);
	put_text(out, "icon", c->icon);
	put_text(out, "value_template", c->value_template);
	put_text(out, "json_attributes_template", c->attributes_template);
	put_text(out, "payload_press", c->payload_press);
	return out;
}

static json_t *phases(void)
{
	json_t *list = json_pack("[s]", "idle");

	for (int i = 0; i < JOB_PHASES; i++)
		json_array_append_new(list, json_string(job_phase_name((enum job_phase)i)));
	return list;
}

static json_t *results(void)
{
	json_t *list = json_array();

	for (int i = 0; i < JOB_PHASES; i++)
		if (job_is_over((enum job_phase)i))
			json_array_append_new(list, json_string(job_phase_name((enum job_phase)i)));
	return list;
}

/* What only the update entity has. */
static void put_update(json_t *out, const char *state_topic, bool installs)
{
	put_text(out, "state_topic", state_topic);
	put_text(out, "payload_install", installs ? "{\"action\":\"install\"}" : NULL);
	codec_put(out, "display_precision", json_integer(1));
}

static json_t *lock_component(
	const struct component *c, const struct ha_names *names, const char *lock, bool installs)
{
	bool update = !strcmp(c->platform, "update");
	char config[HA_TOPIC_SIZE], topics[HA_LOCK_TOPICS][HA_TOPIC_SIZE];
	json_t *out;

	ha_lock_config_topic(config, names, lock);
	for (int i = 0; i < HA_LOCK_TOPICS; i++)
		ha_lock_topic(topics[i], names, lock, (enum ha_topic)i);
	out = component_json(c, names, config);
	if (update)
		put_update(out, topics[HA_UPDATE], installs);
	if ((update && installs) || c->payload_press)
		put_text(out, "command_topic", topics[HA_COMMAND]);
	if (update || c->attributes_template)
		put_text(out, "json_attributes_topic", topics[HA_JOB]);
	if (c->value_template)
		put_text(out, "state_topic", topics[HA_JOB]);
	if (!strcmp(c->key, "phase"))
		codec_put(out, "options", phases());
	if (!strcmp(c->key, "result")) {
		put_text(out, "state_topic", topics[HA_EVENT]);
		codec_put(out, "event_types", results());
	}
	return out;
}

static const char *text_in(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

static json_t *lock_device(const struct ha_names *names, const json_t *lock)
{
	const char *address = text_in(lock, "address");
	char topic[HA_TOPIC_SIZE];
	json_t *out = json_object();

	codec_put(out, "identifiers", json_pack("[o]", ha_lock_node(names, text_in(lock, "id"))));
	put_text(out, "name", text_in(lock, "name"));
	put_text(out, "manufacturer", text_in(lock, "manufacturer"));
	put_text(out, "model", text_in(lock, "model"));
	put_text(out, "sw_version", text_in(lock, "installed_version"));
	put_text(out, "serial_number", address && *address ? address : NULL);
	put_text(out, "configuration_url", names->page_url);
	ha_service_config_topic(topic, names);
	codec_put(out, "via_device", node_with(topic, names, ""));
	return out;
}

/* Takes device and components. */
static json_t *device_config(const struct ha_names *names, json_t *device, json_t *components)
{
	char status[HA_TOPIC_SIZE];

	ha_status_topic(status, names);
	return json_pack("{s:o,s:{s:s,s:s},s:s,s:i,s:o}", "device", device, "origin", "name",
		"Lockwright", "sw_version", names->version, "availability_topic", status, "qos", 1,
		"components", components);
}

json_t *ha_lock_config(const struct ha_names *names, const json_t *lock)
{
	const char *id = text_in(lock, "id");
	json_t *components = json_object();
	bool guided = is_guided(lock);

	for (size_t i = 0; i < ARRAY_SIZE(lock_components); i++)
		codec_put(components, lock_components[i].key,
			lock_component(&lock_components[i], names, id, !guided));
	for (size_t i = 0; guided && i < ARRAY_SIZE(guided_components); i++)
		codec_put(components, guided_components[i].key,
			lock_component(&guided_components[i], names, id, false));
	return device_config(names, lock_device(names, lock), components);
}

/* --- the service itself --- */

static json_t *service_component(
	const struct component *c, const struct ha_names *names, const char *config_topic)
{
	char topic[HA_TOPIC_SIZE];
	json_t *out = component_json(c, names, config_topic);

	ha_service_topic(topic, names);
	put_text(out, "state_topic", topic);
	if (c->attributes_template)
		put_text(out, "json_attributes_topic", topic);
	return out;
}

static void put_adapter(
	json_t *components, const struct ha_names *names, const char *topic, const char *id)
{
	char key[80], name[80], value[160];
	const struct component c = { .key = key,
		.platform = "binary_sensor",
		.name = name,
		.device_class = "connectivity",
		.category = "diagnostic",
		.value_template = value };

	(void)snprintf(key, sizeof key, "adapter_%s", id);
	(void)snprintf(name, sizeof name, "Adapter %s", id);
	(void)snprintf(value, sizeof value,
		"{{ 'ON' if value_json.adapters['%s'] == 'up' else 'OFF' }}", id);
	codec_put(components, key, service_component(&c, names, topic));
}

static json_t *service_device(const struct ha_names *names, const char *topic)
{
	json_t *out = json_pack("{s:[o],s:s,s:s,s:s,s:s}", "identifiers",
		node_with(topic, names, ""), "name", "Lockwright", "manufacturer", "Lockwright",
		"model", "Lock firmware updates", "sw_version", names->version);

	put_text(out, "configuration_url", names->page_url);
	return out;
}

json_t *ha_service_config(const struct ha_names *names, const json_t *adapters)
{
	static const struct component active = { .key = "active_updates",
		.platform = "sensor",
		.name = "Active updates",
		.icon = "mdi:lock-reset",
		.value_template = "{{ value_json.active }}" };
	static const struct component problem = { .key = "problem",
		.platform = "binary_sensor",
		.name = "Problem",
		.device_class = "problem",
		.category = "diagnostic",
		.value_template = "{{ 'ON' if value_json.problem else 'OFF' }}",
		.attributes_template = "{{ {'error_code': value_json.error_code, 'error_message': "
				       "value_json.error_message, 'advice': value_json.advice} | "
				       "tojson }}" };
	char topic[HA_TOPIC_SIZE];
	json_t *components = json_object();

	ha_service_config_topic(topic, names);
	codec_put(components, active.key, service_component(&active, names, topic));
	codec_put(components, problem.key, service_component(&problem, names, topic));
	for (size_t i = 0; i < json_array_size(adapters); i++)
		put_adapter(components, names, topic, text_in(json_array_get(adapters, i), "id"));
	return device_config(names, service_device(names, topic), components);
}
