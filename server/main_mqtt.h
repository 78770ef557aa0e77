/* main_mqtt.h: composes the MQTT front out of the configuration; a part of main.c. */
#pragma once

#include "server/base/err.h"

struct api;
struct config_mqtt;
struct mqtt_front;
struct mqtt_options;

/* Without a broker in the configuration *out stays as it is. */
MUST_USE enum err_code main_mqtt_open(
	struct mqtt_front **out, const struct config_mqtt *config, struct api *api, struct err *e);
/* With this broker; the configuration says the rest. */
MUST_USE enum err_code main_mqtt_start(struct mqtt_front **out, const struct mqtt_options *broker,
	const struct config_mqtt *config, struct api *api, struct err *e);
