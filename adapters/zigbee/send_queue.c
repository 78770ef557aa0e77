#include "adapters/zigbee/send_queue.h"

#include <assert.h>
#include <string.h>

void send_queue_init(struct send_queue *s, const struct send_family *family, uint8_t concurrency)
{
	s->family = family;
	s->concurrency = concurrency;
	s->half_until = 0;
	s->pause_until = 0;
	s->lost_in_row = 0;
}

static void put_result(struct send_queue *s, const struct radio_sent *sent)
{
	assert(s->result_count < SEND_RESULTS_MAX);
	s->results[(s->result_first + s->result_count++) % SEND_RESULTS_MAX] = *sent;
}

void send_queue_result(struct send_queue *s, uint32_t tag, enum radio_result result)
{
	put_result(
		s, &(struct radio_sent){
			   .tag = tag, .result = result, .space = s->family->space, .status = -1 });
}

bool send_queue_is_full(const struct send_queue *s)
{
	return s->result_count + SEND_QUEUE_MAX + 2 > SEND_RESULTS_MAX;
}

bool send_queue_take(struct send_queue *s, struct radio_sent *out)
{
	if (!s->result_count)
		return false;
	*out = s->results[s->result_first];
	s->result_first = (s->result_first + 1) % SEND_RESULTS_MAX;
	s->result_count--;
	return true;
}

static void drop(struct send_queue *s, struct send_item *item, enum radio_result result)
{
	send_queue_result(s, item->send.tag, result);
	item->state = SEND_ITEM_FREE;
}

/* The newest urgent message to a device is the answer to what it asked last. */
static void supersede(struct send_queue *s, uint16_t destination)
{
	for (size_t i = 0; i < SEND_QUEUE_MAX; i++) {
		struct send_item *item = &s->items[i];

		if (item->state == SEND_ITEM_WAITING && item->send.urgent &&
			item->send.destination == destination)
			drop(s, item, RADIO_SUPERSEDED);
	}
}

static struct send_item *free_item(struct send_queue *s)
{
	for (size_t i = 0; i < SEND_QUEUE_MAX; i++)
		if (s->items[i].state == SEND_ITEM_FREE)
			return &s->items[i];
	return NULL;
}

void send_queue_add(struct send_queue *s, const struct radio_send *send, msec now)
{
	if (send->urgent)
		supersede(s, send->destination);

	struct send_item *item = free_item(s);

	if (!item || send->payload.size > RADIO_PAYLOAD_MAX) {
		send_queue_result(s, send->tag, item ? RADIO_TOO_LONG : RADIO_NO_ROOM);
		return;
	}
	*item = (struct send_item){ .state = SEND_ITEM_WAITING,
		.send = *send,
		.order = ++s->order,
		.until = now + SEND_AGE_MAX };
	if (send->payload.size)
		memcpy(item->data, send->payload.data, send->payload.size);
	item->send.payload.data = item->data;
}

static bool is_out(const struct send_item *item)
{
	return item->state == SEND_ITEM_ASKED || item->state == SEND_ITEM_FLYING;
}

struct load {
	size_t flying, urgent, to_it, all_to_it;
};

static struct load load_for(const struct send_queue *s, uint16_t destination)
{
	struct load l = { 0 };

	for (size_t i = 0; i < SEND_QUEUE_MAX; i++) {
		const struct send_item *item = &s->items[i];
		bool same = item->send.destination == destination;

		if (!is_out(item))
			continue;
		l.all_to_it += same;
		l.flying += !item->overtaken;
		l.urgent += !item->overtaken && item->send.urgent;
		l.to_it += same && !item->overtaken;
	}
	return l;
}

enum { RETRY_GROWS = 8 };

static bool may_go(const struct send_queue *s, const struct send_item *item, msec now)
{
	struct load l = load_for(s, item->send.destination);
	size_t limit =
		now < s->half_until && s->concurrency > 1 ? s->concurrency / 2u : s->concurrency;

	if (now < item->not_before || (!item->send.urgent && now < s->pause_until))
		return false;
	/* One place is kept for answers, in all and to each device: what is parked for a sleeping
	 * one bars none. */
	if (item->send.urgent ? l.urgent >= limit || l.flying > limit : l.flying >= limit)
		return false;
	return l.to_it == 0 && l.all_to_it + !item->send.urgent < s->family->to_one_max;
}

