/* AF: endpoints and data. */
#include "tests/sim/sim_znp_private.h"

enum {
	MODE_GROUP = 1,
	MODE_SHORT = 2,
	MODE_IEEE = 3,
	MODE_BROADCAST = 15,
	DATA_MAX = 100,
	BUFFERS_8051 = 12,
	BUFFERS_ARM = 72,
};

const struct sim_endpoint *mt_endpoint(const struct sim_znp *znp, uint8_t id)
{
	for (size_t i = 0; i < znp->endpoint_count; i++)
		if (znp->endpoints[i].id == id)
			return &znp->endpoints[i];
	return NULL;
}

/* --- endpoints --- */

static uint8_t read_clusters(struct wire_in *in, uint16_t *clusters)
{
	uint8_t n = wire_u8(in);

	for (uint8_t i = 0; i < n; i++) {
		uint16_t id = wire_u16(in);

		if (i < 16)
			clusters[i] = id;
	}
	return n < 16 ? n : 16;
}

static uint8_t register_endpoint(struct mt_call *c)
{
	struct sim_znp *znp = c->znp;
	struct sim_endpoint ep = { .id = wire_u8(&c->in) };

	ep.profile = wire_u16(&c->in);
	ep.device = wire_u16(&c->in);
	ep.version = wire_u8(&c->in);
	wire_u8(&c->in); /* latency */
	ep.in_count = read_clusters(&c->in, ep.in);
	ep.out_count = read_clusters(&c->in, ep.out);
	if (c->in.bad || !ep.id)
		return ST_INVALID;
	if (mt_endpoint(znp, ep.id))
		return ST_DUPLICATE;
	if (znp->endpoint_count == ENDPOINTS_MAX)
		return 0x10;
	znp->endpoints[znp->endpoint_count++] = ep;
	return ST_OK;
}

static uint8_t delete_endpoint(struct mt_call *c)
{
	struct sim_znp *znp = c->znp;
	const struct sim_endpoint *ep = mt_endpoint(znp, wire_u8(&c->in));
	size_t at;

	if (!ep)
		return ST_FAILURE;
	at = (size_t)(ep - znp->endpoints);
	znp->endpoint_count--;
	memmove(znp->endpoints + at, znp->endpoints + at + 1,
		(znp->endpoint_count - at) * sizeof *ep);
	return ST_OK;
}

/* --- data out --- */

struct request {
	struct sim_frame frame;
	uint8_t mode, transaction;
	uint64_t ieee;
};

static struct request read_short(struct wire_in *in)
{
	struct request r = { .mode = MODE_SHORT };

	r.frame.dst = wire_u16(in);
	r.frame.dst_ep = wire_u8(in);
	r.frame.src_ep = wire_u8(in);
	r.frame.cluster = wire_u16(in);
	r.transaction = wire_u8(in);
	wire_u8(in); /* options */
	r.frame.radius = wire_u8(in);
	r.frame.size = wire_u8(in);
	return r;
}

static struct request read_extended(struct wire_in *in)
{
	struct request r = { .mode = wire_u8(in) };
	uint16_t size;

	r.ieee = wire_u64(in);
	r.frame.dst = (uint16_t)r.ieee;
	r.frame.dst_ep = wire_u8(in);
	wire_u16(in); /* PAN */
	r.frame.src_ep = wire_u8(in);
	r.frame.cluster = wire_u16(in);
	r.transaction = wire_u8(in);
	wire_u8(in);
	r.frame.radius = wire_u8(in);
	size = wire_u16(in);
	r.frame.size = size <= DATA_MAX ? (uint8_t)size : DATA_MAX + 1;
	return r;
}

