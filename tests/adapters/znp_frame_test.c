#include "adapters/zigbee/znp/znp_frame.h"

#include "server/base/text.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>
#include <jansson.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A row is plain data: Criterion copies it into a forked child, where a pointer to the parent's
 * heap would dangle. */
struct row {
	char name[32];
	uint8_t wire[16];
	uint8_t size, cmd0, cmd1, length;
	uint32_t dropped;
	bool whole;
};

ParameterizedTestParameters(znp_frame, reads)
{
	static struct row rows[] = {
		{ "SYS_PING", { 0xFE, 0, 0x21, 0x01, 0x20 }, 5, 0x21, 0x01, 0, 0, true },
		{ "one data byte", { 0xFE, 1, 0x41, 0x80, 7, 0xC7 }, 6, 0x41, 0x80, 1, 0, true },
		{ "noise before", { 0, 0xFF, 0xFE, 0, 0x21, 0x01, 0x20 }, 7, 0x21, 0x01, 0, 2,
			true },
		{ "bad checksum", { 0xFE, 0, 0x21, 0x01, 0x21 }, 5, 0, 0, 0, 5, false },
		{ "length above 250", { 0xFE, 251 }, 2, 0, 0, 0, 2, false },
		{ "good inside broken", { 0xFE, 2, 0xFE, 0, 0x21, 0x01, 0x20 }, 7, 0x21, 0x01, 0, 2,
			true },
	};
	return cr_make_param_array(struct row, rows, sizeof rows / sizeof *rows);
}

/* However the bytes are cut in two, the frame is the same. */
ParameterizedTest(struct row *row, znp_frame, reads)
{
	for (size_t cut = 0; cut <= row->size; cut++) {
		struct znp_reader r = { 0 };
		struct znp_frame f = { 0 };
		bool whole = false;
		size_t took = znp_read(&r, row->wire, cut, &f, &whole);

		if (!whole)
			znp_read(&r, row->wire + took, row->size - took, &f, &whole);
		cr_assert(eq(int, whole, row->whole), "%s cut at %zu", row->name, cut);
		cr_assert(eq(u32, r.dropped, row->dropped), "%s cut at %zu", row->name, cut);
		cr_assert(eq(u8, f.cmd0, row->cmd0));
		cr_assert(eq(u8, f.cmd1, row->cmd1));
		cr_assert(eq(u8, f.length, row->length));
	}
}

static size_t count_frames(struct znp_reader *r, const uint8_t *data, size_t n, uint8_t last[2])
{
	struct znp_frame f;
	size_t frames = 0;
	bool whole = true;

	while (whole) {
		size_t took = znp_read(r, data, n, &f, &whole);

		data += took;
		n -= took;
		if (!whole)
			break;
		frames++;
		last[0] = f.cmd0;
		last[1] = f.cmd1;
	}
	return frames;
}

Test(znp_frame, finds_a_good_frame_behind_any_rubbish)
{
	static const char good[] = "fe02610159063d";
	static const char *const prefixes[] = { "", "ef", "000007ef", "fe", "feff61",
		"fe02610159063c", "fe056101" };

	for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++) {
		struct znp_reader r = { 0 };
		uint8_t raw[64], last[2] = { 0 };
		size_t a = 0, b = 0;

		cr_assert(text_unhex(raw, sizeof raw, &a, prefixes[i]));
		cr_assert(text_unhex(raw + a, sizeof raw - a, &b, good));
		cr_assert(eq(sz, count_frames(&r, raw, a + b, last), 1), "prefix %s", prefixes[i]);
		cr_assert(eq(u8, last[0], 0x61));
	}
}

Test(znp_frame, a_frame_given_up_in_the_middle_hides_none_behind_it)
{
	/* A length byte that asks for more than ever comes, then a whole ping answer. */
	static const uint8_t wire[] = { 0xFE, 0x40, 0x61, 0xFE, 0x02, 0x61, 0x01, 0x59, 0x06,
		0x3D };
	struct znp_reader r = { 0 };
	uint8_t last[2] = { 0 };

	cr_assert(eq(sz, count_frames(&r, wire, sizeof wire, last), 0));
	cr_assert(znp_reading(&r));
	znp_read_gave_up(&r);
	cr_assert(eq(sz, count_frames(&r, wire, 0, last), 1));
	cr_assert(eq(u8, last[1], 0x01));
	cr_assert(not(znp_reading(&r)));
}

Test(znp_frame, what_is_written_is_read_back)
{
	uint8_t data[ZNP_DATA_MAX], wire[ZNP_FRAME_MAX];
	struct znp_frame f = { .cmd0 = 0x24, .cmd1 = 1, .length = sizeof data, .data = data }, back;
	struct znp_reader r = { 0 };
	bool whole;

	for (size_t i = 0; i < sizeof data; i++)
		data[i] = (uint8_t)i;
	cr_assert(eq(sz, znp_write(&f, wire), sizeof wire));
	cr_assert(eq(sz, znp_read(&r, wire, sizeof wire, &back, &whole), sizeof wire));
	cr_assert(whole);
	cr_assert(eq(int, memcmp(back.data, data, sizeof data), 0));
}

/* Absent vectors fail in CI and are skipped elsewhere. */
static json_t *load_vectors(void)
{
	const char *dir = getenv("LOCKWRIGHT_TEST_VECTORS");
	char path[1024];
	json_t *all;

	snprintf(path, sizeof path, "%s/znp-frames.json", dir ? dir : VECTORS_DEFAULT);
	all = json_load_file(path, 0, NULL);
	if (!all && getenv("CI"))
		cr_fatal("no golden frames at %s", path);
	if (!all)
		cr_skip("no golden frames at %s", path);
	return all;
}

Test(znp_frame, the_golden_frames_pass_both_ways)
{
	json_t *all = load_vectors(), *one;
	size_t i, passed = 0;

	json_array_foreach(all, i, one)
	{
		const char *id = json_string_value(json_object_get(one, "id"));
		uint8_t wire[ZNP_FRAME_MAX], back[ZNP_FRAME_MAX];
		struct znp_reader r = { 0 };
		struct znp_frame f;
		size_t n = 0;
		bool whole;

		cr_assert(text_unhex(wire, sizeof wire, &n,
				  json_string_value(json_object_get(one, "hex"))),
			"%s", id);
		cr_assert(eq(sz, znp_read(&r, wire, n, &f, &whole), n), "%s", id);
		cr_assert(whole, "%s", id);
		cr_assert(eq(sz, znp_write(&f, back), n), "%s", id);
		cr_assert(eq(int, memcmp(wire, back, n), 0), "%s", id);
		passed++;
	}
	cr_assert(eq(sz, passed, 120));
	json_decref(all);
}
