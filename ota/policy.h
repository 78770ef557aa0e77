/* policy.h: what may happen to a lock by itself and when (DESIGN.md §3 "policy"). Each lock has its
 * own; what it leaves open comes from the defaults of the configuration. */
#pragma once

#include "ota/window.h"

#include <stdbool.h>
#include <stdint.h>

enum auto_update {
	AUTO_DEFAULT, /* as the defaults say */
	AUTO_OFF,
	AUTO_NOTIFY, /* an event when there is a newer version */
	AUTO_WINDOW, /* starts by itself in the maintenance window */
	AUTO_UPDATES
};

enum { ATTEMPTS_MAX = 10, POLICY_VERSION_SIZE = 65 };

struct policy { /* 0 everywhere: the default */
	enum auto_update auto_update;
	struct window window;
	uint8_t min_battery_percent;
	uint8_t min_battery_decivolt; /* counts where no percentage is known */
	uint8_t min_lqi;
	uint8_t max_attempts; /* transfers of one job, 1..ATTEMPTS_MAX */
	/* Of a lock alone, in no defaults. */
	uint32_t pinned_version;  /* only this one is offered; 0 none */
	uint32_t skipped_version; /* not offered; 0 none */
	int8_t priority;          /* in the queue, before age; -10..10, more is sooner */
	char pinned_text[POLICY_VERSION_SIZE]; /* the same of a vendor's lock; "" none */
	char skipped_text[POLICY_VERSION_SIZE];
};

/* What `to` leaves open comes from `from`. */
void policy_fill(struct policy *to, const struct policy *from);
/* What holds: own, then defaults, then the values of DECISIONS. */
void policy_effective(
	struct policy *out, const struct policy *own, const struct policy *defaults /* or NULL */);
const char *auto_update_name(int value); /* "default", "off", "notify", "window" */
bool auto_update_parse(enum auto_update *out, const char *name);
