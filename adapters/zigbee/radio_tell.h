/* radio_tell.h: a radio tells its owner each state once: a stick that stays unplugged is not told
 * at each attempt to open it. */
#pragma once

#include "adapters/zigbee/radio.h"

struct radio_tell {
	enum radio_state told;
	char reason[sizeof(((struct err *)0)->reason)];
};

void radio_tell(
	struct radio *r, struct radio_tell *t, enum radio_state state, const struct err *why);
