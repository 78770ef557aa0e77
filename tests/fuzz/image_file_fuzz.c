#include "ota/image_file.h"
#include "server/base/alloc.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool claim)
{
	if (!claim)
		abort();
}

/* A refusal has a reason with advice, and leaves the output alone. */
static void check_refusal(const struct image_file *f, const struct err *e)
{
	static const struct image_file untouched;

	must(e->code == ERR_INTEGRITY && e->text[0]);
	must(image_file_advice(e->reason)[0]);
	must(!memcmp(f, &untouched, sizeof untouched));
}

/* Elements fill the image from its header to its end, or it is opaque. */
static void check_elements(const struct image_file *f)
{
	uint64_t at = f->header_length;

	must(f->image.opaque == !f->n_elements && f->n_elements <= IMAGE_ELEMENTS_MAX);
	for (size_t i = 0; i < f->n_elements; i++) {
		at += f->elements[i].header_size;
		must(f->elements[i].offset == at);
		at += f->elements[i].length;
	}
	must(f->image.opaque || at == f->image.size);
}

static void check_texts(const struct image_file *f)
{
	for (const char *c = f->image.header_string; *c; c++)
		must(*c >= ' ' && *c < 0x7F);
	must(f->payload[0] && f->image.container[0] && f->image.trailer[0]);
	must(f->image.signature[0] && strlen(f->warning) < sizeof f->warning);
}

/* The raw image alone is an image file that says the same. */
static void check_again(const struct image_file *f, const uint8_t *data)
{
	uint8_t *raw = xmemdup(data + f->offset, f->image.size);
	struct image_file back = { 0 };
	struct err e;

	must(image_file_read(&back, (struct span){ raw, f->image.size }, &e) == OK);
	must(!back.offset && !back.trailer_size && !strcmp(back.image.trailer, "none"));
	must(!strcmp(back.image.container, "none"));
	must(back.image.size == f->image.size && back.header_length == f->header_length);
	must(back.image.manufacturer_code == f->image.manufacturer_code);
	must(back.image.image_type == f->image.image_type);
	must(back.image.file_version == f->image.file_version);
	must(back.image.destination == f->image.destination);
	must(back.image.hardware_min == f->image.hardware_min);
	must(back.image.hardware_max == f->image.hardware_max);
	must(!strcmp(back.image.header_string, f->image.header_string));
	must(!strcmp(back.payload, f->payload));
	must(back.n_elements == f->n_elements);
	must(!memcmp(back.elements, f->elements, sizeof f->elements));
	free(raw);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct image_file f = { 0 };
	struct err e = { 0 };

	if (image_file_read(&f, (struct span){ data, size }, &e) != OK) {
		check_refusal(&f, &e);
		return 0;
	}
	must(f.image.file_size == size);
	must((uint64_t)f.offset + f.image.size + f.trailer_size <= size);
	must(f.image.size >= f.header_length && f.header_length >= IMAGE_FILE_MIN);
	check_elements(&f);
	check_texts(&f);
	check_again(&f, data);
	return 0;
}
