/* bus.h: a connection to the system's D-Bus in the loop. Nothing here blocks; signals and answers
 * come to the handlers that bus->library was given, from within the loop. */
#pragma once

#include "server/bus_library.h"

struct loop;
struct loop_timer;
struct loop_watch;

struct bus { /* sd and library are for who speaks on it; the rest is bus.c's */
	const struct bus_library *library;
	sd_bus *sd;
	struct loop *loop;
	struct loop_watch *watch;
	int fd;
	struct loop_timer *timer;
	void (*lost)(void *owner, const struct err *e); /* in the loop; may bus_close() */
	void *owner;
};

/* *bus is zeroed before. ERR_NOT_FOUND: there is no bus here, or no libsystemd. */
MUST_USE enum err_code bus_open(struct bus *bus, struct loop *loop,
	void (*lost)(void *owner, const struct err *e), void *owner, struct err *e);
/* What was queued since goes out in the next turn. */
void bus_flush(struct bus *bus);
void bus_close(struct bus *bus); /* not from a handler; not open is fine */
