/* znp_nib.h: the identity of a network inside Z-Stack's network information base (NV 0x0021).
 *
 * The item is a C struct in the stick's memory: 110 bytes without padding (8051), 116 with
 * (ARM). */
#pragma once

#include "server/base/span.h"

#include <stdbool.h>
#include <stdint.h>

enum { ZNP_NIB_UNALIGNED = 110, ZNP_NIB_ALIGNED = 116, ZNP_NIB_MAX = ZNP_NIB_ALIGNED };

struct znp_nib {
	uint16_t address; /* 0x0000: coordinator; 0xFFFE: none */
	uint8_t channel;
	uint16_t pan_id;
	uint64_t ext_pan_id; /* as people write it */
	uint8_t state;
	bool key_loaded;
};

/* false: not a size we know. The content is not judged. */
bool znp_nib_read(struct znp_nib *out, struct span raw);

/* Does it describe a network at all? A blank Z-Stack 1.2 has a NIB too. */
bool znp_nib_has_network(const struct znp_nib *nib);

bool znp_nib_same(const struct znp_nib *a, const struct znp_nib *b);
