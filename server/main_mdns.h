/* main_mdns.h: what the announcement in the network says; a part of main.c. */
#pragma once

#include "server/mdns.h"

struct config;

/* id: the service's own. NULL: it is not to be announced: only this machine reaches it, or the user
 * does not want it. */
struct mdns *main_mdns_new(struct loop *loop, const struct config *config,
	const struct mdns_place *place, const char *id);
