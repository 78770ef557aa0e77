/* bus_library.h: sd-bus of libsystemd, loaded when the service is to be announced: one that listens
 * on loopback only shall not pay for it. The dynamic linker's name is the one that all systems with
 * systemd have, and most without. */
#pragma once

#include "server/base/err.h"

#include <systemd/sd-bus.h>

struct bus_library {
	int (*open_system)(sd_bus **out);
	sd_bus *(*close)(sd_bus *bus); /* and frees it */
	int (*fd)(sd_bus *bus);
	int (*events)(sd_bus *bus);                   /* of poll() */
	int (*timeout)(sd_bus *bus, uint64_t *until); /* CLOCK_MONOTONIC, microseconds */
	int (*process)(sd_bus *bus, sd_bus_message **out);
	int (*match)(sd_bus *bus, sd_bus_slot **slot, const char *rule, sd_bus_message_handler_t on,
		sd_bus_message_handler_t installed, void *owner);
	sd_bus_slot *(*forget)(sd_bus_slot *slot);
	int (*call)(sd_bus *bus, sd_bus_slot **slot, sd_bus_message *message,
		sd_bus_message_handler_t on, void *owner, uint64_t limit);
	int (*new_call)(sd_bus *bus, sd_bus_message **out, const char *to, const char *path,
		const char *interface, const char *member);
	int (*auto_start)(sd_bus_message *message, int yes);
	int (*append)(sd_bus_message *message, const char *types, ...);
	int (*append_array)(sd_bus_message *message, char type, const void *data, size_t size);
	int (*open_container)(sd_bus_message *message, char type, const char *contents);
	int (*close_container)(sd_bus_message *message);
	int (*read)(sd_bus_message *message, const char *types, ...);
	const sd_bus_error *(*error)(sd_bus_message *message); /* NULL: it is none */
	const char *(*path)(sd_bus_message *message);
	sd_bus_message *(*release)(sd_bus_message *message);
};

/* The same for all, never unloaded. ERR_NOT_FOUND: not installed. */
MUST_USE enum err_code bus_library(const struct bus_library **out, struct err *e);
