#include "adapters/zigbee/ezsp/ezsp_peers.h"

enum { ADDRESS_BROADCAST = 0xFFF8 };
enum { SOURCE_ROUTE = 2, EACH_RELAY = 2 }; /* bytes in the network header */

void ezsp_peers_forget(struct ezsp_peers *p)
{
	*p = (struct ezsp_peers){ 0 };
}

static size_t index_of(const struct ezsp_peers *p, uint16_t address)
{
	size_t i = 0;

	while (i < EZSP_PEERS_MAX && !(p->list[i].known && p->list[i].address == address))
		i++;
	return i;
}

static struct ezsp_peer *at(struct ezsp_peers *p, uint16_t address)
{
	size_t i = index_of(p, address);

	return i < EZSP_PEERS_MAX ? &p->list[i] : NULL;
}

const struct ezsp_peer *ezsp_peers_find(const struct ezsp_peers *p, uint16_t address)
{
	size_t i = index_of(p, address);

	return i < EZSP_PEERS_MAX ? &p->list[i] : NULL;
}

/* Children stay if they can: the stick has place for half as many. */
static bool goes_before(const struct ezsp_peer *a, const struct ezsp_peer *b)
{
	if (a->known != b->known)
		return !a->known;
	return a->is_child == b->is_child ? a->used < b->used : b->is_child;
}

static size_t place(const struct ezsp_peers *p)
{
	size_t best = 0;

	for (size_t i = 1; i < EZSP_PEERS_MAX; i++)
		if (goes_before(&p->list[i], &p->list[best]))
			best = i;
	return best;
}

static void settle(struct ezsp_peer *e, uint16_t address, uint64_t ieee)
{
	*e = (struct ezsp_peer){
		.known = true, .address = address, .ieee = ieee, .last_hop = RADIO_NO_ADDRESS
	};
}

struct ezsp_peer *ezsp_peers_meet(struct ezsp_peers *p, uint16_t address)
{
	size_t i = index_of(p, address);

	if (address >= ADDRESS_BROADCAST)
		return NULL;
	if (i == EZSP_PEERS_MAX) {
		i = place(p);
		settle(&p->list[i], address, 0);
	}
	p->list[i].used = ++p->used;
	return &p->list[i];
}

struct ezsp_peer *ezsp_peers_named(struct ezsp_peers *p, uint16_t address, uint64_t ieee)
{
	struct ezsp_peer *e = ezsp_peers_meet(p, address);

	if (!e || !ieee || e->ieee == ieee)
		return e;
	for (size_t i = 0; i < EZSP_PEERS_MAX; i++)
		if (p->list[i].ieee == ieee)
			p->list[i].known = false;
	if (e->ieee) {
		settle(e, address, ieee);
		e->used = p->used;
	}
	e->ieee = ieee;
	return e;
}

uint8_t ezsp_peers_overhead(const struct ezsp_peers *p, uint16_t address)
{
	const struct ezsp_peer *e = ezsp_peers_find(p, address);

	if (!e || e->is_child || !e->relays)
		return 0;
	return (uint8_t)(SOURCE_ROUTE + EACH_RELAY * e->relays);
}

uint16_t ezsp_peers_last_hop(const struct ezsp_peers *p, uint16_t address)
{
	const struct ezsp_peer *e = ezsp_peers_find(p, address);

	if (!e)
		return RADIO_NO_ADDRESS;
	return e->is_child ? address : e->last_hop;
}

void ezsp_peers_wait_for(struct ezsp_peers *p, uint16_t address)
{
	struct ezsp_peer *e = at(p, address);

	if (e && e->ieee && !e->is_child && !e->is_awake && e->patience == EZSP_PATIENCE_UNKNOWN)
		e->patience = EZSP_PATIENCE_WANTED;
}

struct ezsp_peer *ezsp_peers_impatient(struct ezsp_peers *p)
{
	for (size_t i = 0; i < EZSP_PEERS_MAX; i++)
		if (p->list[i].known && p->list[i].patience == EZSP_PATIENCE_WANTED)
			return &p->list[i];
	return NULL;
}
