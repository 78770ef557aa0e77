/* host.h: what this machine has left, and where a serial port is plugged in. Only reads. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct host_room {
	int64_t disk_free, memory_free; /* bytes; -1 unknown */
	int64_t uptime_s;               /* of the machine; -1 unknown */
};

/* Asks the file system of the folder: on a thread that may wait. */
void host_look(struct host_room *out, const char *folder);

struct host_port {
	bool known, usb3; /* the USB controller behind it also drives USB 3 */
	char what[96];    /* "usb 1-1.2, 12 Mbit/s, on a controller of 5000 Mbit/s" */
};

/* sys: "/sys". A network port or one that is not on USB is not known. */
void host_port_look(struct host_port *out, const char *port, const char *sys);
