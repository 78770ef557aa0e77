/* What a guest on a borrowed stick must never send; other drivers do, so it works. */
#include "tests/sim/sim_ezsp_private.h"

enum {
	VALUE_NODE_DATA = 0x00,
	VALUE_TOKEN_WRITING = 0x07,
	VALUE_NODE_ID = 0x0B,
	VALUE_NWK_COUNTER = 0x23,
	VALUE_APS_COUNTER = 0x24,
};

static bool is_one_of(uint16_t id, const uint16_t *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (list[i] == id)
			return true;
	return false;
}

static bool harms_value(uint8_t id)
{
	return id == VALUE_NODE_DATA || id == VALUE_TOKEN_WRITING || id == VALUE_NODE_ID ||
	       id == VALUE_NWK_COUNTER || id == VALUE_APS_COUNTER;
}

static size_t aps_at(const struct sim_ezsp *ezsp, uint16_t id)
{
	switch (id) {
	case 0x0034:
		return 3;
	case 0x0036:
		return ez_since(ezsp, EZ_V_STATUS) ? 5 : 2;
	default: /* 0x0038 */
		return 0;
	}
}

/* Leave, opening the network, channel changes. */
static bool harms_by_zdo(const struct sim_ezsp *ezsp, uint16_t id, struct span p)
{
	size_t at = aps_at(ezsp, id);
	uint16_t profile, cluster;

	if (p.size < at + 4 || (id != 0x0034 && id != 0x0036 && id != 0x0038))
		return false;
	profile = (uint16_t)(p.data[at] | p.data[at + 1] << 8);
	cluster = (uint16_t)(p.data[at + 2] | p.data[at + 3] << 8);
	return !profile && (cluster == 0x0034 || cluster == 0x0036 || cluster == 0x0038);
}

bool ez_is_forbidden(const struct sim_ezsp *ezsp, uint16_t id, struct span p)
{
	static const uint16_t bad[] = { 0x0009, 0x000C, 0x001E, 0x001F, 0x0020, 0x0021, 0x0022,
		0x0025, 0x002A, 0x003B, 0x0050, 0x0057, 0x0068, 0x006B, 0x0073, 0x0074, 0x0076,
		0x0077, 0x0083, 0x0084, 0x0085, 0x0086, 0x0087, 0x0088, 0x0089, 0x008A, 0x008B,
		0x008C, 0x008F, 0x0099, 0x009A, 0x00A8, 0x00A9, 0x00AC, 0x00AF, 0x00B1, 0x00B2,
		0x00B9, 0x00BF, 0x00F8, 0x00F9, 0x00FA, 0x00FB, 0x00FE, 0x0103, 0x0104, 0x010E,
		0x0111, 0x0115, 0x011A, 0x011D, 0x011E, 0x0138, 0x0139, 0x013A };

	if (is_one_of(id, bad, sizeof bad / sizeof bad[0]))
		return true;
	if (id == 0x0070)
		return ez_since(ezsp, 6);
	if (id == 0x005D || id == 0x005F)
		return ez_since(ezsp, 17);
	if (id == 0x00AB)
		return p.size && harms_value(p.data[0]);
	return harms_by_zdo(ezsp, id, p);
}

uint64_t ez_nv_digest(const struct sim_ezsp *ezsp)
{
	const struct ez_nv *nv = &ezsp->nv;
	uint8_t raw[64];
	struct wire_out w = wire_out(raw, sizeof raw);
	uint64_t hash = 0xCBF29CE484222325;

	wire_put_u8(&w, nv->formed);
	wire_put_u8(&w, nv->channel);
	wire_put_u16(&w, nv->pan_id);
	wire_put_u64(&w, nv->ext_pan_id);
	wire_put(&w, nv->key, sizeof nv->key);
	wire_put_u32(&w, nv->writes);
	for (size_t i = 0; i < w.size; i++)
		hash = (hash ^ raw[i]) * 0x100000001B3;
	return hash;
}

/* --- */

static enum ez_status form(struct ez_call *c)
{
	struct sim_ezsp *ezsp = c->ezsp;

	if (ezsp->up)
		return EZ_INVALID_CALL;
	ezsp->nv.ext_pan_id = wire_u64(&c->in);
	ezsp->nv.pan_id = wire_u16(&c->in);
	wire_u8(&c->in);
	ezsp->nv.channel = wire_u8(&c->in);
	ezsp->nv.formed = true;
	ezsp->nv.writes++;
	ezsp->formed_alarm = true;
	ez_come_up(ezsp);
	return EZ_OK;
}

static enum ez_status leave(struct ez_call *c)
{
	struct sim_ezsp *ezsp = c->ezsp;

	if (!ezsp->up)
		return EZ_INVALID_CALL;
	ezsp->nv.formed = false;
	ezsp->nv.writes++;
	ez_go_down(ezsp);
	return EZ_OK;
}

/* Bitmask u16, key to use 16, network key 16 and more. */
static enum ez_status security(struct ez_call *c)
{
	struct span key;

	wire_take(&c->in, 18);
	key = wire_take(&c->in, 16);
	if (c->in.bad)
		return EZ_BAD_ARGUMENT;
	memcpy(c->ezsp->nv.key, key.data, key.size);
	c->ezsp->nv.writes++;
	return EZ_OK;
}

static void permit_joining(struct ez_call *c)
{
	ez_status(c, EZ_OK);
	ez_say_stack_status(c->ezsp, wire_u8(&c->in) ? EZ_NETWORK_OPENED : EZ_NETWORK_CLOSED, 5);
}

static void written(struct ez_call *c)
{
	c->ezsp->nv.writes++;
	ez_status(c, EZ_OK);
}

/* Without a status up to EZSP 13. */
static void token_data(struct ez_call *c)
{
	ez_status(c, EZ_NOT_FOUND);
	if (ez_since(c->ezsp, EZ_V_STATUS))
		wire_put_u32(&c->out, 0);
}

bool ez_harm(struct ez_call *c)
{
	switch (c->id) {
	case 0x001E:
		return ez_status(c, form(c)), true;
	case 0x0020:
		return ez_status(c, leave(c)), true;
	case 0x0022:
		return permit_joining(c), true;
	case 0x0068:
		return ez_status(c, security(c)), true;
	case 0x006B:
		return true; /* RAM only, and no answer but an empty one */
	case 0x0099:
		return ez_status(c, EZ_OK), true;
	case 0x0111: /* RAM, too */
		return wire_put_u32(&c->out, 0), true;
	case 0x000C:
	case 0x0077:
	case 0x0103:
	case 0x00B1:
	case 0x0076:
	case 0x010E:
		return written(c), true;
	case 0x0102:
		return token_data(c), true;
	default:
		return false;
	}
}
