/* scan.h: which devices there are: a walk over the neighbour tables (Mgmt_Lqi), the coordinator's
 * first, then those of the routers found. Bounded in routers and time. Sans-I/O. */
#pragma once

#include "adapters/zigbee/zdo.h"
#include "server/base/msec.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SCAN_ROUTERS_MAX = 64, SCAN_LIMIT = 60000, SCAN_ANSWER = 5000, SCAN_TRIES = 2 };

struct scan {
	bool running;
	msec until, answer_by;
	uint16_t routers[SCAN_ROUTERS_MAX];
	size_t n_routers, next;
	uint8_t start; /* index in the present table */
	bool asked;
	uint8_t tries; /* of the present question */
};

void scan_start(struct scan *s, msec now);
/* The next question, if none is out. */
bool scan_ask(struct scan *s, msec now, uint16_t *address, uint8_t *start);
/* An answer of `from`; found() gets each neighbour. Unasked answers are ignored. */
void scan_answer(struct scan *s, uint16_t from, struct span payload,
	void (*found)(void *owner, uint16_t router, const struct zdo_neighbour *n), void *owner);
/* Time passes. True: the walk ended just now. */
bool scan_tick(struct scan *s, msec now);
msec scan_due(const struct scan *s); /* 0: nothing */
