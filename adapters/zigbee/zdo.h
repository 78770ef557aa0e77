/* zdo.h: the Zigbee Device Object questions we ask, all of them read-only, and their answers.
 * Payloads come and go without the sequence byte (radio.h). */
#pragma once

#include "server/base/span.h"
#include "server/base/wire.h"

#include <stdbool.h>
#include <stdint.h>

enum zdo_cluster {
	ZDO_NWK_ADDR_REQ = 0x0000,
	ZDO_IEEE_ADDR_REQ = 0x0001,
	ZDO_NODE_DESC_REQ = 0x0002,
	ZDO_SIMPLE_DESC_REQ = 0x0004,
	ZDO_ACTIVE_EP_REQ = 0x0005,
	ZDO_MGMT_LQI_REQ = 0x0031,
	ZDO_RESPONSE = 0x8000, /* bit: the answer to the question */
};

void zdo_put_nwk_addr_req(struct wire_out *w, uint64_t ieee);
void zdo_put_ieee_addr_req(struct wire_out *w, uint16_t address);
void zdo_put_node_desc_req(struct wire_out *w, uint16_t address);
void zdo_put_simple_desc_req(struct wire_out *w, uint16_t address, uint8_t endpoint);
void zdo_put_active_ep_req(struct wire_out *w, uint16_t address);
void zdo_put_mgmt_lqi_req(struct wire_out *w, uint8_t start);

/* All parsers: false when the answer is cut. A status other than 0 leaves the rest zero. */
struct zdo_address { /* NWK_addr_rsp and IEEE_addr_rsp */
	uint8_t status;
	uint64_t ieee;
	uint16_t address;
};
bool zdo_parse_address(struct zdo_address *out, struct span payload);

struct zdo_node {
	uint8_t status;
	uint16_t address;
	uint8_t logical_type; /* 0 coordinator, 1 router, 2 end device */
	bool mains, rx_on_when_idle;
	uint16_t manufacturer;
};
bool zdo_parse_node(struct zdo_node *out, struct span payload);

struct zdo_endpoints {
	uint8_t status;
	uint16_t address;
	struct span endpoints; /* borrowed */
};
bool zdo_parse_endpoints(struct zdo_endpoints *out, struct span payload);

struct zdo_simple {
	uint8_t status;
	uint16_t address;
	uint8_t endpoint;
	uint16_t profile, device;
	struct span in, out; /* u16 each, borrowed */
};
bool zdo_parse_simple(struct zdo_simple *out, struct span payload);
bool zdo_has_cluster(struct span list, uint16_t cluster);

struct zdo_neighbours {
	uint8_t status, total, start, count;
	struct wire_in records;
};
struct zdo_neighbour {
	uint64_t ieee;
	uint16_t address;
	uint8_t device_type; /* as logical_type; 3 unknown */
	bool is_child, rx_on_when_idle;
	uint8_t lqi;
};
bool zdo_parse_neighbours(struct zdo_neighbours *out, struct span payload);
bool zdo_next_neighbour(struct zdo_neighbours *list, struct zdo_neighbour *out);
