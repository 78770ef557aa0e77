#include "api/mqtt.h"

#include "api/context.h"
#include "api/mqtt_parts.h"
#include "server/base/alloc.h"
#include "server/base/log.h"
#include "server/base/text.h"

#include <stdlib.h>
#include <string.h>

/* --- what happens at the broker --- */

static void connected(void *owner)
{
	struct mqtt_front *front = owner;

	log_info("mqtt connected topic=%s", front->names.base);
	front->connected = front->status_due = true;
	front->trouble[0] = '\0';
	front_all_again(front);
}

static void lost(void *owner, const struct err *e)
{
	struct mqtt_front *front = owner;

	front->connected = false;
	if (strcmp(front->trouble, e->text) != 0) /* each attempt fails alike: once is enough */
		log_warn("%s; trying again and again", e->text);
	(void)text_copy(front->trouble, sizeof front->trouble, e->text);
}

static void drained(void *owner)
{
	front_tell_some(owner);
}

static bool says(const struct mqtt_message *message, const char *text)
{
	return message->payload.size == strlen(text) &&
	       memcmp(message->payload.data, text, message->payload.size) == 0;
}

/* A lock that was removed while we or the broker were away left its device behind. */
static void found_state(
	struct mqtt_front *front, const char *id, const struct mqtt_message *message)
{
	struct front_lock *lock;

	if (!message->retain || !message->payload.size || !front->api->ready ||
		engine_lock(front->api->options.engine, id))
		return;
	lock = front_lock(front, id, true);
	if (lock)
		front_look(front, lock);
}

static void message(void *owner, const struct mqtt_message *message)
{
	struct mqtt_front *front = owner;
	char lock[LOCK_ID_SIZE];
	enum ha_topic which;

	if (!strcmp(message->topic, ha_birth_topic)) {
		if (says(message, "online") && !message->retain)
			front_all_again(front);
		return;
	}
	if (!ha_parse_topic(lock, &which, &front->names, message->topic))
		return;
	if (which == HA_UPDATE)
		found_state(front, lock, message);
	/* A retained command is an old one: it would be done again at each connection. */
	if (which == HA_COMMAND && !message->retain)
		front_command(front, lock, message->payload);
}

static const struct mqtt_events broker_events = {
	.connected = connected, .lost = lost, .message = message, .drained = drained
};

/* --- what happens at the engine --- */

static bool is_result(const struct event *event)
{
	enum job_phase phase;

	return event->kind == EVENT_JOB && job_phase_parse(&phase, event->phase) &&
	       job_is_over(phase);
}

static void look_at_all(struct mqtt_front *front)
{
	for (size_t i = 0; i < front->n_locks; i++)
		front_look(front, front->locks[i]);
}

/* Has an integration come or gone? Then so do the devices. */
static void look_who_shows(struct mqtt_front *front)
{
	bool hidden =
		integrations_show(&front->api->integrations, loop_wall(front->api->options.loop));

	if (hidden == front->hidden)
		return;
	front->hidden = hidden;
	look_at_all(front);
}

static void on_event(void *owner, const struct event *event)
{
	struct mqtt_front *front = owner;
	struct front_lock *lock = event->lock[0] ? front_lock(front, event->lock, true) : NULL;

	front->service_look = true;
	if (lock && event->kind == EVENT_JOB)
		lock->refused.code = OK;
	if (lock)
		front_look(front, lock);
	if (is_result(event))
		front_add_result(front, event->lock, ha_result(event));
	if (event->kind == EVENT_IMAGE) /* it may be an offer to anybody */
		look_at_all(front);
	loop_timer_set(front->pump, loop_now(front->api->options.loop));
}

static const struct engine_listener engine_events = { .event = on_event };

/* --- what time brings --- */

static void look_at_busy(struct mqtt_front *front, msec now)
{
	const struct engine *engine = front->api->options.engine;

	for (size_t i = 0; i < engine_active_count(engine); i++) {
		struct front_lock *lock =
			front_lock(front, engine_active_at(engine, i)->lock, true);

		if (!lock)
			continue;
		if (now - lock->repeated_at >= FRONT_REPEAT) {
			lock->repeated_at = now;
			lock->again[FRONT_UPDATE] = true;
		}
		front_look(front, lock);
	}
}

