#include "ota/image_file.h"

#include "ota/image_container.h"
#include "ota/image_elements.h"
#include "ota/image_header.h"
#include "ota/image_payload.h"
#include "server/base/text.h"

#include <string.h>

enum { MAGIC_WITHIN = 64 * 1024 }; /* how far in an unknown wrapper we look for the header */

/* The upgrade image, else whatever comes first. */
static struct span payload_of(const struct image_file *f, struct span raw)
{
	const struct image_element *found = f->n_elements ? &f->elements[0] : NULL;

	for (size_t i = 0; i < f->n_elements; i++)
		if (!f->elements[i].tag) {
			found = &f->elements[i];
			break;
		}
	if (!found)
		return (struct span){ raw.data + f->header_length, raw.size - f->header_length };
	return (struct span){ raw.data + found->offset, found->length };
}

static void look_at_payload(struct image_file *out, struct span raw)
{
	const char *doubt = NULL;
	const char *kind = "telink"; /* with an encrypted element: there is nothing to see */

	if (!out->n_elements || out->elements[0].header_size != ELEMENT_HEADER_LONG)
		kind = image_payload_kind(payload_of(out, raw), &doubt);
	(void)text_copy(out->payload, sizeof out->payload, kind);
	if (doubt)
		image_warn(out, "%s", doubt);
}

static void read_inside(
	struct image_file *out, struct span file, const struct image_container *container)
{
	struct span region = { file.data + container->offset, container->size };
	struct span raw = { region.data, out->image.size };
	const char *trailer = image_trailer_kind(region, raw.size);

	out->offset = (uint32_t)container->offset;
	out->trailer_size = (uint32_t)(region.size - raw.size);
	out->image.file_size = file.size;
	(void)text_copy(out->image.container, sizeof out->image.container, container->name);
	(void)text_copy(out->image.signature, sizeof out->image.signature, container->signature);
	(void)text_copy(out->image.trailer, sizeof out->image.trailer, trailer);
	image_header_doubt(out);
	image_elements_read(out, raw);
	if (out->image.opaque)
		image_warn(out, "what follows the header is not a list of elements");
	look_at_payload(out, raw);
	if (!strcmp(trailer, "unknown"))
		image_warn(out, "%u bytes of unknown meaning follow the image", out->trailer_size);
	if (!strcmp(container->name, "prefix"))
		image_warn(
			out, "the image begins after %u bytes of an unknown wrapper", out->offset);
}

/* The first plausible header behind something unknown. Keeps in e why the first one is not, unless
 * e has a reason already. */
static bool find_behind_prefix(
	struct image_file *out, struct image_container *c, struct span file, struct err *e)
{
	struct err why = { 0 };

	for (size_t at = 1; at < MAGIC_WITHIN && at < file.size; at++) {
		struct span rest = { file.data + at, file.size - at };

		if (!image_has_magic(file, at))
			continue;
		if (image_header_read(out, rest, false, &why) == OK) {
			*c = (struct image_container){ "prefix", "none", at, rest.size };
			return true;
		}
		if (e->code == OK) {
			*e = why;
			err_prefix(e, "at byte %zu: ", at);
		}
	}
	return false;
}

/* At 0, then in a container, then the first plausible one anywhere. When false: *why says what is
 * wrong with the first that looked like one; OK when nothing did. */
static bool find_header(
	struct image_file *out, struct image_container *c, struct span file, struct err *why)
{
	struct span inside;

	*c = (struct image_container){ "none", "none", 0, file.size };
	if (image_has_magic(file, 0) && image_header_read(out, file, true, why) == OK)
		return true;
	if (image_container_find(c, file, why) != OK)
		return false;
	inside = (struct span){ file.data + c->offset, c->size };
	if (c->offset && image_has_magic(inside, 0) &&
		image_header_read(out, inside, false, why) == OK)
		return true;
	return find_behind_prefix(out, c, file, why);
}

static enum err_code refuse(struct span file, const struct err *why, struct err *e)
{
	const char *reason;
	const char *what = image_stranger(file, &reason);

	if (what)
		return err_because(e, ERR_INTEGRITY, reason, "%s", what);
	if (why->code != OK)
		return err_because(e, why->code, why->reason, "%s", why->text);
	return err_because(e, ERR_INTEGRITY, "image_no_header",
		"has no Zigbee OTA header (1e f1 ee 0b) in its first 64 KiB");
}

enum err_code image_file_read(struct image_file *out, struct span file, struct err *e)
{
	struct image_file f = { 0 };
	struct image_container container;
	struct err why = { 0 };

	if (file.size < IMAGE_FILE_MIN)
		return err_because(e, ERR_INTEGRITY, "image_too_small",
			"has %zu bytes, the smallest image has %d", file.size, IMAGE_FILE_MIN);
	if (file.size > IMAGE_FILE_MAX)
		return err_because(e, ERR_INTEGRITY, "image_too_large",
			"has %zu bytes, the largest accepted image has %d", file.size,
			IMAGE_FILE_MAX);
	if (!find_header(&f, &container, file, &why))
		return refuse(file, &why, e);
	read_inside(&f, file, &container);
	*out = f;
	return OK;
}
