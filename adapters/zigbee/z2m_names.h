/* z2m_names.h: the friendly names in a Zigbee2MQTT folder: the `devices:` section of
 * configuration.yaml, or the devices.yaml it may point to. Reads only the lines it needs; whatever
 * else YAML can say is passed over. */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum { Z2M_NAME_SIZE = 96, Z2M_NAMES_MAX = 1024 };

struct z2m_name {
	uint64_t ieee;
	char name[Z2M_NAME_SIZE];
};

/* Fills at most max names; returns how many. A missing file has none. */
size_t z2m_names_read(const char *folder, struct z2m_name *out, size_t max);
