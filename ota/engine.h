/* engine.h: the locks and jobs of this service, and what is done about them. The only door of api/
 * into the domain. Views show what is durable; progress is volatile. All calls belong to the loop.
 */
#pragma once

#include "ota/check.h"
#include "ota/event.h"
#include "ota/job.h"
#include "ota/lock.h"
#include "ota/offer.h"
#include "server/base/err.h"
#include "server/base/msec.h"

struct catalog;
struct engine;
struct library;
struct loop;
struct retractions;
struct store;
struct store_contents;

struct engine_options {
	struct loop *loop;
	struct store *store;
	struct library *library;
	const struct catalog *catalog;         /* what indexes offer; NULL: none */
	const struct retractions *retractions; /* what was withdrawn; NULL: only what we know */
	/* Brings an entry of the catalog into the library: done(), in the loop and not from inside,
	 * with the image or the error. NULL: cannot. */
	void (*fetch)(void *owner, const struct index_entry *entry,
		void (*done)(void *arg, const struct err *e, const struct image *image), void *arg);
	void *fetch_owner;
	uint32_t give_up_after_s;       /* of waiting; 604800 */
	uint32_t upgrade_delay_s;       /* 5 */
	uint32_t transfers_per_adapter; /* 2 */
	struct policy defaults;         /* what locks leave open */
	const uint8_t *wifi_channels;   /* in use nearby, 0 ends; borrowed; NULL: not known */
	const char *zoneinfo;           /* NULL: the system's */
};

/* Takes over locks and active jobs; nothing runs before engine_start(). */
struct engine *engine_new(
	const struct engine_options *options, const struct store_contents *contents);
void engine_add_adapter(struct engine *engine, struct adapter *adapter); /* takes it */
/* How many locks may load through it at a time; 0: transfers_per_adapter. */
void engine_adapter_transfers(struct engine *engine, const char *adapter, uint32_t n);
uint32_t engine_transfers(const struct engine *engine, const char *adapter);
/* Where the stick of this adapter is plugged in. */
void engine_adapter_port(struct engine *engine, const char *adapter, const struct port_facts *port);
/* A lock of the config file: created, or its name, adapter and address brought up to date. */
MUST_USE enum err_code engine_config_lock(struct engine *engine, const char *id, const char *name,
	const char *adapter, const char *address, struct err *e);
/* Its policy in the file: holds where what was set through the API leaves it open. */
void engine_config_policy(struct engine *engine, const char *id, const struct policy *policy);
/* A lock that the stick's owner knows (an import, before engine_start()): created when it is new;
 * facts fill only what is unknown. name "": its address. */
void engine_learn_lock(struct engine *engine, const char *adapter, const char *address,
	const char *name, const struct lock_facts *facts);
/* Orders of unfinished jobs are placed first, then the adapters start. */
void engine_start(struct engine *engine);
/* Saves, gives the sticks back, then done(). <= 5 s. */
void engine_stop(struct engine *engine, void (*done)(void *owner), void *owner);
void engine_free(struct engine *engine); /* and the adapters; before store and library */

/* --- what there is --- */
size_t engine_lock_count(const struct engine *engine);
const struct lock *engine_lock_at(const struct engine *engine, size_t i); /* by id */
const struct lock *engine_lock(const struct engine *engine, const char *id);
size_t engine_adapter_count(const struct engine *engine);
struct adapter *engine_adapter_at(const struct engine *engine, size_t i);
struct adapter *engine_adapter(const struct engine *engine, const char *id);
bool engine_is_scanning(const struct engine *engine, const char *adapter);

struct progress {         /* volatile */
	bool in_progress; /* DECISIONS "Fields": false after 10 min of a wait without contact */
	double percent;   /* -1: none */
	double rate;      /* bytes/s over the last minute; -1 unknown */
	int64_t eta;      /* Unix ms; 0 unknown */
	uint64_t bytes_done;
	uint32_t block_size, repeats;
	int64_t next_at;  /* Unix ms: a wait will go on by itself then; 0 unknown */
	int64_t deadline; /* Unix ms: without what it waits for it is given up then; 0 never */
};
/* The active job of a lock as it is on disk; NULL: none. */
const struct job *engine_active_job(const struct engine *engine, const char *lock);
size_t engine_active_count(const struct engine *engine);
const struct job *engine_active_at(const struct engine *engine, size_t i);
const struct job *engine_active_by_id(const struct engine *engine, int64_t id);
void engine_progress(const struct engine *engine, int64_t id, struct progress *out);

/* --- policy --- */
void engine_policy(const struct engine *engine, const struct lock *lock, struct policy *out);
const struct policy *engine_policy_defaults(const struct engine *engine);
/* Of the lock's window; false: it has none, or its time zone is not known here. */
bool engine_window(const struct engine *engine, const struct lock *lock, struct window_state *out);
bool engine_is_paused(const struct engine *engine);
/* While paused no transfer starts and no lock is told to install; what is loading goes on. It holds
 * from when it is on disk: then done() comes, in the loop. */
typedef void engine_pause_done(void *owner, const struct err *e);
void engine_pause(struct engine *engine, bool pause, engine_pause_done *done, void *owner);
/* What the machine has left; sampled now and then by whoever runs the engine. */
void engine_host(struct engine *engine, const struct host_facts *facts);
const struct host_facts *engine_host_facts(const struct engine *engine);

