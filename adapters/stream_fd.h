/* stream_fd.h: the part that serial and TCP streams share: an fd in the loop, a bounded write
 * queue, and one closed(). Only the stream_*.c files use it. */
#pragma once

#include "adapters/stream.h"
#include "server/loop.h"

struct stream_fd {
	struct stream base;
	struct loop *loop;
	struct loop_watch *watch;
	struct loop_timer *later; /* events that must not come inside a call */
	int fd;                   /* -1: none yet */
	bool is_open, is_dead;
	void (*release)(struct stream_fd *s); /* frees the concrete object; fd is closed by then */
	struct err why;
	size_t queued;
	uint8_t queue[STREAM_QUEUE_MAX];
};

void stream_fd_init(
	struct stream_fd *s, struct loop *loop, const struct stream_events *events, void *owner);
/* Takes fd (non-blocking, ready for use); opened() comes in the next turn. */
void stream_fd_ready(struct stream_fd *s, int fd);
/* closed(why) comes in the next turn. */
void stream_fd_fail(struct stream_fd *s, const struct err *why);
void stream_fd_write(struct stream *stream, struct span bytes);
void stream_fd_free(struct stream *stream);

/* Why another program keeps the port, naming it if /proc shows it. */
void stream_in_use(struct err *why, const char *path);
