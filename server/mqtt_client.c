#include "server/mqtt_client.h"

#include "server/base/alloc.h"
#include "server/base/log.h"
#include "server/mqtt_private.h"

#include <assert.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

enum {
	STACK_SIZE = 256 * 1024, /* enough for TLS; the default is 8 MiB */
	GOODBYE_S = 3, /* the thread gives itself two, and a resolver may hang for longer */
};

struct mqtt_item *mqtt_item_new(const struct mqtt_message *message)
{
	size_t topic = strlen(message->topic) + 1;
	struct mqtt_item *item = malloc(sizeof *item + topic + message->payload.size);

	if (!item)
		return NULL;
	*item = (struct mqtt_item){ .size = message->payload.size, .retain = message->retain };
	item->topic = (char *)(item + 1);
	item->payload = (uint8_t *)item->topic + topic;
	memcpy(item->topic, message->topic, topic);
	if (item->size)
		memcpy(item->payload, message->payload.data, item->size);
	return item;
}

static void free_items(struct mqtt_item *item)
{
	while (item) {
		struct mqtt_item *next = item->next;

		free(item);
		item = next;
	}
}

static char *copy(const char *text)
{
	return text ? xstrdup(text) : NULL;
}

static void copy_options(struct mqtt_options *o)
{
	o->host = copy(o->host);
	o->client_id = copy(o->client_id);
	o->user = copy(o->user);
	o->password = copy(o->password);
	o->ca_file = copy(o->ca_file);
	o->certificate = copy(o->certificate);
	o->key = copy(o->key);
	o->will.topic = copy(o->will.topic);
	if (o->will.payload.size)
		o->will.payload.data = xmemdup(o->will.payload.data, o->will.payload.size);
	for (size_t i = 0; i < MQTT_SUBSCRIPTIONS_MAX; i++)
		o->subscriptions[i] = copy(o->subscriptions[i]);
}

static void free_options(struct mqtt_options *o)
{
	if (o->password)
		explicit_bzero((char *)o->password, strlen(o->password));
	free((char *)o->host);
	free((char *)o->client_id);
	free((char *)o->user);
	free((char *)o->password);
	free((char *)o->ca_file);
	free((char *)o->certificate);
	free((char *)o->key);
	free((char *)o->will.topic);
	free((uint8_t *)o->will.payload.data);
	for (size_t i = 0; i < MQTT_SUBSCRIPTIONS_MAX; i++)
		free((char *)o->subscriptions[i]);
}

/* The part of options that can become another one. */
static struct mqtt_options address_of(const struct mqtt_options *o)
{
	return (struct mqtt_options){ .host = o->host,
		.port = o->port,
		.user = o->user,
		.password = o->password,
		.tls = o->tls,
		.ca_file = o->ca_file,
		.certificate = o->certificate,
		.key = o->key };
}

static void set_next(struct mqtt_client *c, struct mqtt_options *next)
{
	struct mqtt_options *before;

	pthread_mutex_lock(&c->lock);
	before = c->next;
	c->next = next;
	pthread_mutex_unlock(&c->lock);
	if (before)
		free_options(before);
	free(before);
}

void mqtt_client_move(struct mqtt_client *c, const struct mqtt_options *options)
{
	struct mqtt_options *next = xcalloc(1, sizeof *next);

	*next = address_of(options);
	copy_options(next);
	set_next(c, next);
	eventfd_write(c->wake, 1);
}

void mqtt_take_next(struct mqtt_client *c)
{
	struct mqtt_options *o = &c->options, *next, before = address_of(o);

	pthread_mutex_lock(&c->lock);
	next = c->next;
	c->next = NULL;
	pthread_mutex_unlock(&c->lock);
	if (!next)
		return;
	o->host = next->host;
	o->port = next->port;
	o->user = next->user;
	o->password = next->password;
	o->tls = next->tls;
	o->ca_file = next->ca_file;
	o->certificate = next->certificate;
	o->key = next->key;
	c->is_old = false; /* this one may be newer */
	free_options(&before);
	free(next);
}

/* What the thread has left for the loop, taken in one go. */
struct news {
	struct mqtt_item *in;
	size_t dropped;
	bool connected, has_room, has_trouble;
	struct err trouble;
};

static struct news take_news(struct mqtt_client *c)
{
	struct news news;

