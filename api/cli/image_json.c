#include "api/cli/image_view.h"
#include "ota/version.h"

#include <jansson.h>

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static json_t *hex(unsigned digits, uint64_t value)
{
	return json_sprintf("0x%0*" PRIx64, (int)digits, value);
}

static json_t *elements(const struct image_file *f)
{
	json_t *list = json_array();

	for (size_t i = 0; i < f->n_elements; i++) {
		const struct image_element *e = &f->elements[i];

		json_array_append_new(list,
			json_pack("{s:o, s:s, s:I, s:I, s:i}", "tag", hex(4, e->tag), "tag_name",
				image_tag_name(e->tag), "offset", (json_int_t)e->offset, "length",
				(json_int_t)e->length, "header_size", e->header_size));
	}
	return list;
}

static json_t *warnings(const char *text)
{
	json_t *list = json_array();

	while (*text) {
		const char *end = strstr(text, "; ");
		size_t n = end ? (size_t)(end - text) : strlen(text);

		json_array_append_new(list, json_stringn(text, n));
		text += n + (end ? 2 : 0);
	}
	return list;
}

/* The names and forms of the REST surface's Image; null for what this header does not have. */
static json_t *header(const struct image_file *f)
{
	const struct image *image = &f->image;
	const char *string = image->header_string[0] ? image->header_string : NULL;
	char version[VERSION_TEXT_SIZE];
	bool hardware = image->has_hardware_range;

	version_text(version, image->file_version);
	return json_pack("{s:s, s:o, s:o, s:o, s:o, s:s?, s:I, s:o, s:i, s:o, s:o, s:o, s:o, s:o}",
		"version", version, "file_version", hex(8, image->file_version),
		"manufacturer_code", hex(4, image->manufacturer_code), "image_type",
		hex(4, image->image_type), "stack_version", hex(4, image->stack_version),
		"header_string", string, "size", (json_int_t)image->size, "header_version",
		hex(4, f->header_version), "header_length", f->header_length, "field_control",
		hex(4, f->field_control), "security_version",
		f->has_security_version ? json_integer(f->security_version) : json_null(),
		"destination", image->destination ? hex(16, image->destination) : json_null(),
		"hardware_min", hardware ? json_integer(image->hardware_min) : json_null(),
		"hardware_max", hardware ? json_integer(image->hardware_max) : json_null());
}

static json_t *whole(const struct image_file *f)
{
	const struct image *image = &f->image;
	json_t *all = json_pack("{s:s}", "id", image->id);

	json_object_update_new(all, header(f));
	json_object_update_new(
		all, json_pack("{s:o, s:o, s:b, s:s, s:s, s:o}", "elements", elements(f),
			     "first_tag", f->n_elements ? hex(4, image->first_tag) : json_null(),
			     "opaque", image->opaque, "payload", f->payload, "container",
			     image->container, "warnings", warnings(f->warning)));
	json_object_update_new(
		all, json_pack("{s:s, s:I, s:s, s:I, s:s, s:s, s:s, s:I}", "signature",
			     image->signature, "offset", (json_int_t)f->offset, "trailer",
			     image->trailer, "trailer_size", (json_int_t)f->trailer_size, "name",
			     image->name, "file_sha256", image->file_sha256, "file_sha512",
			     image->file_sha512, "file_size", (json_int_t)image->file_size));
	return all;
}

static void put(json_t *value)
{
	(void)json_dumpf(value, stdout, JSON_INDENT(2));
	(void)putchar('\n');
	json_decref(value);
}

void image_print_json(const struct image_file *f)
{
	put(whole(f));
}

void image_print_refusal_json(const struct err *e)
{
	put(json_pack("{s:{s:s, s:s, s:s}}", "error", "code", e->reason, "detail", e->text,
		"advice", image_file_advice(e->reason)));
}
