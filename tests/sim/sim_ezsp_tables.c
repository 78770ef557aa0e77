/* Children, neighbours, addresses, groups. */
#include "tests/sim/sim_ezsp_private.h"

enum { NONE = 0xFF, END_DEVICE = 3, SLEEPY_END_DEVICE = 4, TIMEOUT_256_MIN = 8 };

/* --- children --- */

bool ez_is_child(const struct sim_node *node)
{
	return !node->parent && node->facts.type == 2;
}

uint8_t ez_child_index(const struct sim_ezsp *ezsp, const struct sim_node *node)
{
	uint8_t index = 0;

	for (struct sim_node *n = sim_network_first(ezsp->network); n; n = n->next) {
		if (n == node)
			return ez_is_child(n) ? index : NONE;
		index += ez_is_child(n);
	}
	return NONE;
}

static const struct sim_node *nth_child(const struct sim_ezsp *ezsp, uint8_t index)
{
	for (struct sim_node *n = sim_network_first(ezsp->network); n; n = n->next)
		if (ez_is_child(n) && index-- == 0)
			return ezsp->up ? n : NULL;
	return NULL;
}

static void child_data(struct ez_call *c)
{
	const struct sim_node *n = nth_child(c->ezsp, wire_u8(&c->in));
	uint64_t ieee = n ? n->ieee : UINT64_MAX;
	uint16_t id = n ? n->address : EZ_NO_NODE;
	uint8_t type = n ? (n->sleepy ? SLEEPY_END_DEVICE : END_DEVICE) : 0;

	ez_status(c, n ? EZ_OK : EZ_NOT_JOINED);
	if (!ez_since(c->ezsp, 7)) {
		wire_put_u16(&c->out, id);
		wire_put_u64(&c->out, ieee);
		wire_put_u8(&c->out, type);
		return;
	}
	wire_put_u64(&c->out, ieee);
	wire_put_u8(&c->out, type);
	wire_put_u16(&c->out, id);
	wire_put(&c->out, (uint8_t[]){ 0, 0x7F, TIMEOUT_256_MIN }, 3);
	if (ez_since(c->ezsp, 10))
		wire_put_u32(&c->out, n ? 15000 : 0);
}

static void child_id(struct ez_call *c)
{
	const struct sim_node *n = nth_child(c->ezsp, wire_u8(&c->in));

	wire_put_u16(&c->out, n ? n->address : EZ_NO_NODE);
}

static void child_index(struct ez_call *c)
{
	const struct sim_node *n = sim_network_find(c->ezsp->network, wire_u16(&c->in));

	wire_put_u8(&c->out, n ? ez_child_index(c->ezsp, n) : NONE);
}

/* --- neighbours: the routers that we hear --- */

static const struct sim_node *nth_router(const struct sim_ezsp *ezsp, uint8_t index)
{
	for (struct sim_node *n = sim_network_first(ezsp->network); n; n = n->next)
		if (n->facts.type == 1 && index-- == 0)
			return n;
	return NULL;
}

static void neighbour(struct ez_call *c)
{
	const struct sim_node *n = nth_router(c->ezsp, wire_u8(&c->in));

	ez_status(c, n ? EZ_OK : EZ_INDEX_RANGE);
	wire_put_u16(&c->out, n ? n->address : EZ_NO_NODE);
	wire_put(&c->out, (uint8_t[]){ n ? n->lqi : 0, 1, 1, 4 }, 4);
	wire_put_u64(&c->out, n ? n->ieee : 0);
}

static void neighbour_count(struct ez_call *c)
{
	uint8_t n = 0;

	while (nth_router(c->ezsp, n))
		n++;
	wire_put_u8(&c->out, n);
}

static void no_route(struct ez_call *c)
{
	ez_status(c, EZ_INDEX_RANGE);
	wire_put_uint(&c->out, 0xFFFF, 2);
	wire_put_uint(&c->out, 0, 6);
}

/* --- addresses --- */

