/* config_policy.h: the object "policy" of the configuration, what locks leave open, and that of a
 * lock. As texts and numbers; what they mean is not this folder's business. */
#pragma once

#include "server/base/err.h"

#include <jansson.h>

#include <stddef.h>
#include <stdint.h>

enum { CONFIG_WIFI_MAX = 14, CONFIG_DAYS_MAX = 7, CONFIG_TRANSFERS_MAX = 8 };

struct config_policy {
	char *auto_update;                  /* "off" | "notify" | "window"; NULL: off */
	char *window;                       /* "02:00-05:00"; NULL none */
	char *time_zone;                    /* IANA name; NULL: UTC */
	char *window_days[CONFIG_DAYS_MAX]; /* "mon" …; none: every day */
	size_t n_window_days;
	uint32_t min_battery_percent, max_attempts, min_lqi; /* 0: the default */
	uint32_t min_battery_decivolt;                       /* 0: the default */
	/* Of the policy of all. */
	uint32_t transfers;                         /* at a time on one adapter; 2 */
	uint8_t wifi_channels[CONFIG_WIFI_MAX + 1]; /* in use nearby; 0 ends */
	/* Of a lock's. */
	char *pinned_version, *skipped_version; /* NULL none */
	int32_t priority;
};

/* object NULL: the defaults. */
MUST_USE enum err_code config_read_policy(struct config_policy *out, json_t *object, struct err *e);
/* The object "policy" of a lock; path: its place. */
MUST_USE enum err_code config_read_lock_policy(
	struct config_policy *out, json_t *object, const char *path, struct err *e);
void config_policy_done(struct config_policy *policy);
