#include "tests/api/fake_mqtt.h"

#include "server/base/alloc.h"
#include "server/base/text.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct mqtt_client fake_mqtt;

void fake_mqtt_forget(void)
{
	for (size_t i = 0; i < fake_mqtt.n; i++)
		free(fake_mqtt.sent[i].text);
	fake_mqtt.n = 0;
}

void fake_mqtt_reset(void)
{
	fake_mqtt_forget();
	memset(&fake_mqtt, 0, sizeof fake_mqtt);
	fake_mqtt.room = SIZE_MAX;
}

enum err_code mqtt_client_new(struct mqtt_client **out, const struct mqtt_options *options,
	const struct mqtt_events *events, void *owner, struct err *e)
{
	(void)e;
	fake_mqtt.options = *options;
	fake_mqtt.events = *events;
	fake_mqtt.owner = owner;
	(void)text_copy(fake_mqtt.will_topic, sizeof fake_mqtt.will_topic, options->will.topic);
	(void)snprintf(fake_mqtt.will, sizeof fake_mqtt.will, "%.*s",
		(int)options->will.payload.size, (const char *)options->will.payload.data);
	*out = &fake_mqtt;
	return OK;
}

bool mqtt_client_publish(struct mqtt_client *c, const struct mqtt_message *message)
{
	struct fake_message *m = &c->sent[c->n];

	assert(c->n < FAKE_MESSAGES);
	if (!c->room)
		return false;
	c->room--;
	c->n++;
	(void)text_copy(m->topic, sizeof m->topic, message->topic);
	m->text = xcalloc(1, message->payload.size + 1);
	memcpy(m->text, message->payload.data, message->payload.size);
	m->retain = message->retain;
	return true;
}

void mqtt_client_move(struct mqtt_client *client, const struct mqtt_options *options)
{
	(void)text_copy(client->moved_to, sizeof client->moved_to, options->host);
}

void mqtt_client_free(struct mqtt_client *client)
{
	client->freed = true;
}

void fake_mqtt_receive(const char *topic, const char *text, bool retain)
{
	const struct mqtt_message message = { topic, { (const uint8_t *)text, strlen(text) },
		retain };

	fake_mqtt.events.message(fake_mqtt.owner, &message);
}

const char *fake_mqtt_last(const char *topic)
{
	for (size_t i = fake_mqtt.n; i-- > 0;)
		if (!strcmp(fake_mqtt.sent[i].topic, topic))
			return fake_mqtt.sent[i].text;
	return NULL;
}

size_t fake_mqtt_count(const char *topic)
{
	size_t n = 0;

	for (size_t i = 0; i < fake_mqtt.n; i++)
		n += !strcmp(fake_mqtt.sent[i].topic, topic);
	return n;
}
