/* stream_tcp.h: a stick behind a raw TCP bridge. */
#pragma once

#include "adapters/stream.h"

/* port->port is "tcp://host:port", "tcp://[v6]:port"; ERR_INVALID otherwise. */
enum err_code stream_tcp_open(const struct stream_port *port, struct stream **out,
	const struct stream_events *events, void *owner, struct err *e);
