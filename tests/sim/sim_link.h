/* sim_link.h: the stick's end of the wire, of any family: a stream in the same process, or a
 * callback for PTY and TCP shells. */
#pragma once

#include "adapters/stream.h"
#include "tests/sim/sim_events.h"

struct sim_link_stream;
struct sim_link {
	struct sim_events *events;
	void (*input)(void *owner, struct span bytes);
	void (*taken)(void *owner); /* somebody opened it */
	void *owner;
	bool unplugged;
	struct sim_link_stream *stream; /* in-process host */
	void (*out)(void *owner, struct span bytes);
	void *out_owner;
};

void sim_link_put(struct sim_link *link, struct span bytes);
/* why NULL: the stick is gone for good; the stream only stays to be freed. */
void sim_link_close(struct sim_link *link, const char *why);
struct stream_factory sim_link_factory(struct sim_link *link);