static void look_at_quiet(struct mqtt_front *front, msec now)
{
	size_t n = front->n_locks / FRONT_ROUND + 1;

	for (; n && front->n_locks; n--)
		front_look(front, front->locks[front->round++ % front->n_locks]);
	for (size_t i = 0; i < front->n_locks; i++)
		if (front->locks[i]->insist_until > now) {
			front->locks[i]->again[FRONT_UPDATE] = true;
			front_look(front, front->locks[i]);
		}
}

/* Some things become others without an event: a wait grows old, a percentage grows. */
static void on_tick(void *owner)
{
	struct mqtt_front *front = owner;
	msec now = loop_now(front->api->options.loop);

	look_who_shows(front);
	if (front->connected) {
		look_at_busy(front, now);
		look_at_quiet(front, now);
		front->service_look = true;
	}
	loop_timer_set(front->tick, now + FRONT_TICK);
}

static void on_pump(void *owner)
{
	front_tell_some(owner);
}

/* --- life --- */

static enum err_code start_client(
	struct mqtt_front *front, const struct mqtt_options *broker, struct err *e)
{
	static const char offline[] = "offline";
	struct mqtt_options o = *broker;
	char status[HA_TOPIC_SIZE], commands[HA_TOPIC_SIZE], states[HA_TOPIC_SIZE];
	char id[HA_TOPIC_SIZE];

	ha_status_topic(status, &front->names);
	ha_any_lock_topic(commands, &front->names, HA_COMMAND);
	ha_any_lock_topic(states, &front->names, HA_UPDATE);
	(void)text_copy(id, sizeof id, front->names.base);
	for (char *p = id; *p; p++)
		if (*p == '/')
			*p = '-';
	o.loop = front->api->options.loop;
	o.client_id = id;
	o.will = (struct mqtt_message){ status, { (const uint8_t *)offline, sizeof offline - 1 },
		true };
	o.subscriptions[0] = ha_birth_topic;
	o.subscriptions[1] = commands;
	o.subscriptions[2] = states;
	return mqtt_client_new(&front->client, &o, &broker_events, front, e);
}

enum err_code mqtt_front_new(
	struct mqtt_front **out, const struct mqtt_front_options *options, struct err *e)
{
	struct mqtt_front *front = xcalloc(1, sizeof *front);
	struct loop *loop = options->api->options.loop;
	enum err_code r;

	front->api = options->api;
	front->names = (struct ha_names){ xstrdup(options->base), xstrdup(options->prefix),
		options->api->options.version,
		options->page_url ? xstrdup(options->page_url) : NULL };
	options->api->mqtt = &front->names;
	look_who_shows(front);
	front->pump = loop_timer_new(loop, on_pump, front);
	front->tick = loop_timer_new(loop, on_tick, front);
	r = start_client(front, options->broker, e);
	if (r != OK) {
		mqtt_front_free(front);
		return r;
	}
	loop_timer_set(front->tick, loop_now(loop) + FRONT_TICK);
	engine_listen(options->api->options.engine, &engine_events, front);
	*out = front;
	return OK;
}

void mqtt_front_move(struct mqtt_front *front, const struct mqtt_options *broker)
{
	mqtt_client_move(front->client, broker);
}

static void say_goodbye(struct mqtt_front *front)
{
	static const char offline[] = "offline";
	char status[HA_TOPIC_SIZE];
	const struct mqtt_message last = { status, { (const uint8_t *)offline, sizeof offline - 1 },
		true };

	ha_status_topic(status, &front->names);
	if (front->connected && !mqtt_client_publish(front->client, &last))
		log_warn("mqtt no room to say goodbye");
	mqtt_client_free(front->client);
}

void mqtt_front_free(struct mqtt_front *front)
{
	if (!front)
		return;
	if (front->client)
		say_goodbye(front);
	front->api->mqtt = NULL;
	loop_timer_free(front->pump);
	loop_timer_free(front->tick);
	front_asks_free(front);
	for (size_t i = 0; i < front->n_results; i++)
		free(front->results[i].text);
	for (size_t i = 0; i < front->n_locks; i++)
		free(front->locks[i]);
	free((char *)front->names.base);
	free((char *)front->names.prefix);
	free((char *)front->names.page_url);
	free(front);
}
