#include "adapters/zigbee/ezsp/ezsp_message.h"

#include "adapters/zigbee/ezsp/ezsp_gate.h"

#include <string.h>

enum { BROADCAST_FIRST = 0xFFF8, NO_ALIAS = 0xFFFF };
enum { OUT_DIRECT = 0 };
enum { IN_UNICAST, IN_REPLY, IN_MULTICAST, IN_MULTICAST_ECHO, IN_BROADCAST, IN_BROADCAST_ECHO };
enum { APS_SECURED = 0x0020, APS_FRAGMENT = 0x8000 };
enum { ZDO_DEVICE_ANNCE = 0x0013, ZDO_ANSWER = 0x8000 };

enum { FIRST_SL_STATUS = 14 };

static const char *space_of(int32_t code)
{
	(void)code;
	return "ezsp";
}

const struct send_family *ezsp_message_family(uint8_t version)
{
	/* Tags: what all versions give back unharmed. An APS acknowledgement is waited for three
	 * times 1.6 s, for sleepers 7.7 s longer each. */
	static const struct send_family ember = { .space = "ezsp",
		.transaction_max = 127,
		.confirm_awake = 12000,
		.confirm_sleepy = 40000,
		.confirm_heard = 3000,
		.to_one_max = 4,
		.retry = 50,
		.result = ezsp_ember_result,
		.space_of = space_of };
	static const struct send_family sl = { .space = "ezsp",
		.transaction_max = 127,
		.confirm_awake = 12000,
		.confirm_sleepy = 40000,
		.confirm_heard = 3000,
		.to_one_max = 4,
		.retry = 50,
		.result = ezsp_sl_result,
		.space_of = space_of };

	return version < FIRST_SL_STATUS ? &ember : &sl;
}

static void fill(struct ezsp_outgoing *out, const struct send_item *item)
{
	const struct radio_send *s = &item->send;
	uint64_t *u = out->values.u;

	u[EZ_NODE] = s->destination;
	u[EZ_PROFILE] = s->profile;
	u[EZ_CLUSTER] = s->cluster;
	u[EZ_SOURCE_ENDPOINT] = s->source_endpoint;
	u[EZ_ENDPOINT] = s->endpoint;
	u[EZ_OPTIONS] = EZSP_APS_ROUTE | EZSP_APS_ADDRESS | (s->ack ? EZSP_APS_RETRY : 0U);
	u[EZ_TAG] = item->transaction;
}

void ezsp_message_write(
	struct ezsp_outgoing *out, const struct send_item *item, uint8_t zdo_sequence)
{
	const struct radio_send *s = &item->send;
	size_t head = s->profile == RADIO_ZDO_PROFILE;

	*out = (struct ezsp_outgoing){ .command = EZSP_SEND_UNICAST };
	fill(out, item);
	out->bytes[0] = zdo_sequence;
	if (s->payload.size)
		memcpy(out->bytes + head, s->payload.data, s->payload.size);
	out->values.data = (struct span){ out->bytes, head + s->payload.size };
	if (s->destination < BROADCAST_FIRST) {
		out->values.u[EZ_TYPE] = OUT_DIRECT;
		return;
	}
	out->command = EZSP_SEND_BROADCAST;
	out->values.u[EZ_RADIUS] = EZSP_RADIUS;
	out->values.u[EZ_ALIAS] = NO_ALIAS;
}

bool ezsp_message_sent(struct ezsp_sent *out, const struct ezsp_values *v)
{
	*out = (struct ezsp_sent){ .node = (uint16_t)v->u[EZ_NODE],
		.sequence = (uint8_t)v->u[EZ_SEQUENCE],
		.tag = (uint8_t)v->u[EZ_TAG] };
	return v->u[EZ_TYPE] == OUT_DIRECT;
}

bool ezsp_message_is_about(const struct send_item *item, const void *sent)
{
	const struct ezsp_sent *s = sent;

	if (item->send.destination != s->node)
		return false;
	return item->state == SEND_ITEM_FLYING ? item->sequence == s->sequence
					       : item->transaction == s->tag;
}

static bool is_echo(uint64_t type)
{
	return type == IN_MULTICAST_ECHO || type == IN_BROADCAST_ECHO;
}

enum ezsp_incoming ezsp_message_read(struct radio_message *out, const struct ezsp_values *v)
{
	const uint64_t *u = v->u;

	*out = (struct radio_message){ .source = (uint16_t)u[EZ_NODE],
		.source_ieee = u[EZ_EUI],
		.source_endpoint = (uint8_t)u[EZ_SOURCE_ENDPOINT],
		.endpoint = (uint8_t)u[EZ_ENDPOINT],
		.profile = (uint16_t)u[EZ_PROFILE],
		.cluster = (uint16_t)u[EZ_CLUSTER],
		.broadcast = u[EZ_TYPE] >= IN_MULTICAST,
		.aps_secured = u[EZ_OPTIONS] & APS_SECURED,
		.lqi = (uint8_t)u[EZ_LQI],
		.last_hop = RADIO_NO_ADDRESS,
		.payload = v->data };
	if (is_echo(u[EZ_TYPE]) || u[EZ_OPTIONS] & APS_FRAGMENT)
		return EZSP_INCOMING_NOTHING;
	if (out->profile != RADIO_ZDO_PROFILE)
		return EZSP_INCOMING_DATA;
	if (!out->payload.size)
		return EZSP_INCOMING_NOTHING;
	out->payload = (struct span){ v->data.data + 1, v->data.size - 1 };
	if (out->cluster == ZDO_DEVICE_ANNCE)
		return EZSP_INCOMING_ANNOUNCE;
	return out->cluster & ZDO_ANSWER ? EZSP_INCOMING_ZDO_ANSWER : EZSP_INCOMING_ZDO_REQUEST;
}

bool ezsp_message_announce(
	struct span payload, uint16_t *address, uint64_t *ieee, uint8_t *capability)
{
	struct wire_in in = wire_in(payload);

	*address = wire_u16(&in);
	*ieee = wire_u64(&in);
	*capability = wire_u8(&in);
	return !in.bad && *ieee;
}
