/* radio_options.h: what every radio is made from, and how it speaks to its owner. */
#pragma once

#include "adapters/adapter_store.h"
#include "adapters/stream.h"
#include "adapters/zigbee/radio.h"

struct loop;

struct radio_options {
	struct loop *loop;
	struct stream_factory stream; /* copied */
	struct adapter_store *store;  /* the pinned network; outlives the radio */
	/* What the stick must be (config); 0 and has_* false: not configured, pinned at adoption.
	 */
	bool has_pan_id, has_channel;
	uint16_t pan_id;
	uint8_t channel;
	uint64_t ext_pan_id, coordinator;
	/* The user allows the first start of a stick that nothing is pinned for; otherwise the
	 * radio refuses with "adoption_unconfirmed" and says what it found. */
	bool adopt;
	/* The radio may restart the stick by itself, on evidence about the stick, at most once an
	 * hour and three times a day. Leave it false on a borrowed stick without consent. */
	bool may_restart;
};
