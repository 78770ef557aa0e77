#include "api/context.h"
#include "api/mqtt_parts.h"
#include "api/view.h"
#include "server/base/alloc.h"
#include "server/base/log.h"
#include "server/base/text.h"

#include <stdlib.h>
#include <string.h>

struct front_lock *front_lock(struct mqtt_front *front, const char *id, bool create)
{
	struct front_lock *lock;

	for (size_t i = 0; i < front->n_locks; i++)
		if (!strcmp(front->locks[i]->id, id))
			return front->locks[i];
	if (!create || front->n_locks == FRONT_LOCKS_MAX)
		return NULL;
	lock = xcalloc(1, sizeof *lock);
	(void)text_copy(lock->id, sizeof lock->id, id);
	front->locks[front->n_locks++] = lock;
	return lock;
}

static void drop(struct mqtt_front *front, size_t i)
{
	free(front->locks[i]);
	front->locks[i] = front->locks[--front->n_locks];
}

static void wake_pump(struct mqtt_front *front)
{
	loop_timer_set(front->pump, loop_now(front->api->options.loop));
}

void front_look(struct mqtt_front *front, struct front_lock *lock)
{
	lock->look = true;
	wake_pump(front);
}

void front_all_again(struct mqtt_front *front)
{
	const struct engine *engine = front->api->options.engine;

	for (size_t i = 0; i < engine_lock_count(engine); i++)
		(void)front_lock(front, engine_lock_at(engine, i)->id, true);
	for (size_t i = 0; i < front->n_locks; i++) {
		struct front_lock *lock = front->locks[i];

		lock->look = true;
		for (int k = 0; k < FRONT_TEXTS; k++)
			lock->again[k] = true;
	}
	front->service_look = front->service_again[0] = front->service_again[1] = true;
	wake_pump(front);
}

/* FNV-1a: only to see whether a text became another one. Never 0. */
static uint64_t digest(const char *text)
{
	uint64_t h = 0xcbf29ce484222325U;

	for (; *text; text++)
		h = (h ^ (uint8_t)*text) * 0x100000001b3U;
	return h ? h : 1;
}

static bool publish(struct mqtt_front *front, const char *topic, const char *text, bool retain)
{
	const struct mqtt_message message = { topic, { (const uint8_t *)text, strlen(text) },
		retain };

	if (message.payload.size > MQTT_PAYLOAD_MAX) {
		log_warn("mqtt topic=%s is too large to be told", topic);
		return true;
	}
	return mqtt_client_publish(front->client, &message);
}

struct telling { /* one retained text: tell it when it is news */
	const char *topic;
	json_t *json; /* taken */
	bool nothing; /* an empty text, which takes away what was there */
	uint64_t *told;
	bool *again;
};

/* False: no room, it stays to be told. */
static bool tell(struct mqtt_front *front, const struct telling *t)
{
	char *text = t->nothing ? xstrdup("") : t->json ? reply_dump(t->json) : NULL;
	bool ok = true;

	json_decref(t->json);
	if (!text)
		return true; /* no memory: the next round may have some */
	if (*t->again || *t->told != digest(text))
		ok = publish(front, t->topic, text, true);
	if (ok) {
		*t->told = digest(text);
		*t->again = false;
	}
	free(text);
	return ok;
}

static json_t *text_of(struct mqtt_front *front, const struct front_lock *slot,
	enum front_text which, const json_t *lock)
{
	switch (which) {
	case FRONT_CONFIG:
		return ha_lock_config(&front->names, lock);
	case FRONT_UPDATE:
		return ha_update_state(lock);
	case FRONT_JOB:
		return ha_job_state(lock, &slot->refused);
	case FRONT_TEXTS:
		break;
	}
	return NULL;
}

static void topic_of(char out[HA_TOPIC_SIZE], const struct mqtt_front *front, const char *lock,
	enum front_text which)
{
	if (which == FRONT_CONFIG)
		ha_lock_config_topic(out, &front->names, lock);
	else
		ha_lock_topic(out, &front->names, lock, which == FRONT_UPDATE ? HA_UPDATE : HA_JOB);
}

