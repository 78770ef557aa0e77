/* Messages in, and who joins. */
#include "tests/sim/sim_ezsp_private.h"

enum {
	UNICAST = 0,
	BROADCAST = 4,
	APS_OPTIONS = 0x0140,
	SECURED_REJOIN = 0,
	RSSI_FLOOR = -100,
};

/* --- route records --- */

static bool already_routed(const struct sim_ezsp *ezsp, uint16_t id)
{
	for (size_t i = 0; i < ezsp->routed_count; i++)
		if (ezsp->routed[i] == id)
			return true;
	return false;
}

static int8_t rssi_of(uint8_t lqi)
{
	return (int8_t)(RSSI_FLOOR + lqi / 4);
}

/* Once, before its first message; with a concentrator only. */
static void say_route_record(struct sim_ezsp *ezsp, const struct sim_frame *f)
{
	const struct sim_node *node = sim_network_find(ezsp->network, f->src);
	uint8_t raw[32];
	struct wire_out w = wire_out(raw, sizeof raw);

	if (!node || !node->parent || already_routed(ezsp, f->src) ||
		ezsp->routed_count == EZ_SLEEPERS_MAX)
		return;
	ezsp->routed[ezsp->routed_count++] = f->src;
	if (!ezsp->concentrator)
		return;
	wire_put_u16(&w, f->src);
	wire_put_u64(&w, node->ieee);
	wire_put_u8(&w, f->lqi);
	wire_put_u8(&w, (uint8_t)rssi_of(f->lqi));
	wire_put_u8(&w, 1);
	wire_put_u16(&w, node->parent->address);
	ez_say(ezsp, 0x0059, wire_span(&w));
}

/* --- messages --- */

static void put_packet_info(struct sim_ezsp *ezsp, struct wire_out *w, const struct sim_frame *f)
{
	const struct sim_node *node = sim_network_find(ezsp->network, f->src);

	wire_put_u16(w, f->src);
	wire_put_u64(w, node ? node->ieee : 0);
	wire_put(w, (uint8_t[]){ 0xFF, 0xFF, f->lqi, (uint8_t)rssi_of(f->lqi) }, 4);
	wire_put_u32(w, (uint32_t)loop_now(sim_network_loop(ezsp->network)));
}

static void put_old_info(struct wire_out *w, const struct sim_frame *f)
{
	wire_put_u8(w, f->lqi);
	wire_put_u8(w, (uint8_t)rssi_of(f->lqi));
	wire_put_u16(w, f->src);
	wire_put(w, (uint8_t[]){ 0xFF, 0xFF }, 2);
}

/* Announcements carry the address in the network header. */
static void say_sender(struct sim_ezsp *ezsp, const struct sim_frame *f)
{
	const struct sim_node *node = sim_network_find(ezsp->network, f->src);
	uint8_t raw[8];
	struct wire_out w = wire_out(raw, sizeof raw);

	if (ez_since(ezsp, EZ_V_STATUS) || !node || f->cluster != 0x0013 || f->profile)
		return;
	wire_put_u64(&w, node->ieee);
	ez_say(ezsp, 0x0062, wire_span(&w));
}

static bool is_block_request(const struct sim_frame *f)
{
	return f->cluster == 0x0019 && f->size > 2 && (f->data[0] & 3) == 1 && f->data[2] == 0x03;
}

static void say_incoming(struct sim_ezsp *ezsp, const struct sim_frame *f)
{
	struct ez_aps aps = { f->profile, f->cluster, f->src_ep, f->dst_ep, APS_OPTIONS, 0,
		++ezsp->heard_sequence };
	uint8_t raw[EZ_FRAME_MAX];
	struct wire_out w = wire_out(raw, sizeof raw);

	wire_put_u8(&w, f->broadcast ? BROADCAST : UNICAST);
	ez_put_aps(&w, &aps);
	if (ez_since(ezsp, EZ_V_STATUS))
		put_packet_info(ezsp, &w, f);
	else
		put_old_info(&w, f);
	wire_put_u8(&w, f->size);
	wire_put(&w, f->data, f->size);
	if (ez_since(ezsp, EZ_V_WIDE) && f->last_hop != f->src)
		wire_put_u8(&w, ez_source_route_bytes(ezsp, f->src));
	if (is_block_request(f))
		sim_turnaround_asked(&ezsp->turnaround, f->src);
	ez_say(ezsp, 0x0045, wire_span(&w));
	if (ez_strikes(ezsp, SIM_DUPLICATE, NULL))
		ez_say(ezsp, 0x0045, wire_span(&w));
}

void ez_hear(struct sim_ezsp *ezsp, const struct sim_frame *frame)
{
	bool zdo = !frame->dst_ep && !frame->profile;

	if (!ezsp->up || (!zdo && frame->dst_ep != 0xFF && !ez_endpoint(ezsp, frame->dst_ep)))
		return;
	say_route_record(ezsp, frame);
	say_sender(ezsp, frame);
	say_incoming(ezsp, frame);
}

static void hear_now(void *owner, const void *data, size_t size)
{
	(void)size;
	ez_hear(owner, data);
}

void ez_hear_later(struct sim_ezsp *ezsp, const struct sim_frame *frame, msec delay)
{
	sim_events_add(ezsp->events, (struct sim_event){ .delay = delay,
					     .fn = hear_now,
					     .owner = ezsp,
					     .data = frame,
					     .size = sizeof *frame });
}

/* --- the ether's view --- */

static bool running(void *owner)
{
	const struct sim_ezsp *ezsp = owner;

	return ezsp->up && !ezsp->dead && !ezsp->link.unplugged;
}

static void incoming(void *owner, const struct sim_frame *frame)
{
	ez_hear(owner, frame);
}

static void say_child(struct sim_ezsp *ezsp, const struct sim_node *node)
{
	uint8_t raw[16];
	struct wire_out w = wire_out(raw, sizeof raw);

	wire_put_u8(&w, ez_child_index(ezsp, node));
	wire_put_u8(&w, 1);
	wire_put_u16(&w, node->address);
	wire_put_u64(&w, node->ieee);
	wire_put_u8(&w, node->sleepy ? 4 : 3);
	ez_say(ezsp, 0x0023, wire_span(&w));
}

static void joined(void *owner, const struct sim_node *node)
{
	struct sim_ezsp *ezsp = owner;
	uint8_t raw[16];
	struct wire_out w = wire_out(raw, sizeof raw);

	if (ez_is_child(node))
		say_child(ezsp, node);
	wire_put_u16(&w, node->address);
	wire_put_u64(&w, node->ieee);
	wire_put_u8(&w, SECURED_REJOIN);
	wire_put_u8(&w, 0);
	wire_put_u16(&w, node->parent ? node->parent->address : 0);
	ez_say(ezsp, 0x0024, wire_span(&w));
}

static uint8_t ota_endpoint(void *owner)
{
	const struct sim_ezsp *ezsp = owner;

	for (size_t i = 0; i < ezsp->endpoint_count; i++) {
		const struct sim_endpoint *ep = &ezsp->endpoints[i];

		for (uint8_t k = 0; k < ep->in_count && ep->profile == SIM_PROFILE_HA; k++)
			if (ep->in[k] == 0x0019)
				return ep->id;
	}
	return 0;
}

const struct sim_stick_ops EZ_STICK = { .running = running,
	.incoming = incoming,
	.joined = joined,
	.confirmed = ez_confirmed,
	.ota_endpoint = ota_endpoint };
