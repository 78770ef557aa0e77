/* store_fixture.h: a store in a folder of its own, driven batch by batch, and what it answered. */
#pragma once

#include "ota/store_private.h"

void store_setup(void);
void store_teardown(void);

extern struct store *store;
extern char store_path[];
void reopen(void); /* as after a restart */
void flush(void);  /* until nothing waits */

struct answer {
	unsigned calls;
	struct err e;
	int64_t job_id;
	struct event events[CHANGE_EVENTS_MAX];
	size_t n_events;
};

/* For store_commit() and the simple ones; owner is a struct answer. */
void committed(void *owner, const struct err *e, int64_t job_id, const struct event *events,
	size_t n_events);
void simple(void *owner, const struct err *e);
struct answer commit(const struct store_change *change);
struct store_contents load(int64_t wall);

struct page {
	struct err e;
	struct job jobs[200];
	struct event events[1000];
	size_t n;
	bool more;
	int64_t oldest;
};

/* The answer to the last query. */
extern struct page page;
const struct page *jobs(struct job_filter filter);
const struct job *one_job(int64_t id); /* NULL: none */
const struct page *events(struct event_filter filter);

bool prune(struct retention retention); /* one portion; true: there is more */

struct job job_of(const char *lock);
struct event event_of(const char *lock, const char *code);
/* Commits the job with one event. */
struct answer put(const struct job *job);
int64_t put_ok(const struct job *job);
struct answer move(int64_t id, const char *lock, enum job_phase phase);

/* Fills every byte, so that a member that is not kept comes back different; texts are as long as
 * they can be. */
#define FILL(p) memset((p), 'A', sizeof *(p))
#define END(text) ((text)[sizeof(text) - 1] = '\0')
void fill_job(struct job *job);
