/* engine_world.h: an engine on virtual time with a real store, a library of two images and an
 * adapter that does what the test says. */
#pragma once

#include "ota/engine.h"
#include "ota/store.h"
#include "tests/support/loop_virtual.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

enum {
	OLD = 0x11040000,
	NEW = 0x11070000,
	IMAGE_SIZE = 1000,
	MAKER = 0x1234,
	KIND = 0x0001,
	SECOND = 1000,
	MINUTE = 60 * SECOND,
	HOUR = 60 * MINUTE,
};

#define NEW_IMAGE "new-image"
#define OTHER_IMAGE "other-image"
#define FETCHED_IMAGE "fetched-image" /* in the library when world.fetched */
#define FRONT "0x00124b0000000001"
#define BACK "0x00124b0000000002"
#define SIDE "0x00124b0000000003"

struct stick { /* what the engine did with the adapter */
	struct adapter adapter;
	unsigned orders, cancels, reads, finishes, starts;
	unsigned orders_before_start;
	struct update_order order; /* the last one; address below */
	char address[ADDRESS_SIZE];
	unsigned read_what;
	uint32_t finish_delay;
	int64_t abort_until;
	char cancelled[ADDRESS_SIZE];
	char known[ADDRESS_SIZE], forgotten[ADDRESS_SIZE]; /* the last ones */
};

struct answer {
	unsigned calls;
	struct err err;
	bool has_job;
	struct job job;
	enum job_answer kind;
};

enum { SEEN_MAX = 200 };
struct world {
	struct loop *loop;
	struct store *store;
	struct engine *engine;
	struct stick *stick;
	struct event events[SEEN_MAX];
	size_t n_events;
	unsigned progress;
	bool disk_full, image_gone, fetched;
	const struct retractions *retractions;
	struct catalog *catalog; /* for world_start(); NULL */
	void (*fetch)(void *owner, const struct index_entry *entry,
		void (*done)(void *arg, const struct err *e, const struct image *image), void *arg);
	unsigned commits;
};
extern struct world world;

void world_begin(void); /* three locks, facts fresh, adapter up */
void world_end(void);
void world_start(void); /* the engine, from what is in the store */
void world_kill(void);  /* the engine is gone without a word; the store stays */
void world_run(msec duration);

/* What locks and adapter do. */
void adapter_goes(enum adapter_state state);
void lock_wakes(const char *address);
void lock_announces(const char *address);
void lock_says_version(const char *address, uint32_t version);
void lock_reads(const char *address, int half_percent, int state);
void update(const char *address, int64_t job, enum update_step step, uint64_t offset);
void download(const char *address, int64_t job); /* up to the last block */
void install(const char *address, int64_t job);  /* from there to UPDATE_APPLYING */
void update_ends(const char *address, int64_t job, const char *space, int32_t status);

/* Asking. */
struct job_request request(const char *lock);
void ask(struct answer *out, const struct job_request *request); /* runs until it is answered */
void answered(void *owner, const struct err *e, const struct job *job, enum job_answer kind);
int64_t start(const char *lock); /* a job for NEW */
void cancel(struct answer *out, int64_t id);
struct job stored(int64_t id); /* the row on disk */
const struct job *active(const char *lock);
void is_at(int64_t id, enum job_phase phase, enum job_wait wait);
/* The phases of a job in its durable events: "queued checking waiting/wake ". */
const char *course(int64_t job);
