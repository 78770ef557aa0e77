#include "ota/image_header.h"

#include "server/base/wire.h"

#include <stdarg.h>
#include <stdio.h>

enum {
	HEADER_VERSION = 0x0100,
	HAS_SECURITY = 1,
	HAS_DESTINATION = 2,
	HAS_HARDWARE = 4,
	ZIGBEE_PRO = 2,
	MAGIC_SIZE = 4,
	STRING_SIZE = 32,
};

void image_warn(struct image_file *out, const char *fmt, ...)
{
	size_t n = strlen(out->warning);
	va_list ap;

	n += (size_t)snprintf(out->warning + n, sizeof out->warning - n, "%s", n ? "; " : "");
	if (n >= sizeof out->warning)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(out->warning + n, sizeof out->warning - n, fmt, ap); /* cut to fit */
	va_end(ap);
}

/* The field is 32 bytes of anything: NUL may be missing, some vendors put a length byte first. */
static void printable(char out[STRING_SIZE + 1], struct span raw)
{
	size_t n = 0;

	for (size_t i = 0; i < raw.size && (raw.data[i] || !n); i++)
		if (raw.data[i] >= ' ' && raw.data[i] < 0x7F)
			out[n++] = (char)raw.data[i];
	while (n && out[n - 1] == ' ')
		n--;
	out[n] = '\0';
}

static void read_fixed(struct image_file *out, struct wire_in *w)
{
	struct image *image = &out->image;

	(void)wire_take(w, MAGIC_SIZE);
	out->header_version = wire_u16(w);
	out->header_length = wire_u16(w);
	out->field_control = wire_u16(w);
	image->manufacturer_code = wire_u16(w);
	image->image_type = wire_u16(w);
	image->file_version = wire_u32(w);
	image->stack_version = wire_u16(w);
	printable(image->header_string, wire_take(w, STRING_SIZE));
	image->size = wire_u32(w);
}

static void read_optional(struct image_file *out, struct wire_in *w)
{
	struct image *image = &out->image;

	out->has_security_version = out->field_control & HAS_SECURITY;
	if (out->has_security_version)
		out->security_version = wire_u8(w);
	if (out->field_control & HAS_DESTINATION)
		image->destination = wire_u64(w);
	image->has_hardware_range = out->field_control & HAS_HARDWARE;
	if (image->has_hardware_range) {
		image->hardware_min = wire_u16(w);
		image->hardware_max = wire_u16(w);
	}
}

static unsigned expected_length(unsigned control)
{
	return IMAGE_FILE_MIN + (control & HAS_SECURITY ? 1u : 0) +
	       (control & HAS_DESTINATION ? 8u : 0) + (control & HAS_HARDWARE ? 4u : 0);
}

#define bad_header(e, ...) err_because(e, ERR_INTEGRITY, "image_bad_header", __VA_ARGS__)

/* Plausible? longer: the header may have fields of the future at its end. */
static enum err_code check_header(
	const struct image_file *f, size_t available, bool longer, struct err *e)
{
	unsigned expected = expected_length(f->field_control);

	if (f->header_version != HEADER_VERSION)
		return bad_header(e, "has header version 0x%04x, only 0x%04x is known",
			f->header_version, HEADER_VERSION);
	if (f->field_control & ~(HAS_SECURITY | HAS_DESTINATION | HAS_HARDWARE))
		return bad_header(
			e, "has unknown bits in its field control 0x%04x", f->field_control);
	if (f->header_length < expected || (f->header_length > expected && !longer))
		return bad_header(e, "has a header of %u bytes, its fields need %u",
			f->header_length, expected);
	if (f->image.size < f->header_length)
		return bad_header(e, "declares %u bytes in all, its header alone has %u",
			f->image.size, f->header_length);
	if (f->image.size > available)
		return err_because(e, ERR_INTEGRITY, "image_truncated",
			"declares %u bytes, has %zu: truncated download?", f->image.size,
			available);
	return OK;
}

enum err_code image_header_read(struct image_file *out, struct span at, bool longer, struct err *e)
{
	struct image_file f = { 0 };
	struct wire_in w = wire_in(at);

	read_fixed(&f, &w);
	if (w.bad)
		return err_because(e, ERR_INTEGRITY, "image_truncated",
			"ends %zu bytes after the start of its header: truncated download?",
			at.size);
	if (check_header(&f, at.size, longer, e) != OK)
		return e->code;
	read_optional(&f, &w);
	*out = f;
	return OK;
}

void image_header_doubt(struct image_file *out)
{
	const struct image *image = &out->image;

	if (image->manufacturer_code == UINT16_MAX)
		image_warn(out, "manufacturer code 0xffff fits every manufacturer");
	if (image->file_version == UINT32_MAX)
		image_warn(out, "file version 0xffffffff is a wildcard");
	if (image->image_type >= 0xFFC0)
		image_warn(out, "image type 0x%04x is not firmware", image->image_type);
	if (image->stack_version != ZIGBEE_PRO)
		image_warn(out, "stack version %u is not Zigbee PRO", image->stack_version);
	if (out->header_length > expected_length(out->field_control))
		image_warn(out, "the header has %u bytes that we do not know",
			out->header_length - expected_length(out->field_control));
	if (image->has_hardware_range && image->hardware_min > image->hardware_max)
		image_warn(out, "the hardware range %u to %u is empty", image->hardware_min,
			image->hardware_max);
}
