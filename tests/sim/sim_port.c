#include "tests/sim/sim_port.h"

#include "server/base/alloc.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

enum { PRESENCE_MSEC = 20, NAME_MAX_SIZE = 64 };

struct sim_port {
	struct loop *loop;
	struct sim_port_options options;
	char name[NAME_MAX_SIZE];
	int listener, client; /* -1: none; a PTY's master is a client */
	int tcp_port;
	struct loop_watch *listening, *reading;
	struct loop_timer *presence; /* PTY: is somebody there? */
};

static void drop_client(struct sim_port *p)
{
	if (p->reading)
		loop_unwatch(p->reading);
	p->reading = NULL;
	if (p->client >= 0)
		close(p->client);
	p->client = -1;
}

static void client_gone(struct sim_port *p)
{
	if (p->listener >= 0) {
		drop_client(p);
		return;
	}
	loop_unwatch(p->reading);
	p->reading = NULL;
	loop_timer_set(p->presence, loop_now(p->loop) + PRESENCE_MSEC);
}

static void readable(void *owner, unsigned events)
{
	struct sim_port *p = owner;
	uint8_t buffer[4096];
	ssize_t n = read(p->client, buffer, sizeof buffer);

	(void)events;
	if (n > 0)
		p->options.bytes(p->options.owner, (struct span){ buffer, (size_t)n });
	else if (n == 0 || (errno != EAGAIN && errno != EINTR))
		client_gone(p);
}

void sim_port_write(struct sim_port *port, struct span bytes)
{
	while (port->client >= 0 && port->reading && bytes.size) {
		ssize_t n = write(port->client, bytes.data, bytes.size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) /* nobody reads: a serial line would lose it, too */
			return;
		bytes.data += n;
		bytes.size -= (size_t)n;
	}
}

/* --- PTY --- */

static void make_raw(int fd)
{
	struct termios t;

	if (tcgetattr(fd, &t))
		return;
	cfmakeraw(&t);
	tcsetattr(fd, TCSANOW, &t);
}

/* The master reports a hang-up as long as nobody has the other side open. */
static void look_for_client(void *owner)
{
	struct sim_port *p = owner;
	struct pollfd fd = { .fd = p->client, .events = POLLIN };

	if (p->client < 0)
		return;
	if (poll(&fd, 1, 0) >= 0 && !(fd.revents & POLLHUP)) {
		p->reading = loop_watch(p->loop, p->client, readable, p);
		return;
	}
	make_raw(p->client);
	loop_timer_set(p->presence, loop_now(p->loop) + PRESENCE_MSEC);
}

static bool plug_pty(struct sim_port *p)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK), slave;

	if (master < 0)
		return false;
	if (grantpt(master) || unlockpt(master) || ptsname_r(master, p->name, sizeof p->name)) {
		close(master);
		return false;
	}
	slave = open(p->name, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (slave >= 0) { /* so that the hang-up is seen from the start */
		make_raw(slave);
		close(slave);
	}
	if (p->options.link) {
		unlink(p->options.link);
		if (symlink(p->name, p->options.link)) {
			close(master);
			return false;
		}
	}
	p->client = master;
	loop_timer_set(p->presence, loop_now(p->loop));
	return true;
}

/* --- TCP --- */

static void acceptable(void *owner, unsigned events)
{
	struct sim_port *p = owner;
	int one = 1, fd = accept4(p->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	(void)events;
	if (fd < 0)
		return;
	if (p->client >= 0) {
		close(fd);
		return;
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	p->client = fd;
	p->reading = loop_watch(p->loop, fd, readable, p);
}

static bool plug_tcp(struct sim_port *p)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)p->tcp_port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof a;
	int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return false;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	if (bind(fd, (struct sockaddr *)&a, sizeof a) || listen(fd, 4) ||
		getsockname(fd, (struct sockaddr *)&a, &size)) {
		close(fd);
		return false;
	}
	p->tcp_port = ntohs(a.sin_port);
	snprintf(p->name, sizeof p->name, "tcp://127.0.0.1:%d", p->tcp_port);
	p->listener = fd;
	p->listening = loop_watch(p->loop, fd, acceptable, p);
	return true;
}

/* --- */

static bool plug(struct sim_port *p)
{
	return p->options.tcp < 0 ? plug_pty(p) : plug_tcp(p);
}

static void pull(struct sim_port *p)
{
	loop_timer_set(p->presence, 0);
	drop_client(p);
	if (p->listening)
		loop_unwatch(p->listening);
	p->listening = NULL;
	if (p->listener >= 0)
		close(p->listener);
	p->listener = -1;
	if (p->options.link)
		unlink(p->options.link);
}

void sim_port_unplug(struct sim_port *port, bool out)
{
	bool is_out = port->client < 0 && port->listener < 0;

	if (out && !is_out)
		pull(port);
	else if (!out && is_out && !plug(port))
		fprintf(stderr, "lockwright-sim: cannot plug in again\n");
}

struct sim_port *sim_port_new(struct loop *loop, const struct sim_port_options *options)
{
	struct sim_port *p = xcalloc(1, sizeof *p);

	p->loop = loop;
	p->options = *options;
	p->listener = p->client = -1;
	p->tcp_port = options->tcp;
	p->presence = loop_timer_new(loop, look_for_client, p);
	if (plug(p))
		return p;
	loop_timer_free(p->presence);
	free(p);
	return NULL;
}

void sim_port_free(struct sim_port *port)
{
	if (!port)
		return;
	pull(port);
	loop_timer_free(port->presence);
	free(port);
}

const char *sim_port_name(const struct sim_port *port)
{
	return port->name;
}
