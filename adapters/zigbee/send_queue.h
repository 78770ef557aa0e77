/* send_queue.h: which message goes to the stick next, and what became of those that went. Shared by
 * all radios.
 *
 * Urgent first, then in order of arrival; one in flight per destination, few in all; what could not
 * be handed to the stick within SEND_AGE_MAX is dropped, because its lock has asked again or gone
 * back to sleep. Nothing that the stick took is repeated here: the lock drives the transfer.
 *
 * Sans-I/O: the radio asks send_queue_next(), tells the stick's answer and the confirm, and takes
 * results. */
#pragma once

#include "adapters/zigbee/radio.h"
#include "server/base/msec.h"

enum { SEND_QUEUE_MAX = 64, SEND_RESULTS_MAX = 256, SEND_AWAKE_MAX = 32 };
enum {
	SEND_AGE_MAX = 2000,        /* ms */
	SEND_INSIST = 100,          /* ms before an insisting message is offered again, if the
				       family has no retry of its own */
	SEND_BACK_OFF = 60000,      /* ms of half the concurrency */
	SEND_BACK_OFF_PAUSE = 1000, /* ms in which only urgent messages go */
};

/* What a family of sticks is like. */
struct send_family {
	const char *space;                      /* of results without a status */
	uint8_t transaction_max;                /* transactions are 1..this; >= SEND_QUEUE_MAX */
	uint32_t confirm_awake, confirm_sleepy; /* ms until a confirm counts as lost */
	uint32_t confirm_heard;                 /* the same once its device spoke: it is awake */
	uint8_t to_one_max; /* messages to one device that the stick may hold, overtaken too; the
				last place is kept for an answer */
	/* ms before a message that the stick had no room for is offered to it again, then twice,
	 * four and eight times that, within SEND_AGE_MAX; a confirm, which frees a place, ends the
	 * wait. 0: not again, but what insists. */
	uint32_t retry;
	enum radio_result (*result)(int32_t status);
	const char *(*space_of)(int32_t status);
};

enum send_item_state {
	SEND_ITEM_FREE,
	SEND_ITEM_WAITING,
	SEND_ITEM_ASKED,  /* the stick was asked to send it */
	SEND_ITEM_FLYING, /* its confirm is outstanding */
};

struct send_item {
	enum send_item_state state;
	struct radio_send send; /* payload points to data */
	uint8_t data[RADIO_PAYLOAD_MAX];
	uint8_t transaction; /* ours; no two in flight have the same */
	uint8_t sequence;    /* the stick's, for the radio's own use; FLYING */
	bool confirmed;      /* before the stick's answer */
	bool overtaken;      /* its device spoke since: it bars nobody any more */
	bool refused;        /* the stick had no room, status says which */
	int32_t status;
	uint64_t order;
	msec until; /* WAITING: dropped; FLYING: lost */
	msec not_before;
	uint32_t pause; /* ms, of the next not_before */
};

struct send_queue {
	const struct send_family *family;
	struct send_item items[SEND_QUEUE_MAX];
	struct radio_sent results[SEND_RESULTS_MAX];
	size_t result_first, result_count;
	uint16_t awake[SEND_AWAKE_MAX]; /* addresses of mains-powered devices */
	size_t awake_next;
	uint64_t order;
	uint8_t transaction;
	uint8_t concurrency;
	msec half_until, pause_until;
	uint32_t lost_confirms, failures, no_buffers;
	uint16_t lost_from[2]; /* different devices whose confirms were lost in a row */
	uint8_t lost_in_row;
};

/* A zeroed queue; again after each resume, the messages in it stay. */
void send_queue_init(struct send_queue *s, const struct send_family *family, uint8_t concurrency);

void send_queue_add(struct send_queue *s, const struct radio_send *send, msec now);
/* A result without a place in the queue: refused by a gate, or no radio. */
void send_queue_result(struct send_queue *s, uint32_t tag, enum radio_result result);

/* The one to hand to the stick now, or NULL; it is ASKED from then on. */
struct send_item *send_queue_next(struct send_queue *s, msec now);
/* The stick took it, or did not and says why. */
void send_queue_accepted(struct send_queue *s, struct send_item *item, msec now);
void send_queue_refused(struct send_queue *s, struct send_item *item, int32_t status, msec now);
/* It ends without a word of the stick. */
void send_queue_ended(
	struct send_queue *s, struct send_item *item, enum radio_result result, msec now);
/* is_it: which of the messages that are out this confirm is about. */
typedef bool send_match(const struct send_item *item, const void *confirm);
void send_queue_confirm(
	struct send_queue *s, send_match *is_it, const void *confirm, int32_t status, msec now);

/* A message from this device came: what is in flight to it was received, or never will be. */
void send_queue_heard(struct send_queue *s, uint16_t source, msec now);
void send_queue_awake(struct send_queue *s, uint16_t address); /* it never sleeps */

void send_queue_due(struct send_queue *s, msec now);
msec send_queue_deadline(const struct send_queue *s, msec now); /* 0: none */
void send_queue_lose_all(struct send_queue *s);
void send_queue_drop_waiting(struct send_queue *s); /* what never reached the stick */
bool send_queue_in_flight(const struct send_queue *s);
bool send_queue_take(struct send_queue *s, struct radio_sent *out); /* results in order */
/* Results must be taken before the next send_queue_add(): every message in the queue may still
 * become one. */
bool send_queue_is_full(const struct send_queue *s);
