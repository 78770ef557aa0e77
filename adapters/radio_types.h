/* radio_types.h: which radio an adapter of the configuration has. */
#pragma once

#include "adapters/zigbee/radio_options.h"

/* type: "znp" or "ezsp"; the configuration lets no other through. */
struct radio *radio_of_type(const char *type, const struct radio_options *options);
