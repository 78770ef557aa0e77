#include "adapters/zigbee/ezsp/ezsp_gate.h"

#include "tests/adapters/vectors.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <string.h>

static bool allows(uint8_t version, uint16_t id, const char *hex)
{
	return ezsp_gate_allows(version, id, unhex(hex));
}

/* All commands that have a form which passes, with such a form and the versions of it. */
static const struct open {
	uint16_t id;
	uint8_t first, last;
	const char *params;
} open[] = {
	{ 0x0000, 0, 19, "0d" },
	{ 0x0002, 4, 19, "0104010500000302 00000a001900 01010005" },
	{ 0x0003, 4, 19, "0001000000" },
	{ 0x0005, 4, 19, "" },
	{ 0x000B, 4, 19, "02" },
	{ 0x0010, 4, 19, "01f9ff05003c00030100" },
	{ 0x0017, 4, 5, "" },
	{ 0x0017, 6, 19, "0000" },
	{ 0x0018, 4, 19, "" },
	{ 0x0026, 4, 19, "" },
	{ 0x0027, 4, 19, "" },
	{ 0x0028, 4, 19, "" },
	{ 0x0029, 4, 19, "" },
	{ 0x0033, 4, 19, "" },
	{ 0x0034, 4, 13, "003c5a040119000101401100000001051921000064" },
	{ 0x0034, 14, 19, "003c5a04011900010140110000000100051921000064" },
	{ 0x0036, 4, 13, "fdff00000000000000110000001e080b08563412feff9ffd900000" },
	{ 0x0036, 14, 19, "fffffdff0000000000000000110000001e08000b08563412feff9ffd900000" },
	{ 0x004A, 4, 19, "00" },
	{ 0x0052, 4, 19, "03" },
	{ 0x0053, 4, 19, "0c0200" },
	{ 0x0055, 4, 19, "0440" },
	{ 0x0056, 4, 19, "00" },
	{ 0x005A, 8, 19, "02" },
	{ 0x0060, 4, 19, "563412feff9ffd90" },
	{ 0x0061, 4, 19, "3c5a" },
	{ 0x0069, 4, 19, "" },
	{ 0x0079, 4, 19, "00" },
	{ 0x007A, 4, 19, "" },
	{ 0x007B, 4, 19, "00" },
	{ 0x007E, 4, 19, "563412feff9ffd9001" },
	{ 0x007F, 4, 19, "563412feff9ffd90" },
	{ 0x0082, 4, 19, "00563412feff9ffd903c5a01" },
	{ 0x00AA, 4, 19, "11" },
	{ 0x00AB, 7, 19, "3a0101" },
	{ 0x00C1, 8, 19, "00" },
	{ 0x00C2, 8, 19, "" },
	{ 0x00C3, 8, 19, "" },
	{ 0x00F1, 5, 19, "" },
	{ 0x0106, 8, 19, "00" },
	{ 0x0107, 8, 19, "3c5a" },
};

enum { OPEN = sizeof open / sizeof *open };

static bool is_open(uint16_t id, uint8_t version)
{
	for (size_t i = 0; i < OPEN; i++)
		if (open[i].id == id && version >= open[i].first && version <= open[i].last)
			return true;
	return false;
}

Test(ezsp_gate, lets_each_open_command_pass_in_its_versions_and_no_other)
{
	for (size_t i = 0; i < OPEN; i++)
		for (unsigned version = 0; version < 256; version++) {
			bool want = version >= open[i].first && version <= open[i].last;

			if (open[i].id == 0)
				want = version == 0 || (version >= 4 && version <= 19);
			cr_assert(
				eq(int, allows((uint8_t)version, open[i].id, open[i].params), want),
				"%04x v%u", open[i].id, version);
		}
}

