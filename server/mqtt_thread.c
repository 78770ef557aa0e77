#include "server/mqtt_private.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>

enum {
	KEEPALIVE_S = 30,
	FIRST_PAUSE_MS = 1000, /* before the next attempt; doubles up to */
	LAST_PAUSE_MS = 60000,
	STEADY_MS = 60000,  /* a connection that held so long was a good one */
	ATTEMPT_MS = 15000, /* from the start to the broker's answer */
	GOODBYE_MS = 2000,
	LOOK_MS = 1000, /* libmosquitto's own housekeeping */
	PACKET_MAX = MQTT_RECEIVE_MAX + 1024,
	WINDOW = 16,    /* handed to libmosquitto and not yet acknowledged */
	PACKETS = 64,   /* a limit that libmosquitto ignores */
	READS = 4,      /* what TLS has decrypted already, poll() does not show */
	HOPELESS = -1,  /* an id that libmosquitto never gives */
	TOO_OLD = 0x84, /* "unsupported protocol version", also given for the 1 of MQTT 3 */
};

enum session_state { CONNECTING, UP, REFUSED };

struct session {
	struct mqtt_client *client;
	const struct mqtt_library *library;
	struct mosquitto *mosquitto;
	enum session_state state;
	int refusal;
	int64_t began;
	int64_t goodbye; /* when we may wait no longer; 0: not leaving */
};

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* --- libmosquitto's callbacks, from within read() --- */

static void subscribe(const struct session *s)
{
	const struct mqtt_options *o = &s->client->options;

	for (size_t i = 0; i < MQTT_SUBSCRIPTIONS_MAX && o->subscriptions[i]; i++)
		(void)s->library->subscribe(s->mosquitto, NULL, o->subscriptions[i], 1, 0, NULL);
}

static void on_connect(struct mosquitto *m, void *owner, int reason)
{
	struct session *s = owner;
	struct mqtt_client *c = s->client;

	(void)m;
	s->state = reason ? REFUSED : UP;
	s->refusal = reason;
	if (reason)
		return;
	subscribe(s);
	pthread_mutex_lock(&c->lock);
	c->connected = true;
	c->connections++;
	pthread_mutex_unlock(&c->lock);
	eventfd_write(c->news, 1);
}

static void on_publish(struct mosquitto *m, void *owner, int id)
{
	struct mqtt_client *c = ((struct session *)owner)->client;
	struct mqtt_item **at = &c->out, *done;

	(void)m;
	pthread_mutex_lock(&c->lock);
	while (*at && (*at)->id != id)
		at = &(*at)->next;
	done = *at;
	if (done) {
		*at = done->next;
		if (!*at)
			c->out_end = at;
		c->n_out--;
	}
	pthread_mutex_unlock(&c->lock);
	free(done);
	eventfd_write(c->news, 1);
}

static void on_message(struct mosquitto *m, void *owner, const struct mosquitto_message *got)
{
	struct mqtt_client *c = ((struct session *)owner)->client;
	size_t size = (size_t)got->payloadlen;
	const struct mqtt_message message = { got->topic, { got->payload, size }, got->retain };
	struct mqtt_item *item = size <= MQTT_RECEIVE_MAX ? mqtt_item_new(&message) : NULL;
	bool room;

	(void)m;
	pthread_mutex_lock(&c->lock);
	room = item && c->n_in < (size_t)2 * MQTT_INBOX_MAX; /* read() may bring several */
	if (room) {
		*c->in_end = item;
		c->in_end = &item->next;
	}
	*(room ? &c->n_in : &c->dropped) += 1;
	pthread_mutex_unlock(&c->lock);
	if (!room)
		free(item);
	eventfd_write(c->news, 1);
}

/* --- a connection --- */

static int use_tls(const struct session *s)
{
	const struct mqtt_options *o = &s->client->options;
	int r = MOSQ_ERR_SUCCESS;

	if (!o->tls)
		return r;
	if (o->ca_file || o->certificate)
		r = s->library->set_tls(s->mosquitto, o->ca_file,
			o->ca_file ? NULL : "/etc/ssl/certs", o->certificate, o->key, NULL);
	if (r || o->ca_file)
		return r;
	return s->library->set_int(s->mosquitto, MOSQ_OPT_TLS_USE_OS_CERTS, 1);
}

