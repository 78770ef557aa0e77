#include "adapters/zigbee/ota_cluster.h"

#include "adapters/zigbee/zcl.h"
#include "server/base/check.h"
#include "tests/adapters/fake_radio.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <stdio.h>

static const struct ota_key danalock = { 0x115C, 0x0004, 0x11070000 };

static enum ota_parse parse(struct ota_request *r, const char *hex)
{
	static uint8_t bytes[128];
	struct zcl_frame f;

	cr_assert(zcl_parse(&f, (struct span){ bytes, fake_unhex(bytes, sizeof bytes, hex) }));
	return ota_parse(r, &f);
}

Test(ota_cluster, reads_queries_with_and_without_hardware_version)
{
	struct ota_request r;

	cr_assert(eq(int, parse(&r, "01 5A 01 00 5C 11 04 00 00 00 04 11"), OTA_PARSED));
	cr_assert(eq(u16, r.key.manufacturer, 0x115C));
	cr_assert(eq(u16, r.key.type, 4));
	cr_assert(eq(u32, r.key.version, 0x11040000));
	cr_assert(not(r.has_hardware));
	cr_assert(eq(int, parse(&r, "01 5A 01 01 5C 11 04 00 00 00 04 11 05 00"), OTA_PARSED));
	cr_assert(r.has_hardware);
	cr_assert(eq(u16, r.hardware, 5));
}

Test(ota_cluster, reads_block_requests_with_their_optional_fields)
{
	struct ota_request r;

	cr_assert(eq(
		int, parse(&r, "01 5B 03 00 5C 11 04 00 00 00 07 11 00 00 00 00 3F"), OTA_PARSED));
	cr_assert(eq(u8, r.max_size, 63));
	cr_assert(eq(int, parse(&r, "01 5B 03 02 5C 11 04 00 00 00 07 11 80 1F 00 00 3F 00 00"),
		OTA_PARSED));
	cr_assert(r.has_period);
	cr_assert(eq(u32, r.offset, 0x1F80));
	/* a real one of an IKEA lamp */
	cr_assert(eq(
		int, parse(&r, "01 06 03 00 7C 11 04 42 23 96 02 20 00 00 00 00 3F"), OTA_PARSED));
	cr_assert(eq(u32, r.key.version, 0x20029623));
}

Test(ota_cluster, scenario_34_a_period_bit_without_its_bytes_is_tolerated)
{
	struct ota_request r;

	cr_assert(eq(
		int, parse(&r, "01 5B 03 02 5C 11 04 00 00 00 07 11 00 00 00 00 3F"), OTA_PARSED));
	cr_assert(not(r.has_period));
}

Test(ota_cluster, scenario_35_node_address_and_trailing_bytes)
{
	struct ota_request r;

	cr_assert(eq(int,
		parse(&r, "01 5B 03 01 5C 11 04 00 00 00 07 11 00 00 00 00 3F "
			  "88 77 66 55 44 33 22 11 AA BB CC"),
		OTA_PARSED));
	cr_assert(r.has_node);
	cr_assert(eq(u64, r.node, 0x1122334455667788));
}

Test(ota_cluster, reads_a_page_request)
{
	struct ota_request r;

	cr_assert(
		eq(int, parse(&r, "01 5C 04 00 5C 11 04 00 00 00 07 11 00 00 00 00 20 00 04 32 00"),
			OTA_PARSED));
	cr_assert(eq(u8, r.max_size, 32));
	cr_assert(eq(u16, r.page_size, 1024));
	cr_assert(eq(u16, r.spacing, 50));
}

Test(ota_cluster, an_end_request_may_be_one_byte_if_it_failed)
{
	struct ota_request r;

	cr_assert(eq(int, parse(&r, "01 70 06 95"), OTA_PARSED));
	cr_assert(eq(u8, r.status, 0x95));
	cr_assert(not(r.has_key));
	cr_assert(eq(int, parse(&r, "01 70 06 00 5C 11 04 00 00 00 07 11"), OTA_PARSED));
	cr_assert(r.has_key);
}

