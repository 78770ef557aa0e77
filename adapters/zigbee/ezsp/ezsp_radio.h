/* ezsp_radio.h: the EZSP radio (Silicon Labs EmberZNet sticks): resumes an existing network, never
 * makes one. Opening restarts the stick, which the protocol demands; closing does not. */
#pragma once

#include "adapters/zigbee/radio_options.h"

/* free() must not be called from inside an event, except from stop()'s done(). */
struct radio *ezsp_radio_new(const struct radio_options *options);
