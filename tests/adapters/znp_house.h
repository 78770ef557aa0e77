/* znp_house.h: one lock, one simulated ZNP stick and the radio under test, on virtual time. */
#pragma once

#include "tests/adapters/radio_bench.h"
#include "tests/sim/sim.h"

/* An Image Notify. */
static const char notify[] = "190a000064";

struct house {
	struct bench b;
	struct sim_network *network;
	struct sim_lock *lock;
	struct sim_znp *znp;
	struct radio_options options;
	struct sim_stick_stats before;
};

void house_build(struct house *h, const struct sim_znp_options *znp);
void house_go(struct house *h);
/* Nothing forbidden went out, no network was formed, no NV byte changed, no lock was commanded. */
void house_finish(struct house *h);
uint32_t house_endpoints(const struct house *h);