static bool find_destination(struct sim_znp *znp, struct request *r)
{
	struct sim_node *node;

	if (r->mode == MODE_GROUP)
		r->frame.dst = 0xFFFD;
	if (r->mode != MODE_IEEE)
		return r->mode == MODE_SHORT || r->mode == MODE_BROADCAST || r->mode == MODE_GROUP;
	if (r->ieee == sim_network_facts(znp->network)->coordinator) {
		r->frame.dst = 0;
		return true;
	}
	node = sim_network_find_ieee(znp->network, r->ieee);
	r->frame.dst = node ? node->address : 0xFFFE;
	return node;
}

static void say_confirm(struct sim_znp *znp, uint32_t tag, uint8_t status)
{
	struct mt_frame f = { .cmd0 = MT_AREQ | MT_AF,
		.cmd1 = 0x80,
		.size = 3,
		.data = { status, (uint8_t)(tag >> 8), (uint8_t)tag } };
	msec delay = mt_fault(znp, SIM_LATE_CONFIRM, NULL) ? SIM_LATE_CONFIRM_MSEC : 0;

	if (!mt_fault(znp, SIM_LOST_CONFIRM, NULL))
		mt_say_later(znp, &f, delay);
}

static void confirmed(void *owner, uint32_t tag, uint8_t status)
{
	struct sim_znp *znp = owner;

	if (tag >> 16 != znp->epoch)
		return;
	znp->in_flight--;
	say_confirm(znp, tag, status);
}

static void transmit(struct sim_znp *znp, const struct request *r)
{
	uint32_t tag = (uint32_t)znp->epoch << 16 | (uint32_t)r->frame.src_ep << 8 | r->transaction;
	int status = 0;

	if (mt_fault(znp, SIM_DELIVERY_FAILED, NULL)) {
		say_confirm(znp, tag, SIM_MAC_NO_ACK);
		return;
	}
	if (mt_fault(znp, SIM_CONFIRM_STATUS, &status)) {
		say_confirm(znp, tag, (uint8_t)status);
		return;
	}
	if (r->frame.dst == 0) {
		say_confirm(znp, tag, 0);
		return;
	}
	znp->in_flight++;
	sim_network_transmit(znp->network, &r->frame, SIM_CONFIRM_HOP, tag);
}

/* ZDO by AF: no confirm. */
static uint8_t send_zdo(struct sim_znp *znp, struct request *r)
{
	if (r->frame.dst == 0)
		mt_zdo_to_self(znp, &r->frame);
	else
		sim_network_transmit(znp->network, &r->frame, SIM_CONFIRM_NONE, 0);
	return ST_OK;
}

static uint8_t send_data(struct mt_call *c, struct request r)
{
	struct sim_znp *znp = c->znp;
	const struct sim_endpoint *ep = mt_endpoint(znp, r.frame.src_ep);
	struct span data = wire_take(&c->in, r.frame.size);
	uint32_t buffers = znp->options.stack == SIM_ZSTACK_3X0 ? BUFFERS_ARM : BUFFERS_8051;
	int status = 0;

	if (c->in.bad || (!ep && r.frame.src_ep) || !find_destination(znp, &r) ||
		znp->state != STATE_COORDINATOR)
		return ST_INVALID;
	if (r.frame.size > DATA_MAX)
		return 0xE5;
	if (mt_fault(znp, SIM_SRSP_STATUS, &status))
		return (uint8_t)status;
	if (mt_fault(znp, SIM_MESSAGE_LIMIT, NULL))
		return ST_MEMORY;
	if (mt_fault(znp, SIM_NO_BUFFERS, NULL) || znp->in_flight >= buffers)
		return ST_BUFFER_FULL;
	memcpy(r.frame.data, data.data, data.size);
	r.frame.profile = ep ? ep->profile : 0;
	if (!r.frame.src_ep && !r.frame.dst_ep)
		return send_zdo(znp, &r);
	transmit(znp, &r);
	return ST_OK;
}

