/* sim_znp_nv.h: the non-volatile memory of a stick: OSAL items and the tables of 3.x.0. */
#pragma once

#include "server/base/span.h"
#include "tests/sim/sim.h"

enum {
	NV_EXTADDR = 0x0001,
	NV_STARTUP_OPTION = 0x0003,
	NV_NIB = 0x0021,
	NV_ACTIVE_KEY = 0x003A,
	NV_ALTERNATE_KEY = 0x003B,
	NV_ON_A_NETWORK = 0x0055,
	NV_PRECFGKEY = 0x0062,
	NV_NWKKEY = 0x0082,
	NV_PANID = 0x0083,
	NV_CHANLIST = 0x0084,
	NV_LOGICAL_TYPE = 0x0087,
	NV_DIRECT_CB = 0x008F,
	NV_EXTENDED_PAN_ID = 0x002D,
	NV_TABLE_ADDRESSES = 1,
	NV_TABLE_LINK_KEYS = 4,
	NV_TABLE_COUNTERS = 7,
};

struct nv;
struct nv *nv_new(void);
void nv_free(struct nv *nv);
/* key: an OSAL id, or nv_table() of a 3.x.0 entry. */
uint64_t nv_table(uint8_t system, uint16_t item, uint16_t sub);
struct span nv_get(const struct nv *nv, uint64_t key); /* size 0: absent */
uint8_t nv_byte(const struct nv *nv, uint64_t key, uint8_t otherwise);
void nv_put(struct nv *nv, uint64_t key, const void *data, size_t size);
/* Writes into an existing item; false: beyond its end. */
bool nv_write(struct nv *nv, uint64_t key, size_t at, struct span data);
void nv_remove(struct nv *nv, uint64_t key);
uint64_t nv_digest(const struct nv *nv);

/* --- what a stick has in it --- */
struct nv_network {
	uint8_t channel;
	uint16_t pan_id;
	uint64_t ext_pan_id, coordinator;
};
void nv_fill(struct nv *nv, const struct sim_znp_options *options, const struct nv_network *net);
/* Formation: NIB and what goes with it. */
void nv_form(struct nv *nv, enum sim_znp_stack stack, const struct nv_network *net);
void nv_forget_network(struct nv *nv, enum sim_znp_stack stack);
/* false: the NIB says that there is none. */
bool nv_network_of(const struct nv *nv, struct nv_network *out);
