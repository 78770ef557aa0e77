#include "adapters/zigbee/zcl.h"

#include "server/base/check.h"
#include "tests/adapters/fake_radio.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

static struct zcl_frame parse(const char *hex)
{
	static uint8_t bytes[128];
	struct zcl_frame f = { 0 };

	cr_assert(zcl_parse(&f, (struct span){ bytes, fake_unhex(bytes, sizeof bytes, hex) }));
	return f;
}

Test(zcl, reads_the_header_of_a_query)
{
	struct zcl_frame f = parse("01 5A 01 00 5C 11 04 00 00 00 04 11");

	cr_assert(f.cluster_specific && !f.from_server && !f.has_manufacturer);
	cr_assert(eq(u8, f.tsn, 0x5A));
	cr_assert(eq(u8, f.command, 0x01));
	cr_assert(eq(sz, f.payload.size, 9));
}

Test(zcl, reads_a_manufacturer_specific_header_and_ignores_reserved_bits)
{
	struct zcl_frame f = parse("FD 5C 11 07 03 AA");

	cr_assert(f.has_manufacturer && f.from_server && f.no_default_response);
	cr_assert(eq(u16, f.manufacturer, 0x115C));
	cr_assert(eq(sz, f.payload.size, 1));
}

Test(zcl, refuses_short_and_reserved_frames)
{
	static const char *rows[] = { "", "01", "01 02", "05 5C 11 01", "02 01 01", "03 01 01" };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		uint8_t bytes[8];
		struct zcl_frame f;
		size_t n = fake_unhex(bytes, sizeof bytes, rows[i]);

		cr_assert(not(zcl_parse(&f, (struct span){ bytes, n })), "%s", rows[i]);
	}
}

Test(zcl, reads_battery_model_and_refusals_of_one_response)
{
	struct zcl_frame f = parse("18 41 01 21 00 00 20 B2 20 00 86 05 00 00 42 08 "
				   "56 33 2D 42 54 5A 42 45 3E 00 00 1B 01 00 00 00");
	struct wire_in w = wire_in(f.payload);
	struct zcl_attribute a;
	char text[16];

	cr_assert(zcl_next_read(&w, &a));
	cr_assert(eq(u16, a.id, 0x0021));
	cr_assert(eq(u64, a.value.number, 178));
	cr_assert(zcl_next_read(&w, &a));
	cr_assert(eq(u8, a.status, 0x86));
	cr_assert(zcl_next_read(&w, &a));
	zcl_text(text, sizeof text, &a.value);
	cr_assert(eq(str, text, "V3-BTZBE"));
	cr_assert(zcl_next_read(&w, &a));
	cr_assert(eq(u64, a.value.number, 1));
	cr_assert(not(zcl_next_read(&w, &a)));
}

Test(zcl, stops_at_every_cut_of_a_report)
{
	struct zcl_frame f = parse("18 41 0A 20 00 20 3C 21 00 20 B2 04 00 42 03 41 42 43");

	for (size_t cut = 0; cut < f.payload.size; cut++) {
		struct wire_in w = wire_in((struct span){ f.payload.data, cut });
		struct zcl_attribute a;
		size_t n = 0;

		while (zcl_next_report(&w, &a))
			n++;
		cr_assert(eq(sz, n, cut < 4 ? 0 : cut < 8 ? 1 : 2), "cut at %zu", cut);
	}
}

Test(zcl, an_invalid_length_is_an_empty_text)
{
	uint8_t bytes[] = { 0xFF, 0x41 };
	struct wire_in w = wire_in((struct span){ bytes, 2 });
	struct zcl_value v;
	char text[4];

	cr_assert(zcl_take_value(&w, 0x42, &v));
	zcl_text(text, sizeof text, &v);
	cr_assert(eq(str, text, ""));
	cr_assert(eq(sz, w.left, 1));
}

Test(zcl, shows_only_printable_text_and_cuts_it)
{
	uint8_t bytes[] = { 'a', 7, 'b', 0xC3, 'c', 'd', ' ', 0, 'z' };
	struct zcl_value v = { .is_text = true, .text = { bytes, sizeof bytes } };
	char text[8], small[3];

	zcl_text(text, sizeof text, &v);
	cr_assert(eq(str, text, "abcd"));
	zcl_text(small, sizeof small, &v);
	cr_assert(eq(str, small, "ab"));
}

Test(zcl, asks_the_client_side_with_the_direction_bit)
{
	static const uint16_t ids[] = { 2, 4, 6 };
	static const uint8_t want[] = { 0x18, 0x40, 0x00, 2, 0, 4, 0, 6, 0 };
	uint8_t bytes[16];
	struct wire_out w = wire_out(bytes, sizeof bytes);

	zcl_put_read(&w,
		&(struct zcl_read){ .to_client = true, .tsn = 0x40, .attributes = ids, .n = 3 });
	cr_assert(eq(sz, w.size, sizeof want));
	cr_assert(eq(int, memcmp(bytes, want, sizeof want), 0));
}

Test(zcl, writes_a_default_response)
{
	static const uint8_t want[] = { 0x18, 0x70, 0x0B, 0x06, 0x00 };
	uint8_t bytes[8];
	struct wire_out w = wire_out(bytes, sizeof bytes);

	zcl_put_default_response(&w, 0x70, 0x06, ZCL_SUCCESS);
	cr_assert(eq(sz, w.size, sizeof want));
	cr_assert(eq(int, memcmp(bytes, want, sizeof want), 0));
}
