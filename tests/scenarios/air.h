/* air.h: what is said on the OTA cluster, by a test in the lock's place and by the service. */
#pragma once

#include "tests/scenarios/world.h"

enum {
	NOTIFY = 0x00,
	QUERY_REQUEST = 0x01,
	QUERY_RESPONSE = 0x02,
	BLOCK_REQUEST = 0x03,
	PAGE_REQUEST = 0x04,
	BLOCK_RESPONSE = 0x05,
	END_REQUEST = 0x06,
	END_RESPONSE = 0x07,
	DEFAULT_RESPONSE = SIM_GLOBAL | 0x0B,
};

#define IDS "5C 11 04 00 00 00 07 11"
#define QUERY "01 5A 01 00 5C 11 04 00 00 00 04 11"
#define NO_IMAGE "19 5A 02 98"
#define BLOCK_0 "01 5B 03 00 " IDS " 00 00 00 00 3F"
#define BLOCK_ABORT "19 5B 05 95"
#define BLOCK_MALFORMED "19 5B 05 80"
#define END_GOOD "01 70 06 00 " IDS
#define END_NOW "19 70 07 " IDS " 00 00 00 00 05 00 00 00"
#define END_HOLD "19 70 07 " IDS " 00 00 00 00 FF FF FF FF"

/* Lock 0 is a puppet in this world, awake, and its update ordered. */
void air_puppet(struct world *w, const struct world_options *options);
/* It lives again, and the update must come to its end. */
void air_alive(struct world *w);

/* Forgets what was on air so far. */
void air_mark(struct world *w);
/* Lock 0 says this on the OTA cluster from endpoint 1; answered within half a second. Yields the
 * first answer as hex, "" if there is none; notifies are no answer. */
const char *air_say(struct world *w, const char *hex);
void air_send(struct world *w, const char *hex); /* without waiting */
struct air_how {
	size_t lock;
	uint8_t endpoint; /* 0: 1 */
	bool broadcast;
};
void air_send_as(struct world *w, const char *hex, struct air_how how);
/* "01 <tsn> 03 00 <ids> <offset> <max>" of the block request. */
const char *air_block(struct world *w, uint32_t offset, uint8_t tsn, uint8_t max);

/* Frames since the mark with that command to (or, up, from) lock 0. */
unsigned air_count(const struct world *w, int command);
const struct sim_heard *air_heard(const struct world *w, int command, unsigned i);
const char *air_hex(const struct sim_heard *heard); /* NULL: "" */
/* To any lock, or to that address. */
unsigned air_count_to(const struct world *w, int command, uint16_t address);
uint16_t air_address(const struct world *w, size_t lock);
