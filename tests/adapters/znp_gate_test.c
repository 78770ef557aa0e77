#include "adapters/zigbee/znp/znp_gate.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <stdlib.h>
#include <string.h>

static bool allows(enum znp_stack stack, unsigned command, const void *data, size_t size)
{
	struct znp_frame f = { .cmd0 = (uint8_t)(command >> 8),
		.cmd1 = (uint8_t)command,
		.length = (uint8_t)size,
		.data = data };

	return znp_gate_allows(stack, &f);
}

/* All commands that have at least one payload which passes. */
static const uint16_t open_commands[] = { 0x2101, 0x2102, 0x2104, 0x2113, 0x211C, 0x2132, 0x2400,
	0x2401, 0x2404, 0x2412, 0x2500, 0x2501, 0x2502, 0x2504, 0x2505, 0x2531, 0x253E, 0x253F,
	0x2540, 0x2550, 0x2700, 0x2F05, 0x4100 };

static bool is_open(unsigned command)
{
	for (size_t i = 0; i < sizeof open_commands / sizeof *open_commands; i++)
		if (open_commands[i] == command)
			return true;
	return false;
}

/* Every payload that the real program uses, and many that it must not use. */
static const struct {
	uint8_t size, data[12];
} payloads[] = {
	{ 0, { 0 } },
	{ 1, { 0 } },
	{ 1, { 1 } },
	{ 1, { 2 } },
	{ 1, { 4 } },
	{ 1, { 13 } },
	{ 2, { 0x03, 0x00 } },
	{ 2, { 0x3A, 0x00 } },
	{ 2, { 0x62, 0x00 } },
	{ 2, { 0x64, 0x00 } },
	{ 2, { 0xFF, 0xFF } },
	{ 3, { 0x5C, 0x3A, 0 } },
	{ 4, { 0x21, 0x00, 0, 0 } },
	{ 4, { 0x3B, 0x00, 0, 0 } },
	{ 4, { 0x5C, 0x3A, 0, 0 } },
	{ 5, { 1, 4, 0, 0, 0 } },
	{ 5, { 0x5C, 0x3A, 0x5C, 0x3A, 1 } },
	{ 7, { 0, 0x94, 2, 0, 0, 0, 0 } },
	{ 10, { 8, 7, 6, 5, 4, 3, 2, 1, 0, 0 } },
	{ 11, { 1, 4, 1, 5, 0, 0, 0, 1, 0x19, 0, 0 } },
	{ 12, { 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF } },
};

Test(znp_gate, refuses_every_other_command_whatever_it_carries)
{
	static const uint8_t zeros[ZNP_DATA_MAX];
	size_t n = sizeof payloads / sizeof *payloads;

	for (unsigned command = 0; command < 0x10000; command++)
		for (int stack = 0; stack < 4 && !is_open(command); stack++) {
			for (size_t i = 0; i < n; i++)
				if (allows(stack, command, payloads[i].data, payloads[i].size))
					cr_fatal("%04x with payload %zu", command, i);
			for (size_t size = 0; size <= ZNP_DATA_MAX; size += 25)
				cr_assert(not(allows(stack, command, zeros, size)));
		}
}

/* For commands with fixed bytes: which of the payloads pass. */
static void only(unsigned command, enum znp_stack stack, const char *passing)
{
	for (size_t i = 0; i < sizeof payloads / sizeof *payloads; i++) {
		char mark = (char)('a' + (int)i);
		bool want = strchr(passing, mark) != NULL;

		if (allows(stack, command, payloads[i].data, payloads[i].size) != want)
			cr_fatal("%04x payload %c", command, mark);
	}
}

Test(znp_gate, starts_only_in_the_form_that_cannot_make_a_network)
{
	only(0x2F05, ZNP_STACK_3X0, "b");
	only(0x2F05, ZNP_STACK_30X, "b");
	only(0x2F05, ZNP_STACK_12, "");
	only(0x2F05, ZNP_STACK_UNKNOWN, "");
	only(0x2540, ZNP_STACK_12, "j");
	only(0x2540, ZNP_STACK_3X0, "");
	only(0x2540, ZNP_STACK_30X, "");
	only(0x2540, ZNP_STACK_UNKNOWN, "");
}

