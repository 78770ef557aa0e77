/* block_memory.h: the block size learned for a lock behind a parent, in the adapter's store. */
#pragma once

#include <stdint.h>

struct device;
struct zigbee;

/* last_hop: of the request; RADIO_NO_ADDRESS: what we know of the parent counts. */
void block_memory_load(struct zigbee *z, struct device *d, uint16_t last_hop);
void block_memory_save(struct zigbee *z, struct device *d);