/* Only MQTT 5 lets us tell the broker to keep back what would be too large for us. */
static int start_connect(const struct session *s)
{
	const struct mqtt_library *l = s->library;
	const struct mqtt_options *o = &s->client->options;
	mosquitto_property *properties = NULL;
	bool old = s->client->is_old;
	int r = l->set_int(s->mosquitto, MOSQ_OPT_PROTOCOL_VERSION,
		old ? MQTT_PROTOCOL_V311 : MQTT_PROTOCOL_V5);

	if (!r && !old)
		r = l->add_property(&properties, MQTT_PROP_MAXIMUM_PACKET_SIZE, PACKET_MAX);
	if (!r)
		r = l->connect(s->mosquitto, o->host, o->port, KEEPALIVE_S, NULL, properties);
	l->free_properties(&properties);
	return r;
}

static int prepare(struct session *s)
{
	const struct mqtt_library *l = s->library;
	const struct mqtt_options *o = &s->client->options;
	int r = l->set_int(s->mosquitto, MOSQ_OPT_TCP_NODELAY, 1);

	if (!r && o->user)
		r = l->set_user(s->mosquitto, o->user, o->password);
	if (!r && o->will.topic)
		r = l->set_will(s->mosquitto, o->will.topic, (int)o->will.payload.size,
			o->will.payload.data, 1, o->will.retain);
	if (!r)
		r = use_tls(s);
	l->on_connect(s->mosquitto, on_connect);
	l->on_publish(s->mosquitto, on_publish);
	l->on_message(s->mosquitto, on_message);
	return r;
}

static bool quits(struct mqtt_client *c)
{
	pthread_mutex_lock(&c->lock);
	bool quit = c->quit;

	pthread_mutex_unlock(&c->lock);
	return quit;
}

static bool moves(struct mqtt_client *c)
{
	pthread_mutex_lock(&c->lock);
	bool move = c->next;

	pthread_mutex_unlock(&c->lock);
	return move;
}

static struct mqtt_item *next_to_send(struct mqtt_client *c)
{
	struct mqtt_item *item;
	size_t n = 0;

	pthread_mutex_lock(&c->lock);
	for (item = c->out; item && item->id; item = item->next)
		n++;
	pthread_mutex_unlock(&c->lock);
	return n < WINDOW ? item : NULL;
}

/* The connection is well, but this broker will never take such a message. */
static bool is_hopeless(int error)
{
	return error == MOSQ_ERR_OVERSIZE_PACKET || error == MOSQ_ERR_PAYLOAD_SIZE ||
	       error == MOSQ_ERR_INVAL || error == MOSQ_ERR_MALFORMED_UTF8 ||
	       error == MOSQ_ERR_QOS_NOT_SUPPORTED || error == MOSQ_ERR_RETAIN_NOT_SUPPORTED;
}

/* Only this thread takes items out: what is found here stays. */
static int send_queued(struct session *s)
{
	struct mqtt_item *item;

	while ((item = next_to_send(s->client)) != NULL) {
		int id = 0;
		int r = s->library->publish(s->mosquitto, &id, item->topic, (int)item->size,
			item->payload, 1, item->retain);

		if (r && !is_hopeless(r))
			return r;
		item->id = r ? HOPELESS : id;
		if (r)
			on_publish(s->mosquitto, s, HOPELESS);
	}
	return MOSQ_ERR_SUCCESS;
}

static bool all_sent(struct mqtt_client *c)
{
	pthread_mutex_lock(&c->lock);
	bool empty = !c->n_out;

	pthread_mutex_unlock(&c->lock);
	return empty;
}

/* While the loop has much to read, the broker shall wait. */
static bool has_room(struct mqtt_client *c)
{
	pthread_mutex_lock(&c->lock);
	bool room = c->n_in < MQTT_INBOX_MAX;

	pthread_mutex_unlock(&c->lock);
	return room;
}

static void wait_for_something(const struct session *s)
{
	struct pollfd fds[2] = { { .fd = s->client->wake, .events = POLLIN },
		{ .fd = s->library->socket(s->mosquitto),
			.events = has_room(s->client) ? POLLIN : 0 } };
	eventfd_t count;

	if (s->library->wants_write(s->mosquitto))
		fds[1].events |= POLLOUT;
	if (poll(fds, 2, s->goodbye ? 50 : LOOK_MS) > 0 && (fds[0].revents & POLLIN))
		(void)eventfd_read(s->client->wake, &count); /* only to make it quiet */
}

