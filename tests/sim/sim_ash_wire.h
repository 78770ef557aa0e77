/* sim_ash_wire.h: bytes of ASH frames (UG101): stuffing, CRC, randomization. Of the simulator's
 * own making on purpose, so that it cannot share a mistake with the product's. */
#pragma once

#include "server/base/span.h"

#include <stdbool.h>
#include <stdint.h>

enum {
	ASH_DATA_MAX = 220, /* data field */
	ASH_RAW_MAX = ASH_DATA_MAX + 3,
	ASH_WIRE_MAX = 2 * ASH_RAW_MAX + 2,
	ASH_FLAG = 0x7E,
	ASH_CANCEL = 0x1A,

	ASH_ACK = 0x80,
	ASH_NAK = 0xA0,
	ASH_RST = 0xC0,
	ASH_RSTACK = 0xC1,
	ASH_ERROR = 0xC2,
};

struct ash_frame {
	uint8_t control;
	uint8_t size;
	uint8_t data[ASH_DATA_MAX]; /* plain, not randomized */
};

enum ash_input { ASH_NOTHING, ASH_FRAME, ASH_DAMAGED };

struct ash_reader {
	uint8_t raw[ASH_RAW_MAX];
	size_t size;
	bool escaped, skipping /* to the next flag */, too_long;
};

/* One byte. ASH_DAMAGED: a frame ended that cannot be taken; frame->control is its first byte. */
enum ash_input ash_feed(struct ash_reader *reader, uint8_t byte, struct ash_frame *frame);
/* Returns the size on the wire, flag included. damage: flips a bit that the CRC will tell. */
size_t ash_encode(uint8_t out[ASH_WIRE_MAX], const struct ash_frame *frame, bool damage);
