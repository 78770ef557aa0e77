/* sim_control.h: what happens to the simulated world, one line each, and what it reports. */
#pragma once

#include "tests/sim/sim_args.h"
#include "tests/sim/sim_port.h"
#include "tests/sim/sim_record.h"

#include <stdio.h>

struct sim_world {
	struct loop *loop;
	struct sim_network *network;
	struct sim_stick stick;
	struct sim_port *port;
	struct sim_lock *locks[SIM_LOCKS_MAX];
	uint64_t ieees[SIM_LOCKS_MAX];
	size_t lock_count;
	struct sim_record record; /* since "listen" */
	size_t told;              /* frames of it that "heard" has told */
};

/* Runs one command line, which it takes apart, and prints one line of answer: "ok", "error …" or
 * JSON. */
void sim_control_run(struct sim_world *world, char *line, FILE *out);

/* Lines from stdin, or from the clients of a Unix socket. NULL with errno when it cannot. */
struct sim_console;
struct sim_console *sim_console_new(struct sim_world *world, const char *socket_path);
void sim_console_free(struct sim_console *console);
