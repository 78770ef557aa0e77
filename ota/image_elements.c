#include "ota/image_elements.h"

#include "server/base/wire.h"

static bool tile(struct image_file *out, struct span raw, bool telink)
{
	struct wire_in w = wire_in(raw);

	(void)wire_take(&w, out->header_length);
	for (out->n_elements = 0; w.left && out->n_elements < IMAGE_ELEMENTS_MAX;) {
		struct image_element *element = &out->elements[out->n_elements++];

		element->tag = wire_u16(&w);
		element->length = wire_u32(&w);
		element->header_size = ELEMENT_HEADER;
		if (telink && element->tag == ELEMENT_TAG_TELINK) {
			(void)wire_u16(&w);
			element->header_size = ELEMENT_HEADER_LONG;
		}
		element->offset = (uint32_t)(raw.size - w.left);
		(void)wire_take(&w, element->length);
		if (w.bad)
			return false;
	}
	return !w.left && out->n_elements;
}

void image_elements_read(struct image_file *out, struct span raw)
{
	out->image.opaque = !tile(out, raw, false) && !tile(out, raw, true);
	if (out->image.opaque) {
		memset(out->elements, 0, sizeof out->elements);
		out->n_elements = 0;
	}
	out->image.first_tag = out->image.opaque ? 0 : out->elements[0].tag;
}

const char *image_tag_name(uint16_t tag)
{
	static const char *const names[] = { "upgrade image", "ECDSA signature",
		"ECDSA certificate", "integrity code", "picture", "ECDSA signature (suite 2)",
		"ECDSA certificate (suite 2)" };

	if (tag < ARRAY_SIZE(names))
		return names[tag];
	return tag >= ELEMENT_TAG_TELINK ? "manufacturer specific" : "";
}
