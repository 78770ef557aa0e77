/* world.h: what a scenario happens in: everything but the front door in one process on virtual
 * time, with the real library and the real indexes, in front of a simulated stick with one lock or
 * two, and a record of all that was on air. One world at a time. */
#pragma once

#include "ota/engine.h"
#include "tests/sim/sim.h"
#include "tests/sim/sim_record.h"
#include "tests/support/loop_virtual.h"

enum family { FAMILY_ZNP, FAMILY_EZSP };
enum { SECOND = 1000, MINUTE = 60 * SECOND, HOUR = 60 * MINUTE, DAY = 24 * HOUR };
enum { MAKER = 0x115C, TYPE = 0x0004, OLD = 0x11040000, NEW = 0x11070000 };
enum { IMAGE_SIZE = 6000, ROUTER_ADDRESS = 0x7B01, CODE_SIZE = 40 };

struct world_options {
	struct sim_lock_options lock; /* what is 0 is the usual lock's */
	bool behind_router;
	bool second;        /* another lock, like the first */
	bool no_image;      /* the library begins empty */
	bool absent;        /* without batteries, and so unheard */
	bool unheard;       /* the lock has never been heard; else the service knows it */
	uint32_t size;      /* of the image; 0: IMAGE_SIZE */
	struct span file;   /* this file instead */
	const char *index;  /* JSON of a local index; its files lie in world_folder() */
	uint32_t transfers; /* at a time; 0: 2 */
};

struct world {
	enum family family;
	const char *number; /* of the scenario, for what is said when it fails */
	struct world_options options;
	struct loop *loop;
	struct worker *work;
	struct store *store;
	struct library *library;
	struct http_client *http;
	struct sources *sources;
	struct engine *engine;
	struct sim_network *network;
	struct sim_lock *locks[2];
	struct sim_stick stick;
	struct sim_stick_stats before;
	struct sim_record record;
	size_t mark; /* frames before it were looked at */
	uint8_t *image;
	uint32_t image_size;
	uint32_t target; /* its version */
	char image_id[65];
	struct job job; /* as on disk */
	bool nobody;    /* who presses keys is away */
	unsigned fetched;
	char pin[128];

	/* What became of it, if it is no job: else the job says. */
	char outcome[CODE_SIZE], code[CODE_SIZE], evidence[CODE_SIZE];
};

/* The lock's side of the world, the library with its image, and the service in front of them, run
 * for a minute. */
void world_begin(struct world *w, const struct world_options *options);
void world_kill(struct world *w);  /* kill -9 of the service */
void world_serve(struct world *w); /* and again */
/* Stops in order; what must hold in every world: nothing harmful was sent. Fills in what became of
 * it. */
void world_end(struct world *w);
const char *world_folder(void); /* for files of its own */
void world_write(const char *name, struct span bytes);

/* Imports a file as a user would; false: refused, and w->code says why. */
bool world_import(struct world *w, struct span bytes);
/* An update of lock 0 to w->image, somebody having said yes to its model. */
void world_order(struct world *w);
bool world_ask(struct world *w, const struct job_request *request); /* false: w->code says why */
void world_look(struct world *w);
/* Somebody presses a key whenever the job waits for the lock to wake, unless w->nobody. */
void world_run(struct world *w, msec duration);
bool world_until(struct world *w, enum job_phase phase, enum job_wait wait, msec limit);
void world_finish(struct world *w, unsigned hours);
/* In mid-transfer: so many bytes are there. */
void world_transfer(struct world *w, uint32_t offset);
struct sim_lock_state world_lock(const struct world *w, size_t lock);
void world_fault(struct world *w, enum sim_fault fault, int count, int arg);
bool world_cancel(struct world *w);
/* The lock has every byte of the image and runs it. */
void world_expect_updated(struct world *w);

#define EXPECT(w, condition, ...)                                                                  \
	world_expect((w), (condition), &(struct world_place){ __FILE__, #condition, __LINE__ },    \
		" " __VA_ARGS__)
struct world_place {
	const char *file, *condition;
	int line;
};
void world_expect(const struct world *w, bool good, const struct world_place *place,
	const char *format, ...) __attribute__((format(printf, 4, 5)));
