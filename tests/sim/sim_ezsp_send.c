/* Messages out: what is accepted, how often it is tried, and what becomes of it. */
#include "tests/sim/sim_ezsp_private.h"

enum {
	DIRECT = 0,
	VIA_ADDRESS_TABLE = 1,
	BROADCAST = 6,
	MULTICAST = 3,
	PAYLOAD_MAX = 82,
	LINK_KEY_BYTES = 9,
	APS_ENCRYPTION = 0x0020,
	APS_ACK_MSEC = 1600,
	SENDS_MAX = 3,
	INDIRECT_EXPIRY = 0x06,
};

/* --- APS frames --- */

void ez_put_aps(struct wire_out *out, const struct ez_aps *aps)
{
	wire_put_u16(out, aps->profile);
	wire_put_u16(out, aps->cluster);
	wire_put_u8(out, aps->src_ep);
	wire_put_u8(out, aps->dst_ep);
	wire_put_u16(out, aps->options);
	wire_put_u16(out, aps->group);
	wire_put_u8(out, aps->sequence);
}

struct ez_aps ez_read_aps(struct wire_in *in)
{
	struct ez_aps aps = { .profile = wire_u16(in) };

	aps.cluster = wire_u16(in);
	aps.src_ep = wire_u8(in);
	aps.dst_ep = wire_u8(in);
	aps.options = wire_u16(in);
	aps.group = wire_u16(in);
	aps.sequence = wire_u8(in);
	return aps;
}

static uint16_t read_tag(const struct sim_ezsp *ezsp, struct wire_in *in)
{
	return ez_since(ezsp, EZ_V_STATUS) ? wire_u16(in) : wire_u8(in);
}

/* One relay, if the way is known. */
uint8_t ez_source_route_bytes(const struct sim_ezsp *ezsp, uint16_t id)
{
	const struct sim_node *n = sim_network_find(ezsp->network, id);

	if (!n || !n->parent || !ezsp->concentrator)
		return 0;
	for (size_t i = 0; i < ezsp->routed_count; i++)
		if (ezsp->routed[i] == id)
			return 4;
	return 0;
}

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
	else if (ez_strikes(ezsp, SIM_DELIVERY_FAILED, NULL))
		ez_put_status(w, ezsp, EZ_DELIVERY_FAILED);
	else
		ez_put_status(w, ezsp, status);
}

static void message_sent(struct sim_ezsp *ezsp, const struct ez_flight *f, enum ez_status status)
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

static struct ez_flight *find_flight(struct sim_ezsp *ezsp, uint32_t number)
{
	for (size_t i = 0; i < EZ_FLIGHTS_MAX; i++)
		if (ezsp->flights[i].number == number)
			return &ezsp->flights[i];
	return NULL;
}

static uint16_t flights(const struct sim_ezsp *ezsp)
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
	message_sent(ezsp, &done, status);
}

static void no_aps_ack(void *owner, const void *data, size_t size);

