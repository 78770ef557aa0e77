#include "adapters/stream_fd.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum { READ_MAX = 4096 };

static void report(void *owner)
{
	struct stream_fd *s = owner;

	if (s->is_dead) {
		s->base.to->closed(s->base.owner, &s->why);
		return;
	}
	s->is_open = true;
	s->base.to->opened(s->base.owner);
}

void stream_fd_init(
	struct stream_fd *s, struct loop *loop, const struct stream_events *events, void *owner)
{
	s->base.to = events;
	s->base.owner = owner;
	s->loop = loop;
	s->later = loop_timer_new(loop, report, s);
	s->fd = -1;
}

void stream_fd_fail(struct stream_fd *s, const struct err *why)
{
	if (s->is_dead)
		return;
	s->is_dead = true;
	s->why = *why;
	if (s->watch)
		loop_unwatch(s->watch);
	s->watch = NULL;
	loop_timer_set(s->later, loop_now(s->loop));
}

static void gone(struct stream_fd *s, int error)
{
	struct err why;

	err_because(&why, ERR_IO, "stick_gone", "the connection to the stick is gone%s%s",
		error ? ": " : "", error ? strerror(error) : "");
	stream_fd_fail(s, &why);
}

static bool is_transient(int error)
{
	return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}

/* Last statement of ready(): the owner may do anything in bytes() but free the stream. */
static void take(struct stream_fd *s)
{
	uint8_t bytes[READ_MAX];
	ssize_t n = read(s->fd, bytes, sizeof bytes);

	if (n > 0)
		s->base.to->bytes(s->base.owner, (struct span){ bytes, (size_t)n });
	else if (n == 0 || !is_transient(errno))
		gone(s, n == 0 ? 0 : errno);
}

static size_t put(struct stream_fd *s, struct span bytes)
{
	size_t sent = 0;

	while (sent < bytes.size && !s->is_dead) {
		ssize_t n = write(s->fd, bytes.data + sent, bytes.size - sent);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && !is_transient(errno))
			gone(s, errno);
		if (n <= 0)
			break;
		sent += (size_t)n;
	}
	return sent;
}

static void drain(struct stream_fd *s)
{
	size_t sent = put(s, (struct span){ s->queue, s->queued });

	s->queued -= sent;
	memmove(s->queue, s->queue + sent, s->queued);
	if (s->watch)
		loop_want_write(s->watch, s->queued != 0);
}

static void ready(void *owner, unsigned events)
{
	struct stream_fd *s = owner;

	if (events & LOOP_WRITE && s->queued)
		drain(s);
	if (!s->is_dead && events & (LOOP_READ | LOOP_HANGUP))
		take(s);
}

void stream_fd_ready(struct stream_fd *s, int fd)
{
	s->fd = fd;
	s->watch = loop_watch(s->loop, fd, ready, s);
	loop_watch_urgent(s->watch);
	loop_timer_set(s->later, loop_now(s->loop));
}

static void queue(struct stream_fd *s, struct span rest)
{
	struct err why;

	if (rest.size > sizeof s->queue - s->queued) {
		err_because(&why, ERR_IO, "stick_slow", "the stick takes no more bytes");
		stream_fd_fail(s, &why);
		return;
	}
	memcpy(s->queue + s->queued, rest.data, rest.size);
	s->queued += rest.size;
	loop_want_write(s->watch, true);
}

void stream_fd_write(struct stream *stream, struct span bytes)
{
	struct stream_fd *s = (struct stream_fd *)stream;
	size_t sent = 0;

	if (s->is_dead || s->fd < 0)
		return;
	if (!s->queued)
		sent = put(s, bytes);
	if (sent < bytes.size && !s->is_dead)
		queue(s, (struct span){ bytes.data + sent, bytes.size - sent });
}

void stream_fd_free(struct stream *stream)
{
	struct stream_fd *s = (struct stream_fd *)stream;

	if (!s)
		return;
	if (s->watch)
		loop_unwatch(s->watch);
	loop_timer_free(s->later);
	if (s->fd >= 0)
		close(s->fd);
	s->release(s);
}
