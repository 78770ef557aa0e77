#include "adapters/stream_serial.h"
#include "adapters/stream_tcp.h"

#include <string.h>

static enum err_code open_port(const struct stream_factory *f, struct stream **out,
	const struct stream_events *events, void *owner, struct err *e)
{
	const struct stream_port *port = f->ctx;

	if (strncmp(port->port, "tcp://", 6) == 0)
		return stream_tcp_open(port, out, events, owner, e);
	return stream_serial_open(port, out, events, owner, e);
}

struct stream_factory stream_port_factory(struct stream_port *port)
{
	return (struct stream_factory){ .open = open_port, .ctx = port };
}
