#include "ota/image_file.h"

#include "tests/ota/image_fixture.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <stdlib.h>
#include <string.h>

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