/* What it knows since its start: its children, its neighbours and who was heard. */
static const struct sim_node *known(const struct sim_ezsp *ezsp, const struct sim_node *n)
{
	if (!n || !n->parent)
		return n;
	for (size_t i = 0; i < ezsp->routed_count; i++)
		if (ezsp->routed[i] == n->address)
			return n;
	return NULL;
}

static void lookup_id(struct ez_call *c)
{
	struct sim_ezsp *ezsp = c->ezsp;
	uint64_t ieee = wire_u64(&c->in);
	const struct sim_node *n = known(ezsp, sim_network_find_ieee(ezsp->network, ieee));
	uint16_t id = n ? n->address : EZ_NO_NODE;

	if (ieee == sim_network_facts(ezsp->network)->coordinator)
		id = 0;
	for (size_t i = 0; i < EZ_ADDRESSES_MAX; i++)
		if (ezsp->addresses[i].ieee == ieee && id == EZ_NO_NODE)
			id = ezsp->addresses[i].id;
	if (ez_since(ezsp, EZ_V_STATUS))
		ez_status(c, id == EZ_NO_NODE ? EZ_FAIL : EZ_OK);
	wire_put_u16(&c->out, id);
}

static void lookup_ieee(struct ez_call *c)
{
	struct sim_ezsp *ezsp = c->ezsp;
	uint16_t id = wire_u16(&c->in);
	const struct sim_node *n = known(ezsp, sim_network_find(ezsp->network, id));

	ez_status(c, n || !id ? EZ_OK : EZ_FAIL);
	wire_put_u64(&c->out, n     ? n->ieee
			      : !id ? sim_network_facts(ezsp->network)->coordinator
				    : UINT64_MAX);
}

static void replace_address(struct ez_call *c)
{
	struct sim_ezsp *ezsp = c->ezsp;
	uint8_t i = wire_u8(&c->in);
	bool good = i < EZ_ADDRESSES_MAX && i < ezsp->config[EZ_CFG_ADDRESSES];

	ez_status(c, good ? EZ_OK : EZ_INDEX_RANGE);
	wire_put_u64(&c->out, good ? ezsp->addresses[i].ieee : 0);
	wire_put_u16(&c->out, good ? ezsp->addresses[i].id : EZ_NO_NODE);
	wire_put_u8(&c->out, good && ezsp->addresses[i].extended);
	if (!good)
		return;
	ezsp->addresses[i].ieee = wire_u64(&c->in);
	ezsp->addresses[i].id = wire_u16(&c->in);
	ezsp->addresses[i].extended = wire_u8(&c->in);
}

static void set_address(struct ez_call *c)
{
	struct sim_ezsp *ezsp = c->ezsp;
	uint8_t i = wire_u8(&c->in);
	bool good = i < EZ_ADDRESSES_MAX && i < ezsp->config[EZ_CFG_ADDRESSES];

	ez_status(c, good ? EZ_OK : EZ_INDEX_RANGE);
	if (!good)
		return;
	ezsp->addresses[i].ieee = wire_u64(&c->in);
	if (ez_since(ezsp, EZ_V_STATUS))
		ezsp->addresses[i].id = wire_u16(&c->in);
}

/* --- extended timeouts --- */

static bool in_table(const struct sim_ezsp *ezsp, uint64_t ieee)
{
	for (size_t i = 0; i < ezsp->sleeper_count; i++)
		if (ezsp->sleepers[i] == ieee)
			return true;
	for (size_t i = 0; i < EZ_ADDRESSES_MAX; i++)
		if (ezsp->addresses[i].ieee == ieee && ezsp->addresses[i].id != EZ_NO_NODE &&
			ezsp->addresses[i].extended)
			return true;
	return false;
}

bool ez_has_extended_timeout(const struct sim_ezsp *ezsp, const struct sim_node *node)
{
	return node && ((ez_is_child(node) && node->sleepy) || in_table(ezsp, node->ieee));
}