static bool is_before(const struct send_item *a, const struct send_item *b)
{
	if (a->send.urgent != b->send.urgent)
		return a->send.urgent;
	return a->order < b->order;
}

static bool is_used(const struct send_queue *s, uint8_t transaction)
{
	for (size_t i = 0; i < SEND_QUEUE_MAX; i++)
		if (is_out(&s->items[i]) && s->items[i].transaction == transaction)
			return true;
	return false;
}

/* At most SEND_QUEUE_MAX are in use, so one is always free. */
static uint8_t new_transaction(struct send_queue *s)
{
	uint8_t max = s->family->transaction_max;

	do
		s->transaction = s->transaction >= max ? 1 : (uint8_t)(s->transaction + 1);
	while (is_used(s, s->transaction));
	return s->transaction;
}

struct send_item *send_queue_next(struct send_queue *s, msec now)
{
	struct send_item *best = NULL;

	for (size_t i = 0; i < SEND_QUEUE_MAX; i++) {
		struct send_item *item = &s->items[i];

		if (item->state == SEND_ITEM_WAITING && (!best || is_before(item, best)) &&
			may_go(s, item, now))
			best = item;
	}
	if (!best)
		return NULL;
	best->transaction = new_transaction(s);
	best->state = SEND_ITEM_ASKED;
	return best;
}

static bool is_awake(const struct send_queue *s, uint16_t address)
{
	for (size_t i = 0; i < SEND_AWAKE_MAX; i++)
		if (address && s->awake[i] == address)
			return true;
	return false;
}

void send_queue_awake(struct send_queue *s, uint16_t address)
{
	if (!is_awake(s, address))
		s->awake[s->awake_next++ % SEND_AWAKE_MAX] = address;
}

static void back_off(struct send_queue *s, msec now)
{
	s->no_buffers++;
	s->half_until = now + SEND_BACK_OFF;
	s->pause_until = now + SEND_BACK_OFF_PAUSE;
}

static void count(struct send_queue *s, enum radio_result result, msec now)
{
	if (result == RADIO_NO_ROOM)
		back_off(s, now);
	if (result == RADIO_NO_ANSWER)
		s->failures++;
	if (result != RADIO_LOST)
		s->lost_in_row = 0;
}

static void done(struct send_queue *s, struct send_item *item, int32_t status)
{
	put_result(s, &(struct radio_sent){ .tag = item->send.tag,
			      .result = s->family->result(status),
			      .space = s->family->space_of(status),
			      .status = status });
	item->state = SEND_ITEM_FREE;
}

static void finish(struct send_queue *s, struct send_item *item, int32_t status, msec now)
{
	count(s, s->family->result(status), now);
	done(s, item, status);
	for (size_t i = 0; i < SEND_QUEUE_MAX; i++)
		s->items[i].not_before = 0;
}

void send_queue_ended(
	struct send_queue *s, struct send_item *item, enum radio_result result, msec now)
{
	count(s, result, now);
	drop(s, item, result);
}

void send_queue_accepted(struct send_queue *s, struct send_item *item, msec now)
{
	const struct send_family *f = s->family;

	if (item->confirmed) {
		finish(s, item, item->status, now);
		return;
	}
	item->state = SEND_ITEM_FLYING;
	item->until =
		now + (is_awake(s, item->send.destination) ? f->confirm_awake : f->confirm_sleepy);
}

static uint32_t longer(uint32_t pause, uint32_t first)
{
	if (!pause)
		return first;
	return pause * 2 < first * RETRY_GROWS ? pause * 2 : first * RETRY_GROWS;
}

/* A block that finds no room is cut anew by who made it; an End Response is what it is. */
static uint32_t retry_of(const struct send_queue *s, const struct send_item *item)
{
	return item->send.insist && !s->family->retry ? SEND_INSIST : s->family->retry;
}

