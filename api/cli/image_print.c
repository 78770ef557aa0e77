#include "api/cli/image_view.h"
#include "ota/version.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void row(const char *label, const char *fmt, ...) PRINTF_LIKE(2, 3);

static void row(const char *label, const char *fmt, ...)
{
	va_list ap;

	(void)printf("  %-18s", label);
	va_start(ap, fmt);
	(void)vprintf(fmt, ap);
	va_end(ap);
	(void)putchar('\n');
}

static const char *stack_name(uint16_t version)
{
	static const char *const names[] = { "Zigbee 2006", "Zigbee 2007", "Zigbee PRO",
		"Zigbee IP" };

	return version < ARRAY_SIZE(names) ? names[version] : "unknown";
}

static void print_header(const struct image_file *f)
{
	const struct image *image = &f->image;

	(void)printf("\nHeader\n");
	row("manufacturer", "0x%04x (%u)", image->manufacturer_code, image->manufacturer_code);
	row("image type", "0x%04x (%u)", image->image_type, image->image_type);
	row("header string", "%s", image->header_string[0] ? image->header_string : "(empty)");
	row("image size", "%u bytes", image->size);
	row("stack", "%s (%u)", stack_name(image->stack_version), image->stack_version);
	row("header", "version 0x%04x, %u bytes, field control 0x%04x", f->header_version,
		f->header_length, f->field_control);
	if (f->has_security_version)
		row("security version", "%u", f->security_version);
	if (image->destination)
		row("only for", "0x%016" PRIx64, image->destination);
	if (image->has_hardware_range)
		row("hardware", "%u to %u", image->hardware_min, image->hardware_max);
}

static void print_elements(const struct image_file *f)
{
	(void)printf("\nElements\n");
	if (!f->n_elements)
		(void)printf("  none that can be told apart (opaque)\n");
	for (size_t i = 0; i < f->n_elements; i++) {
		const struct image_element *element = &f->elements[i];

		(void)printf("  0x%04x  %10u bytes at %-10u %s%s\n", element->tag, element->length,
			element->offset, image_tag_name(element->tag),
			element->header_size == 8 ? ", 8-byte header" : "");
	}
}

static void print_file(const struct image_file *f)
{
	const struct image *image = &f->image;

	(void)printf("\nFile\n");
	row("name", "%s", image->name);
	row("size", "%" PRIu64 " bytes", image->file_size);
	row("container", "%s%s", image->container,
		!strcmp(image->signature, "checked") ? " (its digests match)" : "");
	if (!strcmp(image->signature, "present"))
		row("signature", "present, cannot be checked");
	row("image at", "byte %u", f->offset);
	if (f->trailer_size)
		row("trailer", "%u bytes, %s", f->trailer_size, image->trailer);
	row("payload", "%s", f->payload);
	row("SHA-256", "%s", image->file_sha256);
	row("SHA-512", "%.64s", image->file_sha512);
	row("", "%s", image->file_sha512 + 64);
}

/* "; " stands between warnings. */
static void print_warnings(const char *text)
{
	if (!*text)
		return;
	(void)printf("\nWarnings\n");
	while (*text) {
		const char *end = strstr(text, "; ");
		size_t n = end ? (size_t)(end - text) : strlen(text);

		(void)printf("  %.*s\n", (int)n, text);
		text += n + (end ? 2 : 0);
	}
}

void image_print(const struct image_file *f)
{
	char version[VERSION_TEXT_SIZE];

	version_text(version, f->image.file_version);
	(void)printf("%s%sversion %s (0x%08x)\n", f->image.header_string,
		f->image.header_string[0] ? ", " : "", version, f->image.file_version);
	(void)printf("  %-18s%s\n", "image id", f->image.id);
	print_header(f);
	print_elements(f);
	print_file(f);
	print_warnings(f->warning);
}
