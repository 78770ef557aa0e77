/* image_container.h: what vendors wrap around an OTA image, and what they put behind it. Pure. */
#pragma once

#include "server/base/err.h"
#include "server/base/span.h"

#include <stdbool.h>

struct image_container {
	const char *name;      /* as image.container; "none" when it is no container we know */
	const char *signature; /* as image.signature */
	size_t offset, size;   /* of what is inside */
};

/* ERR_INTEGRITY: surely this container, but damaged (image_truncated, image_bad_digest). */
MUST_USE enum err_code image_container_find(
	struct image_container *out, struct span file, struct err *e);

/* "none", "crc32" or "unknown": the bytes of `region` behind its first `used`. */
const char *image_trailer_kind(struct span region, size_t used);
/* The CRC-32 of zip and Ethernet. */
uint32_t image_crc32(struct span bytes);
bool image_has_magic(struct span file, size_t at);
