/* network_pin.h: is this the network that we are meant to use? Shared by all radios.
 *
 * The first adoption remembers ("pins") the network in the adapter's store; any other found later
 * on that stick is refused. Deleting the key "network" lifts the pin. */
#pragma once

#include "adapters/adapter_store.h"
#include "adapters/zigbee/radio_options.h"

#include <stdbool.h>
#include <stdint.h>

enum { NETWORK_PIN_SIZE = 96 };

struct network_expect {
	bool has_pan_id, has_channel; /* what the config says; 0 otherwise */
	uint16_t pan_id;
	uint8_t channel;
	uint64_t ext_pan_id, coordinator;
	bool adopt;                 /* the user agreed to pin whatever is found */
	char pin[NETWORK_PIN_SIZE]; /* empty: none */
};

/* From the configuration and the pin. */
void network_pin_expect(struct network_expect *out, const struct radio_options *options);
/* The network passed network_check() and runs: it is pinned if none was. */
void network_pin_adopt(const struct network_expect *expect, struct adapter_store *store,
	const struct radio_network *network);

/* ERR_REFUSED "foreign_network" or "adoption_unconfirmed"; the text says what was found. A channel
 * other than configured is not refused (owners move channels), other than pinned is. */
enum err_code network_check(
	const struct network_expect *expect, const struct radio_network *found, struct err *e);
