#include "api/ha_discovery.h"
#include "server/base/text.h"

#include <stdio.h>
#include <string.h>

const char ha_birth_topic[] = "homeassistant/status";

static const char *const words[] = {
	[HA_UPDATE] = "update", [HA_JOB] = "job", [HA_EVENT] = "event", [HA_COMMAND] = "command"
};

void ha_lock_topic(char out[HA_TOPIC_SIZE], const struct ha_names *names, const char *lock,
	enum ha_topic which)
{
	(void)snprintf(out, HA_TOPIC_SIZE, "%s/locks/%s/%s", names->base, lock, words[which]);
}

void ha_any_lock_topic(char out[HA_TOPIC_SIZE], const struct ha_names *names, enum ha_topic which)
{
	ha_lock_topic(out, names, "+", which);
}

/* Home Assistant allows letters, digits, _ and - in the name of a device's topic. */
static void config_topic(
	char out[HA_TOPIC_SIZE], const struct ha_names *names, const char *kind, const char *id)
{
	size_t start;

	(void)snprintf(out, HA_TOPIC_SIZE, "%s/device/", names->prefix);
	start = strlen(out);
	(void)snprintf(out + start, HA_TOPIC_SIZE - start, "%s%s%s", names->base, kind, id);
	for (char *p = out + start; *p; p++)
		if (*p == '/')
			*p = '_';
	start = strlen(out);
	(void)snprintf(out + start, HA_TOPIC_SIZE - start, "/config");
}

void ha_lock_config_topic(char out[HA_TOPIC_SIZE], const struct ha_names *names, const char *lock)
{
	config_topic(out, names, "_lock_", lock);
}

void ha_service_config_topic(char out[HA_TOPIC_SIZE], const struct ha_names *names)
{
	config_topic(out, names, "_service", "");
}

void ha_service_topic(char out[HA_TOPIC_SIZE], const struct ha_names *names)
{
	(void)snprintf(out, HA_TOPIC_SIZE, "%s/service", names->base);
}

void ha_status_topic(char out[HA_TOPIC_SIZE], const struct ha_names *names)
{
	(void)snprintf(out, HA_TOPIC_SIZE, "%s/status", names->base);
}

bool ha_parse_topic(char lock[LOCK_ID_SIZE], enum ha_topic *which, const struct ha_names *names,
	const char *topic)
{
	char start[HA_TOPIC_SIZE];
	const char *slash;
	size_t n = (size_t)snprintf(start, sizeof start, "%s/locks/", names->base);

	if (strncmp(topic, start, n) != 0)
		return false;
	topic += n;
	slash = strchr(topic, '/');
	if (!slash || slash - topic >= LOCK_ID_SIZE)
		return false;
	(void)snprintf(lock, LOCK_ID_SIZE, "%.*s", (int)(slash - topic), topic);
	for (int i = 0; i < HA_LOCK_TOPICS; i++)
		if (!strcmp(slash + 1, words[i])) {
			*which = (enum ha_topic)i;
			return text_is_slug(lock);
		}
	return false;
}