static int exchange(const struct session *s)
{
	int r = s->library->write(s->mosquitto, PACKETS);

	for (int i = 0; !r && i < READS && has_room(s->client); i++)
		r = s->library->read(s->mosquitto, PACKETS);
	return r ? r : s->library->misc(s->mosquitto);
}

/* A goodbye to the broker takes the will back: only when all that was to be said has been. */
static bool said_all(struct mqtt_client *c)
{
	pthread_mutex_lock(&c->lock);
	bool all = !c->n_out && !c->unsaid;

	pthread_mutex_unlock(&c->lock);
	return all;
}

/* True: it is over, as wished. */
static bool leave(struct session *s)
{
	if (!s->goodbye && quits(s->client))
		s->goodbye = now_ms() + GOODBYE_MS;
	if (!s->goodbye)
		return false;
	if (s->state == UP && !all_sent(s->client) && now_ms() < s->goodbye)
		return false;
	if (said_all(s->client)) /* and then the socket is closed anyway */
		(void)s->library->disconnect(s->mosquitto);
	return true;
}

/* Until it is lost or we are to leave; a libmosquitto error. */
static int live(struct session *s)
{
	int r = MOSQ_ERR_SUCCESS;

	while (!r && s->state != REFUSED && !leave(s) && !moves(s->client)) {
		wait_for_something(s);
		r = exchange(s);
		if (!r && s->state == UP)
			r = send_queued(s);
		if (!r && s->state == CONNECTING && now_ms() - s->began > ATTEMPT_MS)
			r = MOSQ_ERR_CONN_PENDING;
	}
	return r;
}

static void tell_trouble(const struct session *s, int r)
{
	struct mqtt_client *c = s->client;
	const struct mqtt_options *o = &c->options;
	const char *why = r == MOSQ_ERR_ERRNO          ? strerror(errno)
			  : r == MOSQ_ERR_CONN_PENDING ? "no answer"
						       : s->library->say(r);

	if (s->state == REFUSED)
		why = c->is_old ? s->library->say_refusal(s->refusal)
				: s->library->say_reason(s->refusal);
	pthread_mutex_lock(&c->lock);
	(void)err_because(
		&c->trouble, ERR_IO, "mqtt_broker", "MQTT broker %s:%u: %s", o->host, o->port, why);
	c->has_trouble = true;
	pthread_mutex_unlock(&c->lock);
	eventfd_write(c->news, 1);
}

static void forget_sent(struct mqtt_client *c)
{
	pthread_mutex_lock(&c->lock);
	c->connected = false;
	for (struct mqtt_item *i = c->out; i; i = i->next)
		i->id = 0;
	pthread_mutex_unlock(&c->lock);
}

/* One attempt and what comes of it. True: try again soon. A broker that takes us and throws us out
 * at once is not to be asked each second: it may have another client of our name. */
static bool connect_once(struct mqtt_client *c)
{
	struct session s = { .client = c, .library = c->library, .began = now_ms() };
	bool too_old;
	int r;

	mqtt_take_next(c);
	s.mosquitto = s.library->make(c->options.client_id, true, &s);
	r = s.mosquitto ? prepare(&s) : MOSQ_ERR_NOMEM;
	if (!r)
		r = start_connect(&s);
	if (!r)
		r = live(&s);
	too_old = s.state == REFUSED && s.refusal == TOO_OLD && !c->is_old;
	if (!too_old && (r || s.state == REFUSED))
		tell_trouble(&s, r);
	c->is_old |= too_old;
	forget_sent(c);
	if (s.mosquitto)
		s.library->destroy(s.mosquitto);
	return (s.state == UP && now_ms() - s.began >= STEADY_MS) || too_old;
}

static void pause_for(struct mqtt_client *c, int ms)
{
	int64_t until = now_ms() + ms;
	struct pollfd fd = { .fd = c->wake, .events = POLLIN };
	eventfd_t count;

	while (!quits(c) && !moves(c) && now_ms() < until)
		if (poll(&fd, 1, (int)(until - now_ms())) > 0)
			(void)eventfd_read(c->wake, &count); /* only to make it quiet */
}

void *mqtt_thread(void *client)
{
	struct mqtt_client *c = client;
	int pause = FIRST_PAUSE_MS;

	while (!quits(c)) {
		if (connect_once(c))
			pause = FIRST_PAUSE_MS;
		pause_for(c, pause);
		pause = pause * 2 < LAST_PAUSE_MS ? pause * 2 : LAST_PAUSE_MS;
	}
	return NULL;
}
