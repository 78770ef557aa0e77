/* image_file.h: Zigbee OTA image files and what vendors wrap around them. Sans-I/O, pure.
 * Layout: ZCL 8, 11.4 "OTA File Format"; containers and odd files: docs/image-files.md. */
#pragma once

#include "ota/image.h"
#include "server/base/err.h"
#include "server/base/span.h"

enum {
	IMAGE_FILE_MIN = 56,
	IMAGE_FILE_MAX = 16 << 20,
	IMAGE_ELEMENTS_MAX = 64,
	IMAGE_NAME_SIZE = 128
};

struct image_element {
	uint16_t tag;
	uint32_t offset; /* of the data, from the start of the raw image */
	uint32_t length;
	uint8_t header_size; /* 6, or 8 for Telink's encrypted 0xF000 */
};

struct image_file {
	struct image image; /* everything but id, digests, source, name and times */
	uint32_t offset;    /* of the raw image in the file; image.size bytes of it are the image */
	uint16_t header_version, header_length, field_control;
	bool has_security_version;
	uint8_t security_version;
	uint32_t trailer_size;
	struct image_element elements[IMAGE_ELEMENTS_MAX];
	size_t n_elements; /* 0 when opaque */
	char payload[16];  /* "gbl", "ebl", "telink", "unknown" */
	char warning[320]; /* "" or what looks odd but is no reason to refuse; several: "; " between
			    */
};

/* Reads `file` as the loader of docs/image-files.md. Refusals (ERR_INTEGRITY) say the exact reason,
 * e.g. "declares 278830 bytes, has 92222: truncated download?". reason is one of image_truncated,
 * image_no_header, image_bad_header, image_too_small, image_too_large, image_bare_payload,
 * image_bad_digest (a digest of the container does not match). */
MUST_USE enum err_code image_file_read(struct image_file *out, struct span file, struct err *e);
/* What a person can do about a refusal, by its reason; "" for other reasons. */
const char *image_file_advice(const char *reason);
/* "upgrade image" for 0x0000; "" for tags the specification does not name. */
const char *image_tag_name(uint16_t tag);
/* What follows the last '/' or '\\' of a name, fit to be shown; "image" for nothing. */
void image_name(char out[IMAGE_NAME_SIZE], const char *given);
