/* stream.h: bytes to and from a stick: serial line, TCP or, in tests, memory.
 *
 * opened() comes once, later; then bytes(); closed() exactly once, also when opening failed; after
 * it the stream is dead and only stream_free() is allowed.
 *
 * Reasons of closed(): port_in_use (names the program if /proc shows it), port_missing,
 * port_denied, port_failed, port_unreachable (TCP), stick_gone, stick_slow. ops->free() must not be
 * called inside bytes(). */
#pragma once

#include "server/base/err.h"
#include "server/base/span.h"

#include <stdbool.h>

struct loop;
struct stream;
struct worker;

struct stream_events {
	void (*opened)(void *owner);
	void (*bytes)(void *owner, struct span bytes);
	void (*closed)(void *owner, const struct err *why);
};

struct stream_ops {
	/* One whole frame; queued if the line is slow. More than STREAM_QUEUE_MAX waiting:
	 * closed(). */
	void (*write)(struct stream *s, struct span bytes);
	/* Serial only, else nothing: DTR and RTS lines. */
	void (*lines)(struct stream *s, bool dtr, bool rts);
	void (*free)(struct stream *s); /* closes; no event follows */
};

enum { STREAM_QUEUE_MAX = 16384 };

struct stream { /* first member of each concrete stream */
	const struct stream_ops *ops;
	const struct stream_events *to;
	void *owner;
	bool is_serial; /* has lines that can reset a stick */
};

/* How a radio gets its stream; tests give one of their own. ctx is the factory's. */
struct stream_factory {
	enum err_code (*open)(const struct stream_factory *f, struct stream **out,
		const struct stream_events *events, void *owner, struct err *e);
	void *ctx;
};

/* The real one: "/dev/…" (libserialport configures, then the fd; flock and TIOCEXCL; HUPCL off) or
 * "tcp://host:port" (TCP_NODELAY, keep-alive, 5 s; the name is resolved on net). */
struct stream_port {
	struct loop *loop;
	struct worker *net;
	const char *port; /* borrowed for the factory's life */
	unsigned baud;
	const char *flow; /* "none", "rtscts", "xonxoff" */
};
struct stream_factory stream_port_factory(struct stream_port *port);
