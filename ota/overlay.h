/* overlay.h: what we know of firmware files that no index says: rows that somebody looked at, keyed
 * by the SHA-512 of the file; and what the user of this service denies. Pure. */
#pragma once

#include "ota/image.h"
#include "server/base/err.h"

#include <stddef.h>

/* The model that a file is for; "" unknown. */
const char *overlay_model(const char *sha512);

/* One denied firmware, by whichever of them is given. */
struct deny {
	char digest[SHA512_TEXT]; /* SHA-512 or SHA-256 of the file, or SHA-256 of the image; "" */
	bool by_version;
	uint16_t manufacturer_code, image_type;
	uint32_t file_version;
};

/* "SHA-512", "SHA-256" or "0x115c/0x0004/0x11040000". */
MUST_USE enum err_code deny_read(struct deny *out, const char *text, struct err *e);
bool deny_has(const struct deny *list, size_t n, const struct image *image);
