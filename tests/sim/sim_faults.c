#include "tests/sim/sim_faults.h"

#include <assert.h>

void sim_faults_arm(struct sim_faults *faults, enum sim_fault fault, int count, int arg)
{
	assert(fault < SIM_FAULTS);
	faults->of[fault].count = count;
	faults->of[fault].arg = arg;
	faults->of[fault].asked = 0;
}

/* The others' argument is how many times it is asked for each time that it strikes. */
static bool takes_status(enum sim_fault fault)
{
	return fault == SIM_CONFIRM_STATUS || fault == SIM_SRSP_STATUS;
}

bool sim_faults_strike(struct sim_faults *faults, enum sim_fault fault, int *arg)
{
	int *count = &faults->of[fault].count;
	int every = faults->of[fault].arg;

	if (!*count)
		return false;
	if (!takes_status(fault) && every > 1 && ++faults->of[fault].asked % (unsigned)every != 0)
		return false;
	if (*count > 0)
		(*count)--;
	if (arg)
		*arg = every;
	return true;
}