Test(znp_gate, resets_only_softly)
{
	for (unsigned mode = 0; mode < 0x100; mode++) {
		uint8_t data = (uint8_t)mode;

		cr_assert(eq(int, allows(ZNP_STACK_3X0, 0x4100, &data, 1), mode == 1));
	}
}

Test(znp_gate, reads_no_key_and_writes_nothing)
{
	for (unsigned id = 0; id < 0x10000; id++) {
		uint8_t data[] = { (uint8_t)id, (uint8_t)(id >> 8), 0, 0 };
		bool want = id == 0x0003 || id == 0x0021 || id == 0x0055 || id == 0x0087 ||
			    id == 0x008F;

		cr_assert(eq(int, allows(ZNP_STACK_3X0, 0x2113, data, 2), want));
		cr_assert(eq(int, allows(ZNP_STACK_3X0, 0x211C, data, 4), want));
		cr_assert(not(allows(ZNP_STACK_3X0, 0x2108, data, 3)));
		cr_assert(not(allows(ZNP_STACK_3X0, 0x2109, data, 4)));
	}
}

Test(znp_gate, registers_and_deletes_only_our_own_endpoints_in_their_own_form)
{
	uint8_t data[] = { 1, 4, 1, 5, 0, 0, 0, 1, 0x19, 0, 0 };

	for (unsigned endpoint = 0; endpoint < 0x100; endpoint++) {
		bool want = endpoint == 1 || endpoint == 13 || endpoint == 47;

		data[0] = (uint8_t)endpoint;
		cr_assert(eq(int, allows(ZNP_STACK_3X0, 0x2400, data, sizeof data), want));
		cr_assert(eq(int, allows(ZNP_STACK_3X0, 0x2404, data, 1), want));
	}
	data[0] = 1;
	for (size_t i = 1; i < sizeof data; i++) {
		data[i] ^= 1;
		cr_assert(not(allows(ZNP_STACK_3X0, 0x2400, data, sizeof data)), "byte %zu", i);
		data[i] ^= 1;
	}
}

/* The golden block response G81, cut to 12 bytes of data. */
static const uint8_t block[] = { 0x5C, 0x3A, 1, 1, 0x19, 0, 3, 0, 0x1E, 7, 0x19, 0x42, 0x05, 0x97,
	0, 0, 0 };

Test(znp_gate, data_requests_pass_only_whole_unicast_and_through_the_aps_gate)
{
	uint8_t data[sizeof block + 1] = { 0 };

	memcpy(data, block, sizeof block);
	cr_assert(allows(ZNP_STACK_3X0, 0x2401, data, sizeof block));
	for (size_t size = 0; size <= sizeof data; size++)
		cr_assert(eq(int, allows(ZNP_STACK_3X0, 0x2401, data, size), size == sizeof block));
	data[7] = 0x10; /* APS acknowledgement */
	cr_assert(not(allows(ZNP_STACK_3X0, 0x2401, data, sizeof block)));
	data[7] = 0;
	data[0] = 0xFD;
	data[1] = 0xFF; /* broadcast */
	cr_assert(not(allows(ZNP_STACK_3X0, 0x2401, data, sizeof block)));
	data[0] = 0x5C;
	data[1] = 0x3A;
	data[3] = 2; /* not our endpoint */
	cr_assert(not(allows(ZNP_STACK_3X0, 0x2401, data, sizeof block)));
	data[3] = 1;
	data[4] = 0x01;
	data[5] = 0x01; /* door lock */
	cr_assert(not(allows(ZNP_STACK_3X0, 0x2401, data, sizeof block)));
	cr_assert(not(allows(ZNP_STACK_3X0, 0x2402, data, sizeof block)));
}

Test(znp_gate, counts_what_it_refuses_and_writes_nothing_then)
{
	static const uint8_t formation = 4;
	struct znp_gate g = { .stack = ZNP_STACK_3X0 };
	struct znp_frame f = { .cmd0 = 0x2F, .cmd1 = 5, .length = 1, .data = &formation };
	uint8_t out[ZNP_FRAME_MAX] = { 0 };

	cr_assert(eq(sz, znp_gate_write(&g, &f, out), 0));
	cr_assert(eq(u32, g.denied, 1));
	cr_assert(eq(u8, out[0], 0));
	f = (struct znp_frame){ .cmd0 = 0x21, .cmd1 = 1 };
	cr_assert(eq(sz, znp_gate_write(&g, &f, out), 5));
	cr_assert(eq(u32, g.denied, 1));
}
