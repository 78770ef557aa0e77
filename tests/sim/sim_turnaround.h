/* sim_turnaround.h: how long the host takes from a block request to its response. */
#pragma once

#include "tests/sim/sim.h"

#include <stddef.h>
#include <stdint.h>

enum { SIM_TURNAROUNDS_MAX = 65536, SIM_WAITING_MAX = 32 };

/* When the last block request of a device left the stick. */
struct sim_waiting {
	uint16_t address;
	uint64_t since; /* µs; 0: none */
};

struct sim_turnaround {
	uint64_t (*clock)(void); /* µs; NULL: nothing is measured */
	uint64_t frame_began;    /* of the frame that is coming in */
	struct sim_waiting waiting[SIM_WAITING_MAX];
	struct sim_turn *all;
	uint32_t count;
};

void sim_turnaround_end(struct sim_turnaround *t);
void sim_turnaround_frame(struct sim_turnaround *t); /* its first byte is here */
void sim_turnaround_asked(struct sim_turnaround *t, uint16_t address);
void sim_turnaround_answered(struct sim_turnaround *t, uint16_t address);
size_t sim_turnaround_last(const struct sim_turnaround *t, struct sim_turn *out, size_t max);
