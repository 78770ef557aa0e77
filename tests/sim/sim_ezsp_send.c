/* What the host wants to send, and whether it is accepted. */
#include "tests/sim/sim_ezsp_private.h"

enum {
	DIRECT = 0,
	VIA_ADDRESS_TABLE = 1,
	BROADCAST = 6,
	MULTICAST = 3,
	PAYLOAD_MAX = 82,
	LINK_KEY_BYTES = 9,
	APS_ENCRYPTION = 0x0020,
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
		ez_flights(ezsp) >= ezsp->config[EZ_CFG_UNICASTS])
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
	struct ez_flight *f = ez_flight(ezsp, 0), wanted = { 0 };
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
	ez_launch(ezsp, f);
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
	ez_message_sent(ezsp, f, EZ_OK);
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