/* There must be an entry that can hold the flag. */
static bool has_entry(const struct sim_ezsp *ezsp, uint64_t ieee)
{
	for (size_t i = 0; i < EZ_ADDRESSES_MAX; i++)
		if (ezsp->addresses[i].ieee == ieee)
			return true;
	return known(ezsp, sim_network_find_ieee(ezsp->network, ieee)) != NULL;
}

static void set_extended_timeout(struct ez_call *c)
{
	struct sim_ezsp *ezsp = c->ezsp;
	uint64_t ieee = wire_u64(&c->in);
	bool on = wire_u8(&c->in), there = has_entry(ezsp, ieee);

	if (there && on && !in_table(ezsp, ieee) && ezsp->sleeper_count < EZ_SLEEPERS_MAX)
		ezsp->sleepers[ezsp->sleeper_count++] = ieee;
	for (size_t i = 0; i < ezsp->sleeper_count && !on; i++)
		if (ezsp->sleepers[i] == ieee)
			ezsp->sleepers[i] = ezsp->sleepers[--ezsp->sleeper_count];
	if (ez_since(ezsp, EZ_V_STATUS))
		ez_status(c, there ? EZ_OK : EZ_FAIL);
}

static void get_extended_timeout(struct ez_call *c)
{
	struct sim_ezsp *ezsp = c->ezsp;
	uint64_t ieee = wire_u64(&c->in);
	bool on = in_table(ezsp, ieee) ||
		  ez_has_extended_timeout(ezsp, sim_network_find_ieee(ezsp->network, ieee));

	if (ez_since(ezsp, EZ_V_STATUS))
		ez_status(c, on ? EZ_OK : EZ_FAIL);
	else
		wire_put_u8(&c->out, on);
}

/* --- groups --- */

static void multicast(struct ez_call *c)
{
	struct sim_ezsp *ezsp = c->ezsp;
	uint8_t i = wire_u8(&c->in);
	bool good = i < EZ_GROUPS_MAX && i < ezsp->config[EZ_CFG_GROUPS];

	ez_status(c, good ? EZ_OK : EZ_INDEX_RANGE);
	if (c->id == 0x0063) {
		wire_put_u16(&c->out, good ? ezsp->groups[i].group : 0);
		wire_put_u8(&c->out, good ? ezsp->groups[i].endpoint : 0);
		wire_put_u8(&c->out, 0);
	} else if (good) {
		ezsp->groups[i].group = wire_u16(&c->in);
		ezsp->groups[i].endpoint = wire_u8(&c->in);
	}
}

static bool address_call(struct ez_call *c)
{
	switch (c->id) {
	case 0x005C:
		return set_address(c), true;
	case 0x0060:
		return lookup_id(c), true;
	case 0x0061:
		return lookup_ieee(c), true;
	case 0x007E:
		return set_extended_timeout(c), true;
	case 0x007F:
		return get_extended_timeout(c), true;
	case 0x0082:
		return replace_address(c), true;
	default:
		return false;
	}
}

bool ez_tables(struct ez_call *c)
{
	switch (c->id) {
	case 0x004A:
		return child_data(c), true;
	case 0x0063:
	case 0x0064:
		return multicast(c), true;
	case 0x0079:
		return neighbour(c), true;
	case 0x007A:
		return neighbour_count(c), true;
	case 0x007B:
		return no_route(c), true;
	case 0x00C1:
		return ez_since(c->ezsp, EZ_V_WIDE) && (no_route(c), c->out.size -= 5, true);
	case 0x00C2:
		return wire_put_u8(&c->out, (uint8_t)c->ezsp->routed_count), true;
	case 0x00C3:
		return wire_put_u8(&c->out, (uint8_t)c->ezsp->config[0x1A]), true;
	case 0x0106:
		return ez_since(c->ezsp, EZ_V_WIDE) && (child_id(c), true);
	case 0x0107:
		return ez_since(c->ezsp, EZ_V_WIDE) && (child_index(c), true);
	default:
		return address_call(c);
	}
}