/* The newest image this lock may be offered, and why others are not. */
void engine_offer(const struct engine *engine, const struct lock *lock, struct offer *out);

/* --- what can be asked of it; done() comes in the loop, after it is durable --- */
struct job_request {
	const char *lock;
	const char *image; /* id; NULL: the best offer, which is fetched when it is not here */
	bool has_version;  /* only with image NULL: that version from the library */
	uint32_t version;
	/* Of a vendor's lock: the version as the vendor writes it (elsewhere, what could not be
	 * read as a file version); NULL: what is offered. */
	const char *version_text;
	const char *component; /* NULL: all that are offered, one after another */
	bool all_components;   /* with component: and then those after it */
	int64_t continues;     /* the job of the component before */
	const char *force[JOB_FORCE_MAX];
	size_t n_force;
	bool reinstall, allow_downgrade;
	int64_t not_before;
	const char *requested_by;
	const char *idempotency_key, *request_digest; /* NULL: none */
	int64_t retry_of;
	int8_t priority; /* 0: the lock's own */
	bool automatic;  /* by the policy */
};
enum job_answer { JOB_CREATED, JOB_EXISTING };
/* job valid during the call; NULL on error: not_found, lock_busy (text names the job), no_image,
 * unknown_finding, not_forcible, idempotency_mismatch, disk errors, why it cannot be fetched. A
 * request for the target of the active job may force more findings: that is how a job that waits
 * for `user` is answered. */
typedef void engine_job_done(
	void *owner, const struct err *e, const struct job *job, enum job_answer answer);
void engine_create_job(struct engine *engine, const struct job_request *request,
	engine_job_done *done, void *owner);
/* too_late after the Upgrade End Response; already_over; not_found. */
void engine_cancel_job(struct engine *engine, int64_t id, engine_job_done *done, void *owner);
/* An active one only while it waits to hear whether its vendor may be asked once more. */
void engine_retry_job(struct engine *engine, int64_t id, const char *requested_by,
	engine_job_done *done, void *owner);
/* Verify again: a new job that only asks the lock which version it runs; attested: it does not even
 * ask, somebody says so (NULL: nobody). For an active job: not_over, but attesting ends one that is
 * guided. */
void engine_verify_job(struct engine *engine, int64_t id, const char *attested,
	const char *requested_by, engine_job_done *done, void *owner);
/* A message of the vendor to us; false: it is not from the vendor. */
bool engine_hook(struct engine *engine, const char *adapter, const struct vendor_hook *hook);
/* "The lock is awake now": a few notifies at once for its waiting job. Of a guided job: "I started
 * it". */
MUST_USE enum err_code engine_wake_now(struct engine *engine, const char *lock, struct err *e);

MUST_USE enum err_code engine_check(
	struct engine *engine, const char *lock, struct check *out, struct err *e);

enum policy_part { /* of a struct policy; min_battery_percent has a member of its own */
	POLICY_AUTO_UPDATE = 1 << 0,
	POLICY_WINDOW = 1 << 1, /* set, from and to */
	POLICY_DAYS = 1 << 2,
	POLICY_ZONE = 1 << 3,
	POLICY_VOLTAGE = 1 << 4,
	POLICY_LQI = 1 << 5,
	POLICY_ATTEMPTS = 1 << 6,
	POLICY_PINNED = 1 << 7,
	POLICY_SKIPPED = 1 << 8,
	POLICY_PRIORITY = 1 << 9,
};

struct lock_patch { /* NULL or -1: unchanged */
	const char *name, *adapter, *address;
	int min_battery_percent; /* 0 = default */
	unsigned policy_parts;   /* POLICY_*: what of policy counts; its zeros are the defaults */
	struct policy policy;
	bool dismiss_problem;
};
typedef void engine_lock_done(void *owner, const struct err *e, const struct lock *lock);
/* PUT: creates (adapter and address needed) or changes; PATCH: only changes. managed_by_config for
 * name, adapter or address of a lock of the config file. */
void engine_put_lock(struct engine *engine, const char *id, const struct lock_patch *patch,
	bool create, engine_lock_done *done, void *owner);
/* lock_busy while it has an active job. */
void engine_remove_lock(struct engine *engine, const char *id, engine_lock_done *done, void *owner);
MUST_USE enum err_code engine_scan(struct engine *engine, const char *adapter, struct err *e);
MUST_USE enum err_code engine_restart_adapter(
	struct engine *engine, const char *adapter, struct err *e);
/* Can what changes be saved? When not (disk full), what runs goes on and is saved later. */
bool engine_store_is_well(const struct engine *engine, struct err *why);
/* Why this image was withdrawn; NULL: it was not. */
const char *engine_retracted(const struct engine *engine, const struct image *image);
/* What is known of firmware changed: jobs look again. */
void engine_firmware_changed(struct engine *engine);
/* Is the image needed by an active job? */
bool engine_uses_image(const struct engine *engine, const char *image);

/* --- what happens --- */
struct engine_listener {
	void (*event)(void *owner, const struct event *event); /* durable, in order */
	void (*progress)(void *owner, const struct job *job);  /* volatile, at most 1/s per job */
};
void engine_listen(struct engine *engine, const struct engine_listener *listener, void *owner);
/* Facts that did not come from the engine itself (an image added by upload). */
void engine_publish(struct engine *engine, const struct event *events, size_t n);
