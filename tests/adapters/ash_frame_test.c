#include "adapters/zigbee/ezsp/ash_frame.h"

#include "tests/adapters/vectors.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>

#include <string.h>

/* The published frames that stand for one plain content each. */
struct row {
	char wire[96], data[64];
	enum ash_kind kind;
	uint8_t number, ack;
	bool again, not_ready;
};

static struct row rows[] = {
	{ "c038bc7e", "", ASH_RST, 0, 0, false, false },
	{ "c10202 9b7b7e", "0202", ASH_RSTACK, 0, 0, false, false },
	{ "c1020b0a527e", "020b", ASH_RSTACK, 0, 0, false, false },
	{ "c10201ab7d387e", "0201", ASH_RSTACK, 0, 0, false, false },
	{ "c102092a107e", "0209", ASH_RSTACK, 0, 0, false, false },
	{ "c20200e2697e", "0200", ASH_ERROR, 0, 0, false, false },
	{ "c20202c22b7e", "0202", ASH_ERROR, 0, 0, false, false },
	{ "c20203d20a7e", "0203", ASH_ERROR, 0, 0, false, false },
	{ "c2020682af7e", "0206", ASH_ERROR, 0, 0, false, false },
	{ "c20251a8bd7e", "0251", ASH_ERROR, 0, 0, false, false },
	{ "c2025298de7e", "0252", ASH_ERROR, 0, 0, false, false },
	{ "8070787e", "", ASH_ACK, 0, 0, false, false },
	{ "8160597e", "", ASH_ACK, 0, 1, false, false },
	{ "82503a7e", "", ASH_ACK, 0, 2, false, false },
	{ "83401b7e", "", ASH_ACK, 0, 3, false, false },
	{ "8430fc7e", "", ASH_ACK, 0, 4, false, false },
	{ "8520dd7e", "", ASH_ACK, 0, 5, false, false },
	{ "8610be7e", "", ASH_ACK, 0, 6, false, false },
	{ "87009f7e", "", ASH_ACK, 0, 7, false, false },
	{ "88f1707e", "", ASH_ACK, 0, 0, false, true },
	{ "8e91b67e", "", ASH_ACK, 0, 6, false, true },
	{ "a0547d3a7e", "", ASH_NAK, 0, 0, false, false },
	{ "a1443b7e", "", ASH_NAK, 0, 1, false, false },
	{ "a274587e", "", ASH_NAK, 0, 2, false, false },
	{ "a364797e", "", ASH_NAK, 0, 3, false, false },
	{ "a4149e7e", "", ASH_NAK, 0, 4, false, false },
	{ "a504bf7e", "", ASH_NAK, 0, 5, false, false },
	{ "a634dc7e", "", ASH_NAK, 0, 6, false, false },
	{ "a724fd7e", "", ASH_NAK, 0, 7, false, false },
	{ "004221a8478ffa7e", "00000013", ASH_DATA, 0, 0, false, false },
	{ "104221a8478ba07e", "00000013", ASH_DATA, 1, 0, false, false },
	{ "204221a847874e7e", "00000013", ASH_DATA, 2, 0, false, false },
	{ "084221a8478dd77e", "00000013", ASH_DATA, 0, 0, true, false },
	{ "254221a856a6097e", "00000002", ASH_DATA, 2, 5, false, false },
	{ "5342a1a856280482032a7e", "00800002021130", ASH_DATA, 5, 3, false, false },
	{ "0142a1a8592805c6a8777e", "0080000d021074", ASH_DATA, 0, 1, false, false },
	{ "007d5e7d5d7d317d337d387d3a468c7e", "3c5cb947320f", ASH_DATA, 0, 0, false, false },
	{ "3541a1a9072a1549497e", "038001530000", ASH_DATA, 3, 5, false, false },
	{ "3d41a1a9072a15dae47e", "038001530000", ASH_DATA, 3, 5, true, false },
};

ParameterizedTestParameters(ash_frame, a_published_frame)
{
	return cr_make_param_array(struct row, rows, sizeof rows / sizeof *rows);
}

ParameterizedTest(struct row *row, ash_frame, a_published_frame)
{
	struct span wire = unhex(row->wire), data = unhex(row->data);
	struct ash_frame f = { .kind = row->kind,
		.number = row->number,
		.ack = row->ack,
		.again = row->again,
		.not_ready = row->not_ready,
		.data = data };
	struct ash_reader r = { 0 };
	uint8_t out[ASH_WIRE_MAX];

	cr_assert(eq(sz, ash_write(&f, out), wire.size), "%s", row->wire);
	cr_assert(eq(int, memcmp(out, wire.data, wire.size), 0), "%s", row->wire);
	for (size_t i = 0; i + 1 < wire.size; i++)
		cr_assert(eq(int, ash_read(&r, wire.data[i], &f), ASH_READ_MORE));
	cr_assert(eq(int, ash_read(&r, ASH_FLAG, &f), ASH_READ_FRAME), "%s", row->wire);
	cr_assert(eq(int, f.kind, row->kind));
	cr_assert(eq(sz, f.data.size, data.size));
	cr_assert(eq(int, memcmp(f.data.data, data.data, data.size), 0), "%s", row->wire);
	if (f.kind == ASH_DATA) {
		cr_assert(eq(u8, f.number, row->number));
		cr_assert(eq(int, f.again, row->again));
	}
	if (f.kind == ASH_DATA || f.kind == ASH_ACK || f.kind == ASH_NAK)
		cr_assert(eq(u8, f.ack, row->ack));
}

