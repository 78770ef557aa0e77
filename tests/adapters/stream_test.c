/* Streams over real pseudo-terminals and loopback sockets, on the loop of tests. */
#include "adapters/stream.h"

#include "server/worker.h"
#include "tests/support/loop_virtual.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

struct line {
	struct loop *loop;
	struct worker *net;
	struct stream_port port;
	struct stream *stream;
	unsigned opened, closed;
	struct err why;
	uint8_t got[1 << 16];
	size_t got_size;
};

static void on_opened(void *owner)
{
	((struct line *)owner)->opened++;
}

static void on_bytes(void *owner, struct span bytes)
{
	struct line *l = owner;

	cr_assert(le(sz, l->got_size + bytes.size, sizeof l->got));
	memcpy(l->got + l->got_size, bytes.data, bytes.size);
	l->got_size += bytes.size;
}

static void on_closed(void *owner, const struct err *why)
{
	struct line *l = owner;

	l->closed++;
	l->why = *why;
}

static const struct stream_events events = { on_opened, on_bytes, on_closed };

/* The kernel delivers on its own time: gives it some, and stops as soon as the claim is true. */
#define UNTIL(l, claim)                                                                            \
	do                                                                                         \
		for (int i_ = 0; i_ < 5000 && !(claim); i_++) {                                    \
			loop_run_for((l)->loop, 0);                                                \
			if (!(claim))                                                              \
				poll(NULL, 0, 1);                                                  \
		}                                                                                  \
	while (0)

static enum err_code open_line(struct line *l, const char *path, struct err *e)
{
	struct stream_factory f;

	l->loop = l->loop ? l->loop : loop_new();
	l->net = l->net ? l->net : worker_new(l->loop, "net", NULL);
	l->port = (struct stream_port){
		.loop = l->loop, .net = l->net, .port = path, .baud = 115200, .flow = "none"
	};
	f = stream_port_factory(&l->port);
	return f.open(&f, &l->stream, &events, l, e);
}

static void end_line(struct line *l)
{
	if (l->stream)
		l->stream->ops->free(l->stream);
	worker_free(l->net);
	loop_free(l->loop);
}

static int new_pty(char path[64])
{
	int fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);

	cr_assert(fd >= 0);
	cr_assert(eq(int, grantpt(fd), 0));
	cr_assert(eq(int, unlockpt(fd), 0));
	cr_assert(eq(int, ptsname_r(fd, path, 64), 0));
	return fd;
}

static void write_line(struct line *l, const void *data, size_t n)
{
	l->stream->ops->write(l->stream, (struct span){ data, n });
}

Test(stream, a_pty_carries_every_byte_value_both_ways, .timeout = 20)
{
	static struct line l;
	uint8_t all[256], back[256];
	char path[64];
	int master = new_pty(path);

	for (size_t i = 0; i < sizeof all; i++)
		all[i] = (uint8_t)i;
	cr_assert(eq(int, open_line(&l, path, NULL), OK));
	cr_assert(eq(u32, l.opened, 0), "opened() must come later");
	UNTIL(&l, l.opened);
	cr_assert(eq(u32, l.opened, 1));
	cr_assert(l.stream->is_serial);
	write_line(&l, all, sizeof all);
	cr_assert(eq(int, (int)read(master, back, sizeof back), 256));
	cr_assert(eq(int, memcmp(all, back, sizeof all), 0));
	cr_assert(eq(int, (int)write(master, all, sizeof all), 256));
	UNTIL(&l, l.got_size == sizeof all);
	cr_assert(eq(int, memcmp(l.got, all, sizeof all), 0));
	end_line(&l);
	close(master);
}

Test(stream, a_stick_that_is_pulled_out_closes_once, .timeout = 20)
{
	static struct line l;
	char path[64];
	int master = new_pty(path);

	open_line(&l, path, NULL);
	UNTIL(&l, l.opened);
	close(master);
	UNTIL(&l, l.closed);
	loop_run_for(l.loop, 1000);
	cr_assert(eq(u32, l.closed, 1));
	cr_assert(eq(str, l.why.reason, "stick_gone"));
	write_line(&l, "x", 1);
	end_line(&l);
}

Test(stream, closing_leaves_the_lines_of_the_port_as_they_are, .timeout = 20)
{
	static struct line l;
	struct termios t;
	char path[64];
	int master = new_pty(path);

	open_line(&l, path, NULL);
	UNTIL(&l, l.opened);
	l.stream->ops->lines(l.stream, true, false); /* a PTY has none; must not matter */
	cr_assert(eq(int, tcgetattr(master, &t), 0));
	cr_assert(eq(int, (int)(t.c_cflag & HUPCL), 0));
	cr_assert(eq(int, (int)(t.c_lflag & (ECHO | ICANON | ISIG)), 0));
	end_line(&l);
	close(master);
}

