/* make_image.h: small synthetic OTA images for tests. */
#pragma once

#include "server/base/span.h"

#include <stdint.h>

struct made_image {
	uint16_t header_version, header_length, control; /* 0: as it should be */
	uint16_t manufacturer, type;
	uint32_t version, total; /* total 0: as it is */
	uint8_t security;
	uint64_t destination;
	uint16_t hardware_min, hardware_max;
	const char *string;
	struct span body; /* what follows the header */
};

enum { MADE_MAX = 4096 };
/* Bytes written to out, which has room for MADE_MAX. */
size_t make_image(uint8_t *out, const struct made_image *m);
/* One element; yields its size. */
size_t make_element(uint8_t *out, uint16_t tag, struct span data);
