/* radio.h: the part of a Zigbee adapter that only moves APS messages: ZNP or EZSP. All Zigbee, ZCL
 * and OTA logic is above it and shared; nothing above it may ask which radio it is.
 *
 * A radio opens and resumes an existing network. It never forms, leaves, wipes or re-keys one. */
#pragma once

#include "server/base/err.h"
#include "server/base/span.h"

#include <stdbool.h>
#include <stdint.h>

struct radio;

enum { RADIO_PAYLOAD_MAX = 100, RADIO_NO_ADDRESS = 0xFFFF, RADIO_ZDO_PROFILE = 0x0000 };

struct radio_network {
	uint8_t channel;
	uint16_t pan_id;
	uint64_t ext_pan_id;  /* as people write it: most significant byte first */
	uint64_t coordinator; /* EUI-64 */
};

struct radio_message {                     /* received */
	uint16_t source;                   /* network address */
	uint64_t source_ieee;              /* 0: the radio does not know */
	uint8_t source_endpoint, endpoint; /* endpoint: ours; 0 = ZDO */
	uint16_t profile;                  /* 0x0000 ZDO; 0x0104 when the radio cannot tell */
	uint16_t cluster;
	bool broadcast, aps_secured;
	uint8_t lqi;
	uint16_t last_hop;   /* RADIO_NO_ADDRESS: unknown */
	struct span payload; /* ZCL frame; ZDO: without the sequence byte */
};

struct radio_send {
	uint16_t destination;
	uint8_t endpoint, source_endpoint;
	uint16_t profile, cluster;
	bool urgent;         /* before everything that is not: OTA responses */
	bool ack;            /* APS acknowledgement where the radio can afford it */
	bool insist;         /* offered to the stick again when it has no room: what the other side
				asks for so seldom that its loss costs minutes */
	uint32_t tag;        /* given back by sent(); latest wins per destination for urgent ones */
	struct span payload; /* <= RADIO_PAYLOAD_MAX; ZDO: without the sequence byte */
};

enum radio_result {
	RADIO_DELIVERED, /* next hop or polling child has it */
	RADIO_NO_ROOM,   /* stick out of buffers or channel busy: back off */
	RADIO_NO_ANSWER, /* no route, no ack, child did not poll */
	RADIO_TOO_LONG,
	RADIO_SUPERSEDED, /* a newer urgent message to this destination took its place */
	RADIO_LOST,       /* stick reset, closed, or its confirm never came */
	RADIO_DENIED,     /* the gate refused it: our bug, or an attack on us */
};

struct radio_sent {
	uint32_t tag;
	enum radio_result result;
	const char *space; /* "znp", "mac", "ezsp" */
	int32_t status;    /* in that space; -1 none */
};

enum radio_state { RADIO_DOWN, RADIO_STARTING, RADIO_UP, RADIO_REFUSED };

struct radio_events {
	/* why: set for DOWN (we try again ourselves) and REFUSED (we do not); NULL otherwise. */
	void (*state)(void *owner, enum radio_state state, const struct err *why);
	void (*message)(void *owner, const struct radio_message *m);
	void (*sent)(void *owner, const struct radio_sent *s);
	/* A device (re)joined or announced itself; capability: 802.15.4 MAC byte, -1 unknown. */
	void (*announced)(void *owner, uint64_t ieee, uint16_t address, int capability);
	void (*left)(void *owner, uint64_t ieee, uint16_t address);
};

struct radio_health {
	char firmware[64];
	uint32_t resets, timeouts, lost_confirms, delivery_failures, no_buffers, garbage_bytes;
	/* What the stick itself counts, 0 if it does not: bytes lost on its side of the line,
	 * frames that did not get the channel. */
	uint32_t line_errors, channel_busy;
	const char *warning; /* what is known to be bad about this firmware; static or NULL */
};

struct radio_ops {
	enum err_code (*start)(struct radio *r, struct err *e);
	void (*stop)(
		struct radio *r, void (*done)(void *owner), void *owner); /* hand-back; <= 4 s */
	enum err_code (*restart)(
		struct radio *r, struct err *e); /* soft reset after the read-only checks */
	/* Queues; sent() follows exactly once, later. RADIO_DENIED also comes by sent(). */
	void (*send)(struct radio *r, const struct radio_send *s);
	/* Most image bytes of one block response to this destination, 40..63, from what is known of
	 * the path; last_hop from the request. */
	uint8_t (*block_max)(const struct radio *r, uint16_t destination, uint16_t last_hop);
	bool (*network)(const struct radio *r, struct radio_network *out); /* false: not up yet */
	void (*health)(const struct radio *r, struct radio_health *out);
	void (*free)(struct radio *r);
};

struct radio { /* first member of each concrete radio */
	const struct radio_ops *ops;
	const struct radio_events *to;
	void *owner;
};
