/* znp_gate.h: which frames may leave for the stick. The only writer of ZNP frames: a command that
 * is not in its table, with the parameter bytes named there, does not exist for the rest of the
 * program.
 *
 * Reading and asking is allowed; starting only in the forms that cannot make a new network on a
 * stick that passed the checks (2F 05 with mode 00; 25 40 on Z-Stack 1.2 only); resetting only
 * soft. No NV write, no key, no channel, no leave, no join. Keys are not read either. */
#pragma once

#include "adapters/zigbee/znp/znp_frame.h"

enum znp_stack { ZNP_STACK_UNKNOWN, ZNP_STACK_12, ZNP_STACK_30X, ZNP_STACK_3X0 };

/* NV items that may be read: none holds a key. (The NIB has spare key slots: NV answers are never
 * traced with their content.) */
enum znp_nv {
	ZNP_NV_STARTUP_OPTION = 0x0003,
	ZNP_NV_NIB = 0x0021,
	ZNP_NV_ON_A_NETWORK = 0x0055,
	ZNP_NV_LOGICAL_TYPE = 0x0087,
	ZNP_NV_DIRECT_CB = 0x008F,
};

/* Our endpoints: 1 and 13, as the usual owners have them, else 47. */
enum { ZNP_ENDPOINT_1 = 1, ZNP_ENDPOINT_13 = 13, ZNP_ENDPOINT_SPARE = 47, ZNP_RADIUS = 30 };

struct znp_gate {
	enum znp_stack stack; /* as detected; UNKNOWN may not start anything */
	uint32_t denied;      /* frames refused */
};

bool znp_gate_allows(enum znp_stack stack, const struct znp_frame *frame);

/* The bytes of frame, or 0 when it is refused (counted in g->denied). */
size_t znp_gate_write(
	struct znp_gate *g, const struct znp_frame *frame, uint8_t out[static ZNP_FRAME_MAX]);
