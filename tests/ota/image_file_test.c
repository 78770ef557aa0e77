#include "ota/image_file.h"

#include "ota/image_container.h"
#include "ota/image_digest.h"
#include "server/base/wire.h"
#include "tests/ota/make_image.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <stdlib.h>
#include <string.h>

static uint8_t bytes[2 * MADE_MAX], body[2 * MADE_MAX];
static struct image_file f;
static struct err e;

/* A heap copy of exactly this size, so that the sanitizer sees every over-read. */
static enum err_code read_bytes(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size ? size : 1);
	enum err_code code;

	cr_assert(copy != NULL);
	memcpy(copy, data, size);
	memset(&e, 0, sizeof e);
	code = image_file_read(&f, (struct span){ copy, size }, &e);
	free(copy);
	return code;
}

static enum err_code read_made(const struct made_image *m)
{
	return read_bytes(bytes, make_image(bytes, m));
}

#define TEXT(s) ((struct span){ (const uint8_t *)(s), sizeof(s) - 1 })

static struct span one_element(void)
{
	return (struct span){ body, make_element(body, 0, TEXT("firmware of a lock")) };
}

static struct made_image plain(void)
{
	return (struct made_image){ .manufacturer = 0x115C,
		.type = 4,
		.version = 0x11070000,
		.string = "A lock",
		.body = one_element() };
}

static void refused(const char *reason, const char *text)
{
	cr_assert(eq(str, e.reason, (char *)reason));
	cr_assert(eq(str, e.text, (char *)text));
	cr_assert(eq(int, e.code, ERR_INTEGRITY));
	cr_assert(image_file_advice(reason)[0] != '\0');
}

Test(image_file, plain_image_reads_with_all_fields)
{
	struct made_image m = plain();

	cr_assert(eq(int, read_made(&m), OK));
	cr_assert(eq(u16, f.image.manufacturer_code, 0x115C));
	cr_assert(eq(u16, f.image.image_type, 4));
	cr_assert(eq(u32, f.image.file_version, 0x11070000));
	cr_assert(eq(u16, f.image.stack_version, 2));
	cr_assert(eq(str, f.image.header_string, "A lock"));
	cr_assert(eq(u32, f.image.size, 56 + 6 + 18));
	cr_assert(eq(u16, f.header_length, 56));
	cr_assert(eq(sz, f.n_elements, 1));
	cr_assert(eq(u32, f.elements[0].offset, 62));
	cr_assert(eq(u32, f.elements[0].length, 18));
	cr_assert(eq(str, f.payload, "unknown"));
	cr_assert(eq(str, f.image.container, "none"));
	cr_assert(eq(str, f.image.trailer, "none"));
	cr_assert(eq(str, f.warning, ""));
	cr_assert(not(f.image.opaque));
}

Test(image_file, optional_fields_are_read_in_bit_order_in_all_combinations)
{
	for (uint16_t control = 0; control < 8; control++) {
		struct made_image m = plain();

		m.control = control;
		m.security = 2;
		m.destination = 0x00124B0012345678;
		m.hardware_min = 0x0102;
		m.hardware_max = 0x0203;
		cr_assert(eq(int, read_made(&m), OK), "control %u: %s", control, e.text);
		cr_assert(eq(int, f.has_security_version, (control & 1) != 0));
		cr_assert(eq(u8, f.security_version, control & 1 ? 2 : 0));
		cr_assert(eq(u64, f.image.destination, control & 2 ? m.destination : 0));
		cr_assert(eq(int, f.image.has_hardware_range, (control & 4) != 0));
		cr_assert(eq(u16, f.image.hardware_min, control & 4 ? 0x0102 : 0));
		cr_assert(eq(u16, f.image.hardware_max, control & 4 ? 0x0203 : 0));
		cr_assert(eq(sz, f.n_elements, 1));
	}
}

Test(image_file, cut_anywhere_is_refused)
{
	struct made_image m = plain();
	size_t size;

	m.control = 7;
	size = make_image(bytes, &m);
	for (size_t cut = 0; cut < size; cut++) {
		cr_assert(eq(int, read_bytes(bytes, cut), ERR_INTEGRITY), "cut at %zu", cut);
		cr_assert(eq(str, e.reason, cut < 56 ? "image_too_small" : "image_truncated"),
			"cut at %zu", cut);
	}
	cr_assert(eq(int, read_bytes(bytes, size), OK));
}

