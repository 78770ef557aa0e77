/* ezsp_walk.h: a walk through the stick's own child and neighbour tables, and what it found told as
 * the stick's answer to Mgmt_Lqi_req: a scan then meets children here as with any other radio,
 * whichever of its tables a firmware lists over the air.
 *
 * Sans-I/O: the radio asks what ezsp_walk_next() says and hands in the answers. */
#pragma once

#include "adapters/zigbee/ezsp/ezsp_rpc.h"

enum { EZSP_WALK_MAX = 64, EZSP_WALK_ANSWER_MAX = 4 + 3 * 22 };

struct ezsp_relative {
	uint64_t ieee;
	uint16_t address;
	uint8_t lqi;
	bool is_child, is_sleepy;
};

struct ezsp_walk {
	bool runs;
	bool is_counted; /* neighbours */
	uint8_t child, children, neighbour, neighbours;
	size_t n;
	struct ezsp_relative list[EZSP_WALK_MAX];
	bool is_wanted; /* somebody asked for the table from `start` on */
	uint8_t start;
};

void ezsp_walk_begin(struct ezsp_walk *w, uint8_t children);
/* The next command; false: the walk is over. */
bool ezsp_walk_next(struct ezsp_walk *w, enum ezsp_command *command, struct ezsp_values *v);
/* The one it found, or NULL. */
const struct ezsp_relative *ezsp_walk_answered(struct ezsp_walk *w, const struct ezsp_reply *reply);

/* Mgmt_Lqi_req from this index on; the first page begins a new walk. */
void ezsp_walk_want(struct ezsp_walk *w, uint8_t start, uint8_t children);
bool ezsp_walk_is_due(const struct ezsp_walk *w); /* wanted, and the walk is over */
/* Mgmt_Lqi_rsp without its sequence byte; no more is wanted then. */
struct span ezsp_walk_write(
	struct ezsp_walk *w, uint64_t ext_pan_id, uint8_t out[static EZSP_WALK_ANSWER_MAX]);
