#include "ota/image_digest.h"
#include "ota/image_file.h"
#include "ota/library.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* The published facts of the real files; the files themselves are not ours to copy. */
static const struct real {
	const char *folder, *name;
	uint64_t file_size;
	uint32_t offset, size;
	uint16_t manufacturer, type;
	uint32_t version;
	const char *string, *container, *trailer, *payload, *sha512_start;
	uint16_t first_tag;
	size_t n_elements;
	const char *signature;
} reals[] = {
	{ "locks", "115C-0004-11040000-ZigbeeXM_101-029_E1_DanalockV3_17.4.0_20221213143911.ota",
		204794, 0, 204794, 0x115C, 0x0004, 0x11040000, "Danalock V3 BTZBE XM", "none",
		"none", "gbl", "44e421aecf5b0c5793a1ba836257f860", 0, 1, "none" },
	{ "locks", "115C-0004-11070000-ZigbeeXM_101-029_E1_DanalockV3_17.7.0_20240201155008.ota",
		204522, 0, 204522, 0x115C, 0x0004, 0x11070000, "Danalock V3 BTZBE XM", "none",
		"none", "gbl", "9e45e56b0aef871e1280c678729fdce0", 0, 1, "none" },
	{ "locks", "OTA_LMACN02_DoorLock_V4.1.09_20180317.20180411152155.ota", 175378, 0, 175378,
		0x115F, 0x0101, 9, "DR1175r1v1UNENCRYPTED00000JN5169", "none", "none", "unknown",
		"6c32a2bc8a4146766650a7208a7cd43a", 0, 1, "none" },
	{ "locks", "OTA_LMAQ_DoorLock_V2.2.19_20171108.20180129142422.ota", 166066, 0, 166066,
		0x115F, 0x0101, 0x13, "DR1175r1v1UNENCRYPTED00000JN5169", "none", "none", "unknown",
		"199e6a1fbee2d754b640d82acfd5e00f", 0, 1, "none" },
	{ "locks", "OTA_LM_WM_DoorLock_V2.3.13_20180409.20180412161023.ota", 156530, 0, 156530,
		0x115F, 0x0101, 0x0D, "DR1175r1v1UNENCRYPTED00000JN5169", "none", "none", "unknown",
		"077d99acbf7f4e0bb540b586d62f2274", 0, 1, "none" },
	{ "locks", "home_control_as_hc_slm_1_00.02.zigbee", 224634, 0, 224634, 0x1002, 0x0000,
		0x27DD, "EBL HomeControl_DoorLock", "none", "none", "gbl",
		"17357f99b497d42ea28e6c0ec994fea2", 0, 1, "none" },
	{ "odd", "10082264-zingo_lds_stoftmoln-1.1.7.ota.ota.signed", 288306, 616, 287178, 0x117C,
		0x4105, 0x01010007, "GBL zingo_lds_stoftmoln", "ngis", "none", "gbl",
		"c656737a4fd3464ed09d47887cde2b73", 0, 1, "checked" },
	/* Has another plausible header at byte 70, in its payload. */
	{ "odd", "1021-000f-004345ff-NLL.zigbee", 255127, 0, 255127, 0x1021, 0x000F, 0x004345FF, "",
		"none", "none", "unknown", "aa89a06714e4", 0, 1, "none" },
	{ "odd", "1189_007c_11436630_Release.ota", 238322, 0, 238322, 0x1189, 0x007C, 0x11436630,
		"EBL AcSensor_Y", "none", "none", "gbl", "e501377b05e04dc72f2b220ce19002f4", 0, 1,
		"none" },
	{ "odd", "CSB600_20170209.ota", 185324, 0, 185320, 0x1078, 0x002F, 0x20170209,
		"image build", "none", "crc32", "ebl", "81e9a7d13a7ea5ae72b8a3fedc4d1df4", 0, 1,
		"none" },
	{ "odd", "TICMeter.ota", 1140668, 0, 1140668, 0xFFFF, 0x00C8, 0x0003020D, "", "none",
		"none", "unknown", "67f0bfdbb7d2cdeee4d54d2ad44dc04b", 0x0100, 2, "none" },
};

static const char truncated[] = "odd/tcl-1-zb-s_hw1.x_fw0.6.1_ota20.ota";

static const char *folder(void)
{
	const char *path = getenv("LOCKWRIGHT_TEST_FIRMWARE");
	DIR *dir = path ? opendir(path) : NULL;

	if (!dir) {
		cr_assert(not(getenv("CI") != NULL),
			"LOCKWRIGHT_TEST_FIRMWARE=%s is no folder, and CI must have it",
			path ? path : "");
		cr_skip("SKIPPED real firmware images: LOCKWRIGHT_TEST_FIRMWARE=%s is no folder",
			path ? path : "");
	}
	(void)closedir(dir);
	return path;
}

static void path_of(char out[512], const char *sub, const char *name)
{
	(void)snprintf(out, 512, "%s/%s/%s", folder(), sub, name);
}

