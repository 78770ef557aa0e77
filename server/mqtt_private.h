/* mqtt_private.h: what the two threads of an MQTT client share. The loop's side is mqtt_client.c,
 * the other side, which alone talks to libmosquitto, is mqtt_thread.c. */
#pragma once

#include "server/loop.h"
#include "server/mqtt_client.h"
#include "server/mqtt_library.h"

#include <pthread.h>

struct mqtt_item { /* one allocation: topic and payload follow the struct */
	struct mqtt_item *next;
	char *topic;
	uint8_t *payload;
	size_t size;
	bool retain;
	int id; /* libmosquitto's, once it was sent on this connection; 0 not yet */
};

struct mqtt_client {
	struct mqtt_options options; /* its texts are copies */
	struct mqtt_events events;
	void *owner;
	const struct mqtt_library *library;
	pthread_t thread;
	int wake; /* eventfd: the thread has something to do */
	int news; /* eventfd: the loop has something to read */
	struct loop_watch *watch;
	bool was_full; /* loop only: drained() is owed */
	bool is_old;   /* thread only: the broker knows no MQTT 5 */

	pthread_mutex_t lock;             /* of everything below */
	bool quit, unsaid;                /* unsaid: something found no room */
	struct mqtt_options *next;        /* where to go instead; NULL: stay */
	struct mqtt_item *out, **out_end; /* oldest first; gone when acknowledged */
	size_t n_out;
	struct mqtt_item *in, **in_end;
	size_t n_in, dropped;
	bool connected;       /* now */
	unsigned connections; /* how often it came to be, for the loop to see */
	unsigned connections_told;
	bool has_trouble; /* the last attempt's, not yet told */
	struct err trouble;
};

/* Thread only: where mqtt_client_move() wants to, from now on. */
void mqtt_take_next(struct mqtt_client *client);
struct mqtt_item *mqtt_item_new(const struct mqtt_message *message);
void *mqtt_thread(void *client);
