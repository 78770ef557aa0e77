/* sim_znp_frame.h: MT frames as the stick itself parses them: no timeout between bytes, a wrong
 * check byte is swallowed silently. Of the simulator's own making on purpose. */
#pragma once

#include "server/base/span.h"

#include <stdbool.h>
#include <stdint.h>

enum { MT_DATA_MAX = 250, MT_FRAME_MAX = MT_DATA_MAX + 5 };

struct mt_frame {
	uint8_t cmd0, cmd1, size;
	uint8_t data[MT_DATA_MAX];
};

struct mt_parser {
	uint8_t raw[MT_FRAME_MAX];
	uint8_t have; /* bytes from the SOF on */
};

/* One byte; true: *out is a whole good frame. */
bool mt_feed(struct mt_parser *parser, uint8_t byte, struct mt_frame *out);
/* Returns the size of the bytes on the wire. */
uint8_t mt_encode(uint8_t out[MT_FRAME_MAX], const struct mt_frame *frame);