	pthread_mutex_lock(&c->lock);
	news = (struct news){ c->in, c->dropped, c->connections != c->connections_told,
		c->n_out < MQTT_QUEUE_MAX / 2, c->has_trouble, c->trouble };
	c->in = NULL;
	c->in_end = &c->in;
	c->n_in = c->dropped = 0;
	c->connections_told = c->connections;
	c->has_trouble = false;
	pthread_mutex_unlock(&c->lock);
	return news;
}

static void on_news(void *owner, unsigned events)
{
	struct mqtt_client *c = owner;
	eventfd_t count;
	struct news news;

	(void)events;
	(void)eventfd_read(c->news, &count); /* nothing: an earlier round took it */
	news = take_news(c);
	if (news.in)
		eventfd_write(c->wake, 1); /* there is room again */
	if (news.has_trouble)
		c->events.lost(c->owner, &news.trouble);
	if (news.connected)
		c->events.connected(c->owner);
	for (const struct mqtt_item *i = news.in; i; i = i->next) {
		const struct mqtt_message message = { i->topic, { i->payload, i->size },
			i->retain };

		c->events.message(c->owner, &message);
	}
	if (news.dropped)
		log_warn("mqtt dropped=%zu messages came faster than they could be looked at",
			news.dropped);
	free_items(news.in);
	if (c->was_full && news.has_room) {
		c->was_full = false;
		c->events.drained(c->owner);
	}
}

static void start_thread(struct mqtt_client *c)
{
	pthread_attr_t attr;
	sigset_t all, before;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK_SIZE);
	/* Signals belong to the loop's thread. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	int failed = pthread_create(&c->thread, &attr, mqtt_thread, c);

	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attr);
	assert(!failed && "no thread at the start");
	(void)failed;
	pthread_setname_np(c->thread, "mqtt");
}

enum err_code mqtt_client_new(struct mqtt_client **out, const struct mqtt_options *options,
	const struct mqtt_events *events, void *owner, struct err *e)
{
	const struct mqtt_library *library = NULL;
	enum err_code r = mqtt_library(&library, e);
	struct mqtt_client *c;

	if (r != OK)
		return r;
	c = xcalloc(1, sizeof *c);
	c->library = library;
	c->options = *options;
	copy_options(&c->options);
	c->events = *events;
	c->owner = owner;
	c->out_end = &c->out;
	c->in_end = &c->in;
	pthread_mutex_init(&c->lock, NULL);
	c->wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	c->news = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	c->watch = loop_watch(options->loop, c->news, on_news, c);
	start_thread(c);
	*out = c;
	return OK;
}

bool mqtt_client_publish(struct mqtt_client *c, const struct mqtt_message *message)
{
	struct mqtt_item *item;
	bool room;

	assert(message->payload.size <= MQTT_PAYLOAD_MAX &&
		strlen(message->topic) < MQTT_TOPIC_MAX);
	item = mqtt_item_new(message);
	pthread_mutex_lock(&c->lock);
	room = item && c->n_out < MQTT_QUEUE_MAX;
	if (room) {
		*c->out_end = item;
		c->out_end = &item->next;
		c->n_out++;
	}
	pthread_mutex_unlock(&c->lock);
	if (room)
		eventfd_write(c->wake, 1);
	else
		free(item);
	c->was_full |= !room;
	return room;
}

bool mqtt_client_is_connected(const struct mqtt_client *client)
{
	struct mqtt_client *c = (struct mqtt_client *)client; /* only its lock changes */
	bool connected;

	pthread_mutex_lock(&c->lock);
	connected = c->connected;
	pthread_mutex_unlock(&c->lock);
	return connected;
}

static bool join(const struct mqtt_client *c)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += GOODBYE_S;
	return pthread_timedjoin_np(c->thread, NULL, &until) == 0;
}

void mqtt_client_free(struct mqtt_client *c)
{
	if (!c)
		return;
	pthread_mutex_lock(&c->lock);
	c->quit = true;
	c->unsaid = c->was_full;
	pthread_mutex_unlock(&c->lock);
	eventfd_write(c->wake, 1);
	loop_unwatch(c->watch);
	if (!join(c)) {
		/* It hangs in the resolver. The process is about to end: leave it what it uses. */
		(void)pthread_detach(c->thread);
		return;
	}
	close(c->wake);
	close(c->news);
	set_next(c, NULL);
	free_items(c->out);
	free_items(c->in);
	pthread_mutex_destroy(&c->lock);
	free_options(&c->options);
	free(c);
}
