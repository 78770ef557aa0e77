#include "adapters/zigbee/znp/znp_gate.h"

#include "adapters/zigbee/aps_gate.h"
#include "server/base/check.h"
#include "server/base/wire.h"

typedef bool check(enum znp_stack stack, struct span data);

/* length: exact, or ANY when the check looks at it. check NULL: any bytes. */
struct rule {
	uint8_t cmd0, cmd1;
	int length;
	check *check;
};

enum { ANY = -1 };

static bool equals(struct span data, const void *want, size_t size)
{
	return data.size == size && memcmp(data.data, want, size) == 0;
}

static bool soft_reset(enum znp_stack stack, struct span data)
{
	(void)stack;
	return data.data[0] == 1;
}

static bool readable(uint16_t id)
{
	static const uint16_t ids[] = { ZNP_NV_STARTUP_OPTION, ZNP_NV_NIB, ZNP_NV_ON_A_NETWORK,
		ZNP_NV_LOGICAL_TYPE, ZNP_NV_DIRECT_CB };

	for (size_t i = 0; i < ARRAY_SIZE(ids); i++)
		if (ids[i] == id)
			return true;
	return false;
}

static bool nv_item(enum znp_stack stack, struct span data)
{
	struct wire_in in = wire_in(data);

	(void)stack;
	return readable(wire_u16(&in));
}

/* Length of an extended item that only tells the firmware family: link keys' table, no content. */
static bool family_probe(enum znp_stack stack, struct span data)
{
	(void)stack;
	return equals(data, (const uint8_t[]){ 1, 4, 0, 0, 0 }, 5);
}

static bool initialise_only(enum znp_stack stack, struct span data)
{
	return (stack == ZNP_STACK_30X || stack == ZNP_STACK_3X0) && data.data[0] == 0;
}

static bool start_12(enum znp_stack stack, struct span data)
{
	return stack == ZNP_STACK_12 && equals(data, (const uint8_t[]){ 100, 0 }, 2);
}

static bool is_ours(uint8_t endpoint)
{
	return endpoint == ZNP_ENDPOINT_1 || endpoint == ZNP_ENDPOINT_13 ||
	       endpoint == ZNP_ENDPOINT_SPARE;
}

static bool our_endpoint(enum znp_stack stack, struct span data)
{
	(void)stack;
	return is_ours(data.data[0]);
}

/* Home Automation, combined interface, OTA server; nothing else. */
static bool ota_endpoint(enum znp_stack stack, struct span data)
{
	static const uint8_t rest[] = { 0x04, 0x01, 0x05, 0x00, 0, 0, 1, 0x19, 0x00, 0 };

	return our_endpoint(stack, data) &&
	       equals((struct span){ data.data + 1, data.size - 1 }, rest, sizeof rest);
}

static bool data_request(enum znp_stack stack, struct span data)
{
	struct wire_in in = wire_in(data);
	struct radio_send s = { .profile = 0x0104 };

	(void)stack;
	s.destination = wire_u16(&in);
	s.endpoint = wire_u8(&in);
	s.source_endpoint = wire_u8(&in);
	s.cluster = wire_u16(&in);
	wire_u8(&in); /* transaction */

	uint8_t options = wire_u8(&in), radius = wire_u8(&in), size = wire_u8(&in);

	s.payload = wire_take(&in, size);
	return !in.bad && in.left == 0 && options == 0 && radius == ZNP_RADIUS &&
	       is_ours(s.source_endpoint) && aps_gate_allows(&s);
}

/* Length 0: gives back the buffer of a message too long for us. */
static bool release_only(enum znp_stack stack, struct span data)
{
	(void)stack;
	return data.data[6] == 0;
}

static bool address_request(enum znp_stack stack, struct span data)
{
	(void)stack;
	return data.data[data.size - 2] <= 1; /* single or extended answer */
}

static bool all_clusters(enum znp_stack stack, struct span data)
{
	(void)stack;
	return equals(data, (const uint8_t[]){ 0xFF, 0xFF }, 2);
}

static const struct rule rules[] = {
	{ 0x21, 0x01, 0, NULL },             /* SYS_PING */
	{ 0x21, 0x02, 0, NULL },             /* SYS_VERSION */
	{ 0x21, 0x04, 0, NULL },             /* SYS_GET_EXTADDR */
	{ 0x21, 0x13, 2, nv_item },          /* SYS_OSAL_NV_LENGTH */
	{ 0x21, 0x1C, 4, nv_item },          /* SYS_OSAL_NV_READ_EXT */
	{ 0x21, 0x32, 5, family_probe },     /* SYS_NV_LENGTH */
	{ 0x24, 0x00, 11, ota_endpoint },    /* AF_REGISTER */
	{ 0x24, 0x01, ANY, data_request },   /* AF_DATA_REQUEST */
	{ 0x24, 0x04, 1, our_endpoint },     /* AF_DELETE */
	{ 0x24, 0x12, 7, release_only },     /* AF_DATA_RETRIEVE */
	{ 0x25, 0x00, 10, address_request }, /* ZDO_NWK_ADDR_REQ */
	{ 0x25, 0x01, 4, address_request },  /* ZDO_IEEE_ADDR_REQ */
	{ 0x25, 0x02, 4, NULL },             /* ZDO_NODE_DESC_REQ */
	{ 0x25, 0x04, 5, NULL },             /* ZDO_SIMPLE_DESC_REQ */
	{ 0x25, 0x05, 4, NULL },             /* ZDO_ACTIVE_EP_REQ */
	{ 0x25, 0x31, 3, NULL },             /* ZDO_MGMT_LQI_REQ */
	{ 0x25, 0x3E, 2, all_clusters },     /* ZDO_MSG_CB_REGISTER */
	{ 0x25, 0x3F, 2, all_clusters },     /* ZDO_MSG_CB_REMOVE */
	{ 0x25, 0x40, 2, start_12 },         /* ZDO_STARTUP_FROM_APP */
	{ 0x25, 0x50, 0, NULL },             /* ZDO_EXT_NWK_INFO */
	{ 0x27, 0x00, 0, NULL },             /* UTIL_GET_DEVICE_INFO */
	{ 0x2F, 0x05, 1, initialise_only },  /* APP_CNF_BDB_START_COMMISSIONING */
	{ 0x41, 0x00, 1, soft_reset },       /* SYS_RESET_REQ */
};

bool znp_gate_allows(enum znp_stack stack, const struct znp_frame *frame)
{
	struct span data = { frame->data, frame->length };

	for (size_t i = 0; i < ARRAY_SIZE(rules); i++) {
		const struct rule *r = &rules[i];

		if (r->cmd0 == frame->cmd0 && r->cmd1 == frame->cmd1)
			return (r->length == ANY || r->length == frame->length) &&
			       (!r->check || r->check(stack, data));
	}
	return false;
}

size_t znp_gate_write(
	struct znp_gate *g, const struct znp_frame *frame, uint8_t out[static ZNP_FRAME_MAX])
{
	if (frame->length <= ZNP_DATA_MAX && znp_gate_allows(g->stack, frame))
		return znp_write(frame, out);
	g->denied++;
	return 0;
}
