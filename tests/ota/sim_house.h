/* sim_house.h: everything but the front door in one process on virtual time: engine, store, Zigbee
 * adapter and radio, in front of a simulated stick of either family with one sleepy lock. */
#pragma once

#include "ota/engine.h"
#include "tests/sim/sim.h"

enum sim_family { SIM_FAMILY_ZNP, SIM_FAMILY_EZSP };
enum { HOUSE_IMAGE_SIZE = 4096, HOUSE_NEW = 0x01000100 };

struct sim_house_options {
	enum sim_family family;
	uint8_t ezsp_version; /* 0: 13 */
	enum sim_form form;
	enum sim_install install;
	bool radio_timing; /* else a whole transfer takes no time at all */
	bool behind_router;
};

struct sim_house {
	struct loop *loop;
	struct store *store;
	struct engine *engine;
	struct sim_network *network;
	struct sim_lock *lock;
	struct sim_stick stick;
	struct sim_house_options options;
	struct sim_stick_stats before;
	struct job last; /* as on disk */
	char pin[128];   /* what the adapter remembers of its network */
};

/* The world stands, the service does not run yet. One house at a time. */
void sim_house_build(struct sim_house *h, const struct sim_house_options *options);
void sim_house_serve(struct sim_house *h);
/* kill -9: without a word; stick and lock live on. */
void sim_house_kill(struct sim_house *h);
/* Orders the update; sim_house_look() keeps h->last up to date. */
void sim_house_order(struct sim_house *h);
bool sim_house_look(struct sim_house *h); /* whether the job is over */
/* Until the job is over, at most so long. */
void sim_house_run(struct sim_house *h, unsigned minutes);
/* Stops in order, and asserts that nothing harmful was sent and the stick is as it was. */
void sim_house_end(struct sim_house *h);
const uint8_t *sim_house_image(void);
