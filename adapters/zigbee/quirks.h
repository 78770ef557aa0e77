/* quirks.h: what single manufacturers need, as one table. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct quirk {
	uint16_t manufacturer;
	uint8_t block_cap; /* 0: none */
	bool exact;        /* stalls unless it gets exactly what it asked for */
	bool by_16;        /* stores in AES blocks: sizes go 48, 32 rather than 50, 40 */
};

/* Never NULL: an entry without peculiarities for everybody else. */
const struct quirk *quirk_of(uint16_t manufacturer);
