/* znp_frame.h: the serial framing of TI's ZNP (Z-Stack Monitor and Test).
 *
 *   0xFE | length | cmd0 | cmd1 | length data bytes | xor of all but 0xFE
 *
 * Sans-I/O: bytes in, frames out; no clock, no allocation, no logging. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ZNP_DATA_MAX = 250, ZNP_FRAME_MAX = ZNP_DATA_MAX + 5 };

/* A partial frame to which nothing was added for so long is given up. */
enum { ZNP_BYTE_GAP_MAX = 500 /* ms */ };

struct znp_frame {
	uint8_t cmd0; /* type in the high 3 bits, subsystem in the low 5 */
	uint8_t cmd1;
	uint8_t length;
	const uint8_t *data;
};

/* A zeroed reader is ready for use. It may be copied; it owns nothing. */
struct znp_reader {
	uint8_t raw[ZNP_FRAME_MAX];
	size_t used;      /* bytes in raw */
	size_t given;     /* of which the last frame handed out */
	uint32_t dropped; /* bytes thrown away while looking for a frame */
};

/* Takes bytes until one frame is whole or data is used up; returns how many it
 * took, the caller comes again with the rest. *whole: is *frame a new frame?
 * frame->data points into r and is valid until the next call. */
size_t znp_read(
	struct znp_reader *r, const uint8_t *data, size_t n, struct znp_frame *frame, bool *whole);

/* Is the reader in the middle of a frame? */
bool znp_reading(const struct znp_reader *r);

/* The rest of the frame did not come within ZNP_BYTE_GAP_MAX: drops its start byte only. Whole
 * frames behind it come out of znp_read() with n = 0. */
void znp_read_gave_up(struct znp_reader *r);

/* Writes frame to out; returns the size. frame->length must be <= ZNP_DATA_MAX. Only
 * znp_gate.c may call it: what leaves us has passed the gate. */
size_t znp_write(const struct znp_frame *frame, uint8_t out[static ZNP_FRAME_MAX]);
