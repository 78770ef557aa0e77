/* znp_radio.h: the ZNP radio (TI Z-Stack sticks): resumes an existing network, never makes one. */
#pragma once

#include "adapters/zigbee/radio_options.h"

/* may_restart: a soft reset; a pulse of the stick's lines when it does not even answer pings.
 * free() must not be called from inside an event, except from stop()'s done(). */
struct radio *znp_radio_new(const struct radio_options *options);
