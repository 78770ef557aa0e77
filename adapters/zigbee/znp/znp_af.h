/* znp_af.h: AF_DATA_REQUEST and AF_INCOMING_MSG, znp.md §2.4. */
#pragma once

#include "adapters/zigbee/radio.h"
#include "adapters/zigbee/znp/znp_rpc.h"

enum { ZNP_PROFILE = 0x0104 /* of our endpoints, and so of every message through them */ };

void znp_af_ask(struct znp_ask *out, const struct radio_send *s, uint8_t transaction);

/* false: malformed. out->payload points into the frame. */
bool znp_af_read(struct radio_message *out, const struct znp_frame *incoming);

/* AF_INCOMING_MSG_EXT holds what is too long for any OTA client: the request that gives its
 * buffer back to the stick. false: nothing to give back. */
bool znp_af_release(struct znp_ask *out, const struct znp_frame *incoming_ext);

struct znp_confirm {
	uint8_t status, endpoint, transaction;
};
bool znp_af_confirm(struct znp_confirm *out, const struct znp_frame *confirm);
