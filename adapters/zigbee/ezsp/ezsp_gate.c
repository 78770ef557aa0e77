#include "adapters/zigbee/ezsp/ezsp_gate.h"

#include "adapters/zigbee/aps_gate.h"
#include "server/base/check.h"
#include "server/base/wire.h"

typedef bool check(uint8_t version, struct span params);

/* size: exact, or ANY when the check looks at it. check NULL: any bytes. */
struct rule {
	uint16_t id;
	uint8_t first, last; /* versions */
	int size;
	check *check;
};

enum { ANY = -1, EVER = EZSP_NEWEST };

static bool equals(struct span params, const void *want, size_t size)
{
	return params.size == size && memcmp(params.data, want, size) == 0;
}

static bool known_version(uint8_t version, struct span params)
{
	(void)version;
	return params.data[0] >= EZSP_OLDEST && params.data[0] <= EZSP_NEWEST;
}

static bool only_of(struct wire_in *in, const uint16_t *clusters, size_t count, size_t n)
{
	for (; n; n--) {
		uint16_t cluster = wire_u16(in);
		size_t i = 0;

		while (i < count && clusters[i] != cluster)
			i++;
		if (in->bad || i == count)
			return false;
	}
	return true;
}

/* Home Automation, OTA server, and what locks look for beside it; nothing else. */
static bool ota_endpoint(uint8_t version, struct span params)
{
	static const uint8_t head[] = { EZSP_ENDPOINT, 0x04, 0x01, 0x05, 0x00, 0 };
	static const uint16_t server[] = { 0x0000, 0x000A, 0x0019 };
	static const uint16_t client[] = { 0x0020, 0x0101, 0x0500 };
	struct wire_in in = wire_in(params);

	(void)version;
	if (!equals(wire_take(&in, sizeof head), head, sizeof head))
		return false;

	uint8_t servers = wire_u8(&in), clients = wire_u8(&in);

	return only_of(&in, server, ARRAY_SIZE(server), servers) &&
	       only_of(&in, client, ARRAY_SIZE(client), clients) && !in.bad && !in.left;
}

/* Endpoint flags, last reason to leave, overhead of a source route. */
static bool extended_value(uint8_t version, struct span params)
{
	(void)version;
	return params.data[0] <= 2;
}

/* Manufacturer and board name; others hold keys and install codes. */
static bool name_token(uint8_t version, struct span params)
{
	(void)version;
	return params.data[0] == 1 || params.data[0] == 2;
}

/* As both usual owners have it, but for the times. */
static bool concentrator(uint8_t version, struct span params)
{
	static const uint8_t want[] = { 1, 0xF9, 0xFF, 5, 0, 60, 0, 3, 1, 0 };

	(void)version;
	return equals(params, want, sizeof want);
}

static bool discover_routes(uint8_t version, struct span params)
{
	(void)version;
	return params.data[0] == 1 || params.data[0] == 2;
}

static bool plain_resume(uint8_t version, struct span params)
{
	(void)version;
	return equals(params, (const uint8_t[]){ 0, 0 }, 2);
}

struct setting {
	uint8_t id;
	uint16_t low, high;  /* values */
	uint8_t first, last; /* versions */
};

static bool is_one_of(
	const struct setting *s, size_t count, uint8_t version, const struct setting *want)
{
	for (; count; count--, s++)
		if (s->id == want->id && version >= s->first && version <= s->last &&
			want->low >= s->low && want->low <= s->high)
			return true;
	return false;
}

/* What both usual owners set. All act in RAM; none can make a table smaller than owners do. */
static bool configuration(uint8_t version, struct span params)
{
	static const struct setting allowed[] = {
		{ 0x01, 0xFF, 0xFF, 4, 8 },    /* packet buffers: all that is left */
		{ 0x0C, 2, 2, 4, EVER },       /* stack profile: Zigbee PRO */
		{ 0x0D, 5, 5, 4, EVER },       /* security level */
		{ 0x11, 32, 64, 4, EVER },     /* children */
		{ 0x12, 7680, 7680, 4, EVER }, /* ms for sleeping children to fetch */
		{ 0x13, 60, 60, 4, 6 },        /* ageing of children, units of 2^8 s by 0x1B */
		{ 0x1B, 8, 8, 4, 6 },          /* that exponent */
		{ 0x13, 8, 8, 7, EVER },       /* the same, 2^8 minutes */
		{ 0x19, 2, 2, 4, EVER },       /* trust centre address cache */
		{ 0x2D, 1, 1, 4, EVER },       /* networks */
	};
	struct wire_in in = wire_in(params);
	struct setting want = { .id = wire_u8(&in), .low = 0 };

	want.low = wire_u16(&in);
	return is_one_of(allowed, ARRAY_SIZE(allowed), version, &want);
}