/* Whatever they carry: all that the real program sends, zeros of every length, and ones. */
static void refuses_all(uint8_t version, uint16_t id)
{
	static const uint8_t zeros[EZSP_FRAME_MAX];
	uint8_t ones[8];

	memset(ones, 0xFF, sizeof ones);
	for (size_t i = 0; i < OPEN; i++)
		if (allows(version, id, open[i].params))
			cr_fatal("v%u %04x with %s", version, id, open[i].params);
	for (size_t size = 0; size <= sizeof zeros; size++)
		if (ezsp_gate_allows(version, id, (struct span){ zeros, size }))
			cr_fatal("v%u %04x with %zu zeros", version, id, size);
	for (size_t size = 0; size <= sizeof ones; size++)
		if (ezsp_gate_allows(version, id, (struct span){ ones, size }))
			cr_fatal("v%u %04x with %zu ones", version, id, size);
}

Test(ezsp_gate, refuses_every_other_id_in_every_version)
{
	size_t refused = 0;

	for (uint8_t version = EZSP_OLDEST; version <= EZSP_NEWEST; version++)
		for (uint16_t id = 0; id < 0x200; id++)
			if (!is_open(id, version)) {
				refuses_all(version, id);
				refused++;
			}
	cr_assert(lt(sz, 16 * (0x200 - 40), refused));
	for (unsigned id = 0x200; id < 0x10000; id++)
		cr_assert(not(ezsp_gate_allows(14, (uint16_t)id, (struct span){ NULL, 0 })));
}

Test(ezsp_gate, before_the_handshake_only_the_handshake_passes)
{
	for (uint16_t id = 1; id < 0x200; id++)
		refuses_all(0, id);
	for (unsigned version = 0; version < 256; version++) {
		uint8_t byte = (uint8_t)version;

		cr_assert(eq(int, ezsp_gate_allows(0, 0, (struct span){ &byte, 1 }),
			version >= 4 && version <= 19));
	}
}

/* By name, so that none can come in with a new row above: forms, leaves, keys, radio, NV. */
Test(ezsp_gate, the_dangerous_ones_are_refused_in_all_versions)
{
	static const uint16_t ids[] = { 0x001E, 0x001F, 0x003B, 0x0020, 0x0021, 0x011A, 0x0068,
		0x0073, 0x0074, 0x00A9, 0x0050, 0x00B1, 0x0076, 0x0115, 0x010E, 0x0111, 0x00AF,
		0x006B, 0x0077, 0x0104, 0x0103, 0x0009, 0x000C, 0x00FE, 0x0022, 0x0057, 0x011E,
		0x011D, 0x009A, 0x00B9, 0x0099, 0x00A8, 0x008F, 0x0070, 0x0025, 0x00B2, 0x00BF,
		0x002A, 0x0138, 0x0139, 0x013A, 0x00AC, 0x0083, 0x0084, 0x0085, 0x0086, 0x0087,
		0x0088, 0x0089, 0x008A, 0x008B, 0x008C, 0x00F8, 0x00F9, 0x00FA, 0x00FB, 0x005C,
		0x005D, 0x005E, 0x005F, 0x0062, 0x0114, 0x0116, 0x006A, 0x0065, 0x0047, 0x0064,
		0x0038, 0x0039, 0x0102 };

	for (uint8_t version = 0; version < 32; version++)
		for (size_t i = 0; i < sizeof ids / sizeof *ids; i++)
			refuses_all(version, ids[i]);
}

Test(ezsp_gate, every_command_has_its_exact_size)
{
	for (size_t i = 0; i < OPEN; i++) {
		uint8_t raw[64];
		struct span good = unhex(open[i].params);
		uint8_t version = open[i].first ? open[i].first : 4;

		memset(raw, 0, sizeof raw);
		if (good.size)
			memcpy(raw, good.data, good.size);
		for (size_t size = 0; size < sizeof raw; size++)
			cr_assert(eq(int,
					  ezsp_gate_allows(
						  version, open[i].id, (struct span){ raw, size }),
					  size == good.size),
				"%04x %zu", open[i].id, size);
	}
}

Test(ezsp_gate, resumes_only_plainly)
{
	for (unsigned mask = 1; mask < 0x10000; mask++) {
		uint8_t raw[] = { (uint8_t)mask, (uint8_t)(mask >> 8) };

		cr_assert(not(ezsp_gate_allows(8, 0x0017, (struct span){ raw, 2 })));
		cr_assert(not(ezsp_gate_allows(5, 0x0017, (struct span){ raw, 2 })));
	}
}

