/* ZDO: requests to nodes and to ourselves, their answers in both forms, network facts, groups. */
#include "tests/sim/sim_znp_private.h"

enum { GROUP_NAME = 16 };

/* --- answers to the host --- */

static void say_callback(struct sim_znp *znp, const struct sim_frame *f)
{
	uint8_t raw[MT_DATA_MAX];
	struct wire_out w = wire_out(raw, sizeof raw);

	wire_put_u16(&w, f->src);
	wire_put_u8(&w, f->broadcast);
	wire_put_u16(&w, f->cluster);
	wire_put_u8(&w, 0);
	wire_put_u8(&w, f->data[0]);
	wire_put_u16(&w, f->dst);
	wire_put(&w, f->data + 1, f->size - 1u);
	mt_say(znp, MT_AREQ | MT_ZDO, 0xFF, wire_span(&w));
}

/* A failed address request is silence; the count comes after the start index here. */
static void say_address(struct sim_znp *znp, const struct sim_frame *f)
{
	uint8_t raw[16] = { 0 };
	struct span s = { raw, 13 };

	if (f->size < 12 || f->data[1])
		return;
	memcpy(raw, f->data + 1, 11);
	mt_say(znp, MT_AREQ | MT_ZDO, (uint8_t)(f->cluster | 0x80), s);
}

static void say_direct(struct sim_znp *znp, const struct sim_frame *f)
{
	uint8_t raw[MT_DATA_MAX], command = (uint8_t)(f->cluster | 0x80);
	struct wire_out w = wire_out(raw, sizeof raw);

	if (f->cluster == 0x8000 || f->cluster == 0x8001) {
		say_address(znp, f);
		return;
	}
	wire_put_u16(&w, f->src);
	if (f->cluster == 0x8004 && f->data[1]) {
		command = 0xC3;
		wire_put_u8(&w, f->data[1]);
	} else if (f->cluster == 0x0013) {
		command = 0xC1;
		wire_put(&w, f->data + 1, f->size - 1u);
	} else {
		wire_put(&w, f->data + 1, f->size - 1u);
	}
	mt_say(znp, MT_AREQ | MT_ZDO, command, wire_span(&w));
}

void mt_zdo_incoming(struct sim_znp *znp, const struct sim_frame *frame)
{
	if (frame->size < 2 || (!(frame->cluster & 0x8000) && frame->cluster != 0x0013))
		return;
	if (nv_byte(znp->nv, NV_DIRECT_CB, 0) == 1)
		say_direct(znp, frame);
	if (znp->all_callbacks)
		say_callback(znp, frame);
}

/* --- requests --- */

static void incoming_later(void *owner, const void *data, size_t size)
{
	(void)size;
	mt_zdo_incoming(owner, data);
}

static void answer_later(struct sim_znp *znp, const struct sim_frame *f)
{
	sim_events_add(
		znp->events, (struct sim_event){ .delay = sim_network_jitter(znp->network, 10, 50),
				     .fn = incoming_later,
				     .owner = znp,
				     .data = f,
				     .size = sizeof *f });
}

static struct sim_facts our_facts(const struct sim_znp *znp)
{
	return (struct sim_facts){ .type = 0,
		.capabilities = 0x8F,
		.endpoints = znp->endpoints,
		.endpoint_count = znp->endpoint_count };
}

void mt_zdo_to_self(struct sim_znp *znp, const struct sim_frame *request)
{
	struct sim_facts facts = our_facts(znp);
	struct sim_zdo who = { znp->network, NULL, &facts };
	struct sim_frame response = { .src = 0 };

	if (sim_zdo_answer(&who, request, &response))
		answer_later(znp, &response);
}

/* The parent of a sleepy node knows its address, too. */
static void ask_address(struct sim_znp *znp, const struct sim_frame *request)
{
	struct wire_in w = wire_in((struct span){ request->data + 1, 8 });
	uint64_t ieee = wire_u64(&w);
	struct sim_node *node = sim_network_find_ieee(znp->network, ieee);
	struct sim_frame response = { 0 };
	struct sim_zdo who = { znp->network, node, node ? &node->facts : NULL };

	if (ieee == sim_network_facts(znp->network)->coordinator) {
		mt_zdo_to_self(znp, request);
		return;
	}
	if (!node || (node->deaf && !node->sleepy) || !sim_zdo_answer(&who, request, &response))
		return;
	response.src = node->parent ? node->parent->address : node->sleepy ? 0 : node->address;
	answer_later(znp, &response);
}

