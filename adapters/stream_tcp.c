#include "adapters/stream_tcp.h"

#include "adapters/stream_fd.h"
#include "server/base/alloc.h"
#include "server/base/text.h"
#include "server/worker.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CONNECT_TIMEOUT = 5000, KEEPALIVE_S = 15, HOST_MAX = 256, PORT_MAX = 8 };

struct tcp {
	struct stream_fd fd; /* first */
	struct work lookup;
	bool is_looking_up, is_freed;
	char host[HOST_MAX], port[PORT_MAX];
	struct addrinfo *found, *next;
	int lookup_result;
	int connecting; /* fd, or -1 */
	struct loop_watch *watch;
	struct loop_timer *limit;
	int error; /* of the last address tried */
};

static void connect_next(struct tcp *t);

static void destroy(struct tcp *t)
{
	if (t->found)
		freeaddrinfo(t->found);
	free(t);
}

static void drop_attempt(struct tcp *t)
{
	if (t->watch)
		loop_unwatch(t->watch);
	t->watch = NULL;
	if (t->connecting >= 0)
		close(t->connecting);
	t->connecting = -1;
}

static void release(struct stream_fd *s)
{
	struct tcp *t = (struct tcp *)s;

	drop_attempt(t);
	loop_timer_free(t->limit);
	t->is_freed = true;
	if (!t->is_looking_up)
		destroy(t);
}

static void no_lines(struct stream *s, bool dtr, bool rts)
{
	(void)s;
	(void)dtr;
	(void)rts;
}

static const struct stream_ops operations = {
	.write = stream_fd_write, .lines = no_lines, .free = stream_fd_free
};

static void fail(struct tcp *t, const char *what)
{
	struct err why;

	drop_attempt(t);
	loop_timer_set(t->limit, 0);
	err_because(&why, ERR_IO, "port_unreachable", "connecting to %.100s port %s: %s", t->host,
		t->port, what);
	stream_fd_fail(&t->fd, &why);
}

static void too_slow(void *owner)
{
	fail(owner, "no answer within 5 s");
}

static void tune(int fd)
{
	int on = 1, idle = KEEPALIVE_S;

	/* Without them the link still works, only slower to notice its end. */
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	(void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
	(void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof idle);
	(void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &idle, sizeof idle);
}

static void connected(struct tcp *t)
{
	int fd = t->connecting;

	loop_unwatch(t->watch);
	t->watch = NULL;
	t->connecting = -1;
	loop_timer_set(t->limit, 0);
	tune(fd);
	stream_fd_ready(&t->fd, fd);
}

static void ready(void *owner, unsigned events)
{
	struct tcp *t = owner;
	socklen_t size = sizeof t->error;

	(void)events;
	if (getsockopt(t->connecting, SOL_SOCKET, SO_ERROR, &t->error, &size) != 0)
		t->error = errno;
	if (!t->error) {
		connected(t);
		return;
	}
	drop_attempt(t);
	connect_next(t);
}

static bool try_address(struct tcp *t, const struct addrinfo *a)
{
	t->connecting =
		socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, a->ai_protocol);
	if (t->connecting < 0 ||
		(connect(t->connecting, a->ai_addr, a->ai_addrlen) != 0 && errno != EINPROGRESS)) {
		t->error = errno;
		drop_attempt(t);
		return false;
	}
	t->watch = loop_watch(t->fd.loop, t->connecting, ready, t);
	loop_want_read(t->watch, false);
	loop_want_write(t->watch, true);
	return true;
}

static void connect_next(struct tcp *t)
{
	while (t->next) {
		const struct addrinfo *a = t->next;

		t->next = a->ai_next;
		if (try_address(t, a))
			return;
	}
	fail(t, strerror(t->error ? t->error : EHOSTUNREACH));
}

static struct tcp *of_work(struct work *w)
{
	return (struct tcp *)(void *)((char *)w - offsetof(struct tcp, lookup));
}

static void look_up(struct work *w)
{
	struct tcp *t = of_work(w);
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG };

	t->lookup_result = getaddrinfo(t->host, t->port, &hints, &t->found);
}

static void looked_up(struct work *w)
{
	struct tcp *t = of_work(w);

	t->is_looking_up = false;
	if (t->is_freed) {
		destroy(t);
		return;
	}
	if (t->fd.is_dead)
		return;
	t->next = t->found;
	if (t->lookup_result)
		fail(t, gai_strerror(t->lookup_result));
	else
		connect_next(t);
}

static bool parse(struct tcp *t, const char *url)
{
	const char *host = url + strlen("tcp://"), *colon = strrchr(host, ':');
	size_t n = colon ? (size_t)(colon - host) : 0;
	uint64_t port;

	if (n >= 2 && host[0] == '[' && host[n - 1] == ']') {
		host++;
		n -= 2;
	}
	if (n == 0 || n >= sizeof t->host || !text_uint(&port, colon + 1, UINT16_MAX) || port == 0)
		return false;
	memcpy(t->host, host, n);
	(void)snprintf(t->port, sizeof t->port, "%u", (unsigned)port);
	return true;
}

enum err_code stream_tcp_open(const struct stream_port *port, struct stream **out,
	const struct stream_events *events, void *owner, struct err *e)
{
	struct tcp *t = xcalloc(1, sizeof *t);

	if (!parse(t, port->port)) {
		free(t);
		return err_because(e, ERR_INVALID, "port_invalid",
			"%.100s is not of the form tcp://host:port", port->port);
	}
	stream_fd_init(&t->fd, port->loop, events, owner);
	t->fd.base.ops = &operations;
	t->fd.release = release;
	t->connecting = -1;
	t->limit = loop_timer_new(port->loop, too_slow, t);
	loop_timer_set(t->limit, loop_now(port->loop) + CONNECT_TIMEOUT);
	t->lookup = (struct work){ .run = look_up, .done = looked_up };
	t->is_looking_up = true;
	worker_submit(port->net, &t->lookup);
	*out = &t->fd.base;
	return OK;
}
