/* znp_resume.h: brings the network that a stick holds back to life, or refuses (znp.md §4.2, §4.3).
 *
 * Everything up to the verdict only reads. A stick that runs is not started; one that does not is
 * started in the form that cannot make a network, and only after the verdict. `cleared` tells when
 * the gate may let a start through. */
#pragma once

#include "adapters/zigbee/network_pin.h"
#include "adapters/zigbee/znp/znp_facts.h"
#include "adapters/zigbee/znp/znp_task.h"

struct znp_resume {
	struct znp_task task;
	struct network_expect expect;
	struct znp_facts facts;
	struct znp_facts before; /* the start: what it must not have changed */
	bool cleared;            /* the verdict was good */
	bool started;            /* by us, in this run */
	bool reset_wanted;       /* restart although it runs */
	bool reset_done;
	uint8_t restarts; /* unasked resets seen during the run */
	size_t item;      /* NV item being read */
	msec give_up;
};

void znp_resume_begin(
	struct znp_resume *r, const struct network_expect *expect, bool reset, msec now);
