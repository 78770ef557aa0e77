#include "adapters/zigbee/ezsp/ezsp_status.h"

#include "server/base/check.h"

/* The number of a meaning in each space; NO where the space does not have it. */
struct row {
	int32_t ember, sl;
	enum ezsp_meaning meaning;
	const char *name;
};

enum { NO = -1 };

static const struct row rows[] = {
	{ 0x00, 0x0000, EZSP_OK, "ok" },
	{ 0x01, 0x0001, EZSP_FAILED, "failed" },
	{ 0x02, 0x0021, EZSP_BAD_ARGUMENT, "bad_argument" },
	{ 0x03, 0x002D, EZSP_NOT_FOUND, "not_found" },
	{ 0x18, 0x0019, EZSP_NO_BUFFERS, "no_buffers" },
	{ NO, 0x001A, EZSP_NO_BUFFERS, "no_buffers" },
	{ 0x19, 0x0C01, EZSP_BUSY, "packet_handoff_dropped" },
	{ 0x31, 0x003F, EZSP_DELIVERY_FAILED, "mac_no_data" },
	{ 0x39, 0x0053, EZSP_BUSY, "mac_transmit_queue_full" },
	{ 0x3D, 0x004D, EZSP_BUSY, "mac_scanning" },
	{ 0x40, 0x0040, EZSP_DELIVERY_FAILED, "mac_no_ack" },
	{ 0x42, 0x0041, EZSP_DELIVERY_FAILED, "mac_indirect_timeout" },
	{ 0x66, 0x0C02, EZSP_DELIVERY_FAILED, "delivery_failed" },
	{ NO, 0x0C20, EZSP_DELIVERY_FAILED, "no_aps_ack" },
	{ NO, 0x0C25, EZSP_DELIVERY_FAILED, "unicast_failed" },
	{ NO, 0x0C26, EZSP_DELIVERY_FAILED, "no_route" },
	{ 0x70, 0x0002, EZSP_INVALID_STATE, "invalid_state" },
	{ 0x72, 0x0C03, EZSP_MESSAGE_LIMIT, "message_limit_reached" },
	{ 0x74, 0x0038, EZSP_MESSAGE_TOO_LONG, "message_too_long" },
	{ 0x76, 0x0C05, EZSP_INVALID_STATE, "address_entry_in_use" },
	{ 0x90, 0x0015, EZSP_NETWORK_UP, "network_up" },
	{ 0x91, 0x0016, EZSP_NETWORK_DOWN, "network_down" },
	{ 0x93, 0x0017, EZSP_NOT_JOINED, "not_joined" },
	{ 0x94, NO, EZSP_FAILED, "join_failed" },
	{ 0x96, 0x0C06, EZSP_FAILED, "move_failed" },
	{ 0x99, 0x0C07, EZSP_NETWORK_CHANGED, "node_id_changed" },
	{ 0x9A, 0x0C16, EZSP_NETWORK_CHANGED, "pan_id_changed" },
	{ 0x9B, 0x0C17, EZSP_NETWORK_CHANGED, "channel_changed" },
	{ 0x9C, 0x0C18, EZSP_NETWORK_OPENED, "network_opened" },
	{ 0x9D, 0x0C19, EZSP_NETWORK_CLOSED, "network_closed" },
	{ 0xA1, 0x0004, EZSP_BUSY, "busy" },
	{ NO, 0x0034, EZSP_BUSY, "transmit_busy" },
	{ 0xA3, NO, EZSP_INVALID_ENDPOINT, "invalid_endpoint" },
	{ 0xA6, 0x0C0A, EZSP_KEY_FAILED, "aps_encryption_failed" },
	{ 0xA9, 0x0C13, EZSP_ROUTE_FAILED, "source_route_failed" },
	{ 0xAA, 0x0C14, EZSP_ROUTE_FAILED, "many_to_one_route_failed" },
	{ 0xB1, 0x0027, EZSP_NO_SUCH_INDEX, "no_such_index" },
	{ 0xB5, 0x000F, EZSP_NOT_SUPPORTED, "not_supported" },
	{ NO, 0x000E, EZSP_NOT_SUPPORTED, "not_supported" },
	{ NO, 0x0C1E, EZSP_FAILED, "ezsp_error" },
};

