/* ezsp_frame.h: the three headers of EZSP frames (UG100; ezsp.md §2.1).
 *
 *   before negotiation and v4   sequence | control | id                   | parameters
 *   v5..v7                      sequence | control | FF | 00 | id         | parameters
 *   v8..                        sequence | control | 01 | id low | id high | parameters
 *
 * Sans-I/O. */
#pragma once

#include "server/base/span.h"

#include <stdbool.h>

enum { EZSP_OLDEST = 4, EZSP_NEWEST = 19 };
enum { EZSP_FRAME_MAX = 202, EZSP_HEADER_MAX = 5 };

/* Bits of the control byte of what the stick sends; commands have 0. */
enum ezsp_control {
	EZSP_CONTROL_OVERFLOW = 0x01, /* callbacks were lost before this */
	EZSP_CONTROL_TRUNCATED = 0x02,
	EZSP_CONTROL_PENDING = 0x04,
	EZSP_CONTROL_SYNC_CALLBACK = 0x08,
	EZSP_CONTROL_CALLBACK = 0x10,
	EZSP_CONTROL_NETWORK = 0x60,
	EZSP_CONTROL_RESPONSE = 0x80,
};

struct ezsp_frame {
	uint8_t sequence, control;
	uint16_t id;
	struct span params;
};

/* version: as negotiated; 0 before. false: too short, or not of this version. frame->params points
 * into raw. */
bool ezsp_frame_read(uint8_t version, struct span raw, struct ezsp_frame *frame);
bool ezsp_frame_is_callback(const struct ezsp_frame *frame);

/* The bytes of frame; 0 when it does not fit or its id does not fit the header. Only ezsp_gate.c
 * may call it: what leaves us has passed the gate. */
size_t ezsp_frame_write(
	uint8_t version, const struct ezsp_frame *frame, uint8_t out[static EZSP_FRAME_MAX]);
