#include "adapters/stream_serial.h"

#include "adapters/stream_fd.h"
#include "server/base/alloc.h"

#include <libserialport.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

enum { BAUD_DEFAULT = 115200 };

static const char by_id[] = "/dev/serial/by-id";

static void set_lines(struct stream *base, bool dtr, bool rts)
{
	struct stream_fd *s = (struct stream_fd *)base;
	int lines;

	/* A pseudo-terminal has none: nothing to do then. */
	if (s->fd < 0 || ioctl(s->fd, TIOCMGET, &lines) != 0)
		return;
	lines = (lines & ~(TIOCM_DTR | TIOCM_RTS)) | (dtr ? TIOCM_DTR : 0) | (rts ? TIOCM_RTS : 0);
	(void)ioctl(s->fd, TIOCMSET, &lines);
}

static void release(struct stream_fd *s)
{
	free(s);
}

static const struct stream_ops operations = {
	.write = stream_fd_write, .lines = set_lines, .free = stream_fd_free
};

/* --- why it cannot be opened --- */

static void list_ports(char *out, size_t max)
{
	DIR *dir = opendir(by_id);
	size_t used = 0;

	(void)snprintf(out, max, "none");
	if (!dir)
		return;
	for (struct dirent *d = readdir(dir); d; d = readdir(dir)) {
		int n;

		if (d->d_name[0] == '.')
			continue;
		n = snprintf(out + used, max - used, "%s%s", used ? ", " : "", d->d_name);
		if (n < 0 || (size_t)n >= max - used)
			break;
		used += (size_t)n;
	}
	closedir(dir);
}

static void not_there(struct err *why, const char *path)
{
	char found[120];

	list_ports(found, sizeof found);
	err_because(why, ERR_NOT_FOUND, "port_missing", "%s does not exist; in %s there is: %s",
		path, by_id, found);
}

static void cannot_open(struct err *why, const char *path, int error)
{
	switch (error) {
	case ENOENT:
		not_there(why, path);
		break;
	case EACCES:
	case EPERM:
		err_because(why, ERR_FORBIDDEN, "port_denied",
			"no permission to open %s: add the user that runs Lockwright to the group "
			"dialout",
			path);
		break;
	case EBUSY:
		stream_in_use(why, path);
		break;
	default:
		err_because(why, ERR_IO, "port_failed", "opening %s: %s", path, strerror(error));
		break;
	}
}

/* --- configuring --- */

static enum sp_flowcontrol flow_of(const char *flow)
{
	if (flow && strcmp(flow, "rtscts") == 0)
		return SP_FLOWCONTROL_RTSCTS;
	if (flow && strcmp(flow, "xonxoff") == 0)
		return SP_FLOWCONTROL_XONXOFF;
	return SP_FLOWCONTROL_NONE;
}

/* Odd baud rates and drivers are libserialport's business. It opens the port beside our fd, so
 * closing it again moves no line. */
static bool configure_port(struct sp_port *sp, const struct stream_port *port)
{
	bool ok = sp_open(sp, SP_MODE_READ_WRITE) == SP_OK &&
		  sp_set_baudrate(sp, (int)(port->baud ? port->baud : BAUD_DEFAULT)) == SP_OK &&
		  sp_set_bits(sp, 8) == SP_OK && sp_set_parity(sp, SP_PARITY_NONE) == SP_OK &&
		  sp_set_stopbits(sp, 1) == SP_OK &&
		  sp_set_flowcontrol(sp, flow_of(port->flow)) == SP_OK;

	sp_close(sp);
	return ok;
}

static bool configure(const struct stream_port *port)
{
	struct sp_port *sp = NULL;
	char real[PATH_MAX];
	bool ok;

	/* It knows ports by their kernel name only, and pseudo-terminals not at all. */
	if (!realpath(port->port, real) || sp_get_port_by_name(real, &sp) != SP_OK)
		return true;
	ok = configure_port(sp, port);
	sp_free_port(sp);
	return ok;
}

/* read() == 0 must mean "gone", so VMIN is 1; closing must not move DTR, so HUPCL is off. */
static bool make_raw(int fd)
{
	struct termios t;

	if (tcgetattr(fd, &t) != 0)
		return false;

	tcflag_t flow = t.c_iflag & (IXON | IXOFF);

	cfmakeraw(&t);
	t.c_iflag |= flow;
	t.c_cflag |= CLOCAL | CREAD;
	t.c_cflag &= (tcflag_t)~HUPCL;
	t.c_cc[VMIN] = 1;
	t.c_cc[VTIME] = 0;
	return tcsetattr(fd, TCSANOW, &t) == 0;
}

/* XON/XOFF would eat bytes of binary frames unless it was asked for. */
static void drop_soft_flow(int fd, const char *flow)
{
	struct termios t;

	if (flow_of(flow) == SP_FLOWCONTROL_XONXOFF || tcgetattr(fd, &t) != 0)
		return;
	t.c_iflag &= (tcflag_t) ~(IXON | IXOFF | IXANY);
	(void)tcsetattr(fd, TCSANOW, &t); /* what is not set now was not set before */
}

static bool prepare(int fd, const struct stream_port *port, struct err *why)
{
	if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
		stream_in_use(why, port->port);
		return false;
	}
	if (!configure(port) || !make_raw(fd)) {
		err_because(why, ERR_IO, "port_failed", "%s cannot be set to %u baud", port->port,
			port->baud ? port->baud : BAUD_DEFAULT);
		return false;
	}
	drop_soft_flow(fd, port->flow);
	(void)ioctl(fd, TIOCEXCL); /* flock holds already; this also stops who does not lock */
	(void)tcflush(fd, TCIOFLUSH);
	return true;
}

enum err_code stream_serial_open(const struct stream_port *port, struct stream **out,
	const struct stream_events *events, void *owner, struct err *e)
{
	int fd = open(port->port, O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
	struct err why;
	struct stream_fd *s;

	(void)e;
	if (fd < 0) {
		cannot_open(&why, port->port, errno);
	} else if (!prepare(fd, port, &why)) {
		close(fd);
		fd = -1;
	}
	s = xcalloc(1, sizeof *s);
	stream_fd_init(s, port->loop, events, owner);
	s->base.ops = &operations;
	s->base.is_serial = true;
	s->release = release;
	if (fd >= 0)
		stream_fd_ready(s, fd);
	else
		stream_fd_fail(s, &why);
	*out = &s->base;
	return OK;
}