static void check(const struct real *r)
{
	struct image_file f;
	struct err e = { 0 };
	char path[512];

	path_of(path, r->folder, r->name);
	cr_assert(eq(int, library_inspect(&f, path, &e), OK), "%s: %s", r->name, e.text);
	cr_expect(eq(u64, f.image.file_size, r->file_size), "%s", r->name);
	cr_expect(eq(u32, f.offset, r->offset), "%s", r->name);
	cr_expect(eq(u32, f.image.size, r->size), "%s", r->name);
	cr_expect(eq(u16, f.image.manufacturer_code, r->manufacturer), "%s", r->name);
	cr_expect(eq(u16, f.image.image_type, r->type), "%s", r->name);
	cr_expect(eq(u32, f.image.file_version, r->version), "%s", r->name);
	cr_expect(eq(str, f.image.header_string, (char *)r->string), "%s", r->name);
	cr_expect(eq(str, f.image.container, (char *)r->container), "%s", r->name);
	cr_expect(eq(str, f.image.trailer, (char *)r->trailer), "%s", r->name);
	cr_expect(eq(str, f.image.signature, (char *)r->signature), "%s", r->name);
	cr_expect(eq(str, f.payload, (char *)r->payload), "%s", r->name);
	cr_expect(eq(u16, f.image.first_tag, r->first_tag), "%s", r->name);
	cr_expect(eq(sz, f.n_elements, r->n_elements), "%s", r->name);
	cr_expect(not(f.image.opaque), "%s", r->name);
	cr_expect(not(f.image.has_hardware_range), "%s", r->name);
	cr_expect(
		eq(int, strncmp(f.image.file_sha512, r->sha512_start, strlen(r->sha512_start)), 0),
		"%s: sha512 %s", r->name, f.image.file_sha512);
	cr_expect(eq(str, f.image.name, (char *)r->name));
	if (f.image.file_size == f.image.size)
		cr_expect(eq(str, f.image.id, f.image.file_sha256), "%s", r->name);
	/* The only thing to wonder about in these files. */
	cr_expect(eq(int, f.warning[0] != '\0', r->manufacturer == 0xFFFF), "%s: %s", r->name,
		f.warning);
}

Test(image_real, every_real_file_reads_as_published)
{
	(void)folder();
	for (size_t i = 0; i < ARRAY_SIZE(reals); i++)
		check(&reals[i]);
}

Test(image_real, truncated_download_is_refused_with_both_sizes)
{
	struct image_file f;
	struct err e = { 0 };
	char path[512];

	path_of(path, ".", truncated);
	cr_assert(eq(int, library_inspect(&f, path, &e), ERR_INTEGRITY));
	cr_assert(eq(str, e.reason, "image_truncated"));
	cr_assert(eq(str, e.text, "declares 278830 bytes, has 92222: truncated download?"));
}

static uint8_t *slurp(size_t *size, const struct real *r)
{
	uint8_t *bytes = malloc(r->file_size);
	char path[512];
	FILE *in;

	path_of(path, r->folder, r->name);
	in = fopen(path, "rb");
	cr_assert(in && bytes);
	*size = fread(bytes, 1, r->file_size, in);
	cr_assert(eq(u64, *size, r->file_size));
	(void)fclose(in);
	return bytes;
}

static const struct real *named(const char *part)
{
	for (size_t i = 0; i < ARRAY_SIZE(reals); i++)
		if (strstr(reals[i].name, part))
			return &reals[i];
	cr_assert(false && "no such file in the table");
	return NULL;
}

Test(image_real, any_changed_byte_of_the_hashed_part_of_ngis_is_found)
{
	struct image_file f;
	struct err e = { 0 };
	size_t size;
	uint8_t *bytes = slurp(&size, named("zingo"));
	static const size_t at[] = { 40, 615, 616, 700, 17000, 200000, 287793 };

	for (size_t i = 0; i < ARRAY_SIZE(at); i++) {
		bytes[at[i]] ^= 1;
		cr_assert(eq(int, image_file_read(&f, (struct span){ bytes, size }, &e),
				  ERR_INTEGRITY),
			"byte %zu", at[i]);
		cr_assert(eq(str, e.reason, "image_bad_digest"), "byte %zu", at[i]);
		bytes[at[i]] ^= 1;
	}
	free(bytes);
}

Test(image_real, a_changed_byte_in_a_lock_image_shows_as_a_warning)
{
	struct image_file f;
	struct err e = { 0 };
	size_t size;
	uint8_t *bytes = slurp(&size, named("17.7.0"));

	bytes[100000] ^= 1;
	cr_assert(eq(int, image_file_read(&f, (struct span){ bytes, size }, &e), OK));
	cr_assert(eq(str, f.warning, "the CRC of the GBL payload is wrong"));
	free(bytes);
}

Test(image_real, reading_a_megabyte_is_reported)
{
	struct image_file f;
	struct err e = { 0 };
	size_t size;
	uint8_t *bytes = slurp(&size, named("TICMeter"));
	char id[SHA256_TEXT];
	struct timespec a, b, c;

	(void)clock_gettime(CLOCK_MONOTONIC, &a);
	cr_assert(eq(int, image_file_read(&f, (struct span){ bytes, size }, &e), OK));
	(void)clock_gettime(CLOCK_MONOTONIC, &b);
	sha256_text(id, (struct span){ bytes, size });
	(void)clock_gettime(CLOCK_MONOTONIC, &c);
	cr_log_info("%zu bytes: read in %.2f ms, SHA-256 in %.2f ms", size,
		(double)(b.tv_sec - a.tv_sec) * 1e3 + (double)(b.tv_nsec - a.tv_nsec) / 1e6,
		(double)(c.tv_sec - b.tv_sec) * 1e3 + (double)(c.tv_nsec - b.tv_nsec) / 1e6);
	free(bytes);
}
