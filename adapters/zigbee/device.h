/* device.h: what we know of each device, keyed by EUI-64, and who has which network address.
 * Sans-I/O. */
#pragma once

#include "adapters/adapter.h"
#include "adapters/zigbee/interview.h"
#include "adapters/zigbee/transfer.h"
#include "server/base/msec.h"

struct zcl_attribute;

enum { DEVICES_MAX = 512, ENDPOINT_NONE = 0xFF };

struct device {
	uint64_t ieee;
	uint16_t address; /* RADIO_NO_ADDRESS: unknown */
	bool known;       /* named by know() */
	bool has_lock;    /* has a Door Lock cluster */
	bool forgotten;   /* by the user: silent until a scan or an announce brings it again */
	/* 0: not known yet; ENDPOINT_NONE: it has no such cluster */
	uint8_t lock_endpoint, power_endpoint, ota_endpoint, poll_endpoint;
	struct lock_facts facts; /* known: everything that was ever learned */
	unsigned fresh;          /* FACT_*: learned since the last seen() */
	msec heard_at, seen_at, network_at;
	msec named_at; /* when it last proved that its address is its own; 0 never */
	/* A version that is news, until the device has proved that it is the one that speaks: after
	 * an exchange of addresses that nobody announced, one lock's version must not count for
	 * another. */
	struct {
		bool made;
		uint32_t version;
		enum version_source source;
		msec since; /* the first device_settle(); 0: none yet */
	} claim;
	struct interview interview;
	struct transfer transfer;
};

struct devices {
	struct device *list[DEVICES_MAX];
	size_t n;
};

struct device *device_find(const struct devices *all, uint64_t ieee);
struct device *device_at(const struct devices *all, uint16_t address); /* by network address */
/* Finds or makes; the device longest silent that nobody cares for makes room, and gone() hears of
 * it; locks that nobody named come last. NULL: all places are taken by named ones. */
struct device *device_add(struct devices *all, uint64_t ieee,
	void (*gone)(void *owner, struct device *d), void *owner);
void devices_free(struct devices *all);

/* The old owner of the address loses it. */
void device_set_address(struct devices *all, struct device *d, uint16_t address);
/* Facts of know(): they fill what is not known yet. */
void device_learn(struct device *d, const struct lock_facts *facts);
/* An attribute that was read or reported. */
void device_attribute(struct device *d, uint16_t cluster, const struct zcl_attribute *a);
/* Door Lock operation event notification: source, code. */
void device_lock_event(struct device *d, struct span payload);
/* The known version, and a first one other than the order's, is learned at once; another one is
 * only a claim until device_settle(). */
void device_version(struct device *d, uint32_t version, enum version_source source);
/* It proved its name: by IEEE_addr_rsp, an announce, or a radio that tells the EUI-64. */
void device_named(struct device *d, msec now);
/* Takes a claim as fact when the name was proved lately, and drops one that nobody proved for a
 * minute. False: its name has to be asked for. */
bool device_settle(struct device *d, msec now);
void device_image_key(struct device *d, uint16_t manufacturer, uint16_t type);
/* Where its messages come through. */
void device_path(struct device *d, uint16_t last_hop, uint8_t lqi, msec now);
/* The endpoint to talk to about a cluster; 0: unknown, or it has none. */
uint8_t device_endpoint(const struct device *d, uint16_t cluster);

void device_print(char out[ADDRESS_SIZE], uint64_t ieee); /* "0x00124b0012345678" */
bool device_scan(uint64_t *ieee, const char *address);
