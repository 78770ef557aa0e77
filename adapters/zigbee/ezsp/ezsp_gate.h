/* ezsp_gate.h: which commands may leave for the stick. The only writer of EZSP frames: a command
 * that is not in its table for the negotiated version, with the parameter bytes named there, does
 * not exist for the rest of the program (ezsp.md §0).
 *
 * Reading and asking is allowed; of settings, which all live in the stick's RAM, only those that
 * both usual owners make too. networkInit resumes a stored network and can do nothing else. No
 * form, join, leave, permit join, key, token, channel, power; no ids that mean something else in
 * another version. Messages pass the APS gate as well. */
#pragma once

#include "adapters/zigbee/ezsp/ezsp_frame.h"

enum { EZSP_ENDPOINT = 1, EZSP_RADIUS = 30 };

/* APS options that may be used: acknowledge, discover route, force discovery, discover address. */
enum { EZSP_APS_RETRY = 0x0040, EZSP_APS_ROUTE = 0x0100, EZSP_APS_ADDRESS = 0x1000 };

struct ezsp_gate {
	uint8_t version; /* as negotiated; 0: only the version command passes */
	uint32_t denied; /* commands refused */
};

bool ezsp_gate_allows(uint8_t version, uint16_t id, struct span params);

/* The bytes of frame, or 0 when it is refused (counted in g->denied). */
size_t ezsp_gate_write(
	struct ezsp_gate *g, const struct ezsp_frame *frame, uint8_t out[static EZSP_FRAME_MAX]);
