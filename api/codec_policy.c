/* Policies as JSON and back. */
#include "api/codec.h"
#include "api/reply.h"
#include "ota/version.h"
#include "server/base/text.h"

#include <string.h>

static json_t *number_or_null(unsigned value)
{
	return value ? json_integer(value) : json_null();
}

static json_t *version_or_null(uint32_t version)
{
	return codec_version(version != 0, version);
}

static json_t *days_json(uint8_t days)
{
	json_t *list = days ? json_array() : json_null();

	for (int i = 0; i < 7 && days; i++)
		if (days >> i & 1)
			json_array_append_new(list, json_string(window_day_name(i)));
	return list;
}

static json_t *hours_json(const struct window *window)
{
	char text[WINDOW_TEXT_SIZE];

	window_text(text, window);
	return window->set ? json_string(text) : json_null();
}

static void put_policy(json_t *out, const struct policy *p)
{
	bool own = p->auto_update != AUTO_DEFAULT;

	codec_put(out, "auto_update", reply_text(own ? auto_update_name((int)p->auto_update) : ""));
	codec_put(out, "window", hours_json(&p->window));
	codec_put(out, "window_days", days_json(p->window.days));
	codec_put(out, "time_zone", reply_text(p->window.zone));
	codec_put(out, "min_battery_percent", number_or_null(p->min_battery_percent));
	codec_put(out, "min_battery_voltage",
		codec_tenth(p->min_battery_decivolt ? p->min_battery_decivolt / 10.0 : -1));
	codec_put(out, "min_lqi", number_or_null(p->min_lqi));
	codec_put(out, "max_attempts", number_or_null(p->max_attempts));
}

json_t *codec_policy(const struct policy *policy)
{
	json_t *out = json_object();

	put_policy(out, policy);
	return out;
}

/* What only locks have. */
static void put_own_kind(json_t *out, const struct policy *p)
{
	codec_put(out, "pinned_version",
		p->pinned_text[0] ? reply_text(p->pinned_text)
				  : version_or_null(p->pinned_version));
	codec_put(out, "skipped_version",
		p->skipped_text[0] ? reply_text(p->skipped_text)
				   : version_or_null(p->skipped_version));
	codec_put(out, "priority", json_integer(p->priority));
}

void codec_put_lock_policy(json_t *out, const struct lock_view *view)
{
	const struct policy *own = &view->lock->policy;

	put_policy(out, own);
	put_own_kind(out, own);
	codec_put(out, "window_open",
		view->has_window ? json_boolean(view->window.open) : json_null());
	codec_put(out, "window_opens_at", codec_time(view->has_window ? view->window.opens : 0));
	codec_put(out, "policy", codec_policy(&view->policy));
	put_own_kind(json_object_get(out, "policy"), &view->policy);
}

struct raw { /* as it stands in the body */
	int64_t battery, voltage, lqi, attempts, priority;
	const char *auto_update, *window, *zone, *pinned, *skipped;
	struct body_texts days;
};

static enum err_code read_hours(
	struct window *out, const struct raw *raw, const struct body_in *in, struct err *e)
{
	if (raw->window && !window_parse(out, raw->window))
		return codec_refuse(in, "/window", "must be like 02:00-05:00", e);
	out->set = raw->window != NULL;
	for (size_t i = 0; i < raw->days.n; i++) {
		int day = window_day_parse(raw->days.at[i]);

		if (day < 0)
			return codec_refuse(in, "/window_days",
				"must name mon, tue, wed, thu, fri, sat, sun", e);
		out->days |= (uint8_t)(1U << day);
	}
	if (raw->zone && !zone_is_name(raw->zone))
		return codec_refuse(in, "/time_zone", "must be like Europe/Berlin", e);
	(void)text_copy(out->zone, sizeof out->zone, raw->zone ? raw->zone : "");
	return OK;
}

/* As text, and as a file version where it is one; which of the two counts is the lock's. */
static enum err_code read_version(uint32_t *out, char text[POLICY_VERSION_SIZE], const char *given,
	const char *path, const struct body_in *in, struct err *e)
{
	if (!given)
		return OK;
	for (const char *p = given; *p; p++)
		if (*p < ' ' || *p > '~')
			return codec_refuse(in, path, "must be printable ASCII", e);
	(void)text_copy(text, POLICY_VERSION_SIZE, given);
	if (!version_parse(out, given))
		*out = 0;
	return OK;
}

static enum err_code read_policy(
	struct policy *out, const struct raw *raw, const struct body_in *in, struct err *e)
{
	enum err_code code = read_hours(&out->window, raw, in, e);

