/* supervisor_mqtt.h: finds Home Assistant's MQTT broker through the Supervisor, also one that is
 * installed later or becomes another one. The password is in no log. */
#pragma once

#include "api/supervisor_messages.h"

struct loop;
struct supervisor;
struct supervisor_mqtt;

/* found: in the loop, when one is known first and each time it has become another one. */
struct supervisor_mqtt *supervisor_mqtt_new(struct loop *loop, struct supervisor *supervisor,
	void (*found)(void *owner, const struct found_broker *broker), void *owner);
void supervisor_mqtt_free(struct supervisor_mqtt *mqtt); /* after supervisor_free(); NULL is fine */
