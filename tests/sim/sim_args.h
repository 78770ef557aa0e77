/* sim_args.h: the command line of lockwright-sim. */
#pragma once

#include "tests/sim/sim.h"

enum { SIM_LOCKS_MAX = 32 };

struct sim_args {
	struct sim_network_options network;
	bool is_ezsp; /* else ZNP */
	struct sim_znp_options znp;
	struct sim_ezsp_options ezsp;
	struct sim_lock_options locks[SIM_LOCKS_MAX];
	size_t lock_count;
	int tcp; /* -1: PTY */
	const char *link, *control;
	bool router, mains;
};

/* false: said why on stderr, or printed the help. Strings point into argv. */
bool sim_args_read(struct sim_args *out, int argc, char **argv);
/* "0x0102030405060708" and "01:02:…" alike, or a plain index that the caller resolves. */
bool sim_args_number(uint64_t *out, const char *text, uint64_t max);