/* Joins and rejoins stay as owners have them; joining itself is closed without permitJoining. */
static bool policy(uint8_t version, struct span params)
{
	static const struct setting allowed[] = {
		{ 0x00, 0x03, 0x03, 8, EVER }, /* trust centre: joins and unsecured rejoins */
		{ 0x03, 0x30, 0x31, 4, EVER }, /* tell of children's polls: no, yes */
		{ 0x04, 0x40, 0x40, 4, EVER }, /* messageSent without the message */
		{ 0x05, 0x51, 0x51, 4, EVER }, /* trust centre key requests: the present key */
		{ 0x06, 0x60, 0x60, 4, EVER }, /* application key requests: deny */
	};
	struct setting want = { .id = params.data[0], .low = params.data[1] };

	return is_one_of(allowed, ARRAY_SIZE(allowed), version, &want);
}

/* Free buffers, transfer sizes, version, time left to join. None holds a key or a counter. */
static bool readable_value(uint8_t version, struct span params)
{
	static const uint8_t ids[] = { 0x03, 0x05, 0x06, 0x11, 0x42 };

	(void)version;
	return memchr(ids, params.data[0], sizeof ids);
}

/* To transmit when the channel never gets free, as ZHA; to keep devices in transit, as
 * Zigbee2MQTT. */
static bool writable_value(uint8_t version, struct span params)
{
	return (version >= 7 && equals(params, (const uint8_t[]){ 0x3A, 1, 1 }, 3)) ||
	       (version >= 13 && equals(params, (const uint8_t[]){ 0x43, 2, 0x10, 0x27 }, 4));
}

/* The last byte switches it on or off; on for our locks, off to take that back. */
static bool ends_in_flag(uint8_t version, struct span params)
{
	(void)version;
	return params.data[params.size - 1] <= 1;
}

static void take_aps(struct wire_in *in, struct radio_send *s, bool *plain)
{
	s->profile = wire_u16(in);
	s->cluster = wire_u16(in);
	s->source_endpoint = wire_u8(in);
	s->endpoint = wire_u8(in);

	uint16_t options = wire_u16(in), group = wire_u16(in);

	wire_u8(in); /* sequence: the stick makes its own */
	*plain = !group && !(options & ~(EZSP_APS_RETRY | EZSP_APS_ROUTE | EZSP_APS_ADDRESS));
}

/* Tag and message: all that is left. ZDO messages begin with their sequence number. */
static bool message(uint8_t version, struct wire_in *in, struct radio_send *s)
{
	wire_uint(in, version < 14 ? 1 : 2);

	uint8_t size = wire_u8(in);

	if (s->profile == RADIO_ZDO_PROFILE && size) {
		wire_u8(in);
		size--;
	}
	s->payload = wire_take(in, size);
	return !in->bad && !in->left &&
	       (s->source_endpoint == EZSP_ENDPOINT || s->profile == RADIO_ZDO_PROFILE) &&
	       aps_gate_allows(s);
}

static bool unicast(uint8_t version, struct span params)
{
	enum { DIRECT = 0, BROADCASTS = 0xFFF8 };
	struct wire_in in = wire_in(params);
	struct radio_send s = { .tag = 0 };
	uint8_t type = wire_u8(&in);
	bool plain;

	s.destination = wire_u16(&in);
	take_aps(&in, &s, &plain);
	return type == DIRECT && s.destination < BROADCASTS && plain && message(version, &in, &s);
}

static bool broadcast(uint8_t version, struct span params)
{
	enum { NO_ALIAS = 0xFFFF, AWAKE_DEVICES = 0xFFFD };
	struct wire_in in = wire_in(params);
	struct radio_send s = { .tag = 0 };
	bool wide = version >= 14, plain;
	uint16_t alias = wide ? wire_u16(&in) : NO_ALIAS;

	s.destination = wire_u16(&in);

	uint8_t sequence = wide ? wire_u8(&in) : 0;

	take_aps(&in, &s, &plain);

	uint8_t radius = wire_u8(&in);

	return alias == NO_ALIAS && sequence == 0 && radius <= EZSP_RADIUS &&
	       s.destination == AWAKE_DEVICES && s.profile == RADIO_ZDO_PROFILE && plain &&
	       message(version, &in, &s);
}