void send_queue_refused(struct send_queue *s, struct send_item *item, int32_t status, msec now)
{
	enum radio_result result = s->family->result(status);
	uint32_t retry = retry_of(s, item);

	count(s, result, now);
	if (result != RADIO_NO_ROOM || !retry || now >= item->until) {
		done(s, item, status);
		return;
	}
	item->state = SEND_ITEM_WAITING;
	item->refused = true;
	item->status = status;
	item->pause = longer(item->pause, retry);
	item->not_before = now + item->pause;
}

void send_queue_confirm(
	struct send_queue *s, send_match *is_it, const void *confirm, int32_t status, msec now)
{
	for (size_t i = 0; i < SEND_QUEUE_MAX; i++) {
		struct send_item *item = &s->items[i];

		if (!is_out(item) || !is_it(item, confirm))
			continue;
		if (item->state == SEND_ITEM_FLYING) {
			finish(s, item, status, now);
		} else {
			item->confirmed = true;
			item->status = status;
		}
		return;
	}
}

void send_queue_heard(struct send_queue *s, uint16_t source, msec now)
{
	msec until = now + s->family->confirm_heard;

	for (size_t i = 0; i < SEND_QUEUE_MAX; i++) {
		struct send_item *item = &s->items[i];

		if (item->state != SEND_ITEM_FLYING || item->send.destination != source)
			continue;
		item->overtaken = true;
		if (until < item->until)
			item->until = until;
	}
}

static void lost_confirm(struct send_queue *s, struct send_item *item)
{
	uint16_t from = item->send.destination;

	s->lost_confirms++;
	if (!item->overtaken &&
		(s->lost_in_row == 0 || (s->lost_from[0] != from && s->lost_from[1] != from))) {
		s->lost_from[s->lost_in_row % 2] = from;
		s->lost_in_row++;
	}
	drop(s, item, RADIO_LOST);
}

static void too_old(struct send_queue *s, struct send_item *item)
{
	if (item->refused)
		done(s, item, item->status);
	else
		drop(s, item, RADIO_LOST);
}

void send_queue_due(struct send_queue *s, msec now)
{
	for (size_t i = 0; i < SEND_QUEUE_MAX; i++) {
		struct send_item *item = &s->items[i];

		if (item->state == SEND_ITEM_WAITING && now >= item->until)
			too_old(s, item);
		else if (item->state == SEND_ITEM_FLYING && now >= item->until)
			lost_confirm(s, item);
	}
}

static msec sooner(msec at, msec other, msec now)
{
	return other > now && other < at ? other : at;
}

static msec item_deadline(const struct send_queue *s, const struct send_item *item, msec now)
{
	switch (item->state) {
	case SEND_ITEM_FREE:
	case SEND_ITEM_ASKED:
		return 0;
	case SEND_ITEM_WAITING:
		return sooner(sooner(item->until, s->pause_until, now), item->not_before, now);
	case SEND_ITEM_FLYING:
		return item->until;
	}
	return 0;
}

msec send_queue_deadline(const struct send_queue *s, msec now)
{
	msec first = 0;

	for (size_t i = 0; i < SEND_QUEUE_MAX; i++) {
		msec at = item_deadline(s, &s->items[i], now);

		if (at && (!first || at < first))
			first = at;
	}
	return first;
}

void send_queue_lose_all(struct send_queue *s)
{
	for (size_t i = 0; i < SEND_QUEUE_MAX; i++)
		if (s->items[i].state != SEND_ITEM_FREE)
			drop(s, &s->items[i], RADIO_LOST);
}

void send_queue_drop_waiting(struct send_queue *s)
{
	for (size_t i = 0; i < SEND_QUEUE_MAX; i++)
		if (s->items[i].state == SEND_ITEM_WAITING)
			drop(s, &s->items[i], RADIO_LOST);
}

bool send_queue_in_flight(const struct send_queue *s)
{
	for (size_t i = 0; i < SEND_QUEUE_MAX; i++)
		if (is_out(&s->items[i]))
			return true;
	return false;
}
