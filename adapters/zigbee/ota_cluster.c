#include "adapters/zigbee/ota_cluster.h"

#include "adapters/zigbee/zcl.h"

enum { HAS_HARDWARE = 0x01, HAS_NODE = 0x01, HAS_PERIOD = 0x02 };

static void take_key(struct wire_in *w, struct ota_request *r)
{
	r->key.manufacturer = wire_u16(w);
	r->key.type = wire_u16(w);
	r->key.version = wire_u32(w);
	r->has_key = !w->bad;
}

static void take_query(struct wire_in *w, struct ota_request *r)
{
	uint8_t control = wire_u8(w);

	take_key(w, r);
	if (control & HAS_HARDWARE && w->left >= 2) {
		r->has_hardware = true;
		r->hardware = wire_u16(w);
	}
}

static void take_block(struct wire_in *w, struct ota_request *r)
{
	uint8_t control = wire_u8(w);

	take_key(w, r);
	r->offset = wire_u32(w);
	r->max_size = wire_u8(w);
	if (r->command == OTA_PAGE_REQUEST) {
		r->page_size = wire_u16(w);
		r->spacing = wire_u16(w);
	}
	if (control & HAS_NODE && w->left >= 8) {
		r->has_node = true;
		r->node = wire_u64(w);
	}
	/* Legrand sets the bit and leaves the bytes out. */
	if (r->command == OTA_BLOCK_REQUEST && control & HAS_PERIOD && w->left >= 2) {
		r->has_period = true;
		r->period = wire_u16(w);
	}
}

static void take_end(struct wire_in *w, struct ota_request *r)
{
	r->status = wire_u8(w);
	if (!w->bad && r->status != ZCL_SUCCESS && w->left < 8)
		return; /* a failure may leave the rest out */
	take_key(w, r);
}

static void take_device_file(struct wire_in *w, struct ota_request *r)
{
	r->node = wire_u64(w);
	r->has_node = true;
	take_key(w, r);
	wire_u16(w); /* stack version */
}

enum ota_parse ota_parse(struct ota_request *out, const struct zcl_frame *frame)
{
	struct wire_in w = wire_in(frame->payload);
	struct ota_request r = { .command = frame->command, .tsn = frame->tsn };

	switch (frame->command) {
	case OTA_QUERY_REQUEST:
		take_query(&w, &r);
		break;
	case OTA_BLOCK_REQUEST:
	case OTA_PAGE_REQUEST:
		take_block(&w, &r);
		break;
	case OTA_END_REQUEST:
		take_end(&w, &r);
		break;
	case OTA_DEVICE_FILE_REQUEST:
		take_device_file(&w, &r);
		break;
	default:
		*out = r;
		return OTA_UNKNOWN;
	}
	*out = r;
	return w.bad ? OTA_SHORT : OTA_PARSED;
}

static void put_header(struct wire_out *w, uint8_t tsn, uint8_t command)
{
	zcl_put_header(w, &(struct zcl_frame){ .cluster_specific = true,
				  .from_server = true,
				  .no_default_response = command != OTA_IMAGE_NOTIFY,
				  .tsn = tsn,
				  .command = command });
}

static void put_key(struct wire_out *w, const struct ota_key *key)
{
	wire_put_u16(w, key->manufacturer);
	wire_put_u16(w, key->type);
	wire_put_u32(w, key->version);
}

void ota_put_notify(struct wire_out *w, uint8_t tsn)
{
	put_header(w, tsn, OTA_IMAGE_NOTIFY);
	wire_put_u8(w, 0);
	wire_put_u8(w, 100);
}

void ota_put_query_offer(struct wire_out *w, uint8_t tsn, const struct ota_key *key, uint32_t size)
{
	ota_put_status(w, tsn, OTA_QUERY_RESPONSE, ZCL_SUCCESS);
	put_key(w, key);
	wire_put_u32(w, size);
}

void ota_put_status(struct wire_out *w, uint8_t tsn, uint8_t command, uint8_t status)
{
	put_header(w, tsn, command);
	wire_put_u8(w, status);
}

void ota_put_block(struct wire_out *w, uint8_t tsn, const struct ota_key *key, uint32_t offset,
	struct span data)
{
	ota_put_status(w, tsn, OTA_BLOCK_RESPONSE, ZCL_SUCCESS);
	put_key(w, key);
	wire_put_u32(w, offset);
	wire_put_u8(w, (uint8_t)data.size);
	wire_put(w, data.data, data.size);
}

void ota_put_wait(struct wire_out *w, const struct ota_request *request, uint32_t seconds)
{
	ota_put_status(w, request->tsn, OTA_BLOCK_RESPONSE, ZCL_WAIT_FOR_DATA);
	wire_put_u32(w, 0);
	wire_put_u32(w, seconds);
	if (request->has_period)
		wire_put_u16(w, request->period);
}

void ota_put_end(struct wire_out *w, uint8_t tsn, const struct ota_key *key, uint32_t seconds)
{
	put_header(w, tsn, OTA_END_RESPONSE);
	put_key(w, key);
	wire_put_u32(w, 0);
	wire_put_u32(w, seconds);
}
