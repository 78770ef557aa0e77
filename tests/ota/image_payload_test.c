#include "ota/image_payload.h"

#include "ota/image_container.h"
#include "server/base/wire.h"
#include "tests/ota/image_fixture.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <stdlib.h>
#include <string.h>

/* The tag's data and then, for 8-byte headers, two bytes that its length does not count. */

Test(image_payload, f000_is_tried_with_six_and_then_eight_bytes)
{
	struct made_image m = plain();
	size_t n = make_element(body, 0xF000, TEXT("0123456789"));

	n += make_element(body + n, 0, TEXT("rest"));
	m.body = (struct span){ body, n };
	cr_assert(eq(int, read_made(&m), OK));
	cr_assert(eq(sz, f.n_elements, 2));
	cr_assert(eq(u8, f.elements[0].header_size, 6));
	cr_assert(eq(u16, f.image.first_tag, 0xF000));

	n = make_element(body, 0xF000, TEXT("0123456789"));
	memcpy(body + n, "..", 2);
	m.body = (struct span){ body, n + 2 };
	cr_assert(eq(int, read_made(&m), OK));
	cr_assert(eq(sz, f.n_elements, 1));
	cr_assert(eq(u8, f.elements[0].header_size, 8));
	cr_assert(eq(u32, f.elements[0].offset, 64));
	cr_assert(eq(str, f.payload, "telink"));
}

Test(image_payload, elements_that_do_not_tile_are_opaque)
{
	struct made_image m = plain();
	static const struct span odd[] = { { (const uint8_t *)"\x2A\0\1 sbl-ota", 11 },
		{ (const uint8_t *)"\0\0\xFF\xFF\xFF\xFF!", 7 }, { NULL, 0 } };

	for (size_t i = 0; i < ARRAY_SIZE(odd); i++) {
		m.body = odd[i];
		cr_assert(eq(int, read_made(&m), OK));
		cr_assert(f.image.opaque, "row %zu", i);
		cr_assert(eq(sz, f.n_elements, 0));
		cr_assert(eq(str, f.warning, "what follows the header is not a list of elements"));
	}
}

Test(image_payload, too_many_elements_are_opaque_not_an_overrun)
{
	struct made_image m = plain();
	size_t n = 0;

	for (int i = 0; i < IMAGE_ELEMENTS_MAX; i++)
		n += make_element(body + n, 0xF100, TEXT("x"));
	m.body = (struct span){ body, n };
	cr_assert(eq(int, read_made(&m), OK));
	cr_assert(eq(sz, f.n_elements, IMAGE_ELEMENTS_MAX));
	m.body.size += make_element(body + n, 0xF100, TEXT("x"));
	cr_assert(eq(int, read_made(&m), OK));
	cr_assert(f.image.opaque);
}

/* CRC-32 over the payload and its CRC gives the constant; pad: bytes after the end tag. */
static void payload(const void *head, size_t n, bool big, const char *kind)
{
	struct made_image m = plain();
	uint8_t raw[256];
	struct wire_out w = wire_out(raw, sizeof raw);

	wire_put(&w, head, n);
	wire_put(&w, big ? "\xFC\x04\x00\x04" : "\xFC\x04\x04\xFC\x04\0\0\0", big ? 4 : 8);
	wire_put_u32(&w, image_crc32(wire_span(&w)));
	wire_put(&w, "\xFF\xFF\xFF", 3);
	m.body = (struct span){ body, make_element(body, 0, wire_span(&w)) };
	cr_assert(eq(int, read_made(&m), OK));
	cr_assert(eq(str, f.payload, (char *)kind));
	cr_assert(eq(str, f.warning, ""));
	bytes[62 + 5] ^= 0x40; /* in the first element's data or length */
	cr_assert(eq(int, read_bytes(bytes, f.image.size), OK));
	cr_assert(eq(str, f.payload, (char *)kind));
	cr_assert(f.warning[0] != '\0');
}

Test(image_payload, payloads_are_named_and_damage_in_them_is_seen)
{
	payload("\xEB\x17\xA6\x03\x08\0\0\0version!", 16, false, "gbl");
	payload("\xFB\x05\0\x06"
		"abcdef",
		10, true, "ebl");
}

Test(image_payload, telink_payload_is_named)
{
	struct made_image m = plain();

	m.body = (struct span){ body, make_element(body, 0, TEXT("12345678KNLT....")) };
	cr_assert(eq(int, read_made(&m), OK));
	cr_assert(eq(str, f.payload, "telink"));
}

Test(image_payload, what_is_no_ota_image_is_refused_by_name)
{
	static const struct {
		const char *start;
		size_t n;
		const char *reason, *text;
	} rows[] = {
		{ "\xEB\x17\xA6\x03", 4, "image_bare_payload",
			"is a bare Silicon Labs GBL file without the Zigbee OTA header" },
		{ "\0\0\0\x8C", 4, "image_bare_payload",
			"is a bare Silicon Labs EBL file without the Zigbee OTA header" },
		{ "S00600004844521B\r\n", 18, "image_bare_payload",
			"is a Motorola S-record (S37) file for a programmer, not an OTA image" },
		{ ":020000040000FA\r\n", 17, "image_bare_payload",
			"is an Intel HEX file for a programmer, not an OTA image" },
		{ "12345678KNLT", 12, "image_bare_payload",
			"is a bare Telink firmware without the Zigbee OTA header" },
		{ "<!DOCTYPE html>\n<html>", 22, "image_no_header",
			"is a web page or XML, not firmware: did the download need a login?" },
		{ "\x1F\x8B\x08", 3, "image_no_header",
			"is a gzip archive: unpack it, the OTA image is inside" },
		{ "random", 6, "image_no_header",
			"has no Zigbee OTA header (1e f1 ee 0b) in its first 64 KiB" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		uint8_t raw[200] = { 0 };

		memcpy(raw, rows[i].start, rows[i].n);
		cr_assert(eq(int, read_bytes(raw, sizeof raw), ERR_INTEGRITY), "row %zu", i);
		refused(rows[i].reason, rows[i].text);
	}
}
