/* host.h: facts about the machine for the check, sampled by main.c outside the loop's way. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct host_facts {
	int64_t at;          /* Unix ms of the sample; 0: nothing is known */
	int64_t disk_free;   /* bytes for this service in the data folder; -1 unknown */
	int64_t memory_free; /* bytes; -1 unknown */
	int64_t uptime_s;    /* of the machine; -1 unknown */
};

/* Where an adapter's stick is plugged in. */
struct port_facts {
	bool known, usb3; /* its host controller also drives USB 3 */
	char what[96];    /* evidence: "/dev/ttyUSB0 on usb1, next to usb2 with 5000 Mbit/s" */
};