static const struct rule rules[] = {
	{ 0x0000, 0, 0, 1, known_version },       /* version, in the oldest header */
	{ 0x0000, 4, EVER, 1, known_version },    /* version, in its own */
	{ 0x0002, 4, EVER, ANY, ota_endpoint },   /* addEndpoint */
	{ 0x0003, 4, EVER, 5, extended_value },   /* getExtendedValue */
	{ 0x0005, 4, EVER, 0, NULL },             /* nop */
	{ 0x000B, 4, EVER, 1, name_token },       /* getMfgToken */
	{ 0x0010, 4, EVER, 10, concentrator },    /* setConcentrator */
	{ 0x0017, 4, 5, 0, NULL },                /* networkInit */
	{ 0x0017, 6, EVER, 2, plain_resume },     /* networkInit */
	{ 0x0018, 4, EVER, 0, NULL },             /* networkState */
	{ 0x0026, 4, EVER, 0, NULL },             /* getEui64 */
	{ 0x0027, 4, EVER, 0, NULL },             /* getNodeId */
	{ 0x0028, 4, EVER, 0, NULL },             /* getNetworkParameters */
	{ 0x0029, 4, EVER, 0, NULL },             /* getParentChildParameters */
	{ 0x0033, 4, EVER, 0, NULL },             /* maximumPayloadLength */
	{ 0x0034, 4, EVER, ANY, unicast },        /* sendUnicast */
	{ 0x0036, 4, EVER, ANY, broadcast },      /* sendBroadcast */
	{ 0x004A, 4, EVER, 1, NULL },             /* getChildData */
	{ 0x0052, 4, EVER, 1, NULL },             /* getConfigurationValue */
	{ 0x0053, 4, EVER, 3, configuration },    /* setConfigurationValue */
	{ 0x0055, 4, EVER, 2, policy },           /* setPolicy */
	{ 0x0056, 4, EVER, 1, NULL },             /* getPolicy */
	{ 0x005A, 8, EVER, 1, discover_routes },  /* setSourceRouteDiscoveryMode */
	{ 0x0060, 4, EVER, 8, NULL },             /* lookupNodeIdByEui64 */
	{ 0x0061, 4, EVER, 2, NULL },             /* lookupEui64ByNodeId */
	{ 0x0069, 4, EVER, 0, NULL },             /* getCurrentSecurityState */
	{ 0x0079, 4, EVER, 1, NULL },             /* getNeighbor */
	{ 0x007A, 4, EVER, 0, NULL },             /* neighborCount */
	{ 0x007B, 4, EVER, 1, NULL },             /* getRouteTableEntry */
	{ 0x007E, 4, EVER, 9, ends_in_flag },     /* setExtendedTimeout */
	{ 0x007F, 4, EVER, 8, NULL },             /* getExtendedTimeout */
	{ 0x0082, 4, EVER, 12, ends_in_flag },    /* replaceAddressTableEntry */
	{ 0x00AA, 4, EVER, 1, readable_value },   /* getValue */
	{ 0x00AB, 4, EVER, ANY, writable_value }, /* setValue */
	{ 0x00C1, 8, EVER, 1, NULL },             /* getSourceRouteTableEntry */
	{ 0x00C2, 8, EVER, 0, NULL },             /* getSourceRouteTableFilledSize */
	{ 0x00C3, 8, EVER, 0, NULL },             /* getSourceRouteTableTotalSize */
	{ 0x00F1, 5, EVER, 0, NULL },             /* readCounters */
	{ 0x0106, 8, EVER, 1, NULL },             /* childId */
	{ 0x0107, 8, EVER, 2, NULL },             /* childIndex */
};

bool ezsp_gate_allows(uint8_t version, uint16_t id, struct span params)
{
	for (size_t i = 0; i < ARRAY_SIZE(rules); i++) {
		const struct rule *r = &rules[i];

		if (r->id == id && version >= r->first && version <= r->last)
			return (r->size == ANY || (size_t)r->size == params.size) &&
			       (!r->check || r->check(version, params));
	}
	return false;
}

size_t ezsp_gate_write(
	struct ezsp_gate *g, const struct ezsp_frame *frame, uint8_t out[static EZSP_FRAME_MAX])
{
	size_t size = 0;

	if (frame->control == 0 && ezsp_gate_allows(g->version, frame->id, frame->params))
		size = ezsp_frame_write(g->version, frame, out);
	g->denied += !size;
	return size;
}
