/* sim_faults.h: the faults that are armed on one stick. */
#pragma once

#include "tests/sim/sim.h"

struct sim_faults {
	struct {
		int count, arg;
		unsigned asked;
	} of[SIM_FAULTS];
};

void sim_faults_arm(struct sim_faults *faults, enum sim_fault fault, int count, int arg);
/* Whether it strikes this time; *arg, if wanted, is then its argument. */
bool sim_faults_strike(struct sim_faults *faults, enum sim_fault fault, int *arg);
