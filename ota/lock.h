/* lock.h: a lock as a row and as a value (DESIGN.md §1). */
#pragma once

#include "adapters/adapter.h"
#include "ota/policy.h"

#include <stdbool.h>
#include <stdint.h>

enum { LOCK_ID_SIZE = 64, LOCK_NAME_SIZE = 96 };

enum lock_managed { LOCK_BY_CONFIG, LOCK_BY_API, LOCK_BY_SCAN, LOCK_BY_IMPORT };

struct lock_battery {
	int16_t half_percent; /* -1 unknown */
	int16_t decivolt;     /* -1 unknown */
	bool alarm;
	int64_t at; /* 0 never */
};

struct lock {
	char id[LOCK_ID_SIZE];
	char name[LOCK_NAME_SIZE];
	char adapter[64];
	char address[ADDRESS_SIZE]; /* "0x00124b0012345678" or a cloud id */
	enum lock_managed managed;
	struct lock_facts facts; /* last known of each group; facts.known = groups ever learned */
	int64_t version_at, model_at, lock_state_at, network_at, door_at, mode_at;
	struct lock_battery battery;
	int64_t last_heard; /* Unix ms, 0 never */
	int64_t created_at;
	/* Problem of the last job, until the next start or a dismiss. */
	char problem[40]; /* failure code; "" none */
	char problem_text[216];
	struct policy policy; /* its own; what holds is engine_policy() */
	/* What the policy has done so far, per version: it does not try for ever. */
	uint32_t auto_version, told_version; /* of the last automatic job; of the last notice */
	uint8_t auto_jobs;                   /* automatic jobs for auto_version */
	int64_t auto_at;                     /* Unix ms of the last one's start */
	/* Learned from earlier. */
	uint32_t contact_gap_s;    /* usual time between two signs of life; 0 unknown */
	int16_t sag_half_percent;  /* by how much the last transfer drained the battery; -1 */
	int64_t updated_at;        /* Unix ms; until its reports were looked for a day later; 0 */
	int64_t sag_at;            /* Unix ms */
	uint32_t rejected_version; /* verification failed with it; not offered again unasked; 0 none
				    */
	/* Of a vendor's lock (ADAPTER_VENDOR): its parts, the main one first. Its versions are
	 * texts; facts.version says nothing of it. */
	int64_t components_at, online_at; /* Unix ms when they were told; 0 never */
	int64_t follow_up; /* the job after whose success the next component's turn comes; 0 none */
	uint8_t n_components;
	char auto_text[VENDOR_VERSION_SIZE]; /* as auto_version and told_version */
	char told_text[VENDOR_VERSION_SIZE];
	/* What somebody has confirmed, of which component; until a version is read. */
	char attested_text[VENDOR_VERSION_SIZE], attested_part[COMPONENT_ID_SIZE];
	struct lock_component components[COMPONENTS_MAX];
};

/* "waiting_for_wake"; openapi.yaml's enum. */
const char *vendor_state_name(enum vendor_state state);
/* One of its components, id NULL: the main one; NULL: it has no such. */
const struct lock_component *lock_part(const struct lock *lock, const char *id);
/* Which version the vendor offers for it; "" none that is newer, or none known. */
const char *lock_part_offer(const struct lock_component *component);
/* The same less what is skipped. */
const char *lock_part_unskipped(const struct lock *lock, const struct lock_component *component);
/* The first that is to be updated when nobody names one, in the vendor's order; the main one when
 * the vendor does not tell offers (no ADAPTER_OFFERS). NULL: none. */
const struct lock_component *lock_part_wanted(const struct lock *lock, unsigned capabilities);
/* The offer less what the policy of the lock skips, or is not what it is pinned to. */
const char *lock_offer(const struct lock *lock, const struct lock_component *component);
/* Which version it runs, component NULL: nothing is known of any; read, or confirmed by somebody;
 * "" not known. */
const char *lock_installed(const struct lock *lock, const struct lock_component *component);
