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

static enum err_code read_days(struct config_policy *p, json_t *list, struct err *e)
{
	json_t *item;
	size_t i;

	json_array_foreach(list, i, item)
	{
		const char *day = json_string_value(item);

		if (!is_day(day))
			return err_set(e, ERR_INVALID,
				"policy.window_days[%zu]: must be one of \"mon\", \"tue\", "
				"\"wed\", \"thu\", \"fri\", \"sat\", \"sun\"",
				i);
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

/* NOLINTNEXTLINE(readability-function-size): a table */
enum err_code config_read_policy(struct config_policy *p, json_t *object, struct err *e)
{
	json_t *day_list = NULL, *wifi = NULL;
	const struct config_field fields[] = {
		{ .key = "auto_update",
			.type = FIELD_ENUM,
			.out = &p->auto_update,
			.words = auto_updates },
		{ .key = "window", .type = FIELD_TEXT, .out = &p->window, .min = 11, .max = 11 },
		{ .key = "window_days",
			.type = FIELD_ARRAY,
			.out = &day_list,
			.max = CONFIG_DAYS_MAX },
		{ .key = "time_zone",
			.type = FIELD_TEXT,
			.out = &p->time_zone,
			.min = 1,
			.max = 47 },
		{ .key = "min_battery_percent",
			.type = FIELD_UINT,
			.out = &p->min_battery_percent,
			.min = 1,
			.max = 100 },
		{ .key = "min_lqi", .type = FIELD_UINT, .out = &p->min_lqi, .min = 1, .max = 255 },
		{ .key = "max_attempts",
			.type = FIELD_UINT,
			.out = &p->max_attempts,
			.min = 1,
			.max = 10 },
		{ .key = "transfers",
			.type = FIELD_UINT,
			.out = &p->transfers,
			.min = 1,
			.max = 8 },
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
		r = read_days(p, day_list, e);
	return r == OK ? read_wifi(p, wifi, e) : r;
}

void config_policy_done(struct config_policy *p)
{
	free(p->auto_update);
	free(p->window);
	free(p->time_zone);
	for (size_t i = 0; i < p->n_window_days; i++)
		free(p->window_days[i]);
}