/* EzspStatus: what the stick's command parser says. */
static const struct {
	uint8_t code;
	enum ezsp_meaning meaning;
	const char *name;
} parser_rows[] = {
	{ 0x00, EZSP_OK, "ok" },
	{ 0x30, EZSP_VERSION_NOT_SET, "version_not_set" },
	{ 0x31, EZSP_NOT_SUPPORTED, "invalid_frame_id" },
	{ 0x32, EZSP_FAILED, "wrong_direction" },
	{ 0x33, EZSP_FAILED, "truncated" },
	{ 0x34, EZSP_FAILED, "overflow" },
	{ 0x35, EZSP_NO_BUFFERS, "out_of_memory" },
	{ 0x36, EZSP_BAD_ARGUMENT, "invalid_value" },
	{ 0x37, EZSP_NOT_SUPPORTED, "invalid_id" },
	{ 0x38, EZSP_INVALID_STATE, "invalid_call" },
	{ 0x39, EZSP_FAILED, "no_response" },
	{ 0x40, EZSP_MESSAGE_TOO_LONG, "command_too_long" },
	{ 0x41, EZSP_BUSY, "queue_full" },
	{ 0x42, EZSP_NOT_SUPPORTED, "command_filtered" },
};

struct found {
	enum ezsp_meaning meaning;
	const char *name;
};

static const struct found unknown = { EZSP_FAILED, "status" };

static struct found find_parser(uint32_t code)
{
	for (size_t i = 0; i < ARRAY_SIZE(parser_rows); i++)
		if (parser_rows[i].code == code)
			return (struct found){ parser_rows[i].meaning, parser_rows[i].name };
	return unknown;
}

static struct found find_stack(struct ezsp_status s)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		int64_t code = s.space == EZSP_SPACE_SL ? rows[i].sl : rows[i].ember;

		if (code == s.code)
			return (struct found){ rows[i].meaning, rows[i].name };
	}
	return unknown;
}

static struct found find(struct ezsp_status s)
{
	switch (s.space) {
	case EZSP_SPACE_NONE:
		return (struct found){ EZSP_OK, "ok" };
	case EZSP_SPACE_EZSP:
		return find_parser(s.code);
	case EZSP_SPACE_EMBER:
	case EZSP_SPACE_SL:
		return find_stack(s);
	}
	return unknown;
}

enum ezsp_meaning ezsp_status_meaning(struct ezsp_status s)
{
	return find(s).meaning;
}

bool ezsp_status_ok(struct ezsp_status s)
{
	return find(s).meaning == EZSP_OK;
}

const char *ezsp_status_name(struct ezsp_status s)
{
	return find(s).name;
}

enum radio_result ezsp_status_result(struct ezsp_status s)
{
	switch (find(s).meaning) {
	case EZSP_OK:
		return RADIO_DELIVERED;
	case EZSP_NO_BUFFERS:
	case EZSP_MESSAGE_LIMIT:
	case EZSP_BUSY:
		return RADIO_NO_ROOM;
	case EZSP_MESSAGE_TOO_LONG:
		return RADIO_TOO_LONG;
	case EZSP_NETWORK_DOWN:
	case EZSP_NOT_JOINED:
	case EZSP_INVALID_STATE:
	case EZSP_INVALID_ENDPOINT:
	case EZSP_VERSION_NOT_SET:
		return RADIO_LOST; /* the stick restarted */
	case EZSP_FAILED:
	case EZSP_BAD_ARGUMENT:
	case EZSP_NOT_FOUND:
	case EZSP_DELIVERY_FAILED:
	case EZSP_ROUTE_FAILED:
	case EZSP_NETWORK_UP:
	case EZSP_NETWORK_CHANGED:
	case EZSP_NETWORK_OPENED:
	case EZSP_NETWORK_CLOSED:
	case EZSP_NO_SUCH_INDEX:
	case EZSP_NOT_SUPPORTED:
	case EZSP_KEY_FAILED:
		break;
	}
	return RADIO_NO_ANSWER;
}

enum radio_result ezsp_ember_result(int32_t code)
{
	return ezsp_status_result((struct ezsp_status){ EZSP_SPACE_EMBER, (uint32_t)code });
}

enum radio_result ezsp_sl_result(int32_t code)
{
	return ezsp_status_result((struct ezsp_status){ EZSP_SPACE_SL, (uint32_t)code });
}
