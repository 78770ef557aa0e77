/* mqtt.h: the locks and the service in Home Assistant by MQTT discovery (ha_discovery.h says how).
 * Everything retained is told anew at each connection and at Home Assistant's birth, so that after
 * any restart of anybody the truth is what is shown; a state is told when it became another one,
 * progress at most once a second. Commands go the way of REST requests; the history names "mqtt"
 * as who asked. */
#pragma once

#include "server/base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct api;
struct mqtt_front;
struct mqtt_options;

/* Texts are copied. */
struct mqtt_front_options {
	struct api *api;                   /* and what it stands on; both live longer */
	const struct mqtt_options *broker; /* address and credentials; will, id and topics come from
					      here */
	const char *base;                  /* of our topics, "lockwright"; one per service */
	const char *prefix;                /* of discovery, "homeassistant" */
	const char *page_url;              /* NULL: not known */
};

/* Before engine_start(), so that no event is missed; or later, when the broker is found: results
 * from before are not told. ERR_NOT_FOUND: libmosquitto is missing. */
MUST_USE enum err_code mqtt_front_new(
	struct mqtt_front **out, const struct mqtt_front_options *options, struct err *e);
/* The broker has become another one. */
void mqtt_front_move(struct mqtt_front *front, const struct mqtt_options *broker);
/* Says "offline". When the loop runs no more, before api_free(); takes at most three seconds. NULL
 * is fine. */
void mqtt_front_free(struct mqtt_front *front);
