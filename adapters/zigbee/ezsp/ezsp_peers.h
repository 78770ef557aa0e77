/* ezsp_peers.h: what the radio learned of the devices it talks with: who they are, how they are
 * reached, whether they sleep. Who was not talked with for longest is forgotten first. */
#pragma once

#include "adapters/zigbee/radio.h"

enum { EZSP_PEERS_MAX = 64 };

enum ezsp_patience { /* the stick's long APS time-out for sleepers behind routers */
	EZSP_PATIENCE_UNKNOWN,
	EZSP_PATIENCE_WANTED,
	EZSP_PATIENCE_ASKED,
};

struct ezsp_peer {
	bool known;
	uint16_t address;
	uint64_t ieee;     /* 0: unknown */
	bool is_child;     /* of our stick itself */
	bool is_awake;     /* never sleeps */
	uint8_t relays;    /* on its way to us, by its last route record; 0: none seen */
	uint16_t last_hop; /* the last of them, or RADIO_NO_ADDRESS */
	enum ezsp_patience patience;
	uint64_t used; /* order of use */
};

struct ezsp_peers {
	struct ezsp_peer list[EZSP_PEERS_MAX];
	uint64_t used;
};

void ezsp_peers_forget(struct ezsp_peers *p); /* the stick restarted */
/* The one at this address, made if it is not known; for broadcast addresses NULL. */
struct ezsp_peer *ezsp_peers_meet(struct ezsp_peers *p, uint16_t address);
const struct ezsp_peer *ezsp_peers_find(const struct ezsp_peers *p, uint16_t address);
/* Who lives at this address; it lives nowhere else, and what was known of a former inhabitant is
 * forgotten. */
struct ezsp_peer *ezsp_peers_named(struct ezsp_peers *p, uint16_t address, uint64_t ieee);

/* Bytes that the way to this device takes from a message. */
uint8_t ezsp_peers_overhead(const struct ezsp_peers *p, uint16_t address);
uint16_t ezsp_peers_last_hop(const struct ezsp_peers *p, uint16_t address);
/* A sleeper behind a router whom a message goes to: the stick must learn patience. */
void ezsp_peers_wait_for(struct ezsp_peers *p, uint16_t address);
struct ezsp_peer *ezsp_peers_impatient(struct ezsp_peers *p); /* NULL: none */
