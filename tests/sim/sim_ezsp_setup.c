/* What a host sets up in RAM before the network starts: configuration, policies, values,
 * endpoints. */
#include "tests/sim/sim_ezsp_private.h"

enum {
	CONFIG_UNKNOWN = 0xFFFF,
	FREE_BUFFERS = 60000,
	VALUE_FREE_BUFFERS = 0x03,
	VALUE_FRAME_COUNTER_NWK = 0x23,
	VALUE_FRAME_COUNTER_APS = 0x24,
	EXTENDED_ENDPOINT_FLAGS = 0,
	EXTENDED_SOURCE_ROUTE = 2,
	MAX_PAYLOAD = 82,
};

void ez_set_defaults(struct sim_ezsp *ezsp)
{
	static const struct {
		uint8_t id;
		uint16_t value;
	} defaults[] = { { 0x01, 64 }, { 0x02, 16 }, { 0x03, 16 }, { 0x04, 16 }, { 0x05, 8 },
		{ 0x06, 8 }, { 0x07, 16 }, { 0x08, 16 }, { 0x0C, 0 }, { 0x0D, 5 }, { 0x10, 30 },
		{ 0x11, 6 }, { 0x12, 3000 }, { 0x13, 5 }, { 0x17, 0 }, { 0x19, 0 }, { 0x1A, 100 },
		{ 0x1B, 6 }, { 0x1C, 1 }, { 0x1D, 0 }, { 0x1E, 12 }, { 0x1F, 1600 }, { 0x20, 3 },
		{ 0x21, 6 }, { 0x22, 1 }, { 0x24, 0 }, { 0x26, 1 }, { 0x2A, 0 }, { 0x2B, 15 },
		{ 0x2C, 8 }, { 0x2D, 1 }, { 0x36, 300 }, { 0x37, 6 }, { 0x38, 0 } };

	for (size_t i = 0; i < EZ_CONFIG_MAX; i++)
		ezsp->config[i] = CONFIG_UNKNOWN;
	for (size_t i = 0; i < sizeof defaults / sizeof defaults[0]; i++)
		ezsp->config[defaults[i].id] = defaults[i].value;
	memset(ezsp->policy, 0, sizeof ezsp->policy);
	memset(ezsp->values, 0, sizeof ezsp->values);
	ezsp->policy[0] = ez_since(ezsp, EZ_V_WIDE) ? 0x03 : 0x00;
	for (size_t i = 0; i < EZ_ADDRESSES_MAX; i++)
		ezsp->addresses[i] = (struct ez_address){ UINT64_MAX, EZ_NO_NODE, false };
	memset(ezsp->groups, 0, sizeof ezsp->groups);
	sim_network_hold(ezsp->network, ezsp->config[EZ_CFG_INDIRECT]);
}

/* --- configuration and policies --- */

static void get_config(struct ez_call *c)
{
	uint8_t id = wire_u8(&c->in);
	bool known = id < EZ_CONFIG_MAX && c->ezsp->config[id] != CONFIG_UNKNOWN;

	ez_status(c, known ? EZ_OK : EZ_UNKNOWN_ID);
	wire_put_u16(&c->out, known ? c->ezsp->config[id] : 0);
}

static enum ez_status set_config(struct ez_call *c)
{
	struct sim_ezsp *ezsp = c->ezsp;
	uint8_t id = wire_u8(&c->in);
	uint16_t value = wire_u16(&c->in);

	if (ezsp->up)
		return EZ_TOO_LATE;
	if (id >= EZ_CONFIG_MAX || ezsp->config[id] == CONFIG_UNKNOWN)
		return EZ_UNKNOWN_ID;
	if (id == EZ_CFG_INDIRECT && value > 30000)
		return EZ_BAD_ARGUMENT;
	ezsp->config[id] = value;
	if (id == EZ_CFG_INDIRECT)
		sim_network_hold(ezsp->network, value);
	return EZ_OK;
}

static enum ez_status set_policy(struct ez_call *c)
{
	uint8_t id = wire_u8(&c->in), decision = wire_u8(&c->in);

	if (c->in.bad || id >= EZ_POLICY_MAX)
		return EZ_UNKNOWN_ID;
	c->ezsp->policy[id] = decision;
	return EZ_OK;
}

static void get_policy(struct ez_call *c)
{
	uint8_t id = wire_u8(&c->in);

	ez_status(c, id < EZ_POLICY_MAX ? EZ_OK : EZ_UNKNOWN_ID);
	wire_put_u8(&c->out, id < EZ_POLICY_MAX ? c->ezsp->policy[id] : 0);
}

/* --- values --- */

static void get_value(struct ez_call *c)
{
	uint8_t id = wire_u8(&c->in);

	ez_status(c, id < EZ_VALUE_MAX ? EZ_OK : EZ_UNKNOWN_ID);
	if (id >= EZ_VALUE_MAX) {
		wire_put_u8(&c->out, 0);
	} else if (id == VALUE_FREE_BUFFERS) {
		wire_put_u8(&c->out, 2);
		wire_put_u16(&c->out, FREE_BUFFERS);
	} else if (id == VALUE_FRAME_COUNTER_NWK || id == VALUE_FRAME_COUNTER_APS) {
		wire_put_u8(&c->out, 4);
		wire_put_u32(&c->out, 0x00010000);
	} else {
		wire_put_u8(&c->out, 1);
		wire_put_u8(&c->out, c->ezsp->values[id]);
	}
}

