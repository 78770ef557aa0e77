#include "server/main_stick.h"

#include "adapters/radio_types.h"
#include "adapters/stream.h"
#include "adapters/zigbee/zigbee_adapter.h"
#include "server/config.h"

#include <stdlib.h>

static uint64_t hex_or_zero(const char *text)
{
	return text ? strtoull(text, NULL, 16) : 0; /* the config checked the digits */
}

struct adapter *main_stick_adapter(struct loop *loop, struct worker *net,
	const struct config_adapter *entry, struct stream_port *port, struct adapter_store *store)
{
	const struct config_adapter *c = entry;
	struct radio_options radio = { .loop = loop, .store = store, .adopt = c->confirmed };
	struct zigbee_options zigbee = {
		.loop = loop, .store = store, .id = c->id, .type = c->type
	};

	*port = (struct stream_port){
		.loop = loop, .net = net, .port = c->port, .baud = c->baud, .flow = c->flow
	};
	radio.may_restart = !c->zigbee2mqtt; /* an owner's stick only with consent */
	radio.stream = stream_port_factory(port);
	radio.has_pan_id = c->network.has_pan_id;
	radio.pan_id = c->network.pan_id;
	radio.has_channel = c->network.has_channel;
	radio.channel = c->network.channel;
	radio.ext_pan_id = hex_or_zero(c->network.ext_pan_id);
	radio.coordinator = hex_or_zero(c->network.coordinator);
	zigbee.radio = radio_of_type(c->type, &radio);
	return zigbee_adapter_new(&zigbee);
}
