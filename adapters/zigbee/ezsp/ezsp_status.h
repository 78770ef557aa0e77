/* ezsp_status.h: what a status of the stick means, whichever of the three number spaces it is from
 * (ezsp.md §3.7): EmberStatus and EzspStatus up to EZSP 13, sl_status from 14 on. */
#pragma once

#include "adapters/zigbee/radio.h"

enum ezsp_space {
	EZSP_SPACE_NONE, /* the answer carries no status */
	EZSP_SPACE_EMBER,
	EZSP_SPACE_EZSP,
	EZSP_SPACE_SL,
};

struct ezsp_status {
	enum ezsp_space space;
	uint32_t code;
};

enum ezsp_meaning {
	EZSP_OK,     /* also: no status in the answer */
	EZSP_FAILED, /* nothing more specific, or a number not known to us */
	EZSP_BAD_ARGUMENT,
	EZSP_NOT_FOUND,
	EZSP_NO_BUFFERS,    /* wait, try again */
	EZSP_MESSAGE_LIMIT, /* too many in flight: wait, try again */
	EZSP_BUSY,          /* wait, try again */
	EZSP_MESSAGE_TOO_LONG,
	EZSP_DELIVERY_FAILED, /* no APS acknowledgement, no route, child did not poll */
	EZSP_ROUTE_FAILED,    /* source or many-to-one route: discover again */
	EZSP_INVALID_STATE,   /* not now: network already up, or configured too late */
	EZSP_NETWORK_UP,
	EZSP_NETWORK_DOWN,
	EZSP_NOT_JOINED,      /* no network stored; child table: no child at this index */
	EZSP_NETWORK_CHANGED, /* node id, PAN id or channel */
	EZSP_NETWORK_OPENED,
	EZSP_NETWORK_CLOSED,
	EZSP_INVALID_ENDPOINT,
	EZSP_NO_SUCH_INDEX,
	EZSP_NOT_SUPPORTED,   /* library not present, unknown id or frame */
	EZSP_VERSION_NOT_SET, /* the stick restarted */
	EZSP_KEY_FAILED,      /* APS encryption */
};

enum ezsp_meaning ezsp_status_meaning(struct ezsp_status s);
bool ezsp_status_ok(struct ezsp_status s);
/* "max_message_limit_reached"; "status" for one without a name. */
const char *ezsp_status_name(struct ezsp_status s);
/* What it means for the sender of a message. */
enum radio_result ezsp_status_result(struct ezsp_status s);

/* The same with the space named by the function: for struct send_family. */
enum radio_result ezsp_ember_result(int32_t code);
enum radio_result ezsp_sl_result(int32_t code);
