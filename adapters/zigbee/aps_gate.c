#include "adapters/zigbee/aps_gate.h"

#include "server/base/check.h"
#include "server/base/wire.h"

enum { PROFILE_HA = 0x0104, CLUSTER_OTA = 0x0019, CLUSTER_POLL_CONTROL = 0x0020 };
enum { ADDRESS_BROADCAST = 0xFFF8, ENDPOINT_MAX = 240 };

/* ZCL frame control, ZCL8 §2.4.1.1. */
enum { FC_TYPE = 0x03, FC_MANUFACTURER = 0x04, FC_TO_CLIENT = 0x08, FC_RESERVED = 0xE0 };
enum { TYPE_GLOBAL = 0, TYPE_CLUSTER = 1 };
enum { READ_ATTRIBUTES = 0x00, DEFAULT_RESPONSE = 0x0B };

struct zdo_rule {
	uint16_t cluster;
	uint8_t size; /* of the payload without its sequence byte */
	bool broadcast;
};

static const struct zdo_rule zdo_rules[] = {
	{ 0x0000, 10, true }, /* NWK_addr_req */
	{ 0x0001, 4, false }, /* IEEE_addr_req */
	{ 0x0002, 2, false }, /* Node_Desc_req */
	{ 0x0004, 3, false }, /* Simple_Desc_req */
	{ 0x0005, 2, false }, /* Active_EP_req */
	{ 0x0031, 1, false }, /* Mgmt_Lqi_req */
};

static bool is_broadcast(const struct radio_send *s)
{
	return s->destination >= ADDRESS_BROADCAST;
}

static bool zdo_allows(const struct radio_send *s)
{
	if (s->endpoint != 0 || s->source_endpoint != 0)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(zdo_rules); i++)
		if (zdo_rules[i].cluster == s->cluster)
			return s->payload.size == zdo_rules[i].size &&
			       (zdo_rules[i].broadcast || !is_broadcast(s));
	return false;
}

static bool ota_allows(bool to_client, uint8_t command)
{
	static const uint8_t allowed[] = {
		0x00, /* Image Notify */
		0x02, /* Query Next Image Response */
		0x05, /* Image Block Response */
		0x07, /* Upgrade End Response */
		0x09, /* Query Device Specific File Response */
	};

	return to_client && memchr(allowed, command, sizeof allowed);
}

/* Check-in Response or Fast Poll Stop; the commands that set intervals (0x02, 0x03) are not. */
static bool poll_control_allows(bool to_client, uint8_t command, size_t size)
{
	return !to_client && ((command == 0x00 && size == 3) || (command == 0x01 && size == 0));
}

/* The OTA client's own attributes are read server to client; all others the other way. */
static bool global_allows(uint16_t cluster, bool to_client, uint8_t command, size_t size)
{
	if (command == DEFAULT_RESPONSE)
		return size == 2;
	return command == READ_ATTRIBUTES && size >= 2 && size % 2 == 0 &&
	       (!to_client || cluster == CLUSTER_OTA);
}

static bool zcl_allows(uint16_t cluster, struct span payload)
{
	struct wire_in in = wire_in(payload);
	uint8_t control = wire_u8(&in);
	bool to_client = control & FC_TO_CLIENT;

	wire_u8(&in); /* transaction */

	uint8_t command = wire_u8(&in);

	if (in.bad || control & (FC_MANUFACTURER | FC_RESERVED))
		return false;
	if ((control & FC_TYPE) == TYPE_GLOBAL)
		return global_allows(cluster, to_client, command, in.left);
	if ((control & FC_TYPE) != TYPE_CLUSTER)
		return false;
	if (cluster == CLUSTER_OTA)
		return ota_allows(to_client, command);
	return cluster == CLUSTER_POLL_CONTROL && poll_control_allows(to_client, command, in.left);
}

static bool is_endpoint(uint8_t endpoint)
{
	return endpoint >= 1 && endpoint <= ENDPOINT_MAX;
}

bool aps_gate_allows(const struct radio_send *s)
{
	if (s->payload.size > RADIO_PAYLOAD_MAX)
		return false;
	if (s->profile == RADIO_ZDO_PROFILE)
		return zdo_allows(s);
	return s->profile == PROFILE_HA && !is_broadcast(s) && is_endpoint(s->endpoint) &&
	       is_endpoint(s->source_endpoint) && zcl_allows(s->cluster, s->payload);
}