Test(stream, a_port_in_use_names_the_program_that_uses_it, .timeout = 20)
{
	static struct line l;
	char path[64], ready;
	int master = new_pty(path), told[2], over[2];
	pid_t child;

	cr_assert(eq(int, pipe(told), 0));
	cr_assert(eq(int, pipe(over), 0));
	child = fork();
	if (child == 0) {
		int fd = open(path, O_RDWR | O_NOCTTY);

		flock(fd, LOCK_EX);
		close(over[1]);
		if (write(told[1], "r", 1) == 1)
			(void)!read(over[0], &ready, 1);
		_exit(0);
	}
	cr_assert(eq(int, (int)read(told[0], &ready, 1), 1));
	cr_assert(eq(int, open_line(&l, path, NULL), OK));
	UNTIL(&l, l.closed);
	close(over[1]);
	waitpid(child, NULL, 0);
	cr_assert(eq(u32, l.closed, 1));
	cr_assert(eq(u32, l.opened, 0));
	cr_assert(eq(str, l.why.reason, "port_in_use"));
	cr_assert(strstr(l.why.text, "(process ") != NULL, "%s", l.why.text);
	end_line(&l);
	close(master);
}

Test(stream, two_of_our_own_cannot_share_a_port, .timeout = 20)
{
	static struct line a, b;
	char path[64];
	int master = new_pty(path);

	open_line(&a, path, NULL);
	UNTIL(&a, a.opened);
	open_line(&b, path, NULL);
	UNTIL(&b, b.closed);
	cr_assert(eq(str, b.why.reason, "port_in_use"));
	end_line(&a);
	end_line(&b);
	close(master);
}

Test(stream, a_path_that_is_not_there_says_what_is, .timeout = 20)
{
	static struct line l;

	cr_assert(eq(int, open_line(&l, "/dev/serial/by-id/no-such-stick", NULL), OK));
	UNTIL(&l, l.closed);
	cr_assert(eq(str, l.why.reason, "port_missing"));
	cr_assert(strstr(l.why.text, "in /dev/serial/by-id there is:") != NULL, "%s", l.why.text);
	end_line(&l);
}

static int listen_here(char url[64])
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t size = sizeof a;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	cr_assert(eq(int, bind(fd, (struct sockaddr *)&a, sizeof a), 0));
	cr_assert(eq(int, listen(fd, 1), 0));
	cr_assert(eq(int, getsockname(fd, (struct sockaddr *)&a, &size), 0));
	snprintf(url, 64, "tcp://127.0.0.1:%u", ntohs(a.sin_port));
	return fd;
}

Test(stream, a_tcp_bridge_carries_bytes_and_its_end_is_noticed, .timeout = 20)
{
	static struct line l;
	uint8_t back[8];
	char url[64];
	int server = listen_here(url), peer;

	cr_assert(eq(int, open_line(&l, url, NULL), OK));
	UNTIL(&l, l.opened);
	cr_assert(eq(u32, l.opened, 1));
	cr_assert(not(l.stream->is_serial));
	peer = accept(server, NULL, NULL);
	write_line(&l, "\xFE\x00\x21\x01\x20", 5);
	cr_assert(eq(int, (int)recv(peer, back, sizeof back, 0), 5));
	cr_assert(eq(int, (int)send(peer, "\xFF\xFE", 2, 0), 2));
	UNTIL(&l, l.got_size == 2);
	cr_assert(eq(sz, l.got_size, 2));
	close(peer);
	UNTIL(&l, l.closed);
	cr_assert(eq(str, l.why.reason, "stick_gone"));
	end_line(&l);
	close(server);
}

Test(stream, nobody_listening_closes_with_a_reason, .timeout = 20)
{
	static struct line l;
	char url[64];

	close(listen_here(url));
	cr_assert(eq(int, open_line(&l, url, NULL), OK));
	UNTIL(&l, l.closed);
	cr_assert(eq(u32, l.opened, 0));
	cr_assert(eq(str, l.why.reason, "port_unreachable"));
	end_line(&l);
}

Test(stream, a_malformed_address_is_refused_at_once, .timeout = 20)
{
	static const char *const bad[] = { "tcp://", "tcp://host", "tcp://host:", "tcp://host:0",
		"tcp://host:65536", "tcp://:6638", "tcp://host:12x" };

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct line *l = calloc(1, sizeof *l);
		struct err e;

		cr_assert(eq(int, open_line(l, bad[i], &e), ERR_INVALID), "%s", bad[i]);
		cr_assert(eq(str, e.reason, "port_invalid"));
		end_line(l);
		free(l);
	}
}

Test(stream, can_be_freed_while_the_name_is_looked_up, .timeout = 20)
{
	static struct line l;
	char url[64];
	int server = listen_here(url);

	cr_assert(eq(int, open_line(&l, url, NULL), OK));
	l.stream->ops->free(l.stream);
	l.stream = NULL;
	loop_run_for(l.loop, 10000);
	cr_assert(eq(u32, l.opened + l.closed, 0));
	end_line(&l);
	close(server);
}

Test(stream, a_peer_that_takes_nothing_is_given_up, .timeout = 20)
{
	static struct line l;
	static const uint8_t chunk[4096];
	char url[64];
	int server = listen_here(url);

	open_line(&l, url, NULL);
	UNTIL(&l, l.opened);
	for (int i = 0; i < 10000 && !l.closed; i++) {
		write_line(&l, chunk, sizeof chunk);
		loop_run_for(l.loop, 0);
	}
	cr_assert(eq(u32, l.closed, 1));
	cr_assert(eq(str, l.why.reason, "stick_slow"));
	end_line(&l);
	close(server);
}
