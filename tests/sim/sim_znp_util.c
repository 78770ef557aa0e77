/* UTIL: device info, child table, address manager. */
#include "tests/sim/sim_znp_private.h"

enum {
	RECORD_8051 = 28,
	RECORD_ARM = 36,
	RELATION_SLEEPY = 1,
	RELATION_CHILD = 2,
	RELATION_NEIGHBOUR = 5,
	NONE = 0xFFFE,
};

/* Children and neighbouring routers are in the table, grandchildren are not. */
static bool associated(const struct sim_node *node)
{
	return !node->parent;
}

static uint8_t relation(const struct sim_node *node)
{
	if (node->facts.type == 1)
		return RELATION_NEIGHBOUR;
	return node->sleepy ? RELATION_SLEEPY : RELATION_CHILD;
}

static void put_record(struct mt_call *c, const struct sim_node *node)
{
	size_t size = c->znp->options.stack == SIM_ZSTACK_3X0 ? RECORD_ARM : RECORD_8051;
	bool known = node && associated(node);

	wire_put_u16(&c->out, known ? node->address : NONE);
	wire_put_u16(&c->out, known ? 5 : 0);
	wire_put_u8(&c->out, known ? relation(node) : 0);
	wire_put_u8(&c->out, known);
	wire_put_uint(&c->out, 0, 3);
	wire_put_u8(&c->out, known);
	wire_put_u8(&c->out, known ? node->lqi : 0);
	while (c->out.size < size)
		wire_put_u8(&c->out, 0);
}

static void put_device(struct mt_call *c)
{
	bool up = c->znp->state == STATE_COORDINATOR;
	struct span ieee = nv_get(c->znp->nv, NV_EXTADDR);
	struct wire_out count;
	uint8_t n = 0;

	wire_put_u8(&c->out, ST_OK);
	wire_put(&c->out, ieee.data, ieee.size);
	wire_put_u16(&c->out, up ? 0 : NONE);
	wire_put_u8(&c->out, 7);
	wire_put_u8(&c->out, c->znp->state);
	count = c->out;
	wire_put_u8(&c->out, 0);
	for (struct sim_node *i = sim_network_first(c->znp->network); up && i; i = i->next)
		if (associated(i) && i->facts.type == 2 && ++n)
			wire_put_u16(&c->out, i->address);
	wire_put_u8(&count, n);
}

static struct sim_node *nth(const struct sim_znp *znp, uint8_t index)
{
	struct sim_node *i = sim_network_first(znp->network);

	while (i && (!associated(i) || index-- > 0))
		i = i->next;
	return i;
}

static void put_count(struct mt_call *c)
{
	uint8_t low = wire_u8(&c->in), high = wire_u8(&c->in);
	uint16_t n = 0;

	for (struct sim_node *i = sim_network_first(c->znp->network); i; i = i->next)
		if (associated(i) && relation(i) >= low && relation(i) <= high)
			n++;
	wire_put_u16(&c->out, n);
}

static void put_with_address(struct mt_call *c)
{
	uint64_t ieee = wire_u64(&c->in);
	uint16_t address = wire_u16(&c->in);

	put_record(c, ieee ? sim_network_find_ieee(c->znp->network, ieee)
			   : sim_network_find(c->znp->network, address));
}

static void put_lookup(struct mt_call *c)
{
	struct sim_node *node;

	if (c->request->cmd1 == 0x40) {
		node = sim_network_find_ieee(c->znp->network, wire_u64(&c->in));
		wire_put_u16(&c->out, node ? node->address : NONE);
		return;
	}
	node = sim_network_find(c->znp->network, wire_u16(&c->in));
	wire_put_u64(&c->out, node ? node->ieee : UINT64_MAX);
}

/* The key is not given away. */
static void put_nv_info(struct mt_call *c)
{
	struct nv_network net = { 0 };
	struct span ieee = nv_get(c->znp->nv, NV_EXTADDR);

	nv_network_of(c->znp->nv, &net);
	wire_put_u8(&c->out, ST_OK);
	wire_put(&c->out, ieee.data, ieee.size);
	wire_put_u32(&c->out, net.channel ? UINT32_C(1) << net.channel : 0);
	wire_put_u16(&c->out, net.pan_id);
	wire_put_u8(&c->out, 5);
	wire_put_uint(&c->out, 0, 8);
	wire_put_uint(&c->out, 0, 8);
}

void mt_util(struct mt_call *c)
{
	switch (c->request->cmd1) {
	case 0x00:
		put_device(c);
		return;
	case 0x01:
		put_nv_info(c);
		return;
	case 0x10:
		wire_put(&c->out, c->request->data, c->request->size);
		return;
	case 0x40:
	case 0x41:
		put_lookup(c);
		return;
	case 0x48:
		put_count(c);
		return;
	case 0x49:
		put_record(c, nth(c->znp, wire_u8(&c->in)));
		return;
	case 0x4A:
		put_with_address(c);
		return;
	case 0x06:
	case 0x0A:
	case 0x63:
	case 0x64:
		wire_put_u8(&c->out, ST_OK);
		return;
	default:
		c->rpc_error = 2;
	}
}
