/* lockwright-sim: the simulated stick on a PTY or TCP port, for strangers' drivers and the demo. */
#include "tests/sim/sim_control.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static uint64_t microseconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

static void from_driver(void *owner, struct span bytes)
{
	struct sim_world *w = owner;

	w->stick.kind->input(w->stick.self, bytes);
}

static void to_driver(void *owner, struct span bytes)
{
	struct sim_world *w = owner;

	sim_port_write(w->port, bytes);
}

static void build(struct sim_world *w, const struct sim_args *args)
{
	w->loop = loop_new();
	w->network = sim_network_new(w->loop, &args->network);
	w->stick = args->is_ezsp ? sim_ezsp_stick(sim_ezsp_new(w->network, &args->ezsp))
				 : sim_znp_stick(sim_znp_new(w->network, &args->znp));
	w->stick.kind->output(w->stick.self, to_driver, w);
	w->stick.kind->clock(w->stick.self, microseconds);
	if (args->router)
		sim_network_add_router(w->network, 0x1112131415161718, 0x7B01);
	if (args->mains)
		sim_network_add_router(w->network, 0x2122232425262728, 0x1C22);
	for (size_t i = 0; i < args->lock_count; i++) {
		w->locks[i] = sim_lock_new(w->network, &args->locks[i]);
		w->ieees[i] = args->locks[i].ieee;
	}
	w->lock_count = args->lock_count;
}

static void tear_down(struct sim_world *w)
{
	sim_port_free(w->port);
	w->stick.kind->free(w->stick.self);
	sim_network_free(w->network);
	sim_record_done(&w->record);
	loop_free(w->loop);
}

int main(int argc, char **argv)
{
	static struct sim_world world;
	static struct sim_args args;
	struct sim_port_options port = { .bytes = from_driver, .owner = &world };
	struct sim_console *console;

	if (!sim_args_read(&args, argc, argv))
		return 2;
	signal(SIGPIPE, SIG_IGN);
	port.tcp = args.tcp;
	port.link = args.link;
	build(&world, &args);
	world.port = sim_port_new(world.loop, &port);
	console = world.port ? sim_console_new(&world, args.control) : NULL;
	if (!console) {
		fprintf(stderr, "lockwright-sim: %s\n", strerror(errno));
		tear_down(&world);
		return 1;
	}
	printf("ready %s\n", sim_port_name(world.port));
	fflush(stdout);
	loop_run(world.loop);
	sim_console_free(console);
	tear_down(&world);
	return 0;
}
