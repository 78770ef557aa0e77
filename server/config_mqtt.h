/* config_mqtt.h: the section "mqtt" of the configuration; LOCKWRIGHT_MQTT_HOST, … override it.
 * Without a host in it, and with SUPERVISOR_TOKEN in the environment, the broker is to be found. */
#pragma once

#include "server/config.h"

#include <jansson.h>

/* section NULL: only the environment. On failure the caller frees what was read. */
MUST_USE enum err_code config_read_mqtt(
	struct config_mqtt *out, json_t *section, const char *const *environ_list, struct err *e);
/* Warns when others can read the file, and with it the password in it. */
void config_mqtt_look_at(const struct config_mqtt *mqtt, const char *path);
void config_mqtt_done(struct config_mqtt *mqtt);
