/* ota_cluster.h: the commands of the OTA Upgrade cluster 0x0019 (ZCL8 §11.13), server side.
 * Bytes in, values out; values in, whole ZCL frames out. */
#pragma once

#include "server/base/wire.h"

#include <stdbool.h>
#include <stdint.h>

struct zcl_frame;

enum ota_command {
	OTA_IMAGE_NOTIFY = 0x00,
	OTA_QUERY_REQUEST = 0x01,
	OTA_QUERY_RESPONSE = 0x02,
	OTA_BLOCK_REQUEST = 0x03,
	OTA_PAGE_REQUEST = 0x04,
	OTA_BLOCK_RESPONSE = 0x05,
	OTA_END_REQUEST = 0x06,
	OTA_END_RESPONSE = 0x07,
	OTA_DEVICE_FILE_REQUEST = 0x08,
	OTA_DEVICE_FILE_RESPONSE = 0x09,
};

struct ota_key { /* what names one image */
	uint16_t manufacturer, type;
	uint32_t version; /* in a query: the one that runs now */
};

struct ota_request {
	uint8_t command, tsn;
	struct ota_key key;
	bool has_key;      /* an End Request with a failure may be one byte long */
	bool has_hardware; /* query */
	uint16_t hardware;
	uint32_t offset; /* block, page */
	uint8_t max_size;
	uint16_t page_size; /* page */
	uint16_t spacing;   /* page, ms */
	bool has_node;      /* block, page: EUI-64 field, informational only */
	uint64_t node;
	bool has_period; /* block; false too when the bit is set but the bytes are missing */
	uint16_t period;
	uint8_t status; /* End Request */
};

enum ota_parse { OTA_PARSED, OTA_SHORT, OTA_UNKNOWN };
/* Bytes beyond the known fields are ignored. */
enum ota_parse ota_parse(struct ota_request *out, const struct zcl_frame *frame);

/* Unicast, payload type 0, jitter 100. */
void ota_put_notify(struct wire_out *w, uint8_t tsn);
void ota_put_query_offer(struct wire_out *w, uint8_t tsn, const struct ota_key *key, uint32_t size);
/* 0x02, 0x05 or 0x09 with nothing but a status. */
void ota_put_status(struct wire_out *w, uint8_t tsn, uint8_t command, uint8_t status);
void ota_put_block(struct wire_out *w, uint8_t tsn, const struct ota_key *key, uint32_t offset,
	struct span data);
/* WAIT_FOR_DATA, relative; the period only when the request carried one. */
void ota_put_wait(struct wire_out *w, const struct ota_request *request, uint32_t seconds);
/* Relative; UINT32_MAX = hold. */
void ota_put_end(struct wire_out *w, uint8_t tsn, const struct ota_key *key, uint32_t seconds);
