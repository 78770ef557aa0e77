#include "ota/image_container.h"

#include "ota/image_digest.h"
#include "server/base/wire.h"
#include "tests/ota/image_fixture.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <stdlib.h>
#include <string.h>

Test(image_container, an_implausible_magic_before_the_header_is_passed_over)
{
	uint8_t wrapped[2 * MADE_MAX] = { 'w', 'x', 0x1E, 0xF1, 0xEE, 0x0B, 1, 2, 3, 4 };
	struct made_image m = plain();
	size_t n = make_image(wrapped + 70, &m);

	cr_assert(eq(int, read_bytes(wrapped, 70 + n), OK));
	cr_assert(eq(u32, f.offset, 70));
	cr_assert(eq(str, f.image.container, "prefix"));
	cr_assert(eq(str, f.warning, "the image begins after 70 bytes of an unknown wrapper"));
}

Test(image_container, a_header_is_looked_for_in_the_first_64_kib_only)
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

Test(image_container, legrand_container_is_opened)
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

Test(image_container, third_reality_container_is_opened_and_checked)
{
	size_t n = third_reality();

	cr_assert(eq(int, read_bytes(bytes, n), OK));
	cr_assert(eq(str, f.image.container, "third_reality"));
	cr_assert(eq(str, f.image.signature, "checked"));
	cr_assert(eq(u32, f.offset, 152));
}

Test(image_container, a_changed_byte_in_third_reality_is_refused)
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

Test(image_container, ngis_with_matching_block_digests_is_checked)
{
	cr_assert(eq(int, read_bytes(bytes, ngis(true)), OK), "%s", e.text);
	cr_assert(eq(str, f.image.container, "ngis"));
	cr_assert(eq(str, f.image.signature, "checked"));
	cr_assert(eq(str, f.image.trailer, "none"));
	cr_assert(eq(u32, f.offset, 104));
}

Test(image_container, ngis_without_a_table_has_an_unchecked_signature)
{
	cr_assert(eq(int, read_bytes(bytes, ngis(false)), OK), "%s", e.text);
	cr_assert(eq(str, f.image.signature, "present"));
}

Test(image_container, ngis_with_a_damaged_block_names_it)
{
	size_t n = ngis(true);

	bytes[104 + 70] ^= 0x80;
	cr_assert(eq(int, read_bytes(bytes, n), ERR_INTEGRITY));
	refused("image_bad_digest", "block 2 of 2 of this NGIS container does not match its "
				    "SHA-256: damaged download?");
}

Test(image_container, ngis_cut_in_its_image_is_truncated)
{
	size_t n = ngis(true);

	cr_assert(eq(int, read_bytes(bytes, n - 513), ERR_INTEGRITY));
	refused("image_truncated",
		"the NGIS container declares 184 bytes, has 183: truncated download?");
}

Test(image_container, trailers_are_told_apart)
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

Test(image_container, crc32_is_the_usual_one)
{
	cr_assert(eq(u32, image_crc32(TEXT("123456789")), 0xCBF43926));
}
