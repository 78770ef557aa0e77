#include "ota/retraction.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEX64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static struct retraction_list *list;
static struct err e;

static enum err_code read(const char *text, bool local)
{
	retraction_list_free(list);
	list = NULL;
	e = (struct err){ 0 };
	return retraction_list_read(
		&list, (struct span){ (const uint8_t *)text, strlen(text) }, local, &e);
}

static void end(void)
{
	retraction_list_free(list);
}

TestSuite(retraction, .fini = end);

static struct image image_of(uint32_t version)
{
	return (struct image){
		.manufacturer_code = 0x115c, .image_type = 4, .file_version = version
	};
}

static const char *why(const struct image *image)
{
	struct retractions all = { .list = { NULL, list } };

	return retractions_find(&all, image);
}

Test(retraction, a_line_says_what_and_why)
{
	struct image image = image_of(0x11040000);

	cr_assert(eq(int,
		read("# of my house\n\n0x115c/0x0004/0x11040000  drains the battery \r\n" HEX64
		     "\n" HEX64 HEX64 " too old",
			true),
		OK));
	cr_assert(eq(sz, list->n, 3));
	cr_assert(eq(str, (char *)why(&image), "drains the battery"));
	image.file_version++;
	cr_assert(why(&image) == NULL);
	memcpy(image.file_sha256, HEX64, sizeof HEX64);
	cr_assert(eq(str, (char *)why(&image), "it was withdrawn"), "by the file's SHA-256");
	image.file_sha256[0] = 'f';
	memcpy(image.id, HEX64, sizeof HEX64);
	cr_assert(why(&image) != NULL, "by the image's");
	image.id[0] = 'f';
	memcpy(image.file_sha512, HEX64 HEX64, sizeof HEX64 HEX64);
	cr_assert(eq(str, (char *)why(&image), "too old"), "by the file's SHA-512");
}

Test(retraction, a_reason_is_cut_and_printable)
{
	char text[380];
	struct image image = image_of(1);

	(void)snprintf(text, sizeof text, "0x115c/4/1 a\tb\x1b%.300s", HEX64 HEX64 HEX64 HEX64);
	cr_assert(eq(int, read(text, true), OK));
	cr_assert(eq(sz, strlen(why(&image)), RETRACTION_REASON_SIZE - 1));
	cr_assert(eq(int, strncmp(why(&image), "a b 0123", 8), 0));
}

Test(retraction, a_wrong_line_refuses_a_list_of_this_machine)
{
	cr_assert(eq(int, read("0x115c/4/1 x\n0x115c/4 y\n", true), ERR_INTEGRITY));
	cr_assert(eq(str, e.reason, "retractions_invalid"));
	cr_assert(strstr(e.text, "line 2 ") != NULL, "%s", e.text);
	cr_assert(list == NULL);
}

Test(retraction, one_from_elsewhere_is_read_as_far_as_it_makes_sense)
{
	cr_assert(eq(int, read("0x115c/4/1 x\nnonsense\n0x115c/4/2 y\n", false), OK));
	cr_assert(eq(sz, list->n, 2));
	cr_assert(eq(sz, list->skipped, 1));
	cr_assert(eq(int, read("<html>\n<body>not found\n0x1/2/3\n", false), ERR_INTEGRITY));
	cr_assert(eq(str, e.reason, "retractions_invalid"));
	cr_assert(eq(int, read("", false), OK), "nothing is withdrawn");
	cr_assert(eq(sz, list->n, 0));
}

Test(retraction, its_size_is_bounded)
{
	char *text = calloc(1, RETRACTION_LIST_MAX + 100);
	size_t n = 0;

	for (unsigned i = 0; i <= RETRACTIONS_MAX; i++)
		n += (size_t)sprintf(text + n, "1/2/%u\n", i);
	cr_assert(eq(int, read(text, false), ERR_TOO_LARGE));
	memset(text, '#', RETRACTION_LIST_MAX + 1);
	cr_assert(eq(int, read(text, false), ERR_TOO_LARGE));
	cr_assert(eq(str, e.reason, "retractions_too_large"));
	free(text);
}

Test(retraction, the_configuration_and_what_we_looked_at_count_too)
{
	struct retraction denied;
	struct retractions all = { .denied = &denied, .n_denied = 1 };
	struct image image = image_of(7), known = {
		.manufacturer_code = 0x1015, .image_type = 0x0393, .file_version = 0x00020006
	};

	cr_assert(eq(int, retraction_read(&denied, "0x115c/4/7 mine", NULL), OK));
	cr_assert(eq(str, (char *)retractions_find(&all, &image), "mine"));
	cr_assert(retractions_find(NULL, &image) == NULL);
	cr_assert(retractions_find(NULL, &known) != NULL);
	cr_assert(ne(int, retraction_read(&denied, "mine 0x115c/4/7", NULL), OK));
}
