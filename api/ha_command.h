/* ha_command.h: what may be asked of a lock over MQTT: {"action":"install"}, with an optional
 * "version", and cancel, check, dismiss, started. Less than REST on purpose: many programs share a
 * broker, so nothing here forces a check or allows a downgrade. Pure. */
#pragma once

#include "server/base/err.h"
#include "server/base/span.h"

#include <stdbool.h>
#include <stdint.h>

enum ha_action {
	HA_INSTALL,
	HA_CANCEL,
	HA_CHECK,
	HA_DISMISS,
	HA_STARTED /* the update, in the vendor's app */
};

struct ha_command {
	enum ha_action action;
	bool has_version; /* only of install */
	uint32_t version;
};

/* invalid_json, invalid_body: what is wrong with it, never more than a few words of it. */
MUST_USE enum err_code ha_command_read(struct ha_command *out, struct span payload, struct err *e);