void mt_af(struct mt_call *c)
{
	switch (c->request->cmd1) {
	case 0x00:
		wire_put_u8(&c->out, register_endpoint(c));
		return;
	case 0x01:
		wire_put_u8(&c->out, send_data(c, read_short(&c->in)));
		return;
	case 0x02:
		wire_put_u8(&c->out, send_data(c, read_extended(&c->in)));
		return;
	case 0x04:
		wire_put_u8(&c->out, delete_endpoint(c));
		return;
	case 0x10:
	case 0x13:
		wire_put_u8(&c->out, ST_OK);
		return;
	case 0x12:
		wire_put_u8(&c->out, ST_FAILURE);
		wire_put_u8(&c->out, 0);
		return;
	default:
		c->rpc_error = 2;
	}
}

/* --- data in --- */

static void say_incoming(struct sim_znp *znp, const struct sim_frame *f, uint8_t dst_ep)
{
	uint8_t raw[MT_DATA_MAX];
	struct wire_out w = wire_out(raw, sizeof raw);

	wire_put_u16(&w, 0); /* group */
	wire_put_u16(&w, f->cluster);
	wire_put_u16(&w, f->src);
	wire_put_u8(&w, f->src_ep);
	wire_put_u8(&w, dst_ep);
	wire_put_u8(&w, f->broadcast);
	wire_put_u8(&w, f->lqi);
	wire_put_u8(&w, 0); /* security */
	wire_put_u32(&w, (uint32_t)(loop_now(sim_network_loop(znp->network)) * 3125));
	wire_put_u8(&w, 0);
	wire_put_u8(&w, f->size);
	wire_put(&w, f->data, f->size);
	wire_put_u16(&w, f->last_hop);
	wire_put_u8(&w, f->radius);
	mt_say(znp, MT_AREQ | MT_AF, 0x81, wire_span(&w));
	if (mt_fault(znp, SIM_DUPLICATE, NULL))
		mt_say(znp, MT_AREQ | MT_AF, 0x81, wire_span(&w));
}

/* Old firmware drops what does not fit the endpoint's profile; the new takes any. */
static bool profile_fits(const struct sim_znp *znp, const struct sim_endpoint *ep, uint16_t profile)
{
	return znp->options.stack == SIM_ZSTACK_3X0 || ep->profile == profile;
}

static void incoming(void *owner, const struct sim_frame *frame)
{
	struct sim_znp *znp = owner;
	const struct sim_endpoint *ep;
	uint8_t wanted = frame->dst_ep;

	if (!wanted) {
		mt_zdo_incoming(znp, frame);
		return;
	}
	if (znp->options.stack != SIM_ZSTACK_3X0 && (wanted == 10 || wanted == 11))
		wanted = 1;
	ep = mt_endpoint(znp, wanted);
	if (ep && profile_fits(znp, ep, frame->profile))
		say_incoming(znp, frame, wanted);
}

static bool running(void *owner)
{
	const struct sim_znp *znp = owner;

	return znp->state == STATE_COORDINATOR && !znp->dead && !znp->link.unplugged;
}

static void joined(void *owner, const struct sim_node *node)
{
	uint8_t raw[12];
	struct wire_out w = wire_out(raw, sizeof raw);

	wire_put_u16(&w, node->address);
	wire_put_u64(&w, node->ieee);
	wire_put_u16(&w, node->parent ? node->parent->address : 0);
	mt_say(owner, MT_AREQ | MT_ZDO, 0xCA, wire_span(&w));
}

/* The stick answers Match_Desc_req by itself: the first endpoint that lists OTA as input. */
static uint8_t ota_endpoint(void *owner)
{
	const struct sim_znp *znp = owner;

	for (size_t i = 0; i < znp->endpoint_count; i++) {
		const struct sim_endpoint *ep = &znp->endpoints[i];

		for (uint8_t k = 0; k < ep->in_count && ep->profile == SIM_PROFILE_HA; k++)
			if (ep->in[k] == 0x0019)
				return ep->id;
	}
	return 0;
}

const struct sim_stick_ops MT_STICK = { .running = running,
	.incoming = incoming,
	.joined = joined,
	.confirmed = confirmed,
	.ota_endpoint = ota_endpoint };
