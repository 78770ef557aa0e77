/* znp_send.h: which message goes to the stick next, and what became of those that went.
 *
 * Urgent first, then in order of arrival; one in flight per destination, few in all; what could not
 * be handed to the stick within ZNP_SEND_AGE_MAX is dropped, because its lock has asked again or
 * gone back to sleep. Nothing is repeated here: the lock drives the transfer.
 *
 * Sans-I/O: the radio asks znp_send_next(), tells the SRSP and the confirm, and takes results. */
#pragma once

#include "adapters/zigbee/radio.h"
#include "adapters/zigbee/znp/znp_rpc.h"

enum { ZNP_SEND_MAX = 64, ZNP_RESULTS_MAX = 256, ZNP_AWAKE_MAX = 32 };
enum {
	ZNP_SEND_AGE_MAX = 2000,    /* ms */
	ZNP_CONFIRM_ROUTER = 10000, /* ms */
	ZNP_CONFIRM_SLEEPY = 15000, /* the stick holds a frame up to 8 s, and slack */
	ZNP_BACK_OFF = 60000,       /* ms of half the concurrency */
	ZNP_BACK_OFF_PAUSE = 1000,  /* ms in which only urgent messages go */
};

enum znp_item_state {
	ZNP_ITEM_FREE,
	ZNP_ITEM_WAITING,
	ZNP_ITEM_ASKED,  /* its SREQ is out */
	ZNP_ITEM_FLYING, /* its confirm is outstanding */
};

struct znp_item {
	enum znp_item_state state;
	struct radio_send send; /* payload points to data */
	uint8_t data[RADIO_PAYLOAD_MAX];
	uint8_t transaction; /* of an AF message in flight */
	bool confirmed;      /* before the SRSP */
	bool overtaken;      /* its device spoke since: it bars nobody any more */
	uint8_t status;
	uint64_t order;
	msec until; /* WAITING: dropped; FLYING: lost */
};

struct znp_send {
	struct znp_item items[ZNP_SEND_MAX];
	struct radio_sent results[ZNP_RESULTS_MAX];
	size_t result_first, result_count;
	uint16_t awake[ZNP_AWAKE_MAX]; /* addresses of mains-powered devices */
	size_t awake_next;
	uint64_t order;
	uint8_t transaction;
	uint8_t concurrency;
	msec half_until, pause_until;
	uint32_t lost_confirms, failures, no_buffers;
	uint16_t lost_from[2]; /* different devices whose confirms were lost in a row */
	uint8_t lost_in_row;
};

void znp_send_init(struct znp_send *s, uint8_t concurrency);

void znp_send_add(struct znp_send *s, const struct radio_send *send, msec now);
/* A result without a place in the queue: refused by a gate, or no radio. */
void znp_send_result(
	struct znp_send *s, uint32_t tag, enum radio_result result, const char *space, int status);

/* The one to hand to the stick now, or NULL; it is ASKED from then on. */
struct znp_item *znp_send_next(struct znp_send *s, msec now);
void znp_send_accepted(struct znp_send *s, struct znp_item *item, msec now); /* SRSP 0 */
void znp_send_done(
	struct znp_send *s, struct znp_item *item, enum radio_result result, int status, msec now);
void znp_send_confirm(
	struct znp_send *s, uint8_t endpoint, uint8_t transaction, uint8_t status, msec now);

/* A message from this device came: what is in flight to it was received, or never will be. */
void znp_send_heard(struct znp_send *s, uint16_t source);
void znp_send_awake(struct znp_send *s, uint16_t address); /* it never sleeps */

void znp_send_due(struct znp_send *s, msec now);
msec znp_send_deadline(const struct znp_send *s, msec now); /* 0: none */
void znp_send_lose_all(struct znp_send *s);
void znp_send_drop_waiting(struct znp_send *s); /* what never reached the stick */
bool znp_send_in_flight(const struct znp_send *s);
bool znp_send_take(struct znp_send *s, struct radio_sent *out); /* results in order */
/* Results must be taken before the next znp_send_add(): every message in the queue may still become
 * one. */
bool znp_send_is_full(const struct znp_send *s);
