/* mqtt_client.h: one connection to an MQTT broker, kept up by a thread of its own. Knows no topic's
 * meaning. All calls and events belong to the loop; nothing here blocks it.
 *
 * What is published waits in a short queue until the broker has acknowledged it (QoS 1), also over
 * a reconnect. When the queue is full the caller keeps its news, and looks at drained(): so a slow
 * broker costs a bounded amount of memory, and what is told late is told as it is then. */
#pragma once

#include "server/base/err.h"
#include "server/base/span.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct loop;
struct mqtt_client;

enum {
	MQTT_TOPIC_MAX = 256,
	MQTT_QUEUE_MAX = 64,          /* messages that the broker has not acknowledged */
	MQTT_PAYLOAD_MAX = 32 * 1024, /* of ours */
	MQTT_RECEIVE_MAX = 8 * 1024,  /* bytes; longer payloads are dropped */
	MQTT_INBOX_MAX = 128,         /* messages that the loop has not seen; the broker waits */
	MQTT_SUBSCRIPTIONS_MAX = 4,
};

struct mqtt_message {
	const char *topic;
	struct span payload; /* size 0 and retain: removes what is retained */
	bool retain;         /* received: it is an old one that the broker kept */
};

struct mqtt_events { /* in the loop; none from within mqtt_client_free() or after it */
	void (*connected)(void *owner); /* and subscribed, each time */
	void (*lost)(void *owner, const struct err *e);
	void (*message)(void *owner, const struct mqtt_message *message);
	void (*drained)(void *owner); /* the queue has room again, after it had none */
};

/* Texts are copied. NULL: not wanted. */
struct mqtt_options {
	struct loop *loop;
	const char *host;
	uint16_t port;
	const char *client_id;
	const char *user, *password;
	bool tls;
	const char *ca_file;           /* NULL: the system's authorities */
	const char *certificate, *key; /* PEM files of ours */
	struct mqtt_message will;
	const char *subscriptions[MQTT_SUBSCRIPTIONS_MAX]; /* up to NULL */
};

/* Starts to connect. ERR_NOT_FOUND: libmosquitto is not installed. */
MUST_USE enum err_code mqtt_client_new(struct mqtt_client **out, const struct mqtt_options *options,
	const struct mqtt_events *events, void *owner, struct err *e);
/* Another address and other credentials: the connection is made anew there. The rest of options is
 * not looked at. */
void mqtt_client_move(struct mqtt_client *client, const struct mqtt_options *options);
/* Copied, also while there is no connection. False: the queue is full. The topic has at most
 * MQTT_TOPIC_MAX - 1 bytes, the payload MQTT_PAYLOAD_MAX. */
MUST_USE bool mqtt_client_publish(struct mqtt_client *client, const struct mqtt_message *message);
bool mqtt_client_is_connected(const struct mqtt_client *client);
/* Gives what is queued up to two seconds to be acknowledged, then says goodbye; when not all was
 * taken it goes without a word, and the broker tells the will. NULL is fine. */
void mqtt_client_free(struct mqtt_client *client);
