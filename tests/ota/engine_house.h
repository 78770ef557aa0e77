/* engine_house.h: everything but the front door in one process, on virtual time: engine, store,
 * Zigbee adapter and radio, and a simulated stick with several sleepy locks behind it. */
#pragma once

#include "ota/engine.h"
#include "ota/store.h"
#include "tests/sim/sim.h"
#include "tests/support/loop_virtual.h"

enum { HOUSE_LOCKS = 4, HOUSE_IMAGE_SIZE = 4096, HOUSE_MINUTE = 60000 };
enum { HOUSE_OLD = 0x01000000, HOUSE_NEW = 0x01000100 };

struct house {
	struct loop *loop;
	struct store *store;
	struct engine *engine;
	struct sim_network *network;
	struct sim_lock *locks[HOUSE_LOCKS];
	size_t n_locks;
	struct sim_stick stick;
	bool image_gone, disk_full; /* what goes wrong now */
};
extern struct house house;

struct house_options {
	bool radio_timing; /* else a whole transfer takes no time at all */
	uint32_t seed;
	double loss;
	uint8_t ezsp; /* 0: a ZNP stick with this stack; else EZSP of this version */
	enum sim_znp_stack stack;
	struct policy defaults;
};

void house_begin(const struct house_options *options);
/* Lock i is called "lock-<i>"; its ids, versions and model are the house's, the rest is the
 * options'. Before house_start(). */
struct sim_lock *house_add(struct sim_lock_options options);
void house_start(void); /* the engine, from what is in the store */
void house_kill(void);  /* without a word; lock, stick and store live on */
void house_end(void);
void house_run(msec duration);
const char *house_name(size_t lock);
const uint8_t *house_image(void);

int64_t house_update(size_t lock); /* a job; fails the test when it is refused */
/* 0: it was refused. */
int64_t house_ask(const struct job_request *request);
struct job house_job(int64_t id);                  /* the row on disk */
struct job house_wait(int64_t id, unsigned hours); /* until it is over, at most so long */
