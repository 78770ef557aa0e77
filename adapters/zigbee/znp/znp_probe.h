/* znp_probe.h: is there a ZNP at the other end? The gentle things first (znp.md §1.4): pings, the
 * bootloader's skip byte, and as last resort, where that is allowed, one DTR/RTS pulse, which
 * resets many sticks. */
#pragma once

#include "adapters/zigbee/znp/znp_task.h"

struct znp_probe {
	struct znp_task task;
	size_t step;
	bool has_lines, in_bootloader;
};

/* has_lines: the stick is on a serial line and may be restarted. */
void znp_probe_begin(struct znp_probe *p, bool has_lines, msec now);
