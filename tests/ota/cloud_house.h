/* cloud_house.h: an engine on virtual time with a real store, and behind its adapter a vendor's
 * cloud with locks that live on when the engine is killed. */
#pragma once

#include "ota/engine.h"
#include "ota/store.h"
#include "tests/support/loop_virtual.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

enum {
	CLOUD_LOCKS = 3,
	CLOUD_PARTS = 2,
	SECOND = 1000,
	MINUTE = 60 * SECOND,
	HOUR = 60 * MINUTE,
	DRIVES = ADAPTER_VENDOR | ADAPTER_TRIGGERS | ADAPTER_OFFERS | ADAPTER_VERSIONS |
		 ADAPTER_PERCENT,
	CHECK_ONLY = ADAPTER_VENDOR | ADAPTER_OFFERS | ADAPTER_VERSIONS,
	OBSERVES = ADAPTER_VENDOR | ADAPTER_VERSIONS,
	BLIND = ADAPTER_VENDOR,
};

/* What the next update of a part will be like. */
struct cloud_plan {
	msec queue, download, install; /* how long each takes */
	const char *becomes;           /* version after it; NULL: what was offered */
	enum vendor_state ends;        /* VENDOR_SUCCEEDED unless said otherwise */
	bool asleep;                   /* waits until cloud_touch() */
	msec cached;                   /* so long the cloud tells the old version */
	msec lag;                      /* so long it does not show that the update runs */
	enum vendor_step answer;       /* to the trigger; 0: VENDOR_ACCEPTED */
	enum vendor_class class;       /* of a refusal */
	int refusals;                  /* so many triggers are refused; then it is accepted */
	bool lost;                     /* AMBIGUOUS, and nothing was started */
	bool silent;                   /* no report ever comes */
};

struct cloud_part {
	char id[COMPONENT_ID_SIZE];
	char installed[VENDOR_VERSION_SIZE], available[VENDOR_VERSION_SIZE];
	char old[VENDOR_VERSION_SIZE];
	struct cloud_plan plan;
	msec begun; /* 0: nothing runs */
	msec done;
	enum vendor_state rests; /* state when nothing runs */
	bool blocked;
	const char *why;
	uint32_t timeout_s;
	unsigned triggers;
};

struct cloud_lock {
	const char *id, *address;
	bool away, jammed, no_battery;
	bool mute; /* the adapter has not heard of it yet */
	int half_percent;
	struct cloud_part parts[CLOUD_PARTS];
	size_t n_parts;
	bool touched;
};

struct cloud_house {
	struct loop *loop;
	struct store *store;
	struct engine *engine;
	struct cloud *cloud; /* the adapter */
	unsigned capabilities;
	struct cloud_lock locks[CLOUD_LOCKS];
	size_t n_locks;
	enum vendor_class down; /* every look fails with it; VENDOR_OK: none */
	int64_t retry_after_s;
	unsigned looks, triggers, life;
	msec looked_at;
	struct event events[4000];
	size_t n_events;
	/* Killing: after so many commits; 0 never. */
	unsigned commits, kill_at;
	bool lose_it; /* that commit does not reach the disk */
	bool killed;
};
extern struct cloud_house cloud;

void cloud_begin(unsigned capabilities);
struct cloud_lock *cloud_add(const char *id); /* one part "main" 1.0.0 > 2.0.0, all is well */
struct cloud_part *cloud_add_part(struct cloud_lock *lock, const char *id);
void cloud_start(void);
void cloud_kill(void); /* the engine, without a word; commits under way end as they will */
void cloud_end(void);
void cloud_run(msec duration); /* kills and starts the engine where kill_at says so */
void cloud_adapter(enum adapter_state state, const char *reason);
void cloud_touch(struct cloud_lock *lock);
void cloud_poll(void); /* the adapter's own look now and then: facts without a report */

int64_t cloud_ask(const struct job_request *request, struct err *e); /* 0: refused */
int64_t cloud_update(const char *lock);
struct job cloud_job(int64_t id);
struct job cloud_newest(void);                     /* 0 in id: none */
struct job cloud_wait(int64_t id, unsigned hours); /* until it is over */
void cloud_is(int64_t id, enum job_phase phase, enum job_wait wait);
bool cloud_told(int64_t id, const char *code); /* an event of the job */
const char *cloud_course(int64_t id);
