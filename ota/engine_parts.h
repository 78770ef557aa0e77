/* engine_parts.h: the parts of the engine among themselves.
 *
 * Each job and lock has a live value, which decides, and a durable one, which is what others see.
 * What changed waits in an outbox with its events; one commit per outbox is under way at a time,
 * and a commit always carries the newest live value, so that a retry cannot bring old ones back. */
#pragma once

#include "ota/engine.h"
#include "ota/session.h"
#include "ota/store.h"
#include "ota/zone.h"
#include "server/loop.h"

enum {
	ENGINE_LOCKS_MAX = 1024,
	ENGINE_ADAPTERS_MAX = 16,
	ENGINE_LISTENERS_MAX = 4,
	ENGINE_CANDIDATES_MAX = 128,
	OUTBOX_MAX = 24,
};

struct outbox {
	struct event *events; /* at most OUTBOX_MAX; NULL while there are none */
	size_t n, room;
	bool dirty, committing;
	msec due;      /* of the next commit */
	msec retry_at; /* after a failure */
	msec saved_at;
	unsigned failures;
};

/* Something under way elsewhere (store, library) that may outlive the engine. */
struct pending {
	struct engine *engine; /* NULL: the engine is gone */
	struct pending **back, *next;
};

struct asker { /* waits for the next commit that begins, of a job, a lock or the pause */
	struct asker *next;
	engine_job_done *job_done;
	engine_lock_done *lock_done;
	engine_pause_done *pause_done;
	void *owner;
	enum job_answer answer;
};

struct job_slot {
	struct job_slot *next; /* oldest first */
	struct session session;
	struct job durable;
	bool is_durable;
	struct outbox box;
	struct asker *askers;
	msec told_at; /* progress to the listeners */
};

struct lock_slot {
	struct lock live, durable;
	bool is_durable;
	bool removing;
	bool in_config;
	struct policy from_file; /* holds where its own is open */
	struct outbox box;
	struct asker *askers;
	msec awake_until;
	msec read_at;
	unsigned check_reads; /* READ_* that a check waits for */
};

struct pause_slot {
	bool on, wanted; /* durable; as last asked for */
	struct outbox box;
	struct asker *askers;
};

struct image_slot {
	struct image_slot *next;
	char id[SHA256_TEXT];
	uint8_t *bytes;
	size_t size;
	enum session_image state;
};

struct adapter_slot {
	struct adapter *adapter;
	bool scanning;
	uint32_t transfers; /* at a time; 0: the default */
	struct port_facts port;
	struct stick_hour hour;
};

struct engine {
	struct engine_options options;
	struct lock_slot *locks[ENGINE_LOCKS_MAX]; /* by id */
	size_t n_locks;
	struct job_slot *jobs;
	struct image_slot *images;
	struct adapter_slot adapters[ENGINE_ADAPTERS_MAX];
	size_t n_adapters;
	struct job *aborting; /* cancelled jobs whose ABORT still stands, at start-up */
	size_t n_aborting;
	struct outbox box; /* events that belong to no row */
	struct {
		const struct engine_listener *to;
		void *owner;
	} listeners[ENGINE_LISTENERS_MAX];
	size_t n_listeners;
	struct pending *pending;
	struct loop_timer *timer;
	int64_t clock_offset;   /* of the wall's clock to the loop's, as last seen */
	struct err store_error; /* of the last failed commit; code OK: all is well */
	struct zones *zones;
	struct host_facts host;
	struct pause_slot pause;
	msec policy_due;
	bool started, stopping;
	size_t adapters_left;
	msec stop_by;
	void (*stopped)(void *owner);
	void *stop_owner;
};

/* engine.c */
void engine_pump(struct engine *engine); /* last in every entry: commits, slots, timer */
void pending_begin(struct pending *p, struct engine *engine);
struct pending *pending_new(struct engine *engine, size_t size);
/* Takes it off the list; NULL when the engine is gone. The caller frees p. */
struct engine *pending_end(struct pending *p);
struct adapter_slot *engine_adapter_slot(struct engine *engine, const char *id);
bool engine_clock_is_plausible(const struct engine *engine);

/* engine_offer.c */
/* What the library and the indexes have for a product: those of the library first, each file once.
 */
size_t engine_candidates(const struct engine *engine, uint16_t manufacturer_code,
	uint16_t image_type, struct candidate out[ENGINE_CANDIDATES_MAX]);
/* What the lock would get when nobody names a version; equal: the one it runs will do as well. */
void engine_choose(
	const struct engine *engine, const struct lock *lock, bool equal, struct offer *out);
/* One image as a candidate; NULL gives an empty one. */
struct candidate engine_candidate(const struct engine *engine, const struct image *image);

/* engine_clock.c */
void engine_clock_begin(struct engine *engine); /* times in the future become now */
void engine_clock_look(struct engine *engine);  /* first in whatever reckons with times */