static void try_again(struct sim_ezsp *ezsp, struct ez_flight *f)
{
	const struct sim_node *node = sim_network_find(ezsp->network, f->frame.dst);
	msec patience = APS_ACK_MSEC;
	uint32_t number = f->number;

	if (ez_has_extended_timeout(ezsp, node))
		patience += ezsp->config[EZ_CFG_INDIRECT];
	f->sends++;
	sim_events_add(ezsp->events, (struct sim_event){ .delay = patience,
					     .fn = no_aps_ack,
					     .owner = ezsp,
					     .data = &number,
					     .size = sizeof number });
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
	f = find_flight(ezsp, number);
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
	struct ez_flight *f = tag ? find_flight(ezsp, tag) : NULL;

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

static void launch(struct sim_ezsp *ezsp, struct ez_flight *f)
{
	if (f->frame.dst == 0)
		loop_back(ezsp, f);
	else if (f->aps.options & EZ_APS_RETRY)
		try_again(ezsp, f);
	else
		sim_network_transmit(ezsp->network, &f->frame, SIM_CONFIRM_HOP, f->number);
}

/* --- what the host asks for --- */

static enum ez_status read_message(
	struct ez_call *c, struct ez_flight *f, uint8_t room, uint16_t dst)
{
	uint8_t n = wire_u8(&c->in);
	struct span data = wire_take(&c->in, n);

	if (c->in.bad)
		return EZ_BAD_ARGUMENT;
	if (f->aps.options & APS_ENCRYPTION)
		room -= LINK_KEY_BYTES;
	if (n > room)
		return EZ_TOO_LONG;
	f->frame = (struct sim_frame){ .dst = dst,
		.profile = f->aps.profile,
		.cluster = f->aps.cluster,
		.src_ep = f->aps.src_ep,
		.dst_ep = f->aps.dst_ep,
		.radius = 30,
		.size = n };
	memcpy(f->frame.data, data.data, n);
	return EZ_OK;
}

static uint16_t destination(const struct sim_ezsp *ezsp, const struct ez_flight *f)
{
	if (f->type == DIRECT)
		return f->index_or_id;
	if (f->type == VIA_ADDRESS_TABLE && f->index_or_id < EZ_ADDRESSES_MAX)
		return ezsp->addresses[f->index_or_id].id;
	return EZ_NO_NODE;
}

static enum ez_status accept_unicast(struct ez_call *c, struct ez_flight *f)
{
	struct sim_ezsp *ezsp = c->ezsp;
	uint16_t dst;
	enum ez_status status;

	f->type = wire_u8(&c->in);
	f->index_or_id = wire_u16(&c->in);
	f->aps = ez_read_aps(&c->in);
	f->tag = read_tag(ezsp, &c->in);
	dst = destination(ezsp, f);
	status = read_message(c, f, (uint8_t)(PAYLOAD_MAX - ez_source_route_bytes(ezsp, dst)), dst);
	if (status)
		return status;
	if (!ezsp->up)
		return EZ_NETWORK_DOWN;
	if (dst >= SIM_BROADCAST_MIN)
		return EZ_BAD_ARGUMENT;
	if (f->aps.src_ep && !ez_endpoint(ezsp, f->aps.src_ep))
		return EZ_INVALID_ENDPOINT;
	if (ez_strikes(ezsp, SIM_MESSAGE_LIMIT, NULL) ||
		flights(ezsp) >= ezsp->config[EZ_CFG_UNICASTS])
		return EZ_MESSAGE_LIMIT;
	return ez_strikes(ezsp, SIM_NO_BUFFERS, NULL) ? EZ_NO_BUFFERS : EZ_OK;
}

static void put_result(struct ez_call *c, enum ez_status status, uint8_t sequence)
{
	int raw = 0;

	if (ez_strikes(c->ezsp, SIM_SRSP_STATUS, &raw))
		wire_put_uint(&c->out, (uint64_t)raw, ez_since(c->ezsp, EZ_V_STATUS) ? 4 : 1);
	else
		ez_status(c, status);
	wire_put_u8(&c->out, sequence);
}

static bool is_block_response(const struct sim_frame *f)
{
	return f->cluster == 0x0019 && f->size > 2 && (f->data[0] & 3) == 1 && f->data[2] == 0x05;
}

static void send_unicast(struct ez_call *c)
{
	struct sim_ezsp *ezsp = c->ezsp;
	struct ez_flight *f = find_flight(ezsp, 0), wanted = { 0 };
	enum ez_status status = f ? accept_unicast(c, &wanted) : EZ_MESSAGE_LIMIT;
	bool lost = !status && ezsp->faults.of[SIM_SRSP_STATUS].count;

	if (!status)
		wanted.aps.sequence = ++ezsp->aps_sequence;
	put_result(c, status, wanted.aps.sequence);
	if (status || lost)
		return;
	if (is_block_response(&wanted.frame))
		sim_turnaround_answered(&ezsp->turnaround, wanted.frame.dst);
	wanted.number = ++ezsp->flight_numbers ? ezsp->flight_numbers : ++ezsp->flight_numbers;
	*f = wanted;
	launch(ezsp, f);
}

/* --- broadcasts --- */

/* The parent of a sleepy node answers for it, if it is not we ourselves. */
static void answer_for_child(struct sim_ezsp *ezsp, const struct sim_frame *request)
{
	struct wire_in w = wire_in((struct span){ request->data, request->size });
	struct sim_frame response = { 0 };
	struct sim_node *node;
	struct sim_zdo who = { .network = ezsp->network };

	wire_u8(&w);
	node = sim_network_find_ieee(ezsp->network, wire_u64(&w));
	if (request->profile || request->cluster || !node || !node->sleepy || !node->parent ||
		node->parent->deaf)
		return;
	who.node = node;
	who.facts = &node->facts;
	if (!sim_zdo_answer(&who, request, &response))
		return;
	response.src = response.last_hop = node->parent->address;
	ez_hear_later(ezsp, &response, sim_network_jitter(ezsp->network, 10, 50));
}

static enum ez_status broadcast(struct ez_call *c, struct ez_flight *f, uint16_t dst)
{
	struct sim_ezsp *ezsp = c->ezsp;
	enum ez_status status = read_message(c, f, PAYLOAD_MAX, dst);

	if (!status && !ezsp->up)
		status = EZ_NETWORK_DOWN;
	if (!status && dst < SIM_BROADCAST_MIN)
		status = EZ_BAD_ARGUMENT;
	put_result(c, status, ++ezsp->broadcast_sequence);
	if (status)
		return status;
	f->aps.sequence = ezsp->broadcast_sequence;
	f->index_or_id = dst;
	f->frame.broadcast = true;
	sim_network_transmit(ezsp->network, &f->frame, SIM_CONFIRM_NONE, 0);
	answer_for_child(ezsp, &f->frame);
	message_sent(ezsp, f, EZ_OK);
	return EZ_OK;
}

static void send_broadcast(struct ez_call *c)
{
	bool wide = ez_since(c->ezsp, EZ_V_STATUS);
	struct ez_flight f = { .type = BROADCAST };
	uint16_t dst;

	if (wide)
		wire_u16(&c->in); /* alias */
	dst = wire_u16(&c->in);
	if (wide)
		wire_u8(&c->in); /* network sequence */
	f.aps = ez_read_aps(&c->in);
	wire_u8(&c->in); /* radius */
	f.tag = read_tag(c->ezsp, &c->in);
	broadcast(c, &f, dst);
}

static void send_multicast(struct ez_call *c)
{
	bool wide = ez_since(c->ezsp, EZ_V_STATUS);
	struct ez_flight f = { .type = MULTICAST };

	f.aps = ez_read_aps(&c->in);
	wire_u8(&c->in);                 /* hops */
	wire_take(&c->in, wide ? 5 : 1); /* address, alias, sequence; or the radius */
	f.tag = read_tag(c->ezsp, &c->in);
	broadcast(c, &f, 0xFFFD);
}

bool ez_messages(struct ez_call *c)
{
	switch (c->id) {
	case 0x0034:
		return send_unicast(c), true;
	case 0x0036:
		return send_broadcast(c), true;
	case 0x0038:
		return send_multicast(c), true;
	case 0x0039:
		return ez_status(c, EZ_OK), true;
	default:
		return false;
	}
}
