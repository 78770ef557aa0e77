#include "server/main_policy.h"

#include "ota/version.h"
#include "ota/zone.h"
#include "server/base/text.h"
#include "server/config.h"

static enum err_code read_window(struct window *out, const struct config_policy *c, struct err *e)
{
	out->set = c->window != NULL;
	if (c->window && !window_parse(out, c->window))
		return err_set(e, ERR_INVALID, "window: must be like \"02:00-05:00\"");
	for (size_t i = 0; i < c->n_window_days; i++)
		out->days |= (uint8_t)(1U << window_day_parse(c->window_days[i]));
	(void)text_copy(out->zone, sizeof out->zone, c->time_zone ? c->time_zone : "");
	return OK;
}

static enum err_code read_version(uint32_t *out, const char *key, const char *text, struct err *e)
{
	if (!text || version_parse(out, text))
		return OK;
	return err_set(e, ERR_INVALID, "%s: must be like \"17.7.0.0\" or \"0x11070000\"", key);
}

static enum err_code check_zone(const struct policy *policy, struct err *e)
{
	struct zones *zones = zones_new("/usr/share/zoneinfo");
	const struct tz *tz;
	enum err_code r = OK;

	if (policy->window.zone[0])
		r = zones_get(zones, &tz, policy->window.zone, e);
	zones_free(zones);
	return r == OK ? OK : err_prefix(e, "time_zone: ");
}

static enum err_code read_policy(struct policy *out, const struct config_policy *c, struct err *e)
{
	enum err_code r = read_window(&out->window, c, e);

	if (c->auto_update)
		(void)auto_update_parse(&out->auto_update, c->auto_update); /* config checked it */
	out->min_battery_percent = (uint8_t)c->min_battery_percent;
	out->min_battery_decivolt = (uint8_t)c->min_battery_decivolt;
	out->min_lqi = (uint8_t)c->min_lqi;
	out->max_attempts = (uint8_t)c->max_attempts;
	out->priority = (int8_t)c->priority;
	if (r == OK)
		r = read_version(&out->pinned_version, "pinned_version", c->pinned_version, e);
	if (r == OK)
		r = read_version(&out->skipped_version, "skipped_version", c->skipped_version, e);
	return r == OK ? check_zone(out, e) : r;
}

/* What holds must make sense as a whole. */
static enum err_code check_whole(
	const struct policy *own, const struct policy *defaults, struct err *e)
{
	struct policy policy;

	policy_effective(&policy, own, defaults);
	if (own->auto_update == AUTO_WINDOW && !policy.window.set)
		return err_set(e, ERR_INVALID, "auto_update: \"window\" needs a window");
	return OK;
}

enum err_code main_engine_options(
	struct engine_options *out, const struct config *config, struct err *e)
{
	enum err_code r = read_policy(&out->defaults, &config->policy, e);

	out->give_up_after_s = config->give_up_after_s;
	out->upgrade_delay_s = config->upgrade_delay_s;
	out->transfers_per_adapter = config->policy.transfers;
	out->wifi_channels = config->policy.wifi_channels;
	if (r == OK)
		r = check_whole(&out->defaults, NULL, e);
	return r == OK ? OK : err_prefix(e, "policy.");
}

enum err_code main_lock_policy(
	struct policy *out, const struct config *config, size_t lock, struct err *e)
{
	struct policy defaults = { 0 }, read = { 0 };
	enum err_code r = read_policy(&defaults, &config->policy, e);

	if (r == OK)
		r = read_policy(&read, &config->locks[lock].policy, e);
	if (r == OK)
		r = check_whole(&read, &defaults, e);
	if (r != OK)
		return err_prefix(e, "locks[%zu].policy.", lock);
	*out = read;
	return OK;
}
