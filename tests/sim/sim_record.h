/* sim_record.h: what was on air, in order, for tests that look at single frames. */
#pragma once

#include "tests/sim/sim_ether.h"

struct sim_heard {
	msec at;
	bool up; /* from a node, else from the stick */
	struct sim_frame frame;
};

struct sim_record {
	struct loop *loop;
	struct sim_heard *list;
	size_t n, room;
};

/* Begins to listen; at most SIM_RECORD_MAX frames are kept, the first ones. */
enum { SIM_RECORD_MAX = 200000 };
void sim_record_begin(struct sim_record *record, struct sim_network *network);
void sim_record_done(struct sim_record *record); /* after the network, or when it is silent */

/* A frame of the OTA cluster: its command, that of a global one (a Default Response) plus
 * SIM_GLOBAL; -1: it is something else. */
enum { SIM_GLOBAL = 0x100 };
int sim_heard_command(const struct sim_heard *heard);
