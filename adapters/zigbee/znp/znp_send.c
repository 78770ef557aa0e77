#include "adapters/zigbee/znp/znp_send.h"

#include "adapters/zigbee/znp/znp_status.h"

#include <assert.h>
#include <string.h>

void znp_send_init(struct znp_send *s, uint8_t concurrency)
{
	s->concurrency = concurrency;
	s->half_until = 0;
	s->pause_until = 0;
	s->lost_in_row = 0;
}

void znp_send_result(
	struct znp_send *s, uint32_t tag, enum radio_result result, const char *space, int status)
{
	assert(s->result_count < ZNP_RESULTS_MAX);
	s->results[(s->result_first + s->result_count++) % ZNP_RESULTS_MAX] = (struct radio_sent){
		.tag = tag, .result = result, .space = space, .status = status
	};
}

bool znp_send_is_full(const struct znp_send *s)
{
	return s->result_count + ZNP_SEND_MAX + 2 > ZNP_RESULTS_MAX;
}

bool znp_send_take(struct znp_send *s, struct radio_sent *out)
{
	if (!s->result_count)
		return false;
	*out = s->results[s->result_first];
	s->result_first = (s->result_first + 1) % ZNP_RESULTS_MAX;
	s->result_count--;
	return true;
}

static void drop(struct znp_send *s, struct znp_item *item, enum radio_result result)
{
	znp_send_result(s, item->send.tag, result, "znp", -1);
	item->state = ZNP_ITEM_FREE;
}

/* The newest urgent message to a device is the answer to what it asked last. */
static void supersede(struct znp_send *s, uint16_t destination)
{
	for (size_t i = 0; i < ZNP_SEND_MAX; i++) {
		struct znp_item *item = &s->items[i];

		if (item->state == ZNP_ITEM_WAITING && item->send.urgent &&
			item->send.destination == destination)
			drop(s, item, RADIO_SUPERSEDED);
	}
}

static struct znp_item *free_item(struct znp_send *s)
{
	for (size_t i = 0; i < ZNP_SEND_MAX; i++)
		if (s->items[i].state == ZNP_ITEM_FREE)
			return &s->items[i];
	return NULL;
}

void znp_send_add(struct znp_send *s, const struct radio_send *send, msec now)
{
	if (send->urgent)
		supersede(s, send->destination);

	struct znp_item *item = free_item(s);

	if (!item || send->payload.size > RADIO_PAYLOAD_MAX) {
		znp_send_result(s, send->tag, item ? RADIO_TOO_LONG : RADIO_NO_ROOM, "znp", -1);
		return;
	}
	*item = (struct znp_item){ .state = ZNP_ITEM_WAITING,
		.send = *send,
		.order = ++s->order,
		.until = now + ZNP_SEND_AGE_MAX };
	if (send->payload.size)
		memcpy(item->data, send->payload.data, send->payload.size);
	item->send.payload.data = item->data;
}

static bool is_out(const struct znp_item *item)
{
	return item->state == ZNP_ITEM_ASKED || item->state == ZNP_ITEM_FLYING;
}

struct load {
	size_t flying, urgent, to_it, all_to_it;
};

static struct load load_for(const struct znp_send *s, uint16_t destination)
{
	struct load l = { 0 };

