/* mqtt_parts.h: the parts of the MQTT front among themselves: mqtt.c keeps the connection and
 * listens, mqtt_tell.c says what is news, mqtt_ask.c does what is asked. */
#pragma once

#include "api/ha_discovery.h"
#include "api/mqtt.h"
#include "ota/engine.h"
#include "server/loop.h"
#include "server/mqtt_client.h"

enum {
	FRONT_LOCKS_MAX = 1280, /* all that the engine may have, and some that are gone */
	FRONT_RESULTS_MAX = 32,
	FRONT_TICK = 1000,          /* ms */
	FRONT_ROUND = 30,           /* ticks in which each quiet lock is looked at once */
	FRONT_REPEAT = 30000,       /* ms; so often the state of a busy lock is told unchanged */
	FRONT_INSIST = 6000,        /* ms after an install: Home Assistant forgets in_progress when
				       its own call returns, which may be after our answer */
	FRONT_COMMANDS_MAX = 8,     /* per lock and window; a button is not pressed faster */
	FRONT_COMMAND_WINDOW = 5000 /* ms */
};

enum front_text { FRONT_CONFIG, FRONT_UPDATE, FRONT_JOB, FRONT_TEXTS };

struct front_lock {
	char id[LOCK_ID_SIZE];
	bool look;                  /* something may be news */
	bool again[FRONT_TEXTS];    /* must be told, news or not */
	uint64_t told[FRONT_TEXTS]; /* digest of what was told last; 0 nothing */
	msec insist_until, repeated_at;
	struct err refused; /* why the last command was not followed; code OK: it was */
	unsigned commands;  /* since */
	msec since;
};

struct front_result { /* an event for Home Assistant's history; told once */
	char lock[LOCK_ID_SIZE];
	char *text;
};

struct mqtt_front {
	struct api *api;
	struct ha_names names;
	struct mqtt_client *client;
	bool connected;
	bool hidden;     /* an integration shows the locks: they have no devices here */
	bool status_due; /* "online" is to be said */
	char trouble[216];
	struct front_lock *locks[FRONT_LOCKS_MAX];
	size_t n_locks, round;
	bool service_look, service_again[2];
	uint64_t service_told[2];
	struct front_result results[FRONT_RESULTS_MAX];
	size_t n_results;
	struct loop_timer *pump, *tick;
	struct front_ask *asks;
	msec complained_at;
};

/* mqtt_tell.c */
void front_tell_some(struct mqtt_front *front); /* a little at a time; see pump */
void front_add_result(struct mqtt_front *front, const char *lock, json_t *result); /* takes it */
void front_all_again(struct mqtt_front *front);
void front_look(struct mqtt_front *front, struct front_lock *lock);
/* NULL: not there, or no room for a new one. */
struct front_lock *front_lock(struct mqtt_front *front, const char *id, bool create);

/* mqtt_ask.c */
void front_command(struct mqtt_front *front, const char *lock, struct span payload);
void front_asks_free(struct mqtt_front *front);
