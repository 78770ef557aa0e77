/* Unicasts on their way: how often they are tried, and what is said of them in the end. */
#include "tests/sim/sim_ezsp_private.h"

enum { APS_ACK_MSEC = 1600, SENDS_MAX = 3, INDIRECT_EXPIRY = 0x06 };

/* --- messageSent --- */

static void put_sent(struct sim_ezsp *ezsp, struct wire_out *w, const struct ez_flight *f)
{
	wire_put_u8(w, f->type);
	wire_put_u16(w, f->index_or_id);
	ez_put_aps(w, &f->aps);
	wire_put_uint(w, f->tag, ez_since(ezsp, EZ_V_STATUS) ? 2 : 1);
}

struct sent {
	size_t size;
	uint8_t raw[64];
};

static void say_sent(void *owner, const void *data, size_t size)
{
	const struct sent *s = data;

	(void)size;
	ez_say(owner, 0x003F, (struct span){ s->raw, s->size });
}

static void put_sent_status(struct sim_ezsp *ezsp, struct wire_out *w, enum ez_status status)
{
	int raw = 0;

	if (ez_strikes(ezsp, SIM_CONFIRM_STATUS, &raw))
		wire_put_uint(w, (uint64_t)raw, ez_since(ezsp, EZ_V_STATUS) ? 4 : 1);
	else
		ez_put_status(w, ezsp, status);
}

void ez_message_sent(struct sim_ezsp *ezsp, const struct ez_flight *f, enum ez_status status)
{
	struct sent s = { 0 };
	struct wire_out w = wire_out(s.raw, sizeof s.raw);
	msec delay = ez_strikes(ezsp, SIM_LATE_CONFIRM, NULL) ? SIM_LATE_CONFIRM_MSEC : 0;

	ezsp->counters[status ? EZ_CNT_APS_TX_FAILED : EZ_CNT_APS_TX_OK]++;
	if (ez_since(ezsp, EZ_V_STATUS)) {
		put_sent_status(ezsp, &w, status);
		put_sent(ezsp, &w, f);
	} else {
		put_sent(ezsp, &w, f);
		put_sent_status(ezsp, &w, status);
	}
	wire_put_u8(&w, 0);
	s.size = w.size;
	if (!ez_strikes(ezsp, SIM_LOST_CONFIRM, NULL))
		sim_events_add(ezsp->events, (struct sim_event){ .delay = delay,
						     .fn = say_sent,
						     .owner = ezsp,
						     .data = &s,
						     .size = sizeof s });
}

/* --- unicasts on their way --- */

struct ez_flight *ez_flight(struct sim_ezsp *ezsp, uint32_t number)
{
	for (size_t i = 0; i < EZ_FLIGHTS_MAX; i++)
		if (ezsp->flights[i].number == number)
			return &ezsp->flights[i];
	return NULL;
}

uint16_t ez_flights(const struct sim_ezsp *ezsp)
{
	uint16_t n = 0;

	for (size_t i = 0; i < EZ_FLIGHTS_MAX; i++)
		if (ezsp->flights[i].number)
			n++;
	return n;
}

static void finish(struct sim_ezsp *ezsp, struct ez_flight *f, enum ez_status status)
{
	struct ez_flight done = *f;

	f->number = 0;
	ez_message_sent(ezsp, &done, status);
}

static void no_aps_ack(void *owner, const void *data, size_t size);

static void wait_for_ack(struct sim_ezsp *ezsp, const struct ez_flight *f, msec patience)
{
	sim_events_add(ezsp->events, (struct sim_event){ .delay = patience,
					     .fn = no_aps_ack,
					     .owner = ezsp,
					     .data = &f->number,
					     .size = sizeof f->number });
}

static void try_again(struct sim_ezsp *ezsp, struct ez_flight *f)
{
	const struct sim_node *node = sim_network_find(ezsp->network, f->frame.dst);
	bool sleeps = ez_has_extended_timeout(ezsp, node);
	uint32_t number = f->number;

	f->sends++;
	wait_for_ack(ezsp, f, (msec)APS_ACK_MSEC + (sleeps ? ezsp->config[EZ_CFG_INDIRECT] : 0));
	sim_network_transmit(ezsp->network, &f->frame, SIM_CONFIRM_END, number);
}

/* A router tells that its child did not ask in time. */
static void say_expired(struct sim_ezsp *ezsp, const struct ez_flight *f)
{
	const struct sim_node *node = sim_network_find(ezsp->network, f->frame.dst);
	uint8_t raw[] = { INDIRECT_EXPIRY, (uint8_t)f->frame.dst, (uint8_t)(f->frame.dst >> 8) };

	if (node && node->parent && node->sleepy && ez_since(ezsp, EZ_V_WIDE))
		ez_say(ezsp, 0x00C4, (struct span){ raw, sizeof raw });
}

static void no_aps_ack(void *owner, const void *data, size_t size)
{
	struct sim_ezsp *ezsp = owner;
	struct ez_flight *f;
	uint32_t number;

	memcpy(&number, data, size);
	f = ez_flight(ezsp, number);
	if (!f)
		return;
	if (f->sends < SENDS_MAX) {
		ezsp->counters[EZ_CNT_APS_TX_RETRIES]++;
		try_again(ezsp, f);
		return;
	}
	say_expired(ezsp, f);
	finish(ezsp, f, EZ_DELIVERY_FAILED);
}

/* Failures of single transmissions only show when all were in vain. */
void ez_confirmed(void *owner, uint32_t tag, uint8_t status)
{
	struct sim_ezsp *ezsp = owner;
	struct ez_flight *f = tag ? ez_flight(ezsp, tag) : NULL;

	if (f && f->aps.options & EZ_APS_RETRY && status)
		return;
	if (f)
		finish(ezsp, f, status ? EZ_DELIVERY_FAILED : EZ_OK);
}

static void loop_back(struct sim_ezsp *ezsp, struct ez_flight *f)
{
	struct sim_facts facts = { .type = 0,
		.capabilities = 0x8E,
		.endpoints = ezsp->endpoints,
		.endpoint_count = ezsp->endpoint_count };
	struct sim_zdo who = { ezsp->network, NULL, &facts };
	struct sim_frame response = { .src = 0 };

	finish(ezsp, f, EZ_OK);
	if (!f->frame.profile && sim_zdo_answer(&who, &f->frame, &response))
		ez_hear_later(ezsp, &response, sim_network_jitter(ezsp->network, 5, 20));
}

/* As if three times nobody were there. */
static void lose(struct sim_ezsp *ezsp, struct ez_flight *f)
{
	f->sends = SENDS_MAX;
	wait_for_ack(ezsp, f, (msec)SENDS_MAX * APS_ACK_MSEC);
}

void ez_launch(struct sim_ezsp *ezsp, struct ez_flight *f)
{
	if (f->frame.dst == 0)
		loop_back(ezsp, f);
	else if (ez_strikes(ezsp, SIM_DELIVERY_FAILED, NULL))
		lose(ezsp, f);
	else if (f->aps.options & EZ_APS_RETRY)
		try_again(ezsp, f);
	else
		sim_network_transmit(ezsp->network, &f->frame, SIM_CONFIRM_HOP, f->number);
}
