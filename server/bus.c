#include "server/bus.h"

#include "server/loop.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { MESSAGES_A_TURN = 16 };

static uint64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

static void set_timer(struct bus *bus, bool more)
{
	uint64_t until = UINT64_MAX, now = now_us();
	msec turn = loop_now(bus->loop);

	if (more)
		loop_timer_set(bus->timer, turn);
	else if (bus->library->timeout(bus->sd, &until) < 0 || until == UINT64_MAX)
		loop_timer_set(bus->timer, 0);
	else
		loop_timer_set(bus->timer, turn + (until > now ? (until - now) / 1000 + 1 : 0));
}

static void pump(struct bus *bus)
{
	struct err e;
	int r = 1, events;

	for (int i = 0; r > 0 && i < MESSAGES_A_TURN; i++)
		r = bus->library->process(bus->sd, NULL);
	events = r < 0 ? r : bus->library->events(bus->sd);
	if (events < 0) {
		(void)err_set(&e, ERR_IO, "the system's D-Bus: %s", strerror(-events));
		bus->lost(bus->owner, &e);
		return;
	}
	loop_want_write(bus->watch, events & POLLOUT);
	set_timer(bus, r > 0);
}

static void on_ready(void *owner, unsigned events)
{
	(void)events;
	pump(owner);
}

static void on_due(void *owner)
{
	pump(owner);
}

static enum err_code connect_bus(struct bus *bus, struct err *e)
{
	int r = bus->library->open_system(&bus->sd);

	/* A copy: sd-bus closes its own by itself when the other side is gone. */
	if (r >= 0)
		bus->fd = fcntl(bus->library->fd(bus->sd), F_DUPFD_CLOEXEC, 0);
	if (r >= 0 && bus->fd < 0) {
		r = -errno;
		bus->sd = bus->library->close(bus->sd); /* NULL */
	}
	if (r >= 0)
		return OK;
	return err_set(
		e, r == -ENOENT ? ERR_NOT_FOUND : ERR_IO, "no system D-Bus: %s", strerror(-r));
}

enum err_code bus_open(struct bus *bus, struct loop *loop,
	void (*lost)(void *owner, const struct err *e), void *owner, struct err *e)
{
	enum err_code code = bus_library(&bus->library, e);

	if (!code)
		code = connect_bus(bus, e);
	if (code)
		return code;
	bus->loop = loop;
	bus->lost = lost;
	bus->owner = owner;
	bus->watch = loop_watch(loop, bus->fd, on_ready, bus);
	bus->timer = loop_timer_new(loop, on_due, bus);
	bus_flush(bus);
	return OK;
}

void bus_flush(struct bus *bus)
{
	loop_timer_set(bus->timer, loop_now(bus->loop));
}

void bus_close(struct bus *bus)
{
	if (!bus->sd)
		return;
	loop_unwatch(bus->watch);
	loop_timer_free(bus->timer);
	close(bus->fd);
	(void)bus->library->close(bus->sd); /* returns NULL */
	*bus = (struct bus){ 0 };
}