/* Whose first byte is all that is kept. */
static enum ez_status set_value(struct ez_call *c)
{
	uint8_t id = wire_u8(&c->in), n = wire_u8(&c->in);

	if (id >= EZ_VALUE_MAX)
		return EZ_UNKNOWN_ID;
	if (n)
		c->ezsp->values[id] = wire_u8(&c->in);
	return EZ_OK;
}

static void get_extended_value(struct ez_call *c)
{
	uint8_t id = wire_u8(&c->in);
	uint32_t which = wire_u32(&c->in);
	bool known = id == EXTENDED_SOURCE_ROUTE || (id == EXTENDED_ENDPOINT_FLAGS && which < 256 &&
							    ez_endpoint(c->ezsp, (uint8_t)which));

	ez_status(c, known ? EZ_OK : EZ_BAD_ARGUMENT);
	if (id == EXTENDED_SOURCE_ROUTE) {
		wire_put_u8(&c->out, 1);
		wire_put_u8(&c->out, ez_source_route_bytes(c->ezsp, (uint16_t)which));
		return;
	}
	wire_put_u8(&c->out, 2);
	wire_put_u16(&c->out, known);
}

/* --- endpoints --- */

const struct sim_endpoint *ez_endpoint(const struct sim_ezsp *ezsp, uint8_t id)
{
	for (size_t i = 0; i < ezsp->endpoint_count; i++)
		if (ezsp->endpoints[i].id == id)
			return &ezsp->endpoints[i];
	return NULL;
}

static uint8_t read_clusters(struct wire_in *in, uint16_t *clusters, uint8_t n, uint8_t most)
{
	for (uint8_t i = 0; i < n; i++) {
		uint16_t id = wire_u16(in);

		if (i < most)
			clusters[i] = id;
	}
	return n < most ? n : most;
}

static enum ez_status add_endpoint(struct ez_call *c)
{
	struct sim_ezsp *ezsp = c->ezsp;
	struct sim_endpoint ep = { .id = wire_u8(&c->in) };
	uint8_t in, out;

	ep.profile = wire_u16(&c->in);
	ep.device = wire_u16(&c->in);
	ep.version = wire_u8(&c->in);
	in = wire_u8(&c->in);
	out = wire_u8(&c->in);
	ep.in_count = read_clusters(&c->in, ep.in, in, sizeof ep.in / sizeof ep.in[0]);
	ep.out_count = read_clusters(&c->in, ep.out, out, sizeof ep.out / sizeof ep.out[0]);
	if (ezsp->up)
		return EZ_TOO_LATE;
	if (c->in.bad || !ep.id || ez_endpoint(ezsp, ep.id) ||
		ezsp->endpoint_count == EZ_ENDPOINTS_MAX)
		return EZ_BAD_ARGUMENT;
	ezsp->endpoints[ezsp->endpoint_count++] = ep;
	return EZ_OK;
}

/* --- */

static void echo(struct ez_call *c)
{
	struct span all = wire_take(&c->in, c->in.left);

	wire_put(&c->out, all.data, all.size);
}

/* A token that nobody wrote is all ones, but for the board's name. */
static void get_token(struct ez_call *c)
{
	static const uint8_t sizes[] = { 2, 16, 16, 2, 2, 16, 40, 8, 64, 92, 20, 1, 8, 2 };
	static const char board[] = "Simulated NCP";
	uint8_t id = wire_u8(&c->in);
	uint8_t n = id < sizeof sizes ? sizes[id] : 0;

	wire_put_u8(&c->out, n);
	for (uint8_t i = 0; i < n; i++)
		wire_put_u8(&c->out, id == 2 && i < sizeof board - 1 ? (uint8_t)board[i] : 0xFF);
}

static void manufacturer_code(struct ez_call *c)
{
	if (ez_since(c->ezsp, EZ_V_STATUS))
		ez_status(c, EZ_OK);
}

static void counters(struct ez_call *c, bool clear)
{
	struct sim_ezsp *ezsp = c->ezsp;

	for (size_t i = 0; i < EZ_COUNTERS; i++)
		wire_put_u16(&c->out, ezsp->counters[i]);
	if (clear)
		memset(ezsp->counters, 0, sizeof ezsp->counters);
}

static bool reading(struct ez_call *c)
{
	switch (c->id) {
	case 0x0003:
		return get_extended_value(c), true;
	case 0x000B:
		return get_token(c), true;
	case 0x0033:
		return wire_put_u8(&c->out, MAX_PAYLOAD), true;
	case 0x0052:
		return get_config(c), true;
	case 0x0056:
		return get_policy(c), true;
	case 0x0065:
		return counters(c, true), true;
	case 0x0081:
		return echo(c), true;
	case 0x00AA:
		return get_value(c), true;
	case 0x00F1:
		return ez_since(c->ezsp, 5) && (counters(c, false), true);
	default:
		return false;
	}
}

bool ez_setup(struct ez_call *c)
{
	switch (c->id) {
	case 0x0002:
		return ez_status(c, add_endpoint(c)), true;
	case 0x0005:
		return true; /* nop */
	case 0x0015:
		return manufacturer_code(c), true;
	case 0x0047: /* no firmware of Nabu Casa */
		return ez_status(c, EZ_NOT_PRESENT), wire_put_u8(&c->out, 0), true;
	case 0x0053:
		return ez_status(c, set_config(c)), true;
	case 0x0055:
		return ez_status(c, set_policy(c)), true;
	case 0x00AB:
		return ez_status(c, set_value(c)), true;
	default:
		return reading(c);
	}
}
