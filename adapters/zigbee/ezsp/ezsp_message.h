/* ezsp_message.h: between the messages of radio.h and EZSP's commands and callbacks. ZDO messages
 * carry a sequence number of ours as first byte here and none there. */
#pragma once

#include "adapters/zigbee/ezsp/ezsp_command.h"
#include "adapters/zigbee/radio.h"
#include "adapters/zigbee/send_queue.h"

/* How sticks of this version take messages. */
const struct send_family *ezsp_message_family(uint8_t version);

struct ezsp_outgoing {
	enum ezsp_command command;
	struct ezsp_values values; /* data points to bytes */
	uint8_t bytes[RADIO_PAYLOAD_MAX + 1];
};

/* item->transaction is the tag. */
void ezsp_message_write(
	struct ezsp_outgoing *out, const struct send_item *item, uint8_t zdo_sequence);

/* What became of a unicast: EZSP_MESSAGE_SENT. */
struct ezsp_sent {
	uint16_t node;
	uint8_t sequence, tag;
};

/* false: it is not about a unicast of ours. */
bool ezsp_message_sent(struct ezsp_sent *out, const struct ezsp_values *v);
/* For send_queue_confirm(): by destination and APS sequence; by tag as long as that is not known.
 */
bool ezsp_message_is_about(const struct send_item *item, const void *sent);

enum ezsp_incoming {
	EZSP_INCOMING_NOTHING, /* an echo of our own, or cut */
	EZSP_INCOMING_DATA,
	EZSP_INCOMING_ZDO_REQUEST, /* the stick answers those itself */
	EZSP_INCOMING_ZDO_ANSWER,
	EZSP_INCOMING_ANNOUNCE,
};

/* last_hop and a source_ieee that came apart from the message are the caller's. */
enum ezsp_incoming ezsp_message_read(struct radio_message *out, const struct ezsp_values *v);
/* Device_annce, without its sequence byte. */
bool ezsp_message_announce(
	struct span payload, uint16_t *address, uint64_t *ieee, uint8_t *capability);
