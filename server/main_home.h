/* main_home.h: how the house gets to know us: announced in the network (main_mdns.h); or, as an app
 * of Home Assistant OS, through its Supervisor, which also knows the MQTT broker. A part of main.c.
 */
#pragma once

#include "server/base/err.h"
#include "server/mdns.h"

struct api;
struct config;
struct main_home;
struct mqtt_front;
struct worker;

struct main_home_options { /* borrowed */
	struct loop *loop;
	struct worker *work;
	const struct config *config;
	struct api *api;
	struct mqtt_front **mqtt; /* NULL in it: the one that is made when a broker is found */
	const struct mdns_place *place;
};

/* Lets others reach us by the name that our container has; nothing when no Supervisor is there. */
void main_home_allow(struct config *config);
/* With SUPERVISOR_TOKEN in the environment it is an app. */
struct main_home *main_home_new(const struct main_home_options *options);
/* When the loop runs no more, before mqtt_front_free() and api_free(). NULL is fine. */
void main_home_free(struct main_home *home);
