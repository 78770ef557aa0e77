/* ezsp_settings.h: what is set in a stick between its restart and networkInit (ezsp.md §3.2): what
 * both usual owners set, as data by version. All of it lives in the stick's RAM. */
#pragma once

#include "adapters/zigbee/ezsp/ezsp_command.h"

enum { EZSP_CONFIG_CHILDREN = 0x11 };

struct ezsp_setting {
	enum ezsp_command command; /* EZSP_SET_CONFIGURATION or EZSP_SET_POLICY */
	uint8_t oldest, newest;    /* EZSP versions */
	uint8_t id;
	uint16_t value;
};

/* In the order in which they are to be made; NULL behind the last. */
const struct ezsp_setting *ezsp_setting(size_t i);
/* children: what the stick has room for, 0 unknown. That is only raised, as less would lose some.
 */
bool ezsp_setting_applies(const struct ezsp_setting *s, uint8_t version, uint8_t children);
bool ezsp_setting_is_children(const struct ezsp_setting *s);
