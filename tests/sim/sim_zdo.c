/* ZDO server of every node, the coordinator included. */
#include "tests/sim/sim_ether.h"

enum { LQI_RECORDS_MAX = 2, STATUS_INVALID_EP = 0x82 };

struct zdo {
	const struct sim_zdo *who;
	struct wire_in in;
	struct wire_out out;
	uint16_t address;
	uint64_t ieee;
};

static void put_address(struct zdo *z)
{
	wire_put_u8(&z->out, 0);
	wire_put_u64(&z->out, z->ieee);
	wire_put_u16(&z->out, z->address);
}

static void put_node(struct zdo *z)
{
	const struct sim_facts *f = z->who->facts;

	wire_put_u8(&z->out, 0);
	wire_put_u16(&z->out, z->address);
	wire_put_u8(&z->out, f->type);
	wire_put_u8(&z->out, 0x40); /* 2.4 GHz */
	wire_put_u8(&z->out, f->capabilities);
	wire_put_u16(&z->out, f->manufacturer);
	wire_put_u8(&z->out, 0x52);
	wire_put_u16(&z->out, 0x0052);
	wire_put_u16(&z->out, f->type == 0 ? 0x2C41 : 0x2C00);
	wire_put_u16(&z->out, 0x0052);
	wire_put_u8(&z->out, 0);
}

static void put_power(struct zdo *z)
{
	wire_put_u8(&z->out, 0);
	wire_put_u16(&z->out, z->address);
	wire_put_u16(&z->out, z->who->facts->type == 2 ? 0xC440 : 0xC110);
}

static void put_clusters(struct wire_out *out, const uint16_t *clusters, uint8_t n)
{
	wire_put_u8(out, n);
	for (uint8_t i = 0; i < n; i++)
		wire_put_u16(out, clusters[i]);
}

static const struct sim_endpoint *find_endpoint(const struct sim_facts *f, uint8_t id)
{
	for (size_t i = 0; i < f->endpoint_count; i++)
		if (f->endpoints[i].id == id)
			return &f->endpoints[i];
	return NULL;
}

static void put_simple(struct zdo *z)
{
	const struct sim_endpoint *ep;

	wire_u16(&z->in);
	ep = find_endpoint(z->who->facts, wire_u8(&z->in));
	wire_put_u8(&z->out, ep ? 0 : STATUS_INVALID_EP);
	wire_put_u16(&z->out, z->address);
	if (!ep) {
		wire_put_u8(&z->out, 0);
		return;
	}
	wire_put_u8(&z->out, (uint8_t)(8 + 2 * (ep->in_count + ep->out_count)));
	wire_put_u8(&z->out, ep->id);
	wire_put_u16(&z->out, ep->profile);
	wire_put_u16(&z->out, ep->device);
	wire_put_u8(&z->out, ep->version);
	put_clusters(&z->out, ep->in, ep->in_count);
	put_clusters(&z->out, ep->out, ep->out_count);
}

static void put_endpoints(struct zdo *z)
{
	const struct sim_facts *f = z->who->facts;

	wire_put_u8(&z->out, 0);
	wire_put_u16(&z->out, z->address);
	wire_put_u8(&z->out, (uint8_t)f->endpoint_count);
	for (size_t i = 0; i < f->endpoint_count; i++)
		wire_put_u8(&z->out, f->endpoints[i].id);
}

static bool lists(const uint16_t *have, uint8_t n, uint16_t cluster)
{
	while (n-- > 0)
		if (have[n] == cluster)
			return true;
	return false;
}

static bool matches(const struct sim_endpoint *ep, struct wire_in in)
{
	uint16_t profile = wire_u16(&in);
	bool hit = false;

	for (uint8_t n = wire_u8(&in); n > 0 && !in.bad; n--)
		hit |= lists(ep->in, ep->in_count, wire_u16(&in));
	for (uint8_t n = wire_u8(&in); n > 0 && !in.bad; n--)
		hit |= lists(ep->out, ep->out_count, wire_u16(&in));
	return hit && !in.bad && ep->profile == profile;
}