static bool tell_lock(struct mqtt_front *front, struct front_lock *slot, const struct lock *lock)
{
	json_t *json = view_lock(front->api, lock);
	bool ok = true;

	for (int i = 0; ok && i < FRONT_TEXTS; i++) {
		char topic[HA_TOPIC_SIZE];
		const bool gone = i == FRONT_CONFIG && front->hidden;
		const struct telling t = { topic,
			gone ? NULL : text_of(front, slot, (enum front_text)i, json), gone,
			&slot->told[i], &slot->again[i] };

		topic_of(topic, front, slot->id, (enum front_text)i);
		ok = tell(front, &t);
	}
	json_decref(json);
	slot->look = !ok;
	return ok;
}

/* An empty retained message takes away what was there; the device's first. */
static bool tell_gone(struct mqtt_front *front, struct front_lock *slot)
{
	for (int i = 0; i < FRONT_TEXTS; i++) {
		char topic[HA_TOPIC_SIZE];

		topic_of(topic, front, slot->id, (enum front_text)i);
		if (!publish(front, topic, "", true))
			return false;
	}
	return true;
}

static bool tell_service(struct mqtt_front *front)
{
	const struct engine *engine = front->api->options.engine;
	char config[HA_TOPIC_SIZE], state[HA_TOPIC_SIZE];
	json_t *adapters = view_adapters(front->api);
	struct ha_service service = { engine_active_count(engine), adapters, { .code = OK } };
	bool ok;

	if (engine_store_is_well(engine, &service.trouble))
		service.trouble.code = OK;
	ha_service_config_topic(config, &front->names);
	ha_service_topic(state, &front->names);
	ok = tell(front, &(struct telling){ config, ha_service_config(&front->names, adapters),
				 false, &front->service_told[0], &front->service_again[0] }) &&
	     tell(front, &(struct telling){ state, ha_service_state(&service), false,
				 &front->service_told[1], &front->service_again[1] });
	json_decref(adapters);
	front->service_look = !ok;
	return ok;
}

static bool tell_status(struct mqtt_front *front)
{
	char topic[HA_TOPIC_SIZE];

	ha_status_topic(topic, &front->names);
	front->status_due = !publish(front, topic, "online", true);
	return !front->status_due;
}

static bool tell_result(struct mqtt_front *front)
{
	char topic[HA_TOPIC_SIZE];

	ha_lock_topic(topic, &front->names, front->results[0].lock, HA_EVENT);
	if (!publish(front, topic, front->results[0].text, false))
		return false;
	free(front->results[0].text);
	memmove(front->results, front->results + 1, --front->n_results * sizeof *front->results);
	return true;
}

void front_add_result(struct mqtt_front *front, const char *lock, json_t *result)
{
	char *text = result ? reply_dump(result) : NULL;

	json_decref(result);
	if (!text)
		return;
	if (front->n_results == FRONT_RESULTS_MAX) {
		log_warn("mqtt lock=%s a result was not told: the broker is away for too long",
			front->results[0].lock);
		free(front->results[0].text);
		memmove(front->results, front->results + 1,
			--front->n_results * sizeof *front->results);
	}
	(void)text_copy(front->results[front->n_results].lock, LOCK_ID_SIZE, lock);
	front->results[front->n_results++].text = text;
	wake_pump(front);
}

static bool tell_next_lock(struct mqtt_front *front, bool *any)
{
	for (size_t i = 0; i < front->n_locks; i++) {
		struct front_lock *slot = front->locks[i];
		const struct lock *lock;

		if (!slot->look)
			continue;
		*any = true;
		lock = engine_lock(front->api->options.engine, slot->id);
		if (lock)
			return tell_lock(front, slot, lock);
		if (!tell_gone(front, slot))
			return false;
		drop(front, i);
		return true;
	}
	return true;
}

/* One thing per turn of the loop: a lock's block must not wait for many views to be made. */
void front_tell_some(struct mqtt_front *front)
{
	bool ok = true, any = true;

	if (!front->connected)
		return;
	if (front->status_due)
		ok = tell_status(front);
	else if (front->service_look)
		ok = tell_service(front);
	else {
		any = false;
		ok = tell_next_lock(front, &any);
		/* After the states: who hears of a result may look at them. */
		if (ok && !any && front->n_results) {
			any = true;
			ok = tell_result(front);
		}
	}
	if (ok && any)
		wake_pump(front); /* without room: at drained() */
}
