#include "ota/policy.h"

#include <string.h>

static const struct policy built_in = { .auto_update = AUTO_OFF,
	.window = { .days = WINDOW_EVERY_DAY, .zone = "UTC" },
	.min_battery_percent = 50,
	.min_battery_decivolt = 46, /* of four AA cells */
	.min_lqi = 50,
	.max_attempts = 4 };

static const char *const auto_updates[AUTO_UPDATES] = { [AUTO_DEFAULT] = "default",
	[AUTO_OFF] = "off",
	[AUTO_NOTIFY] = "notify",
	[AUTO_WINDOW] = "window" };

void policy_fill(struct policy *to, const struct policy *from)
{
	if (to->auto_update == AUTO_DEFAULT)
		to->auto_update = from->auto_update;
	if (!to->window.set) {
		to->window.set = from->window.set;
		to->window.from = from->window.from;
		to->window.to = from->window.to;
	}
	if (!to->window.days)
		to->window.days = from->window.days;
	if (!to->window.zone[0])
		memcpy(to->window.zone, from->window.zone, sizeof to->window.zone);
	if (!to->min_battery_percent)
		to->min_battery_percent = from->min_battery_percent;
	if (!to->min_battery_decivolt)
		to->min_battery_decivolt = from->min_battery_decivolt;
	if (!to->min_lqi)
		to->min_lqi = from->min_lqi;
	if (!to->max_attempts)
		to->max_attempts = from->max_attempts;
	if (!to->pinned_version)
		to->pinned_version = from->pinned_version;
	if (!to->skipped_version)
		to->skipped_version = from->skipped_version;
	if (!to->priority)
		to->priority = from->priority;
}

void policy_effective(struct policy *out, const struct policy *own, const struct policy *defaults)
{
	*out = *own;
	if (defaults)
		policy_fill(out, defaults);
	policy_fill(out, &built_in);
}

const char *auto_update_name(int value)
{
	return auto_updates[value];
}

bool auto_update_parse(enum auto_update *out, const char *name)
{
	for (int i = 0; i < AUTO_UPDATES; i++)
		if (strcmp(auto_updates[i], name) == 0) {
			*out = (enum auto_update)i;
			return true;
		}
	return false;
}