	for (size_t i = 0; i < ZNP_SEND_MAX; i++) {
		const struct znp_item *item = &s->items[i];
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

/* The child queue of every stick takes three; one stays free. */
enum { ALL_TO_ONE_MAX = 2 };

static bool may_go(const struct znp_send *s, const struct znp_item *item, msec now)
{
	struct load l = load_for(s, item->send.destination);
	size_t limit =
		now < s->half_until && s->concurrency > 1 ? s->concurrency / 2u : s->concurrency;

	if (!item->send.urgent && now < s->pause_until)
		return false;
	/* One place is kept for answers: what is parked for a sleeping device bars none. */
	if (item->send.urgent ? l.urgent >= limit || l.flying > limit : l.flying >= limit)
		return false;
	return l.to_it == 0 && l.all_to_it < ALL_TO_ONE_MAX;
}

static bool is_before(const struct znp_item *a, const struct znp_item *b)
{
	if (a->send.urgent != b->send.urgent)
		return a->send.urgent;
	return a->order < b->order;
}

static bool is_used(const struct znp_send *s, uint8_t transaction)
{
	for (size_t i = 0; i < ZNP_SEND_MAX; i++)
		if (is_out(&s->items[i]) && s->items[i].transaction == transaction)
			return true;
	return false;
}

/* 1..255; at most ZNP_SEND_MAX are in use, so one is always free. */
static uint8_t new_transaction(struct znp_send *s)
{
	do
		s->transaction = s->transaction == UINT8_MAX ? 1 : (uint8_t)(s->transaction + 1);
	while (is_used(s, s->transaction));
	return s->transaction;
}

struct znp_item *znp_send_next(struct znp_send *s, msec now)
{
	struct znp_item *best = NULL;

	for (size_t i = 0; i < ZNP_SEND_MAX; i++) {
		struct znp_item *item = &s->items[i];

		if (item->state == ZNP_ITEM_WAITING && (!best || is_before(item, best)) &&
			may_go(s, item, now))
			best = item;
	}
	if (!best)
		return NULL;
	best->transaction = new_transaction(s);
	best->state = ZNP_ITEM_ASKED;
	return best;
}

static bool is_awake(const struct znp_send *s, uint16_t address)
{
	for (size_t i = 0; i < ZNP_AWAKE_MAX; i++)
		if (address && s->awake[i] == address)
			return true;
	return false;
}

void znp_send_awake(struct znp_send *s, uint16_t address)
{
	if (!is_awake(s, address))
		s->awake[s->awake_next++ % ZNP_AWAKE_MAX] = address;
}

void znp_send_accepted(struct znp_send *s, struct znp_item *item, msec now)
{
	if (item->confirmed) {
		znp_send_done(s, item, znp_status_result(item->status), item->status, now);
		return;
	}
	item->state = ZNP_ITEM_FLYING;
	item->until = now + (is_awake(s, item->send.destination) ? ZNP_CONFIRM_ROUTER
								 : ZNP_CONFIRM_SLEEPY);
}

static void back_off(struct znp_send *s, msec now)
{
	s->no_buffers++;
	s->half_until = now + ZNP_BACK_OFF;
	s->pause_until = now + ZNP_BACK_OFF_PAUSE;
}

void znp_send_done(
	struct znp_send *s, struct znp_item *item, enum radio_result result, int status, msec now)
{
	if (result == RADIO_NO_ROOM)
		back_off(s, now);
	if (result == RADIO_NO_ANSWER)
		s->failures++;
	if (result != RADIO_LOST)
		s->lost_in_row = 0;
	znp_send_result(s, item->send.tag, result,
		status < 0 ? "znp" : znp_status_space((uint8_t)status), status);
	item->state = ZNP_ITEM_FREE;
}

void znp_send_confirm(
	struct znp_send *s, uint8_t endpoint, uint8_t transaction, uint8_t status, msec now)
{
	for (size_t i = 0; i < ZNP_SEND_MAX; i++) {
		struct znp_item *item = &s->items[i];

		if (!is_out(item) || item->transaction != transaction ||
			item->send.source_endpoint != endpoint)
			continue;
		if (item->state == ZNP_ITEM_FLYING) {
			znp_send_done(s, item, znp_status_result(status), status, now);
		} else {
			item->confirmed = true;
			item->status = status;
		}
		return;
	}
}

void znp_send_heard(struct znp_send *s, uint16_t source)
{
	for (size_t i = 0; i < ZNP_SEND_MAX; i++)
		if (s->items[i].state == ZNP_ITEM_FLYING && s->items[i].send.destination == source)
			s->items[i].overtaken = true;
}

static void lost_confirm(struct znp_send *s, struct znp_item *item)
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

void znp_send_due(struct znp_send *s, msec now)
{
	for (size_t i = 0; i < ZNP_SEND_MAX; i++) {
		struct znp_item *item = &s->items[i];

		if (item->state == ZNP_ITEM_WAITING && now >= item->until)
			drop(s, item, RADIO_LOST);
		else if (item->state == ZNP_ITEM_FLYING && now >= item->until)
			lost_confirm(s, item);
	}
}

msec znp_send_deadline(const struct znp_send *s, msec now)
{
	msec first = 0;

	for (size_t i = 0; i < ZNP_SEND_MAX; i++) {
		const struct znp_item *item = &s->items[i];
		msec at = item->until;

		if (item->state != ZNP_ITEM_WAITING && item->state != ZNP_ITEM_FLYING)
			continue;
		if (item->state == ZNP_ITEM_WAITING && s->pause_until > now && s->pause_until < at)
			at = s->pause_until;
		if (!first || at < first)
			first = at;
	}
	return first;
}

void znp_send_lose_all(struct znp_send *s)
{
	for (size_t i = 0; i < ZNP_SEND_MAX; i++)
		if (s->items[i].state != ZNP_ITEM_FREE)
			drop(s, &s->items[i], RADIO_LOST);
}

void znp_send_drop_waiting(struct znp_send *s)
{
	for (size_t i = 0; i < ZNP_SEND_MAX; i++)
		if (s->items[i].state == ZNP_ITEM_WAITING)
			drop(s, &s->items[i], RADIO_LOST);
}

bool znp_send_in_flight(const struct znp_send *s)
{
	for (size_t i = 0; i < ZNP_SEND_MAX; i++)
		if (is_out(&s->items[i]))
			return true;
	return false;
}
