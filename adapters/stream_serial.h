/* stream_serial.h: serial lines and pseudo-terminals. */
#pragma once

#include "adapters/stream.h"

enum err_code stream_serial_open(const struct stream_port *port, struct stream **out,
	const struct stream_events *events, void *owner, struct err *e);