static bool sets(uint8_t version, unsigned id, unsigned value)
{
	uint8_t raw[] = { (uint8_t)id, (uint8_t)value, (uint8_t)(value >> 8) };

	return ezsp_gate_allows(version, 0x0053, (struct span){ raw, 3 });
}

Test(ezsp_gate, configures_only_what_owners_do_too)
{
	static const struct {
		uint8_t id;
		uint16_t low, high;
		uint8_t first, last;
	} good[] = { { 0x01, 255, 255, 4, 8 }, { 0x0C, 2, 2, 4, 19 }, { 0x0D, 5, 5, 4, 19 },
		{ 0x11, 32, 64, 4, 19 }, { 0x12, 7680, 7680, 4, 19 }, { 0x13, 60, 60, 4, 6 },
		{ 0x1B, 8, 8, 4, 6 }, { 0x13, 8, 8, 7, 19 }, { 0x19, 2, 2, 4, 19 },
		{ 0x2D, 1, 1, 4, 19 } };

	for (uint8_t version = EZSP_OLDEST; version <= EZSP_NEWEST; version++)
		for (unsigned id = 0; id < 256; id++)
			for (unsigned value = 0; value < 9000; value++) {
				bool want = false;

				for (size_t i = 0; i < sizeof good / sizeof *good; i++)
					want |= id == good[i].id && value >= good[i].low &&
						value <= good[i].high && version >= good[i].first &&
						version <= good[i].last;
				if (sets(version, id, value) != want)
					cr_fatal("v%u %02x = %u", version, id, value);
			}
}

static bool decides(uint8_t version, unsigned id, unsigned decision)
{
	uint8_t raw[] = { (uint8_t)id, (uint8_t)decision };

	return ezsp_gate_allows(version, 0x0055, (struct span){ raw, 2 });
}

Test(ezsp_gate, decides_only_as_owners_do_too)
{
	for (unsigned id = 0; id < 256; id++)
		for (unsigned decision = 0; decision < 256; decision++) {
			unsigned pair = id << 8 | decision;
			bool always = pair == 0x0330 || pair == 0x0331 || pair == 0x0440 ||
				      pair == 0x0551 || pair == 0x0660;

			cr_assert(eq(int, decides(7, id, decision), always), "%04x", pair);
			cr_assert(eq(int, decides(8, id, decision), always || pair == 3), "%04x",
				pair);
			cr_assert(eq(int, decides(19, id, decision), always || pair == 3), "%04x",
				pair);
		}
}

Test(ezsp_gate, reads_no_secret_and_writes_no_counter)
{
	for (unsigned id = 0; id < 256; id++) {
		uint8_t raw[] = { (uint8_t)id, 1, 1, 0, 0 };
		bool value = id == 3 || id == 5 || id == 6 || id == 0x11 || id == 0x42;

		cr_assert(eq(int, ezsp_gate_allows(8, 0x00AA, (struct span){ raw, 1 }), value));
		cr_assert(eq(int, ezsp_gate_allows(8, 0x000B, (struct span){ raw, 1 }),
			id == 1 || id == 2));
		cr_assert(eq(int, ezsp_gate_allows(8, 0x0003, (struct span){ raw, 5 }), id <= 2));
		cr_assert(
			eq(int, ezsp_gate_allows(8, 0x00AB, (struct span){ raw, 3 }), id == 0x3A));
		cr_assert(not(ezsp_gate_allows(6, 0x00AB, (struct span){ raw, 3 })));
		cr_assert(eq(int, ezsp_gate_allows(8, 0x005A, (struct span){ raw, 1 }),
			id == 1 || id == 2));
	}
	cr_assert(allows(13, 0x00AB, "43021027"));
	cr_assert(not(allows(13, 0x00AB, "43020000")));
	cr_assert(not(allows(12, 0x00AB, "43021027")));
	cr_assert(not(allows(13, 0x00AB, "3a0100")));
}

/* Each byte of a form that passes, changed: only those named may change. */
static void only_these(uint8_t version, uint16_t id, const char *hex, const char *free_bytes)
{
	struct span good = unhex(hex);
	uint8_t raw[64];

	for (size_t i = 0; i < good.size; i++) {
		memcpy(raw, good.data, good.size);
		raw[i] ^= 0x80;
		cr_assert(eq(int, ezsp_gate_allows(version, id, (struct span){ raw, good.size }),
				  free_bytes[i] == 'x'),
			"v%u %04x byte %zu", version, id, i);
	}
}

