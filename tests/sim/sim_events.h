/* sim_events.h: what the simulated world will do later, in order, on one loop timer. */
#pragma once

#include "server/loop.h"

#include <stddef.h>
#include <stdint.h>

struct sim_events;
/* data is a copy of what was added, aligned for any struct. */
typedef void sim_event_fn(void *owner, const void *data, size_t size);

struct sim_events *sim_events_new(struct loop *loop);
void sim_events_free(struct sim_events *events);

struct sim_event {
	msec delay; /* 0: in the next turn, after what was added before */
	sim_event_fn *fn;
	void *owner;
	const void *data; /* copied */
	size_t size;
};
void sim_events_add(struct sim_events *events, struct sim_event event);
/* Forgets what was to happen to owner; fn NULL: all of it. */
void sim_events_drop(struct sim_events *events, const void *owner, sim_event_fn *fn);
