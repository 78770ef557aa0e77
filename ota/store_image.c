/* store_image.c: how an image is kept (its bytes are files of the library). */
#include "ota/store_private.h"
#include "server/base/check.h"

#define TEXT(member) FIELD(FIELD_TEXT, struct image, member, #member)
#define UINT(member) FIELD(FIELD_UNSIGNED, struct image, member, #member)
#define BOOL(member) FIELD(FIELD_BOOL, struct image, member, #member)

static const struct field fields[] = {
	TEXT(id),
	UINT(manufacturer_code),
	UINT(image_type),
	UINT(file_version),
	UINT(stack_version),
	TEXT(header_string),
	UINT(size),
	BOOL(has_hardware_range),
	UINT(hardware_min),
	UINT(hardware_max),
	UINT(destination),
	UINT(first_tag),
	BOOL(opaque),
	TEXT(container),
	TEXT(trailer),
	TEXT(file_sha256),
	TEXT(file_sha512),
	UINT(file_size),
	TEXT(signature),
	TEXT(source),
	TEXT(name),
	TEXT(model),
	FIELD(FIELD_SIGNED, struct image, added_at, "added_at"),
};

const struct table store_image_table = { "image", sizeof(struct image), fields,
	ARRAY_SIZE(fields) };