/* What comes out: one letter per frame, in the order of enum ash_kind; small for broken ones. */
static void read_as(const char *hex, const char *want, uint32_t dropped)
{
	static const char whole[] = "DANRKEO", broken[] = "danrkeo";
	struct span wire = unhex(hex);
	struct ash_reader r = { 0 };
	struct ash_frame f;
	char got[16] = "";
	size_t n = 0;

	for (size_t i = 0; i < wire.size; i++) {
		enum ash_read result = ash_read(&r, wire.data[i], &f);

		if (result != ASH_READ_MORE)
			got[n++] = result == ASH_READ_FRAME ? whole[f.kind] : broken[f.kind];
	}
	cr_assert(eq(str, got, (char *)want), "%s", hex);
	cr_assert(eq(u32, r.dropped, dropped), "%s: %u", hex, r.dropped);
}

Test(ash_frame, finds_its_way_back_after_a_disturbance)
{
	read_as("31321ac1020b0a527e", "K", 2);                        /* noise, cancel, RSTACK */
	read_as("214221a81a8160597e", "A", 4);                        /* half a DATA, cancel, ACK */
	read_as("214221a818472d1f7e8160597e", "dA", 7);               /* substitute inside DATA */
	read_as("811160597e", "A", 0);                                /* XON inside */
	read_as("81136011597e13", "A", 0);                            /* XOFF and XON */
	read_as("7e7e8070787e7e", "A", 0);                            /* empty frames */
	read_as("ffff8070787e", "A", 0);                              /* wake-up bytes */
	read_as("3541a1ad072a1549497e3d41a1a9072a15dae47e", "dD", 9); /* one bit flipped */
	read_as("8160587e", "a", 3);
	read_as("817e", "a", 1);                /* too short */
	read_as("8160597d7e8070787e", "aA", 3); /* escape before the flag */
	read_as("7d113e7e", "d", 1);            /* XON behind an escape */
	read_as("c07e", "r", 1);
}

Test(ash_frame, frames_of_a_wrong_size_are_broken_though_their_sum_is_right)
{
	read_as("00e1f07e", "d", 3); /* DATA with nothing in it */
	read_as("c1289d7e", "k", 3); /* RSTACK without its code */
	read_as("c1027d38287e", "k", 4);
	read_as("800116b67e", "a", 4);
}

Test(ash_frame, a_frame_longer_than_any_is_dropped_whole_and_the_next_one_read)
{
	struct ash_reader r = { 0 };
	struct span good = unhex("8160597e");
	struct ash_frame f;

	for (size_t i = 0; i < 5000; i++)
		cr_assert(eq(int, ash_read(&r, 0x20, &f), ASH_READ_MORE));
	cr_assert(eq(int, ash_read(&r, ASH_FLAG, &f), ASH_READ_BROKEN));
	cr_assert(eq(u32, r.dropped, 5000));
	for (size_t i = 0; i < 3; i++)
		cr_assert(eq(int, ash_read(&r, good.data[i], &f), ASH_READ_MORE));
	cr_assert(eq(int, ash_read(&r, ASH_FLAG, &f), ASH_READ_FRAME));
}

Test(ash_frame, the_longest_frame_reads_back_whatever_is_in_it)
{
	for (unsigned start = 0; start < 256; start++) {
		uint8_t data[ASH_DATA_MAX], wire[ASH_WIRE_MAX];
		struct ash_frame f = { .kind = ASH_DATA, .number = 7, .ack = 2 }, back;
		struct ash_reader r = { 0 };
		size_t size;

		for (size_t i = 0; i < sizeof data; i++)
			data[i] = (uint8_t)(start + i * 7);
		f.data = (struct span){ data, sizeof data };
		size = ash_write(&f, wire);
		for (size_t i = 0; i + 1 < size; i++)
			cr_assert(eq(int, ash_read(&r, wire[i], &back), ASH_READ_MORE));
		cr_assert(eq(int, ash_read(&r, wire[size - 1], &back), ASH_READ_FRAME));
		cr_assert(eq(sz, back.data.size, sizeof data));
		cr_assert(eq(int, memcmp(back.data.data, data, sizeof data), 0));
	}
}

static void both_ways(const char *name, json_t *one)
{
	const char *hex = json_string_value(json_object_get(one, "wire"));
	struct span wire = unhex(hex);
	struct span ezsp = unhex(json_string_value(json_object_get(one, "ezsp")));
	struct ash_reader r = { 0 };
	struct ash_frame f;
	uint8_t out[ASH_WIRE_MAX];
	size_t cancel = wire.data[0] == ASH_CANCEL, n;

	for (size_t i = 0; i + 1 < wire.size; i++)
		cr_assert(eq(int, ash_read(&r, wire.data[i], &f), ASH_READ_MORE), "%s", hex);
	cr_assert(eq(int, ash_read(&r, ASH_FLAG, &f), ASH_READ_FRAME), "%s %s", name, hex);
	if (f.kind == ASH_DATA)
		cr_assert(f.data.size == ezsp.size && !memcmp(f.data.data, ezsp.data, ezsp.size),
			"%s %s", name, hex);
	n = ash_write(&f, out);
	cr_assert(eq(sz, n, wire.size - cancel), "%s %s", name, hex);
	cr_assert(eq(int, memcmp(out, wire.data + cancel, n), 0), "%s %s", name, hex);
}

Test(ash_frame, the_golden_sessions_pass_both_ways)
{
	static const char *const names[] = { "ezsp-v8.json", "ezsp-v13.json", "ezsp-v14.json",
		"ezsp-v18.json" };
	size_t frames = 0, i;

	for (size_t k = 0; k < sizeof names / sizeof *names; k++) {
		json_t *all = vectors_load(names[k]), *one;

		json_array_foreach(all, i, one)
		{
			both_ways(names[k], one);
			frames++;
		}
		json_decref(all);
	}
	cr_assert(eq(sz, frames, 78 + 78 + 76 + 76));
}