Test(ota_cluster, says_what_is_short_and_what_is_unknown)
{
	static const struct {
		const char *hex;
		enum ota_parse want;
	} rows[] = {
		{ "01 5A 01 00 5C 11 04 00 00 00 04", OTA_SHORT },
		{ "01 5B 03 00 5C 11 04 00 00 00 07 11 00 00 00 00", OTA_SHORT },
		{ "01 5C 04 00 5C 11 04 00 00 00 07 11 00 00 00 00 20 00 04 32", OTA_SHORT },
		{ "01 70 06 00 5C 11 04 00 00 00 07", OTA_SHORT },
		{ "01 70 06", OTA_SHORT },
		{ "01 71 08 88 77 66 55 44 33 22 11 5C 11 C1 FF 00 00 07 11 02", OTA_SHORT },
		{ "01 71 08 88 77 66 55 44 33 22 11 5C 11 C1 FF 00 00 07 11 02 00", OTA_PARSED },
		{ "01 71 0A", OTA_UNKNOWN },
		{ "01 71 02 00", OTA_UNKNOWN },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct ota_request r;

		cr_assert(eq(int, parse(&r, rows[i].hex), rows[i].want), "%s", rows[i].hex);
	}
}

static void put(struct wire_out *w, unsigned what)
{
	static const uint8_t data[] = { 0x1E, 0xF1, 0xEE, 0x0B };
	struct ota_request plain = { .tsn = 0x5B };
	struct ota_request period = { .tsn = 0x5B, .has_period = true, .period = 500 };

	if (what == 0)
		ota_put_notify(w, 0x21);
	else if (what == 1)
		ota_put_query_offer(w, 0x5A, &danalock, 204522);
	else if (what == 2)
		ota_put_status(w, 0x5A, OTA_QUERY_RESPONSE, ZCL_NO_IMAGE_AVAILABLE);
	else if (what == 3)
		ota_put_block(w, 0x5B, &danalock, 0, (struct span){ data, 4 });
	else if (what == 4)
		ota_put_wait(w, &plain, 30);
	else if (what == 5)
		ota_put_wait(w, &period, 30);
	else if (what == 6)
		ota_put_status(w, 0x5B, OTA_BLOCK_RESPONSE, ZCL_ABORT);
	else if (what == 7)
		ota_put_end(w, 0x70, &danalock, 1);
	else
		ota_put_end(w, 0x70, &danalock, UINT32_MAX);
}

Test(ota_cluster, writes_the_frames_that_real_servers_send)
{
	static const char *want[] = {
		"09 21 00 00 64",
		"19 5A 02 00 5C 11 04 00 00 00 07 11 EA 1E 03 00",
		"19 5A 02 98",
		"19 5B 05 00 5C 11 04 00 00 00 07 11 00 00 00 00 04 1E F1 EE 0B",
		"19 5B 05 97 00 00 00 00 1E 00 00 00",
		"19 5B 05 97 00 00 00 00 1E 00 00 00 F4 01",
		"19 5B 05 95",
		"19 70 07 5C 11 04 00 00 00 07 11 00 00 00 00 01 00 00 00",
		"19 70 07 5C 11 04 00 00 00 07 11 00 00 00 00 FF FF FF FF",
	};

	for (unsigned i = 0; i < ARRAY_SIZE(want); i++) {
		uint8_t bytes[100], expected[100];
		struct wire_out w = wire_out(bytes, sizeof bytes);
		size_t n = fake_unhex(expected, sizeof expected, want[i]);

		put(&w, i);
		cr_assert(eq(sz, w.size, n), "%s", want[i]);
		cr_assert(eq(int, memcmp(bytes, expected, n), 0), "%s", want[i]);
	}
}