	out->min_battery_decivolt = (uint8_t)raw->voltage;
	out->min_lqi = (uint8_t)raw->lqi;
	out->max_attempts = (uint8_t)raw->attempts;
	out->priority = (int8_t)raw->priority;
	if (!code && raw->auto_update && !auto_update_parse(&out->auto_update, raw->auto_update))
		code = codec_refuse(in, "/auto_update", "must be off, notify, window or null", e);
	if (!code)
		code = read_version(&out->pinned_version, out->pinned_text, raw->pinned,
			"/pinned_version", in, e);
	if (!code)
		code = read_version(&out->skipped_version, out->skipped_text, raw->skipped,
			"/skipped_version", in, e);
	return code;
}

/* What the body names, be it with null: that is the default again. */
static unsigned parts_of(const json_t *root)
{
	static const struct {
		const char *name;
		unsigned part;
	} parts[] = { { "auto_update", POLICY_AUTO_UPDATE }, { "window", POLICY_WINDOW },
		{ "window_days", POLICY_DAYS }, { "time_zone", POLICY_ZONE },
		{ "min_battery_voltage", POLICY_VOLTAGE }, { "min_lqi", POLICY_LQI },
		{ "max_attempts", POLICY_ATTEMPTS }, { "pinned_version", POLICY_PINNED },
		{ "skipped_version", POLICY_SKIPPED }, { "priority", POLICY_PRIORITY } };
	unsigned found = 0;

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		if (json_object_get(root, parts[i].name))
			found |= parts[i].part;
	return found;
}

/* NOLINTNEXTLINE(readability-function-size): the table of what can be changed */
enum err_code codec_read_lock(struct lock_patch *out, const struct body_in *in, struct err *e)
{
	struct lock_patch read = { 0 };
	struct raw raw = { .battery = -1 };
	const struct body_field fields[] = {
		{ "name", BODY_TEXT, .out = &read.name, .min = 1, .max = LOCK_NAME_SIZE - 1 },
		{ "adapter", BODY_TEXT, .out = &read.adapter, .min = 1, .max = 63 },
		{ "address", BODY_TEXT, .out = &read.address, .min = 1, .max = ADDRESS_SIZE - 1 },
		{ "min_battery_percent", BODY_INT, .nullable = true, .out = &raw.battery,
			.max = 100 },
		{ "min_battery_voltage", BODY_TENTH, .nullable = true, .out = &raw.voltage,
			.min = 10, .max = 250 },
		{ "min_lqi", BODY_INT, .nullable = true, .out = &raw.lqi, .min = 1, .max = 255 },
		{ "max_attempts", BODY_INT, .nullable = true, .out = &raw.attempts, .min = 1,
			.max = ATTEMPTS_MAX },
		{ "priority", BODY_INT, .nullable = true, .out = &raw.priority, .min = -10,
			.max = 10 },
		{ "auto_update", BODY_TEXT, .nullable = true, .out = &raw.auto_update },
		{ "window", BODY_TEXT, .nullable = true, .out = &raw.window },
		{ "window_days", BODY_TEXTS, .nullable = true, .out = &raw.days, .max = 7 },
		{ "time_zone", BODY_TEXT, .nullable = true, .out = &raw.zone },
		{ "pinned_version", BODY_TEXT, .nullable = true, .out = &raw.pinned, .min = 1,
			.max = POLICY_VERSION_SIZE - 1 },
		{ "skipped_version", BODY_TEXT, .nullable = true, .out = &raw.skipped, .min = 1,
			.max = POLICY_VERSION_SIZE - 1 },
		{ .name = NULL },
	};
	enum err_code code;

	if (!in->text.size)
		return err_because(
			e, ERR_INVALID, "invalid_body", "The body is missing: what shall change?");
	code = codec_read_fields(in, fields, e);
	if (!code)
		code = read_policy(&read.policy, &raw, in, e);
	if (code)
		return code;
	read.policy_parts = parts_of(*in->root);
	/* null: back to the default */
	read.min_battery_percent = (int)raw.battery;
	if (json_is_null(json_object_get(*in->root, "min_battery_percent")))
		read.min_battery_percent = 0;
	*out = read;
	return OK;
}

enum err_code codec_read_pause(bool *paused, const struct body_in *in, struct err *e)
{
	const struct body_field fields[] = {
		{ "paused", BODY_BOOL, .required = true, .out = paused },
		{ .name = NULL },
	};

	return codec_read_fields(in, fields, e);
}
