/* ezsp_facts.h: what a resume learned of a stick. Pure. */
#pragma once

#include "adapters/zigbee/ezsp/ezsp_rpc.h"
#include "adapters/zigbee/radio.h"

struct ezsp_facts {
	struct ezsp_hello hello; /* version 0: nothing known yet */
	struct {                 /* of the firmware, "EmberZNet" */
		uint8_t major, minor, patch, special;
		uint16_t build;
	} stack;
	struct radio_network network;
	uint8_t node_type;     /* 1 coordinator */
	uint16_t node;         /* network address */
	uint8_t message_limit; /* messages in flight the stick has room for; 0 unknown */
	uint8_t payload_max;   /* APS payload without source route; 0 unknown */
	uint8_t children_max;
	uint8_t address_table; /* its size */
};

void ezsp_facts_hello(struct ezsp_facts *f, const struct ezsp_hello *hello);
/* The value VERSION_INFO, which knows more than the hello. */
void ezsp_facts_version(struct ezsp_facts *f, struct span value);
/* The answer to getNetworkParameters. */
void ezsp_facts_network(struct ezsp_facts *f, const struct ezsp_values *v);

void ezsp_facts_firmware(const struct ezsp_facts *f, char *out, size_t max);
/* What is known to be bad about this firmware; static, NULL: nothing. */
const char *ezsp_facts_warning(const struct ezsp_facts *f);
bool ezsp_facts_lqi_is_garbage(const struct ezsp_facts *f);
