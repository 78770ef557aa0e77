/* sim_port.h: where a driver plugs in: a PTY or a TCP port on loopback, one client at a time. */
#pragma once

#include "server/base/span.h"
#include "server/loop.h"

#include <stdbool.h>

struct sim_port;
struct sim_port_options {
	int tcp; /* -1: a PTY; 0: any free port */
	const char
		*link; /* a symlink to the PTY that is there while it is plugged in; may be NULL */
	void (*bytes)(void *owner, struct span bytes);
	void *owner;
};

/* NULL with errno when it cannot be opened. */
struct sim_port *sim_port_new(struct loop *loop, const struct sim_port_options *options);
void sim_port_free(struct sim_port *port);
void sim_port_write(struct sim_port *port, struct span bytes); /* to nobody: dropped */
void sim_port_unplug(struct sim_port *port, bool out);
const char *sim_port_name(const struct sim_port *port); /* "/dev/pts/3", "tcp://127.0.0.1:4711" */
