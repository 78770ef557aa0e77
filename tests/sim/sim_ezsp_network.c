/* The network that the stick remembers: how it comes up and what it says about it. */
#include "tests/sim/sim_ezsp_private.h"

enum {
	STATE_NONE = 0,
	STATE_JOINED = 2,
	TYPE_COORDINATOR = 1,
	TYPE_ROUTER = 2,
	ROUTER_ID = 0x1234,
	UP_MSEC = 20,
	CHANNELS = 0x07FFF800,
	TX_POWER = 8,
};

uint16_t ez_node_id(const struct sim_ezsp *ezsp)
{
	if (!ezsp->up)
		return 0xFFFE;
	return ezsp->options.form == SIM_ROUTER ? ROUTER_ID : 0;
}

void ez_come_up(struct sim_ezsp *ezsp)
{
	ezsp->up = true;
	ez_say_stack_status(
		ezsp, EZ_NETWORK_UP, UP_MSEC + sim_network_jitter(ezsp->network, 0, 280));
}

void ez_go_down(struct sim_ezsp *ezsp)
{
	ezsp->up = false;
	ez_say_stack_status(ezsp, EZ_NETWORK_DOWN, 0);
}

static enum ez_status network_init(struct sim_ezsp *ezsp)
{
	if (ezsp->up)
		return EZ_INVALID_CALL;
	if (!ezsp->nv.formed)
		return EZ_NOT_JOINED;
	ez_come_up(ezsp);
	return EZ_OK;
}

static void put_parameters(struct ez_call *c)
{
	const struct sim_ezsp *ezsp = c->ezsp;
	bool up = ezsp->up;

	ez_status(c, up ? EZ_OK : EZ_NOT_JOINED);
	if (!up) {
		for (int i = 0; i < 21; i++)
			wire_put_u8(&c->out, 0);
		return;
	}
	wire_put_u8(&c->out, ezsp->options.form == SIM_ROUTER ? TYPE_ROUTER : TYPE_COORDINATOR);
	wire_put_u64(&c->out, ezsp->nv.ext_pan_id);
	wire_put_u16(&c->out, ezsp->nv.pan_id);
	wire_put_u8(&c->out, TX_POWER);
	wire_put_u8(&c->out, ezsp->nv.channel);
	wire_put_u8(&c->out, 0);
	wire_put_u16(&c->out, 0);
	wire_put_u8(&c->out, 0);
	wire_put_u32(&c->out, CHANNELS);
}

static void put_radio(struct ez_call *c)
{
	ez_status(c, c->ezsp->up ? EZ_OK : EZ_NOT_JOINED);
	wire_put_u8(&c->out, TX_POWER);
	wire_put_u8(&c->out, 0);
	wire_put_u8(&c->out, c->ezsp->nv.channel);
}

static void put_family(struct ez_call *c)
{
	uint8_t children = 0;

	for (struct sim_node *n = sim_network_first(c->ezsp->network); n; n = n->next)
		children += ez_is_child(n);
	wire_put_u8(&c->out, children);
	wire_put_uint(&c->out, 0, 8);
	wire_put_u16(&c->out, EZ_NO_NODE);
}

/* --- keys: those of the simulated network, for drivers that want a backup --- */

static const char LINK_KEY[] = "ZigBeeAlliance09";

static void put_key(struct ez_call *c, uint8_t type)
{
	if (type == 1)
		wire_put(&c->out, c->ezsp->nv.key, 16);
	else
		wire_put(&c->out, LINK_KEY, 16);
}

/* The context of the request is repeated since EZSP 14; the status is wide since 13. */
static void export_key(struct ez_call *c)
{
	struct span context = wire_take(&c->in, c->in.left < 18 ? c->in.left : 18);
	uint8_t type = context.size ? context.data[0] : 0;

	if (ez_since(c->ezsp, EZ_V_STATUS)) {
		wire_put_u32(&c->out, 0);
		put_key(c, type);
		wire_put(&c->out, context.data, context.size);
		return;
	}
	put_key(c, type);
	wire_put_u32(&c->out, 0);
}

static void key_info(struct ez_call *c)
{
	wire_put_u32(&c->out, 0);
	wire_put(&c->out, (uint8_t[]){ 1, 0, 0, 0 }, 4);
	wire_put_u32(&c->out, 0x00010000);
}

/* Up to EZSP 12: 1 is the trust centre's link key, 3 the network's. */
static void get_key(struct ez_call *c)
{
	uint8_t type = wire_u8(&c->in);

	ez_status(c, EZ_OK);
	wire_put_u16(&c->out, type == 3 ? 0x000B : 0x0008);
	wire_put_u8(&c->out, type);
	put_key(c, type == 3 ? 1 : 2);
	wire_put_u32(&c->out, 0x00010000);
	wire_put_u32(&c->out, 0);
	wire_put_u8(&c->out, 0);
	wire_put_u64(&c->out, sim_network_facts(c->ezsp->network)->coordinator);
}

static void put_security(struct ez_call *c)
{
	ez_status(c, c->ezsp->up ? EZ_OK : EZ_NOT_JOINED);
	wire_put_u16(&c->out, 0x0084);
	wire_put_u64(&c->out, sim_network_facts(c->ezsp->network)->coordinator);
}

static bool keys(struct ez_call *c)
{
	switch (c->id) {
	case 0x0069:
		return put_security(c), true;
	case 0x006A:
		return !ez_since(c->ezsp, 13) && (get_key(c), true);
	case 0x0114:
		return ez_since(c->ezsp, 12) && (export_key(c), true);
	case 0x0116:
		return ez_since(c->ezsp, 12) && (key_info(c), true);
	default:
		return false;
	}
}

/* --- routes --- */

static void set_concentrator(struct ez_call *c)
{
	c->ezsp->concentrator = wire_u8(&c->in);
	c->ezsp->routed_count = 0;
	ez_status(c, EZ_OK);
}

static void route_discovery(struct ez_call *c)
{
	wire_put_u32(&c->out, wire_u8(&c->in) ? 60000 : 0);
}

bool ez_network(struct ez_call *c)
{
	const struct sim_ezsp *ezsp = c->ezsp;

	switch (c->id) {
	case 0x0010:
		return set_concentrator(c), true;
	case 0x0017:
		return ez_status(c, network_init(c->ezsp)), true;
	case 0x0018:
		return wire_put_u8(&c->out, ezsp->up ? STATE_JOINED : STATE_NONE), true;
	case 0x0026:
		return wire_put_u64(&c->out, sim_network_facts(ezsp->network)->coordinator), true;
	case 0x0027:
		return wire_put_u16(&c->out, ez_node_id(ezsp)), true;
	case 0x0028:
		return put_parameters(c), true;
	case 0x0029:
		return put_family(c), true;
	case 0x005A:
		return ez_since(ezsp, EZ_V_WIDE) && (route_discovery(c), true);
	case 0x0070: /* gpSinkTableInit later */
		return !ez_since(ezsp, 6) && (ez_status(c, network_init(c->ezsp)), true);
	case 0x00FD:
		return put_radio(c), true;
	default:
		return keys(c);
	}
}
