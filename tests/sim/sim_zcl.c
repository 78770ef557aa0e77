#include "tests/sim/sim_zcl.h"

enum {
	READ = 0x00,
	READ_RESPONSE = 0x01,
	WRITE = 0x02,
	WRITE_NO_RESPONSE = 0x05,
	CONFIGURE = 0x06,
	CONFIGURE_RESPONSE = 0x07,
	REPORT = 0x0A,
	DEFAULT_RESPONSE = 0x0B,
	DISCOVER = 0x0C,
	UNSUPPORTED_CLUSTER_COMMAND = 0x81,
	UNSUPPORTED_GENERAL_COMMAND = 0x82,
	UNSUPPORTED_ATTRIBUTE = 0x86,
	DOOR_LOCK = 0x0101,
};

bool sim_zcl_parse(struct sim_zcl *out, const struct sim_frame *frame)
{
	struct sim_zcl z = { .body = wire_in((struct span){ frame->data, frame->size }) };

	z.control = wire_u8(&z.body);
	z.cluster_specific = (z.control & 3) == 1;
	z.manufacturer_specific = z.control & 4;
	z.to_client = z.control & 8;
	z.no_default = z.control & 0x10;
	if (z.manufacturer_specific)
		wire_u16(&z.body);
	z.sequence = wire_u8(&z.body);
	z.command = wire_u8(&z.body);
	if (z.body.bad || (z.control & 3) > 1)
		return false;
	*out = z;
	return true;
}

struct wire_out sim_zcl_begin(
	struct sim_frame *frame, uint8_t control, uint8_t sequence, uint8_t command)
{
	struct wire_out w = wire_out(frame->data, 100);

	wire_put_u8(&w, control);
	wire_put_u8(&w, sequence);
	wire_put_u8(&w, command);
	return w;
}

void sim_zcl_end(struct sim_frame *frame, const struct wire_out *w)
{
	frame->size = (uint8_t)w->size;
}

void sim_zcl_default(struct sim_frame *reply, const struct sim_zcl *z, uint8_t status)
{
	struct wire_out w =
		sim_zcl_begin(reply, z->to_client ? 0x10 : 0x18, z->sequence, DEFAULT_RESPONSE);

	wire_put_u8(&w, z->command);
	wire_put_u8(&w, status);
	sim_zcl_end(reply, &w);
}

void sim_zcl_uint(struct wire_out *out, uint8_t type, uint64_t value, size_t size)
{
	wire_put_u8(out, 0);
	wire_put_u8(out, type);
	wire_put_uint(out, value, size);
}

void sim_zcl_text(struct wire_out *out, const char *text)
{
	size_t n = strlen(text);

	wire_put_u8(out, 0);
	wire_put_u8(out, 0x42);
	wire_put_u8(out, (uint8_t)n);
	wire_put(out, text, n);
}

static void read_all(const struct sim_frame *frame, struct sim_zcl *z, struct sim_frame *reply,
	sim_zcl_attribute *attribute, void *owner)
{
	uint16_t cluster = frame->cluster | (z->to_client ? SIM_ZCL_CLIENT : 0);
	struct wire_out w =
		sim_zcl_begin(reply, z->to_client ? 0x10 : 0x18, z->sequence, READ_RESPONSE);

	while (z->body.left >= 2) {
		uint16_t id = wire_u16(&z->body);
		struct wire_out before = w;

		wire_put_u16(&w, id);
		if (!attribute(owner, cluster, id, &w))
			wire_put_u8(&w, UNSUPPORTED_ATTRIBUTE);
		if (w.bad) { /* a full response leaves the rest out */
			w = before;
			break;
		}
	}
	sim_zcl_end(reply, &w);
}

static void status_only(struct sim_zcl *z, struct sim_frame *reply, uint8_t command)
{
	struct wire_out w = sim_zcl_begin(reply, z->to_client ? 0x10 : 0x18, z->sequence, command);

	wire_put_u8(&w, 0);
	sim_zcl_end(reply, &w);
}

static bool serve_cluster(const struct sim_frame *frame, struct sim_zcl *z, struct sim_frame *reply)
{
	if (frame->broadcast)
		return false;
	sim_zcl_default(reply, z, frame->cluster == DOOR_LOCK ? 0 : UNSUPPORTED_CLUSTER_COMMAND);
	return true;
}

static bool is_forbidden(const struct sim_frame *frame, const struct sim_zcl *z)
{
	if (z->cluster_specific)
		return frame->cluster == DOOR_LOCK && !z->to_client;
	return z->command >= WRITE && z->command <= WRITE_NO_RESPONSE && z->command != 0x04;
}

bool sim_zcl_serve(struct sim_node *node, const struct sim_frame *frame, struct sim_frame *reply,
	sim_zcl_attribute *attribute, void *owner)
{
	struct sim_zcl z;

	if (!sim_zcl_parse(&z, frame))
		return false;
	reply->cluster = frame->cluster;
	reply->profile = frame->profile;
	reply->src_ep = frame->dst_ep == 0xFF ? 1 : frame->dst_ep;
	reply->dst_ep = frame->src_ep;
	if (is_forbidden(frame, &z))
		sim_network_count_command(node->network);
	if (z.cluster_specific)
		return serve_cluster(frame, &z, reply);
	if (z.command == READ)
		return read_all(frame, &z, reply, attribute, owner), true;
	if (z.command == WRITE || z.command == CONFIGURE)
		return status_only(&z, reply, z.command == WRITE ? 4 : CONFIGURE_RESPONSE), true;
	if (z.command == DEFAULT_RESPONSE || z.command == REPORT || frame->broadcast ||
		(z.command & 1 && z.command < DISCOVER))
		return false;
	sim_zcl_default(reply, &z, UNSUPPORTED_GENERAL_COMMAND);
	return true;
}
