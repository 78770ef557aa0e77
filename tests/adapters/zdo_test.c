#include "adapters/zigbee/zdo.h"

#include "tests/adapters/fake_radio.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

static uint8_t bytes[128];

static struct span unhex(const char *hex)
{
	return (struct span){ bytes, fake_unhex(bytes, sizeof bytes, hex) };
}

Test(zdo, writes_its_questions_little_endian)
{
	uint8_t out[16];
	struct wire_out w = wire_out(out, sizeof out);

	zdo_put_nwk_addr_req(&w, LOCK_IEEE);
	cr_assert(eq(sz, w.size, 10));
	cr_assert(eq(u8, out[0], 0x08));
	w.size = 0;
	zdo_put_simple_desc_req(&w, 0x1234, 5);
	cr_assert(eq(sz, w.size, 3));
	cr_assert(eq(u8, out[0], 0x34));
	cr_assert(eq(u8, out[2], 5));
}

Test(zdo, reads_an_address)
{
	struct zdo_address a;

	cr_assert(zdo_parse_address(&a, unhex("00 08 07 06 05 04 03 02 01 34 12 00 00")));
	cr_assert(eq(u64, a.ieee, LOCK_IEEE));
	cr_assert(eq(u16, a.address, 0x1234));
	cr_assert(not(zdo_parse_address(&a, unhex("00 08 07 06 05 04 03 02 01 34"))));
	cr_assert(zdo_parse_address(&a, unhex("81")), "a refusal may be one byte");
	cr_assert(eq(u8, a.status, 0x81));
}

Test(zdo, reads_a_node_descriptor)
{
	struct zdo_node n;

	cr_assert(zdo_parse_node(&n, unhex("00 34 12 02 40 8C 34 12 52 52 00 00 2C 52 00 00")));
	cr_assert(eq(u8, n.logical_type, 2));
	cr_assert(n.mains && n.rx_on_when_idle);
	cr_assert(eq(u16, n.manufacturer, 0x1234));
	cr_assert(not(zdo_parse_node(&n, unhex("00 34 12 02 40 8C 34"))));
}

Test(zdo, reads_a_simple_descriptor_at_no_cut_too_far)
{
	struct span all =
		unhex("00 34 12 14 01 04 01 0A 00 00 05 00 00 01 00 03 00 20 00 01 01 01 19 00");
	struct zdo_simple s;

	for (size_t cut = 3; cut < all.size; cut++)
		cr_assert(not(zdo_parse_simple(&s, (struct span){ all.data, cut })), "%zu", cut);
	cr_assert(zdo_parse_simple(&s, all));
	cr_assert(zdo_has_cluster(s.in, 0x0101) && !zdo_has_cluster(s.in, 0x0019));
	cr_assert(zdo_has_cluster(s.out, 0x0019));
}

Test(zdo, reads_neighbours_up_to_the_cut)
{
	struct span all =
		unhex("00 02 00 02 "
		      "01 01 01 01 01 01 01 01 11 00 00 00 00 00 00 00 01 50 25 00 01 80 "
		      "01 01 01 01 01 01 01 01 08 07 06 05 04 03 02 01 34 12 12 00 01 4D");

	for (size_t cut = 4; cut <= all.size; cut++) {
		struct zdo_neighbours list;
		struct zdo_neighbour n = { 0 };
		size_t count = 0;

		cr_assert(zdo_parse_neighbours(&list, (struct span){ all.data, cut }));
		while (zdo_next_neighbour(&list, &n))
			count++;
		cr_assert(eq(sz, count, (cut - 4) / 22));
		if (count < 2)
			continue;
		cr_assert(eq(u64, n.ieee, LOCK_IEEE));
		cr_assert(n.is_child && !n.rx_on_when_idle);
		cr_assert(eq(u8, n.device_type, 2));
		cr_assert(eq(u8, n.lqi, 0x4D));
	}
}