Test(ezsp_gate, registers_only_the_endpoint_of_an_update_server)
{
	only_these(8, 0x0002, "0104010500000302 00000a001900 01010005", "..................");
	cr_assert(allows(8, 0x0002, "0104010500000100 1900"));
	cr_assert(not(allows(8, 0x0002, "0204010500000100 1900")));
	cr_assert(not(allows(8, 0x0002, "0104010500000100 0005")));
	cr_assert(not(allows(8, 0x0002, "0104010500000001 1900")));
	cr_assert(not(allows(8, 0x0002, "010401050000ff00 1900")));
}

Test(ezsp_gate, messages_pass_only_whole_direct_and_through_the_aps_gate)
{
	/* type, node, profile, cluster, endpoints, options, group, sequence, tag, size, ZCL */
	only_these(
		8, 0x0034, "003c5a040119000101401100000001051921000064", ".xx.....x....xx..x.xx");
}

Test(ezsp_gate, says_nothing_to_a_lock_that_the_aps_gate_does_not_know)
{
	cr_assert(
		not(allows(8, 0x0034, "003c5a040101010101401100000001031901 00"))); /* door lock */
	cr_assert(not(allows(8, 0x0034, "00fdff040119000101401100000001051921000064")));
	cr_assert(not(allows(8, 0x0034, "013c5a040119000101401100000001051921000064")));
	cr_assert(
		not(allows(8, 0x0034, "003c5a040119000201401100000001051921000064"))); /* from 2 */
	cr_assert(not(allows(8, 0x0034, "003c5a040119000101601100000001051921000064"))); /* key */
	/* ZDO Mgmt_Leave, Permit_Joining, Nwk_Update; a request without its sequence number. */
	cr_assert(not(allows(8, 0x0034, "003c5a0000340000004011000000010a01563412feff9ffd9000")));
	cr_assert(not(allows(8, 0x0034, "003c5a00003600000040110000000103013c01")));
	cr_assert(not(allows(8, 0x0034, "003c5a000038000000401100000001020100")));
	cr_assert(not(allows(8, 0x0034, "003c5a00000200000040110000000100")));
	cr_assert(allows(8, 0x0034, "003c5a00000200000040110000000503053c5a"));
}

Test(ezsp_gate, broadcasts_only_the_search_for_a_lock)
{
	cr_assert(not(allows(8, 0x0036, "ffff00000000000000110000001e080b08563412feff9ffd900000")));
	cr_assert(not(allows(8, 0x0036, "fdff00000000000000110000001f080b08563412feff9ffd900000")));
	cr_assert(not(allows(8, 0x0036, "fdff00000200000000110000001e080303 3c5a")));
	cr_assert(not(allows(8, 0x0036, "fdff04011900010100110000001e08051921000064")));
	cr_assert(not(allows(
		14, 0x0036, "0000fdff0000000000000000110000001e08000b08563412feff9ffd900000")));
	cr_assert(not(allows(
		14, 0x0036, "fffffdff0100000000000000110000001e08000b08563412feff9ffd900000")));
}

Test(ezsp_gate, counts_what_it_refuses_and_writes_nothing_then)
{
	struct ezsp_gate g = { .version = 8 };
	struct ezsp_frame f = { .sequence = 7, .id = 0x0020 };
	uint8_t out[EZSP_FRAME_MAX] = { 0 };

	cr_assert(eq(sz, ezsp_gate_write(&g, &f, out), 0));
	cr_assert(eq(u32, g.denied, 1));
	cr_assert(eq(u8, out[0], 0));
	f.id = 0x0026;
	cr_assert(eq(sz, ezsp_gate_write(&g, &f, out), 5));
	cr_assert(eq(u32, g.denied, 1));
	f.control = 0x20; /* another network of the stick */
	cr_assert(eq(sz, ezsp_gate_write(&g, &f, out), 0));
	cr_assert(eq(u32, g.denied, 2));
}