/* engine_outbox.c */
void outbox_mark(struct outbox *box, msec due);
void outbox_add(struct outbox *box, const struct event *event, msec now);
void outbox_drop(struct outbox *box, size_t n); /* its oldest n events */
void ask_job(struct job_slot *slot, engine_job_done *done, void *owner, enum job_answer answer);
void ask_lock(struct lock_slot *slot, engine_lock_done *done, void *owner);
void ask_pause(struct pause_slot *slot, engine_pause_done *done, void *owner);
/* Answers all and frees them. */
void askers_answer(
	struct asker **list, const struct err *e, const struct job *job, const struct lock *lock);
void askers_free(struct asker *askers);

/* engine_commit.c */
void commit_due(struct engine *engine);
msec commit_next(const struct engine *engine); /* 0: nothing to save */
bool commit_is_idle(const struct engine *engine);

/* engine_events.c */
extern const struct adapter_events engine_adapter_events;
struct event engine_event(
	const struct engine *engine, enum event_kind kind, const char *code, const char *text);
void engine_tell(struct engine *engine, const struct event *events, size_t n);
void engine_tell_progress(struct engine *engine, struct job_slot *slot);

/* engine_locks.c */
struct lock_slot *engine_lock_slot(const struct engine *engine, const char *id);
struct lock_slot *engine_lock_by_address(
	const struct engine *engine, const char *adapter, const char *address);
struct lock_slot *engine_lock_add(struct engine *engine, const struct lock *lock);
void engine_lock_drop(struct engine *engine, struct lock_slot *slot);
/* Back to what is on disk, also at the adapter. */
void engine_lock_undo(struct engine *engine, struct lock_slot *slot);
/* With an event: "added", "changed", "removed", "version". */
void engine_lock_save(struct engine *engine, struct lock_slot *slot, const char *code);
void engine_lock_unlearn(struct lock *lock); /* another device has taken its place */
void engine_lock_know(struct engine *engine, const struct lock *lock); /* tells its adapter */
void engine_lock_forget(struct engine *engine, const struct lock *lock);
void engine_lock_check(struct engine *engine, struct lock_slot *slot);

/* engine_vendor.c */
bool engine_is_vendor(const struct engine *engine, const struct lock *lock);
/* Completes a job for a vendor's lock; 422 reasons. */
MUST_USE enum err_code engine_vendor_job(const struct engine *engine,
	const struct job_request *request, const struct lock *lock, struct job *job, struct err *e);
/* A job of all components is on disk; is over; was before this process. */
void engine_follow_begin(struct engine *engine, const struct job *job);
void engine_follow(struct engine *engine, const struct job *job);
void engine_follow_restart(struct engine *engine);

/* engine_policy.c */
void engine_policy_begin(struct engine *engine);
/* What the policies start by themselves, once a minute. */
void engine_policy_tick(struct engine *engine);
/* An automatic job is over or was cancelled. */
void engine_policy_learn(struct engine *engine, struct lock_slot *lock, const struct job *job);

/* engine_queue.c */
/* May this job transfer now? Higher priority first, then the older; one per parent. */
bool queue_slot_is_free(
	struct engine *engine, const struct job_slot *slot, const struct lock *lock);
/* The lock whose transfer occupies the parent of this one; NULL: none. */
const char *queue_parent_busy(const struct engine *engine, const struct lock *lock);

/* engine_create.c: a job that is complete, made durable and started. */
void engine_job_insert(struct engine *engine, struct lock_slot *lock, const struct job *job,
	engine_job_done *done, void *owner);

/* lock_facts.c */
/* Heard again: how long it usually keeps silent. */
void lock_heard(struct lock *lock, int64_t wall);
/* Takes over what is known anew; true when the version became another one. */
bool lock_learn(struct lock *lock, const struct lock_facts *facts, int64_t wall);
/* The same of a vendor's lock: its components, the main one first. */
bool lock_learn_components(struct lock *lock, const struct lock_seen *seen, int64_t wall);

/* engine_jobs.c */
struct job_slot *engine_job_slot(const struct engine *engine, int64_t id);
struct job_slot *engine_job_of_lock(const struct engine *engine, const char *lock);
struct job_slot *engine_job_add(struct engine *engine, const struct job *job);
void engine_job_drop(struct engine *engine, struct job_slot *slot);
/* In the next turn: answers never come from inside the question. job NULL: the error. */
void engine_answer_job(struct engine *engine, const struct err *e, const struct job *job,
	engine_job_done *done, void *owner);

/* runner.c */
void runner_step(struct engine *engine, struct job_slot *slot, const struct session_input *input);
enum err_code runner_cancel(struct engine *engine, struct job_slot *slot, struct err *e);
/* Another device has the place of the lock now: its job cannot be proven any more. */
void runner_replaced(struct engine *engine, struct job_slot *slot);
void runner_changed(struct engine *engine, const char *adapter); /* NULL: all */
void runner_tick(struct engine *engine);
void runner_fill_slots(struct engine *engine);
msec runner_next(const struct engine *engine);
void runner_check(struct engine *engine, const struct lock_slot *lock, const struct job *job,
	const struct image *image, struct check *out);

/* engine_images.c */
struct image_slot *engine_image_slot(const struct engine *engine, const char *id);
void engine_image_load(struct engine *engine, const char *id);
void engine_images_drop(struct engine *engine); /* those that no job needs */
