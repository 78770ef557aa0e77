/* store.h: locks, images, jobs, events, tokens, settings on disk. All SQL is in store_*.c, all of
 * it runs on the db thread; callers get their answer in the loop, after the commit.
 *
 * At most one active job per lock is the schema's law (a unique partial index), not the code's. */
#pragma once

#include "adapters/adapter_store.h"
#include "ota/event.h"
#include "server/base/err.h"

#include <stdbool.h>
#include <stddef.h>

struct loop;
struct store;

/* Refuses, without touching the file: "already_running", "database_newer", "database_damaged". */
MUST_USE enum err_code store_open(
	struct store **out, const char *path, struct loop *loop, struct err *e);
void store_close(struct store *store); /* finishes what is queued */

/* Start-up, before the loop runs: everything that lives in memory. Arrays are the caller's
 * (free()). */
struct store_contents {
	struct lock *locks;
	size_t n_locks;
	struct image *images;
	size_t n_images;
	struct job *jobs; /* active ones, and cancelled ones with abort_until > wall */
	size_t n_jobs;
	int64_t last_event;
	bool paused; /* all updates */
};
MUST_USE enum err_code store_load(
	struct store *store, int64_t wall, struct store_contents *out, struct err *e);
void store_contents_done(struct store_contents *contents);

/* One atomic change; unset pointers mean "nothing of that". The store copies all of it before it
 * returns. done() gets the error, the job's id (given to a new one, job->id == 0) and the events
 * with their seq; all valid during the call. */
enum { CHANGE_EVENTS_MAX = 4 };
struct store_change {
	const struct job *job;   /* id 0: insert; else update of that row */
	const struct lock *lock; /* insert or update */
	const char *remove_lock;
	const struct image *image; /* insert or update */
	const char *remove_image;
	const bool *paused;                     /* all updates */
	struct event events[CHANGE_EVENTS_MAX]; /* job 0 in an event of a new job: filled in */
	size_t n_events;
};
/* e is never NULL; e->code is OK when all of it is on disk. Conflicts that change nothing:
 * "lock_busy"             the lock has an active job; the text names it
 * "idempotency_mismatch"  the job's key was used with another request_digest
 * "idempotency_repeated"  the same with the same digest: two equal requests at a time
 * "job_moved"             the stored phase cannot go to the new one (job_may_go()); a final job
 *                         stays final. The same phase is fine.
 * job_id is the job's, or with the first three that of the job in the way; 0 none. */
typedef void store_done(void *owner, const struct err *e, int64_t job_id,
	const struct event *events, size_t n_events);
void store_commit(
	struct store *store, const struct store_change *change, store_done *done, void *owner);

/* Queries of what does not live in memory. Answers are valid during done(). */
struct job_filter {
	const char *lock;  /* NULL: all */
	const char *phase; /* a phase name, "active", "final" (another matches none); NULL: all */
	int64_t before;    /* id < before; 0: from the newest */
	const char *idempotency_key; /* NULL: any */
	size_t limit;                /* 1..200 */
};
typedef void store_jobs_done(
	void *owner, const struct err *e, const struct job *jobs, size_t n, bool more);
void store_jobs(
	struct store *store, const struct job_filter *filter, store_jobs_done *done, void *owner);
/* One job, n = 0 when there is none. */
void store_job(struct store *store, int64_t id, store_jobs_done *done, void *owner);

struct event_filter {
	int64_t after;    /* seq > after */
	int64_t job;      /* 0: all */
	const char *lock; /* NULL: all */
	size_t limit;     /* 1..1000 */
};
typedef void store_events_done(void *owner, const struct err *e, const struct event *events,
	size_t n, bool more, int64_t oldest /* from which on none was deleted; 0 none is left */);
void store_events(struct store *store, const struct event_filter *filter, store_events_done *done,
	void *owner);

/* How much of the past is kept. */
struct retention {
	int64_t now;      /* Unix ms */
	int64_t before;   /* Unix ms: events and final jobs older than this go */
	int64_t max_size; /* bytes; while the database uses more, the oldest go, too; 0: any */
};
/* Deletes what is out of bounds, the oldest first and a bounded number per call (512 events, 64
 * jobs), so that no commit waits long for it. Events of active jobs stay. Their numbers are not
 * given again. more: there is more to delete, call again soon; call every few minutes anyway. */
typedef void store_pruned(void *owner, const struct err *e, bool more);
void store_prune(
	struct store *store, const struct retention *retention, store_pruned *done, void *owner);

/* Tokens: only the SHA-256 of a token is kept. */
struct token {
	char name[64]; /* unique */
	char digest[SHA256_TEXT];
	int scope; /* api/auth.h */
	int64_t created_at, used_at;
};
typedef void store_simple_done(void *owner, const struct err *e);
MUST_USE enum err_code store_tokens_load(
	struct store *store, struct token **out, size_t *n, struct err *e); /* start-up; free() */
void store_token_put(
	struct store *store, const struct token *token, store_simple_done *done, void *owner);
void store_token_remove(
	struct store *store, const char *name, store_simple_done *done, void *owner);

/* From done() on the database file stays as it is (db.h, db_hold()) until the same with false. */
void store_hold(struct store *store, bool hold, store_simple_done *done, void *owner);

/* A named corner of the key-value table for one adapter; loaded at once, lives as long as the
 * store; ask once per adapter. A failed write is logged, memory keeps the value. Longer keys or
 * values are refused and logged. */
enum { STORE_KEY_MAX = 127, STORE_VALUE_MAX = 4096 };
MUST_USE enum err_code store_adapter_store(
	struct store *store, const char *adapter, struct adapter_store **out, struct err *e);