static bool put_match(struct zdo *z)
{
	const struct sim_facts *f = z->who->facts;
	uint8_t hits[16], n = 0;

	wire_u16(&z->in);
	for (size_t i = 0; i < f->endpoint_count && n < sizeof hits; i++)
		if (matches(&f->endpoints[i], z->in))
			hits[n++] = f->endpoints[i].id;
	wire_put_u8(&z->out, 0);
	wire_put_u16(&z->out, z->address);
	wire_put_u8(&z->out, n);
	wire_put(&z->out, hits, n);
	return n > 0;
}

/* relation: 1 child, 2 sibling, 0 parent */
static void put_neighbour(struct zdo *z, const struct sim_node *node, uint8_t relation)
{
	const struct sim_network_options *net = sim_network_facts(z->who->network);
	uint8_t type = node ? node->facts.type : 0;
	uint8_t on = !node || !node->sleepy;

	wire_put_u64(&z->out, net->ext_pan_id);
	wire_put_u64(&z->out, node ? node->ieee : net->coordinator);
	wire_put_u16(&z->out, node ? node->address : 0);
	wire_put_u8(&z->out, (uint8_t)(type | on << 2 | relation << 4));
	wire_put_u8(&z->out, 2); /* permit join unknown */
	wire_put_u8(&z->out, node && node->parent ? 2 : node ? 1 : 0);
	wire_put_u8(&z->out, node ? node->lqi : 0xC0);
}

/* 0xFF: no neighbour of this table's owner */
static uint8_t relation_of(const struct sim_zdo *who, const struct sim_node *node)
{
	if (node == who->node)
		return 0xFF;
	if (node->facts.type == 2)
		return node->parent == who->node ? 1 : 0xFF;
	return 2;
}

static void put_neighbours(struct zdo *z)
{
	uint8_t start = wire_u8(&z->in), total = 0, count = 0;
	struct wire_out head;

	wire_put_u8(&z->out, 0);
	head = z->out;
	wire_put(&z->out, "\0\0\0", 3);
	if (z->who->node) {
		if (!start && ++count)
			put_neighbour(z, NULL, 0);
		total++;
	}
	for (struct sim_node *n = sim_network_first(z->who->network); n; n = n->next) {
		uint8_t relation = relation_of(z->who, n);

		if (relation == 0xFF)
			continue;
		if (total >= start && count < LQI_RECORDS_MAX && ++count)
			put_neighbour(z, n, relation);
		total++;
	}
	wire_put_u8(&head, total);
	wire_put_u8(&head, start);
	wire_put_u8(&head, count);
}

static void put_status(struct zdo *z, uint8_t status)
{
	wire_put_u8(&z->out, status);
}

static bool answer(struct zdo *z, uint16_t cluster)
{
	switch (cluster) {
	case 0x0000:
		return wire_u64(&z->in) == z->ieee && (put_address(z), true);
	case 0x0001:
		return wire_u16(&z->in) == z->address && (put_address(z), true);
	case 0x0002:
		return put_node(z), true;
	case 0x0003:
		return put_power(z), true;
	case 0x0004:
		return put_simple(z), true;
	case 0x0005:
		return put_endpoints(z), true;
	case 0x0006:
		return put_match(z);
	case 0x0021:
	case 0x0022:
		return put_status(z, 0), true;
	case 0x0031:
		return put_neighbours(z), true;
	case 0x0034:
		sim_network_count_command(z->who->network);
		return put_status(z, 0x84), true;
	case 0x0036:
		return put_status(z, 0), true;
	default:
		return !(cluster & 0x8000) && cluster != 0x0013 && (put_status(z, 0x84), true);
	}
}

bool sim_zdo_answer(
	const struct sim_zdo *who, const struct sim_frame *request, struct sim_frame *response)
{
	struct zdo z = { .who = who,
		.in = wire_in((struct span){ request->data, request->size }),
		.out = wire_out(response->data, sizeof response->data),
		.address = who->node ? who->node->address : 0,
		.ieee = who->node ? who->node->ieee
				  : sim_network_facts(who->network)->coordinator };

	wire_put_u8(&z.out, wire_u8(&z.in));
	if (!answer(&z, request->cluster) || z.in.bad || z.out.bad)
		return false;
	response->cluster = request->cluster | 0x8000;
	response->profile = 0;
	response->src_ep = response->dst_ep = 0;
	response->size = (uint8_t)z.out.size;
	return true;
}