Test(image_file, a_truncated_file_names_both_sizes)
{
	struct made_image m = plain();

	m.total = 278830;
	cr_assert(eq(int, read_made(&m), ERR_INTEGRITY));
	refused("image_truncated", "declares 278830 bytes, has 80: truncated download?");
}

Test(image_file, a_total_at_the_end_of_u32_does_not_wrap)
{
	struct made_image m = plain();

	m.total = UINT32_MAX;
	cr_assert(eq(int, read_made(&m), ERR_INTEGRITY));
	refused("image_truncated", "declares 4294967295 bytes, has 80: truncated download?");
}

Test(image_file, implausible_headers_are_refused_by_what_is_wrong)
{
	struct made_image m = plain();

	m.header_version = 0x0200;
	cr_assert(eq(int, read_made(&m), ERR_INTEGRITY));
	refused("image_bad_header", "has header version 0x0200, only 0x0100 is known");
	m = plain();
	m.control = 0x0008;
	cr_assert(eq(int, read_made(&m), ERR_INTEGRITY));
	refused("image_bad_header", "has unknown bits in its field control 0x0008");
	m = plain();
	m.control = 4;
	m.header_length = 59;
	cr_assert(eq(int, read_made(&m), ERR_INTEGRITY));
	refused("image_bad_header", "has a header of 59 bytes, its fields need 60");
	m = plain();
	m.total = 55;
	cr_assert(eq(int, read_made(&m), ERR_INTEGRITY));
	refused("image_bad_header", "declares 55 bytes in all, its header alone has 56");
}

Test(image_file, outputs_are_untouched_on_refusal)
{
	struct image_file before;

	memset(&f, 0x5A, sizeof f);
	before = f;
	cr_assert(eq(int, read_bytes((const uint8_t *)"short", 5), ERR_INTEGRITY));
	refused("image_too_small", "has 5 bytes, the smallest image has 56");
	cr_assert(eq(int, memcmp(&f, &before, sizeof f), 0));
}

Test(image_file, more_than_the_maximum_is_refused)
{
	size_t size = IMAGE_FILE_MAX + 1;
	uint8_t *big = calloc(1, size);

	cr_assert(eq(int, image_file_read(&f, (struct span){ big, size }, &e), ERR_INTEGRITY));
	refused("image_too_large", "has 16777217 bytes, the largest accepted image has 16777216");
	free(big);
}

Test(image_file, a_longer_header_is_fine_at_the_start_only)
{
	struct made_image m = plain();
	uint8_t wrapped[2 * MADE_MAX] = "wrapper!";
	size_t size;

	m.header_length = 64;
	size = make_image(bytes, &m);
	cr_assert(eq(int, read_bytes(bytes, size), OK));
	cr_assert(eq(u32, f.elements[0].offset, 70));
	cr_assert(eq(str, f.warning, "the header has 8 bytes that we do not know"));
	memcpy(wrapped + 8, bytes, size);
	cr_assert(eq(int, read_bytes(wrapped, size + 8), ERR_INTEGRITY));
	refused("image_bad_header", "at byte 8: has a header of 64 bytes, its fields need 56");
}

