/* image.h: one firmware image, as a row and as a value (DESIGN.md §1). The bytes are a private copy
 * in the library, pinned by SHA-256 of the raw OTA image. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum { SHA256_TEXT = 65, SHA512_TEXT = 129 };

struct image {
	char id[SHA256_TEXT]; /* SHA-256 of the raw OTA image, hex */
	uint16_t manufacturer_code, image_type;
	uint32_t file_version;
	uint16_t stack_version;
	char header_string[33]; /* printable part */
	uint32_t size;          /* total image size of the header */
	bool has_hardware_range;
	uint16_t hardware_min, hardware_max;
	uint64_t destination; /* EUI-64 or 0 */
	uint16_t first_tag;   /* of the sub-elements; Telink AES builds have 0xF000 */
	bool opaque;          /* elements do not tile: only by operator consent */
	char container[16];   /* "none", "legrand", "ngis", "third_reality", "prefix" */
	char trailer[16];     /* "none", "crc32", "unknown" */
	char file_sha256[SHA256_TEXT];
	char file_sha512[SHA512_TEXT];
	uint64_t file_size;
	char signature[8]; /* of the container: "present", "checked", "none" */
	char source[16];   /* "upload", "folder" */
	char name[128];    /* file name without path */
	char model[48];    /* what the user or an index says it is for; "" */
	int64_t added_at;  /* Unix ms */
};
