/* ash_frame.h: the frames of ASH version 2, Silicon Labs' serial link, as bytes (UG101).
 *
 *   control | data | CRC-16 high | CRC-16 low   each of 7E 7D 11 13 18 1A as 7D, byte ^ 20   | 7E
 *
 *   DATA    0 fff r aaa   fff number of the frame, r sent again, aaa number expected next
 *   ACK     1 00 0 n aaa  n not ready          NAK 1 01 0 n aaa
 *   RST     C0            RSTACK C1 version code            ERROR C2 version code
 *
 * The data of DATA frames is xored with a fixed sequence. Sans-I/O, no allocation. */
#pragma once

#include "server/base/span.h"

#include <stdbool.h>

/* Newer sticks send up to 202 bytes of EZSP; their buffers hold 220. */
enum { ASH_DATA_MAX = 220, ASH_RAW_MAX = ASH_DATA_MAX + 3, ASH_WIRE_MAX = 2 * ASH_RAW_MAX + 1 };

enum ash_kind { ASH_DATA, ASH_ACK, ASH_NAK, ASH_RST, ASH_RSTACK, ASH_ERROR, ASH_OTHER };

enum { ASH_FLAG = 0x7E, ASH_CANCEL = 0x1A };

struct ash_frame {
	enum ash_kind kind;
	uint8_t number; /* DATA: 0..7 */
	uint8_t ack;    /* DATA, ACK, NAK: 0..7 */
	bool again;     /* DATA: sent again */
	bool not_ready; /* ACK, NAK */
	struct span data;
};

/* A zeroed reader is ready for use. */
struct ash_reader {
	uint8_t raw[ASH_RAW_MAX];
	size_t used;
	bool escaped;     /* the last byte was 7D */
	bool broken;      /* nothing up to the next flag counts */
	uint32_t dropped; /* bytes that belonged to no good frame */
};

enum ash_read {
	ASH_READ_MORE,
	ASH_READ_FRAME,
	ASH_READ_BROKEN, /* wrong CRC, length or byte; kind is what the control byte claims */
};

/* Takes one byte. With ASH_READ_FRAME, *frame is whole and its data, as plain text, is valid until
 * the next byte. */
enum ash_read ash_read(struct ash_reader *r, uint8_t byte, struct ash_frame *frame);

/* Writes frame with its flag to out; returns the size. data.size <= ASH_DATA_MAX. */
size_t ash_write(const struct ash_frame *frame, uint8_t out[static ASH_WIRE_MAX]);
