/* ha_discovery.h: how locks and the service appear in Home Assistant over MQTT: topics, discovery
 * messages and states, with exactly the keys and types of its MQTT integration (2024.12 and later;
 * a wrong type makes it drop the whole message). Made from the same JSON that REST shows, so that
 * both always tell the same. Pure. */
#pragma once

#include "ota/event.h"
#include "server/base/err.h"

#include <jansson.h>

enum { HA_TOPIC_SIZE = 240, HA_BASE_MAX = 64 }; /* base, prefix and lock at their longest */

struct ha_names {
	const char *base;     /* of our topics: "lockwright" */
	const char *prefix;   /* of discovery: "homeassistant" */
	const char *version;  /* ours */
	const char *page_url; /* under which people reach the page; NULL: not known */
};

/* Where Home Assistant says "online" when it has started. */
extern const char ha_birth_topic[];

enum ha_topic { HA_UPDATE, HA_JOB, HA_EVENT, HA_COMMAND, HA_LOCK_TOPICS };
void ha_lock_topic(char out[HA_TOPIC_SIZE], const struct ha_names *names, const char *lock,
	enum ha_topic which);
void ha_lock_config_topic(char out[HA_TOPIC_SIZE], const struct ha_names *names, const char *lock);
/* The device's identifier, which its unique ids begin with, too. */
json_t *ha_lock_node(const struct ha_names *names, const char *lock);
void ha_service_config_topic(char out[HA_TOPIC_SIZE], const struct ha_names *names);
void ha_service_topic(char out[HA_TOPIC_SIZE], const struct ha_names *names);
void ha_status_topic(char out[HA_TOPIC_SIZE], const struct ha_names *names); /* online, offline */
/* For subscribing: the topic of all locks. */
void ha_any_lock_topic(char out[HA_TOPIC_SIZE], const struct ha_names *names, enum ha_topic which);
/* Which lock's and which topic is it? False: none of ours. */
bool ha_parse_topic(char lock[LOCK_ID_SIZE], enum ha_topic *which, const struct ha_names *names,
	const char *topic);

/* lock: what codec_lock() makes. refused: why the last command was not followed, code OK: it was.
 */
json_t *ha_lock_config(const struct ha_names *names, const json_t *lock);
json_t *ha_update_state(const json_t *lock);
json_t *ha_job_state(const json_t *lock, const struct err *refused);
/* What the event entity tells. event: of a job that is over. */
json_t *ha_result(const struct event *event);
json_t *ha_refusal(const struct err *refused, int64_t at);

/* adapters: a list of what codec_adapter() makes. */
json_t *ha_service_config(const struct ha_names *names, const json_t *adapters);
struct ha_service {
	size_t active;
	const json_t *adapters;
	struct err trouble; /* of the store; code OK: none */
};
json_t *ha_service_state(const struct ha_service *service);
