/* sim_zcl.h: the simulator's own ZCL, so that it cannot share a mistake with the product's. */
#pragma once

#include "tests/sim/sim_ether.h"

struct sim_zcl {
	uint8_t control, sequence, command;
	bool cluster_specific, manufacturer_specific, to_client, no_default;
	struct wire_in body;
};

bool sim_zcl_parse(struct sim_zcl *out, const struct sim_frame *frame);
/* Header of a frame of ours: control 0x01 cluster request, 0x09 notification, 0x18 … */
struct wire_out sim_zcl_begin(
	struct sim_frame *frame, uint8_t control, uint8_t sequence, uint8_t command);
void sim_zcl_end(struct sim_frame *frame, const struct wire_out *w);
void sim_zcl_default(struct sim_frame *reply, const struct sim_zcl *z, uint8_t status);

/* One attribute value: status, type, value. */
void sim_zcl_uint(struct wire_out *out, uint8_t type, uint64_t value, size_t size);
void sim_zcl_text(struct wire_out *out, const char *text);

/* Puts the value or returns false: unsupported. */
typedef bool sim_zcl_attribute(void *owner, uint16_t cluster, uint16_t id, struct wire_out *out);
enum { SIM_ZCL_CLIENT = 0x8000 }; /* ORed to the cluster id: its client side is meant */

/* Answers global commands and refuses unknown ones, counts forbidden ones; true: send reply. */
bool sim_zcl_serve(struct sim_node *node, const struct sim_frame *frame, struct sim_frame *reply,
	sim_zcl_attribute *attribute, void *owner);
