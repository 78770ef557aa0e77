/* zcl.h: Zigbee Cluster Library frames: header, attribute values, Read Attributes, Default Response
 * (ZCL8 §2.3–2.6). Bytes in, values out; nothing is allocated and nothing outlives the input. */
#pragma once

#include "server/base/span.h"
#include "server/base/wire.h"

#include <stdbool.h>
#include <stdint.h>

enum zcl_cluster {
	ZCL_BASIC = 0x0000,
	ZCL_POWER = 0x0001,
	ZCL_OTA = 0x0019,
	ZCL_POLL_CONTROL = 0x0020,
	ZCL_DOOR_LOCK = 0x0101,
	ZCL_PROFILE_HA = 0x0104,
};

enum zcl_global_command {
	ZCL_READ_ATTRIBUTES = 0x00,
	ZCL_READ_ATTRIBUTES_RESPONSE = 0x01,
	ZCL_REPORT_ATTRIBUTES = 0x0A,
	ZCL_DEFAULT_RESPONSE = 0x0B,
};

enum zcl_status {
	ZCL_SUCCESS = 0x00,
	ZCL_FAILURE = 0x01,
	ZCL_MALFORMED_COMMAND = 0x80,
	ZCL_UNSUPPORTED_COMMAND = 0x81,
	ZCL_UNSUPPORTED_MANUFACTURER = 0x83,
	ZCL_INSUFFICIENT_SPACE = 0x89,
	ZCL_ABORT = 0x95,
	ZCL_INVALID_IMAGE = 0x96,
	ZCL_WAIT_FOR_DATA = 0x97,
	ZCL_NO_IMAGE_AVAILABLE = 0x98,
	ZCL_REQUIRE_MORE_IMAGE = 0x99,
};

struct zcl_frame {
	bool cluster_specific;    /* else a global command */
	bool has_manufacturer;    /* manufacturer specific */
	bool from_server;         /* direction bit */
	bool no_default_response; /* on success */
	uint16_t manufacturer;
	uint8_t tsn, command;
	struct span payload;
};

/* False: too short or a reserved frame type. Reserved control bits are ignored. */
bool zcl_parse(struct zcl_frame *out, struct span bytes);
/* The header only; the caller appends the payload. */
void zcl_put_header(struct wire_out *w, const struct zcl_frame *frame);

struct zcl_value {
	uint8_t type;
	bool is_text;     /* string types */
	uint64_t number;  /* integers, enums, bitmaps, EUI-64; up to 8 bytes */
	struct span text; /* borrowed; empty for the "invalid" length */
};
/* Reads one value of `type`; false (and w bad) for a cut value or a type whose size is unknown.
 * Structured types are not followed: nothing we ask for has them. */
bool zcl_take_value(struct wire_in *w, uint8_t type, struct zcl_value *out);
/* Printable ASCII of a text value, NUL-terminated, cut to fit; trailing blanks go. */
void zcl_text(char *out, size_t max, const struct zcl_value *value);

struct zcl_attribute {
	uint16_t id;
	uint8_t status; /* reports: always success */
	struct zcl_value value;
};
/* One record of a Read Attributes Response or a Report; false at the end or at nonsense. */
bool zcl_next_read(struct wire_in *w, struct zcl_attribute *out);
bool zcl_next_report(struct wire_in *w, struct zcl_attribute *out);

struct zcl_read {
	bool to_client; /* attributes of the device's client side: direction server to client */
	uint8_t tsn;
	const uint16_t *attributes;
	size_t n;
};
void zcl_put_read(struct wire_out *w, const struct zcl_read *read);
/* An OTA server's Default Response: 18 tsn 0B command status. */
void zcl_put_default_response(struct wire_out *w, uint8_t tsn, uint8_t command, uint8_t status);