Test(image_file, header_string_shows_its_printable_part)
{
	static const struct {
		const char *raw, *shown;
	} rows[] = {
		{ "\x1F"
		  "Lumi style",
			"Lumi style" },
		{ "with newline\n", "with newline" },
		{ "                                ", "" },
		{ "DR1175r1v1UNENCRYPTED00000JN5169", "DR1175r1v1UNENCRYPTED00000JN5169" },
		{ "\xFF\xFE\x80g\x01rbage\x7F", "grbage" },
		{ "", "" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct made_image m = plain();

		m.string = rows[i].raw;
		cr_assert(eq(int, read_made(&m), OK));
		cr_assert(eq(str, f.image.header_string, (char *)rows[i].shown));
	}
}

Test(image_file, the_first_plausible_header_wins_over_nested_ones)
{
	uint8_t inner[MADE_MAX];
	struct made_image m = plain();
	size_t n;

	m.version = 99;
	n = make_image(inner, &m);
	m = plain();
	m.body = (struct span){ body, make_element(body, 0, (struct span){ inner, n }) };
	cr_assert(eq(int, read_made(&m), OK));
	cr_assert(eq(u32, f.image.file_version, 0x11070000));
	cr_assert(eq(u32, f.offset, 0));
}

Test(image_file, an_implausible_magic_before_the_header_is_passed_over)
{
	uint8_t wrapped[2 * MADE_MAX] = { 'w', 'x', 0x1E, 0xF1, 0xEE, 0x0B, 1, 2, 3, 4 };
	struct made_image m = plain();
	size_t n = make_image(wrapped + 70, &m);

	cr_assert(eq(int, read_bytes(wrapped, 70 + n), OK));
	cr_assert(eq(u32, f.offset, 70));
	cr_assert(eq(str, f.image.container, "prefix"));
	cr_assert(eq(str, f.warning, "the image begins after 70 bytes of an unknown wrapper"));
}

Test(image_file, a_header_is_looked_for_in_the_first_64_kib_only)
{
	static uint8_t wide[70000];
	struct made_image m = plain();
	size_t n = make_image(bytes, &m);

	wide[0] = 'w';
	memcpy(wide + 65535, bytes, n);
	cr_assert(eq(int, read_bytes(wide, 65535 + n), OK));
	cr_assert(eq(u32, f.offset, 65535));
	memset(wide + 65535, 0, n);
	memcpy(wide + 65536, bytes, n);
	cr_assert(eq(int, read_bytes(wide, 65536 + n), ERR_INTEGRITY));
	refused("image_no_header", "has no Zigbee OTA header (1e f1 ee 0b) in its first 64 KiB");
}

Test(image_file, legrand_container_is_opened)
{
	struct made_image m = plain();
	size_t n = make_image(bytes + 4, &m);
	struct wire_out w = wire_out(bytes, 4);

	wire_put_u32(&w, (uint32_t)n);
	memset(bytes + 4 + n, 0xAA, 17);
	cr_assert(eq(int, read_bytes(bytes, n + 21), OK));
	cr_assert(eq(str, f.image.container, "legrand"));
	cr_assert(eq(u32, f.offset, 4));
	cr_assert(eq(str, f.image.trailer, "none"));
	cr_assert(eq(str, f.warning, ""));
}

static size_t third_reality(void)
{
	struct made_image m = plain();
	size_t n = make_image(bytes + 152, &m) + 152;
	struct wire_out w = wire_out(bytes + 68, 4);

	memset(bytes, 0, 152);
	wire_put_u32(&w, (uint32_t)n - 64);
	sha512_of(bytes, (struct span){ bytes + 64, n - 64 });
	return n;
}

Test(image_file, third_reality_container_is_opened_and_checked)
{
	size_t n = third_reality();

	cr_assert(eq(int, read_bytes(bytes, n), OK));
	cr_assert(eq(str, f.image.container, "third_reality"));
	cr_assert(eq(str, f.image.signature, "checked"));
	cr_assert(eq(u32, f.offset, 152));
}

Test(image_file, a_changed_byte_in_third_reality_is_refused)
{
	size_t n = third_reality();

	bytes[n - 1] ^= 1;
	cr_assert(eq(int, read_bytes(bytes, n), ERR_INTEGRITY));
	refused("image_bad_digest", "the SHA-512 at the start of this Third Reality container "
				    "does not match what follows: damaged download?");
}

/* blocks of 64 bytes, so that a small image has some */
static size_t ngis(bool table)
{
	struct made_image m = plain();
	size_t n = make_image(body + 1024, &m);
	uint32_t blocks = table ? (uint32_t)(n + 63) / 64 : 0;
	size_t offset = 40 + 32u * blocks;
	struct wire_out w = wire_out(bytes, MADE_MAX);

	wire_put(&w, "NGIS", 4);
	wire_put_u32(&w, 12);
	wire_put_u32(&w, 0x7DA);
	wire_put_u32(&w, (uint32_t)offset - 12);
	wire_put_u32(&w, (uint32_t)offset);
	wire_put_u32(&w, (uint32_t)n);
	wire_put_u32(&w, (uint32_t)(offset + n));
	wire_put_u32(&w, 11);
	wire_put_u32(&w, 64);
	wire_put_u32(&w, blocks);
	for (size_t i = 0; i < blocks; i++) {
		size_t left = n - 64 * i;

		sha256_of(w.data + w.size,
			(struct span){ body + 1024 + 64 * i, left < 64 ? left : 64 });
		w.size += 32;
	}
	wire_put(&w, body + 1024, n);
	memset(w.data + w.size, 0x5A, 512);
	return w.size + 512;
}

Test(image_file, ngis_with_matching_block_digests_is_checked)
{
	cr_assert(eq(int, read_bytes(bytes, ngis(true)), OK), "%s", e.text);
	cr_assert(eq(str, f.image.container, "ngis"));
	cr_assert(eq(str, f.image.signature, "checked"));
	cr_assert(eq(str, f.image.trailer, "none"));
	cr_assert(eq(u32, f.offset, 104));
}

Test(image_file, ngis_without_a_table_has_an_unchecked_signature)
{
	cr_assert(eq(int, read_bytes(bytes, ngis(false)), OK), "%s", e.text);
	cr_assert(eq(str, f.image.signature, "present"));
}

Test(image_file, ngis_with_a_damaged_block_names_it)
{
	size_t n = ngis(true);

	bytes[104 + 70] ^= 0x80;
	cr_assert(eq(int, read_bytes(bytes, n), ERR_INTEGRITY));
	refused("image_bad_digest", "block 2 of 2 of this NGIS container does not match its "
				    "SHA-256: damaged download?");
}

Test(image_file, ngis_cut_in_its_image_is_truncated)
{
	size_t n = ngis(true);

	cr_assert(eq(int, read_bytes(bytes, n - 513), ERR_INTEGRITY));
	refused("image_truncated",
		"the NGIS container declares 184 bytes, has 183: truncated download?");
}

Test(image_file, trailers_are_told_apart)
{
	struct made_image m = plain();
	size_t n = make_image(bytes, &m);
	struct wire_out w = wire_out(bytes + n, 4);

	wire_put_u32(&w, image_crc32((struct span){ bytes, n }));
	cr_assert(eq(int, read_bytes(bytes, n + 4), OK));
	cr_assert(eq(str, f.image.trailer, "crc32"));
	cr_assert(eq(str, f.warning, ""));
	cr_assert(eq(u32, f.trailer_size, 4));
	bytes[n] ^= 1;
	cr_assert(eq(int, read_bytes(bytes, n + 4), OK));
	cr_assert(eq(str, f.image.trailer, "unknown"));
	cr_assert(eq(str, f.warning, "4 bytes of unknown meaning follow the image"));
	cr_assert(eq(u32, f.image.size, n));
}

Test(image_file, crc32_is_the_usual_one)
{
	cr_assert(eq(u32, image_crc32(TEXT("123456789")), 0xCBF43926));
}

/* The tag's data and then, for 8-byte headers, two bytes that its length does not count. */
Test(image_file, f000_is_tried_with_six_and_then_eight_bytes)
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

Test(image_file, elements_that_do_not_tile_are_opaque)
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

Test(image_file, too_many_elements_are_opaque_not_an_overrun)
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

Test(image_file, payloads_are_named_and_damage_in_them_is_seen)
{
	payload("\xEB\x17\xA6\x03\x08\0\0\0version!", 16, false, "gbl");
	payload("\xFB\x05\0\x06"
		"abcdef",
		10, true, "ebl");
}

Test(image_file, telink_payload_is_named)
{
	struct made_image m = plain();

	m.body = (struct span){ body, make_element(body, 0, TEXT("12345678KNLT....")) };
	cr_assert(eq(int, read_made(&m), OK));
	cr_assert(eq(str, f.payload, "telink"));
}

Test(image_file, wildcards_and_reserved_types_are_warned_of)
{
	struct made_image m = plain();

	m.manufacturer = 0xFFFF;
	m.version = 0xFFFFFFFF;
	m.type = 0xFFC3;
	cr_assert(eq(int, read_made(&m), OK));
	cr_assert(eq(str, f.warning,
		"manufacturer code 0xffff fits every manufacturer; file version 0xffffffff is a "
		"wildcard; image type 0xffc3 is not firmware"));
}

Test(image_file, what_is_no_ota_image_is_refused_by_name)
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

Test(image_file, names_become_fit_to_be_shown)
{
	static const struct {
		const char *given, *shown;
	} rows[] = {
		{ "/media/fw/lock.ota", "lock.ota" },
		{ "C:\\temp\\lock.ota", "lock.ota" },
		{ "folder/", "image" },
		{ "", "image" },
		{ "t\xC3\xBCr\n.ota", "t\xC3\xBCr_.ota" },
		{ "cut\xC3", "cut_" },
		{ "over\xC0\xAF", "over__" },
		{ "half\xED\xA0\x80", "half___" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char name[IMAGE_NAME_SIZE];

		image_name(name, rows[i].given);
		cr_assert(eq(str, name, (char *)rows[i].shown));
	}
}
