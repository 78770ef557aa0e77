#include "tests/ota/sources_fixture.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <stdio.h>
#include <string.h>

/* Lists of withdrawn firmware. */

#define LIST_ADDRESS "https://maker.example/withdrawn.txt"

static void begin(void)
{
	sources_begin();
	names[0] = NULL;
	lists[0] = LIST_ADDRESS;
}

TestSuite(sources_list, .init = begin, .fini = sources_end);

static const struct image bad = {
	.manufacturer_code = 0x115c, .image_type = 4, .file_version = 0x11040000
};

static const char *why(void)
{
	return retractions_find(sources_retractions(sources), &bad);
}

static struct source_view view(size_t i)
{
	struct source_view v;

	sources_view(sources, i, &v);
	return v;
}

static void answer_list(const char *text)
{
	answer(200, text, strlen(text), "\"1\"");
}

Test(sources_list, is_asked_for_and_serves_from_its_copy_after_a_restart)
{
	open_sources();
	cr_assert(eq(str, outside.url, LIST_ADDRESS));
	cr_assert(why() == NULL);
	answer_list("0x115c/0x0004/0x11040000 drains the battery\n");
	cr_assert(eq(str, (char *)why(), "drains the battery"));
	cr_assert(eq(uint, withdrawals, 1));
	cr_assert(eq(int, view(0).kind, SOURCE_LIST));
	cr_assert(eq(sz, view(0).entries, 1));
	close_sources();
	open_sources();
	cr_assert(eq(str, (char *)why(), "drains the battery"));
	cr_assert(eq(str, outside.etag, "\"1\""));
	answer(0, NULL, 0, "");
	cr_assert(why() != NULL, "also without a network");
}

Test(sources_list, a_web_page_in_its_place_leaves_what_was_there)
{
	open_sources();
	answer_list("0x115c/0x0004/0x11040000 drains the battery\n");
	sources_refresh(sources);
	settle();
	answer_list("<html>\n<body>\n");
	cr_assert(eq(str, view(0).err.reason, "retractions_invalid"));
	cr_assert(why() != NULL);
	sources_refresh(sources);
	settle();
	answer_list("# nothing any more\n");
	cr_assert(why() == NULL);
	cr_assert(eq(int, view(0).err.code, OK));
}

Test(sources_list, one_of_this_machine_is_read_again)
{
	static const char text[] = "0x115c/4/0x11040000 mine\n";
	char path[128];

	(void)snprintf(path, sizeof path, "%s/withdrawn.txt", t.import);
	lists[0] = path;
	names[0] = ADDRESS;
	put_file(t.import, "withdrawn.txt", (const uint8_t *)text, sizeof text - 1);
	open_sources();
	cr_assert(eq(sz, sources_count(sources), 2));
	cr_assert(eq(str, (char *)why(), "mine"));
	cr_assert(eq(int, view(0).kind, SOURCE_INDEX));
	cr_assert(eq(sz, view(1).entries, 1));
}
