/* pace.h: shares the air: 8 blocks a second when two locks download at once, or for a minute after
 * the stick ran out of room. One transfer alone is never slowed. */
#pragma once

#include "server/base/msec.h"

struct zigbee;

/* When the block that is asked for now may be answered: now, or up to a second later. */
msec pace_slot(struct zigbee *z, msec now);
void pace_room_ran_out(struct zigbee *z, msec now);
