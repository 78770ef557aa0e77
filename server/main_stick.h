/* main_stick.h: composes the adapter of a stick out of its entry in the configuration. For main.c.
 */
#pragma once

struct adapter;
struct adapter_store;
struct config_adapter;
struct loop;
struct stream_port;
struct worker;

/* port must live as long as the adapter. */
struct adapter *main_stick_adapter(struct loop *loop, struct worker *net,
	const struct config_adapter *entry, struct stream_port *port, struct adapter_store *store);
