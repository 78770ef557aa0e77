/* fake_mqtt.h: a broker in the test's hands, in place of server/mqtt_client.c. */
#pragma once

#include "server/mqtt_client.h"

enum { FAKE_MESSAGES = 4096 };

struct fake_message {
	char topic[MQTT_TOPIC_MAX];
	char *text;
	bool retain;
};

struct mqtt_client {
	struct mqtt_options
		options; /* of the caller: texts are gone when mqtt_client_new() returned */
	struct mqtt_events events;
	void *owner;
	char will_topic[MQTT_TOPIC_MAX], will[32];
	struct fake_message sent[FAKE_MESSAGES];
	size_t n, room; /* so many more are taken */
	bool freed;
	char moved_to[64];
};

extern struct mqtt_client fake_mqtt;
void fake_mqtt_reset(void);  /* before a test: all room of the world */
void fake_mqtt_forget(void); /* what was sent */
void fake_mqtt_receive(const char *topic, const char *text, bool retain);
/* The newest of a topic; NULL: none. */
const char *fake_mqtt_last(const char *topic);
size_t fake_mqtt_count(const char *topic);
