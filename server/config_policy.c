#include "server/config_policy.h"

#include "server/base/alloc.h"
#include "server/config_read.h"

#include <stdlib.h>
#include <string.h>

static const char *const auto_updates[] = { "off", "notify", "window", NULL };
static const char *const days[] = { "mon", "tue", "wed", "thu", "fri", "sat", "sun", NULL };

static bool is_day(const char *text)
{
	for (size_t i = 0; days[i]; i++)
		if (text && !strcmp(days[i], text))
			return true;
	return false;
}

static enum err_code read_days(
	struct config_policy *p, json_t *list, const char *path, struct err *e)
{
	json_t *item;
	size_t i;

	json_array_foreach(list, i, item)
	{
		const char *day = json_string_value(item);

		if (!is_day(day))
			return err_set(e, ERR_INVALID,
				"%s.window_days[%zu]: must be one of \"mon\", \"tue\", \"wed\", "
				"\"thu\", \"fri\", \"sat\", \"sun\"",
				path, i);
		p->window_days[p->n_window_days++] = xstrdup(day);
	}
	return OK;
}

static enum err_code read_wifi(struct config_policy *p, json_t *list, struct err *e)
{
	json_t *item;
	size_t i;

	json_array_foreach(list, i, item)
	{
		json_int_t channel = json_integer_value(item);

		if (!json_is_integer(item) || channel < 1 || channel > 14)
			return err_set(e, ERR_INVALID,
				"policy.wifi_channels[%zu]: must be a whole number from 1 to 14",
				i);
		p->wifi_channels[i] = (uint8_t)channel;
	}
	return OK;
}

/* What both kinds of policy have. */
#define COMMON_FIELDS(p, days)                                                                     \
	{ .key = "auto_update",                                                                    \
		.type = FIELD_ENUM,                                                                \
		.out = &(p)->auto_update,                                                          \
		.words = auto_updates },                                                           \
		{ .key = "window",                                                                 \
			.type = FIELD_TEXT,                                                        \
			.out = &(p)->window,                                                       \
			.min = 11,                                                                 \
			.max = 11 },                                                               \
		{ .key = "window_days",                                                            \
			.type = FIELD_ARRAY,                                                       \
			.out = (days),                                                             \
			.max = CONFIG_DAYS_MAX },                                                  \
		{ .key = "time_zone",                                                              \
			.type = FIELD_TEXT,                                                        \
			.out = &(p)->time_zone,                                                    \
			.min = 1,                                                                  \
			.max = 47 },                                                               \
		{ .key = "min_battery_percent",                                                    \
			.type = FIELD_UINT,                                                        \
			.out = &(p)->min_battery_percent,                                          \
			.min = 1,                                                                  \
			.max = 100 },                                                              \
		{ .key = "min_battery_voltage",                                                    \
			.type = FIELD_TENTH,                                                       \
			.out = &(p)->min_battery_decivolt,                                         \
			.min = 10,                                                                 \
			.max = 250 },                                                              \
		{ .key = "min_lqi",                                                                \
			.type = FIELD_UINT,                                                        \
			.out = &(p)->min_lqi,                                                      \
			.min = 1,                                                                  \
			.max = 255 },                                                              \
	{                                                                                          \
		.key = "max_attempts", .type = FIELD_UINT, .out = &(p)->max_attempts, .min = 1,    \
		.max = 10                                                                          \
	}

enum err_code config_read_policy(struct config_policy *p, json_t *object, struct err *e)
{
	json_t *day_list = NULL, *wifi = NULL;
	const struct config_field fields[] = {
		COMMON_FIELDS(p, &day_list),
		{ .key = "transfers",
			.type = FIELD_UINT,
			.out = &p->transfers,
			.min = 1,
			.max = CONFIG_TRANSFERS_MAX },
		{ .key = "wifi_channels",
			.type = FIELD_ARRAY,
			.out = &wifi,
			.max = CONFIG_WIFI_MAX },
	};
	enum err_code r;

	p->transfers = 2;
	if (!object)
		return OK;
	r = config_read(object, "policy", fields, ARRAY_SIZE(fields), e);
	if (r == OK)
		r = read_days(p, day_list, "policy", e);
	return r == OK ? read_wifi(p, wifi, e) : r;
}

enum err_code config_read_lock_policy(
	struct config_policy *p, json_t *object, const char *path, struct err *e)
{
	json_t *day_list = NULL;
	const struct config_field fields[] = {
		COMMON_FIELDS(p, &day_list),
		{ .key = "pinned_version",
			.type = FIELD_TEXT,
			.out = &p->pinned_version,
			.min = 1,
			.max = 15 },
		{ .key = "skipped_version",
			.type = FIELD_TEXT,
			.out = &p->skipped_version,
			.min = 1,
			.max = 15 },
		{ .key = "priority", .type = FIELD_INT, .out = &p->priority, .max = 10 },
	};
	enum err_code r = config_read(object, path, fields, ARRAY_SIZE(fields), e);

	return r == OK ? read_days(p, day_list, path, e) : r;
}

void config_policy_done(struct config_policy *p)
{
	free(p->auto_update);
	free(p->window);
	free(p->time_zone);
	free(p->pinned_version);
	free(p->skipped_version);
	for (size_t i = 0; i < p->n_window_days; i++)
		free(p->window_days[i]);
}
