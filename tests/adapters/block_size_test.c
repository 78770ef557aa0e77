#include "adapters/zigbee/block_size.h"

#include "server/base/check.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

Test(block_size, gives_what_is_asked_for_within_all_limits)
{
	static const struct {
		const char *name;
		uint8_t cap;
		struct block_limits limits;
		uint8_t want;
	} rows[] = {
		{ "5 asks little", 0, { .asked = 32, .path = 63, .left = 1000 }, 32 },
		{ "38 asks too much", 0, { .asked = 255, .path = 63, .left = 1000 }, 63 },
		{ "2 path", 0, { .asked = 63, .path = 50, .left = 1000 }, 50 },
		{ "2 the last block", 0, { .asked = 50, .path = 63, .left = 22 }, 22 },
		{ "40 the last byte", 0, { .asked = 63, .path = 63, .left = 1 }, 1 },
		{ "lowered", 40, { .asked = 63, .path = 63, .left = 1000 }, 40 },
		{ "quirk", 0, { .asked = 63, .path = 63, .quirk_cap = 40, .left = 1000 }, 40 },
		{ "exact", 0, { .asked = 64, .path = 50, .exact = true, .left = 1000 }, 64 },
		{ "exact, proved impossible", 50,
			{ .asked = 64, .path = 63, .exact = true, .left = 1000 }, 50 },
		{ "27 AES, lowered", 40, { .asked = 48, .path = 63, .aligned = true, .left = 1000 },
			32 },
		{ "AES", 0, { .asked = 63, .path = 63, .aligned = true, .left = 1000 }, 48 },
		{ "AES, the rest", 0, { .asked = 48, .path = 63, .aligned = true, .left = 20 },
			20 },
		{ "asks one", 0, { .asked = 1, .path = 63, .left = 1000 }, 1 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct block_size b = { .cap = rows[i].cap };

		cr_assert(eq(u8, block_size_choose(&b, &rows[i].limits), rows[i].want), "%s",
			rows[i].name);
	}
}

static void answer(struct block_size *b, uint32_t offset, uint8_t n)
{
	block_size_answered(b, offset, n);
}

Test(block_size, goes_down_step_by_step_and_not_below_the_family)
{
	struct block_size plain = { 0 }, aes = { 0 };

	cr_assert(block_size_lower(&plain, false));
	cr_assert(eq(u8, plain.cap, 50));
	cr_assert(block_size_lower(&plain, false));
	cr_assert(eq(u8, plain.cap, 40));
	cr_assert(not(block_size_lower(&plain, false)));
	cr_assert(block_size_lower(&aes, true));
	cr_assert(eq(u8, aes.cap, 48));
	cr_assert(block_size_lower(&aes, true));
	cr_assert(eq(u8, aes.cap, 32));
}

Test(block_size, a_failure_of_a_small_block_proves_nothing_about_large_ones)
{
	struct block_size b = { 0 };

	answer(&b, 0, 50);
	cr_assert(block_size_lower(&b, false));
	cr_assert(eq(u8, b.cap, 40), "50 failed, so 50 is no way out");
	answer(&b, 0, 32);
	cr_assert(not(block_size_lower(&b, false)));
}

Test(block_size, the_third_request_for_one_offset_lowers)
{
	struct block_size b = { 0 };

	for (unsigned i = 0; i < 2; i++) {
		cr_assert(not(block_size_asked(&b, 630, false)));
		answer(&b, 630, 63);
	}
	cr_assert(block_size_asked(&b, 630, false));
	cr_assert(eq(u8, b.cap, 50));
}

Test(block_size, goes_up_again_after_500_good_blocks)
{
	struct block_size b = { .cap = 40 };
	uint32_t offset = 0;

	answer(&b, offset, 40);
	for (unsigned i = 0; i < 499; i++) {
		offset += 40;
		cr_assert(not(block_size_asked(&b, offset, false)));
		answer(&b, offset, 40);
	}
	cr_assert(block_size_asked(&b, offset + 40, false));
	cr_assert(eq(u8, b.cap, 50));
}

Test(block_size, knows_encrypted_images_by_their_tiling)
{
	uint8_t image[56 + 8 + 16] = { [6] = 56 };
	uint8_t *element = image + 56;

	element[0] = 0x00;
	element[1] = 0xF0;
	element[2] = 16;
	cr_assert(block_size_is_aes((struct span){ image, sizeof image }));
	cr_assert(not(block_size_is_aes((struct span){ image, sizeof image - 2 })),
		"six bytes of head fit: an ordinary element");
	element[1] = 0x00;
	cr_assert(not(block_size_is_aes((struct span){ image, sizeof image })));
	cr_assert(not(block_size_is_aes((struct span){ image, 5 })));
}
