#include "server/base/alloc.h"
#include "tests/sim/sim_control.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { LINE_MAX_SIZE = 1024, CLIENTS_MAX = 4 };

struct line_reader {
	struct sim_console *console;
	int fd; /* -1: free */
	FILE *out;
	struct loop_watch *watch;
	char line[LINE_MAX_SIZE];
	size_t size;
};

struct sim_console {
	struct sim_world *world;
	int listener; /* -1: stdin is the only one */
	struct loop_watch *listening;
	struct line_reader readers[CLIENTS_MAX];
};

static void end_reader(struct line_reader *r)
{
	bool is_stdin = r->console->listener < 0;

	loop_unwatch(r->watch);
	r->watch = NULL;
	r->fd = -1;
	if (is_stdin)
		loop_stop(r->console->world->loop);
	else
		fclose(r->out);
	r->out = NULL;
}

static void run_lines(struct line_reader *r)
{
	char *end;

	while ((end = memchr(r->line, '\n', r->size))) {
		size_t used = (size_t)(end - r->line) + 1;

		*end = '\0';
		sim_control_run(r->console->world, r->line, r->out);
		fflush(r->out);
		memmove(r->line, r->line + used, r->size - used);
		r->size -= used;
	}
	if (r->size == sizeof r->line)
		r->size = 0;
}

static void readable(void *owner, unsigned events)
{
	struct line_reader *r = owner;
	ssize_t n = read(r->fd, r->line + r->size, sizeof r->line - r->size);

	(void)events;
	if (n > 0) {
		r->size += (size_t)n;
		run_lines(r);
	} else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
		end_reader(r);
	}
}

static void begin_reader(struct line_reader *r, int fd, FILE *out)
{
	r->fd = fd;
	r->out = out;
	r->size = 0;
	r->watch = loop_watch(r->console->world->loop, fd, readable, r);
}

static void acceptable(void *owner, unsigned events)
{
	struct sim_console *c = owner;
	int fd = accept4(c->listener, NULL, NULL, SOCK_CLOEXEC);

	(void)events;
	for (size_t i = 0; fd >= 0 && i < CLIENTS_MAX; i++)
		if (c->readers[i].fd < 0) {
			begin_reader(&c->readers[i], fd, fdopen(fd, "r+"));
			return;
		}
	if (fd >= 0)
		close(fd);
}

static int listen_at(const char *path)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd;

	if (strlen(path) >= sizeof a.sun_path) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(a.sun_path, path, strlen(path));
	unlink(path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && (bind(fd, (struct sockaddr *)&a, sizeof a) || listen(fd, CLIENTS_MAX))) {
		close(fd);
		fd = -1;
	}
	return fd;
}

struct sim_console *sim_console_new(struct sim_world *world, const char *socket_path)
{
	struct sim_console *c = xcalloc(1, sizeof *c);

	c->world = world;
	c->listener = -1;
	for (size_t i = 0; i < CLIENTS_MAX; i++)
		c->readers[i] = (struct line_reader){ .console = c, .fd = -1 };
	if (!socket_path) {
		begin_reader(&c->readers[0], STDIN_FILENO, stdout);
		return c;
	}
	c->listener = listen_at(socket_path);
	if (c->listener < 0) {
		free(c);
		return NULL;
	}
	c->listening = loop_watch(world->loop, c->listener, acceptable, c);
	return c;
}

void sim_console_free(struct sim_console *console)
{
	if (!console)
		return;
	for (size_t i = 0; i < CLIENTS_MAX; i++)
		if (console->readers[i].fd >= 0)
			end_reader(&console->readers[i]);
	if (console->listening)
		loop_unwatch(console->listening);
	if (console->listener >= 0)
		close(console->listener);
	free(console);
}