static void ask(struct mt_call *c, uint16_t cluster, uint16_t dst, struct span payload)
{
	struct sim_frame f = { .dst = dst, .cluster = cluster };
	struct wire_out w = wire_out(f.data, sizeof f.data);

	wire_put_u8(&c->out, ST_OK);
	wire_put_u8(&w, c->znp->zdo_sequence++);
	wire_put(&w, payload.data, payload.size);
	f.size = (uint8_t)w.size;
	if (cluster == 0x0000 && f.size >= 9)
		ask_address(c->znp, &f);
	else if (dst == 0)
		mt_zdo_to_self(c->znp, &f);
	else
		sim_network_transmit(c->znp->network, &f, SIM_CONFIRM_NONE, 0);
}

static void forward(struct mt_call *c)
{
	uint8_t cmd1 = c->request->cmd1;
	struct span all = { c->request->data, c->request->size };
	struct span rest = { all.data + 2, all.size < 2 ? 0 : all.size - 2 };

	if (cmd1 == 0x00)
		ask(c, 0x0000, 0, all);
	else if (cmd1 == 0x01)
		ask(c, 0x0001, wire_u16(&c->in), all);
	else
		ask(c, cmd1, wire_u16(&c->in), rest);
}

static void permit_join(struct mt_call *c)
{
	uint8_t duration;
	struct sim_frame response = { .cluster = 0x8036, .size = 2 };

	wire_u8(&c->in);
	wire_u16(&c->in);
	duration = wire_u8(&c->in);
	wire_put_u8(&c->out, ST_OK);
	mt_say(c->znp, MT_AREQ | MT_ZDO, 0xCB, (struct span){ &duration, 1 });
	answer_later(c->znp, &response);
}

static void put_network(struct mt_call *c)
{
	struct nv_network net = { 0 };

	nv_network_of(c->znp->nv, &net);
	wire_put_u16(&c->out, c->znp->state == STATE_COORDINATOR ? 0 : 0xFFFE);
	wire_put_u8(&c->out, c->znp->state);
	wire_put_u16(&c->out, net.pan_id);
	wire_put_u16(&c->out, 0);
	wire_put_u64(&c->out, net.ext_pan_id);
	wire_put_u64(&c->out, 0);
	wire_put_u8(&c->out, net.channel);
}

/* --- groups --- */

static size_t find_group(const struct sim_znp *znp, struct mt_group g)
{
	size_t i = 0;

	while (i < znp->group_count &&
		(znp->groups[i].endpoint != g.endpoint || znp->groups[i].group != g.group))
		i++;
	return i;
}

static void group_call(struct mt_call *c)
{
	struct sim_znp *znp = c->znp;
	struct mt_group g = { wire_u8(&c->in), 0 };
	size_t at;

	g.group = wire_u16(&c->in);
	at = find_group(znp, g);
	if (c->request->cmd1 == 0x4A) {
		wire_put_u8(&c->out, at == znp->group_count);
		wire_put_u16(&c->out, g.group);
		for (size_t i = 0; i <= GROUP_NAME; i++)
			wire_put_u8(&c->out, 0);
		return;
	}
	if (c->request->cmd1 == 0x4B && at == znp->group_count && at < GROUPS_MAX)
		znp->groups[znp->group_count++] = g;
	else if (c->request->cmd1 == 0x47 && at < znp->group_count)
		znp->groups[at] = znp->groups[--znp->group_count];
	wire_put_u8(&c->out, ST_OK);
}

static void put_route_check(struct mt_call *c)
{
	uint16_t dst = wire_u16(&c->in);

	wire_put_u8(&c->out, !dst || sim_network_find(c->znp->network, dst) ? 0 : SIM_MAC_NO_ROUTE);
}

static void set_callbacks(struct mt_call *c)
{
	c->znp->all_callbacks = c->request->cmd1 == 0x3E;
	wire_put_u8(&c->out, ST_OK);
}

void mt_zdo(struct mt_call *c)
{
	switch (c->request->cmd1) {
	case 0x36:
		permit_join(c);
		return;
	case 0x3E:
	case 0x3F:
		set_callbacks(c);
		return;
	case 0x40:
		wire_put_u8(&c->out, mt_startup(c->znp));
		return;
	case 0x0A:
	case 0x45:
	case 0x48:
		wire_put_u8(&c->out, ST_OK);
		return;
	case 0x46:
		put_route_check(c);
		return;
	case 0x47:
	case 0x4A:
	case 0x4B:
		group_call(c);
		return;
	case 0x50:
		put_network(c);
		return;
	default:
		if (c->request->cmd1 <= 0x06 ||
			(c->request->cmd1 >= 0x21 && c->request->cmd1 <= 0x38))
			forward(c);
		else
			c->rpc_error = 2;
	}
}
