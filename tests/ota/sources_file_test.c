#include "ota/image_digest.h"
#include "tests/ota/sources_fixture.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <string.h>

/* Single files of the configuration. */

#define FILE_ADDRESS "https://maker.example/fw/lock.ota?key=1"

static void begin(void)
{
	sources_begin();
	names[0] = NULL;
	files[0].url = FILE_ADDRESS;
}

TestSuite(sources_file, .init = begin, .fini = sources_end);

static struct source_view view(void)
{
	struct source_view v;

	cr_assert(eq(sz, sources_count(sources), 1));
	sources_view(sources, 0, &v);
	return v;
}

static const char *digest_of_image(void)
{
	static char digest[SHA512_TEXT];

	sha512_text(digest, (struct span){ image, image_size });
	return digest;
}

static void later(msec by)
{
	loop_run_for(t.loop, by);
}

Test(sources_file, comes_into_the_library_at_the_start)
{
	open_sources();
	cr_assert(eq(str, outside.url, FILE_ADDRESS));
	cr_assert(eq(str, outside.hosts, "maker.example files.example "));
	cr_assert(view().busy);
	answer(200, image, image_size, "\"1\"");
	cr_assert(eq(sz, library_count(t.library), 1));
	cr_assert(eq(str, (char *)library_at(t.library, 0)->name, "lock.ota"));
	cr_assert(eq(str, (char *)library_at(t.library, 0)->source, "url"));
	cr_assert(eq(int, view().kind, SOURCE_FILE));
	cr_assert(eq(sz, view().entries, 1));
	cr_assert(eq(int, view().err.code, OK));
	cr_assert(lt(i64, 0, view().loaded_at));
	cr_assert(eq(uint, additions, 1));
}

Test(sources_file, without_a_digest_it_is_asked_for_again_with_its_tag)
{
	open_sources();
	answer(200, image, image_size, "\"1\"");
	close_sources();
	open_sources();
	cr_assert(eq(str, outside.etag, "\"1\""), "remembered over a restart");
	answer(304, NULL, 0, "");
	cr_assert(eq(sz, view().entries, 1));
	cr_assert(eq(int, view().err.code, OK));
	later((msec)86400 * 1000 + 100);
	cr_assert(eq(uint, outside.calls, 3), "once a day");
	image_size = lock_image(image, 8, "newer");
	answer(200, image, image_size, "\"2\"");
	cr_assert(eq(sz, library_count(t.library), 2), "beside the old one");
}

Test(sources_file, with_its_digest_it_is_asked_for_only_until_it_is_here)
{
	files[0].sha512 = digest_of_image();
	open_sources();
	answer(200, image, image_size, "\"1\"");
	close_sources();
	open_sources();
	cr_assert(eq(uint, outside.calls, 1));
	cr_assert(eq(sz, view().entries, 1));
	cr_assert(lt(i64, 0, view().checked_at));
}

static void on_deleted(void *owner, const struct err *e)
{
	*(enum err_code *)owner = e ? e->code : OK;
}

Test(sources_file, what_is_deleted_comes_back_whole)
{
	enum err_code removed = ERR_INTERNAL;
	char id[SHA256_TEXT];

	open_sources();
	answer(200, image, image_size, "\"1\"");
	memcpy(id, library_at(t.library, 0)->id, sizeof id);
	library_remove(t.library, id, on_deleted, &removed);
	settle();
	cr_assert(eq(int, removed, OK));
	cr_assert(eq(sz, view().entries, 0));
	sources_refresh(sources);
	settle();
	cr_assert(eq(str, outside.etag, ""), "unchanged would be no answer");
	answer(200, image, image_size, "\"1\"");
	cr_assert(eq(sz, view().entries, 1));
}

Test(sources_file, another_file_than_the_pinned_one_never_gets_in)
{
	static const char wrong[] =
		"0000000000000000000000000000000000000000000000000000000000000000";

	files[0].sha256 = wrong;
	open_sources();
	answer(200, image, image_size, "\"1\"");
	cr_assert(eq(sz, library_count(t.library), 0));
	cr_assert(eq(str, view().err.reason, "firmware_digest"));
	close_sources();
	open_sources();
	cr_assert(eq(str, outside.etag, ""), "its tag was not kept");
}

Test(sources_file, what_goes_wrong_is_seen_and_tried_again)
{
	open_sources();
	answer(404, NULL, 0, "");
	cr_assert(eq(str, view().err.reason, "firmware_gone"));
	later((msec)600 * 1000 + 100);
	cr_assert(eq(uint, outside.calls, 2));
	answer(500, NULL, 0, "");
	cr_assert(eq(str, view().err.reason, "firmware_server"));
	later((msec)1200 * 1000 + 100);
	answer(200, "no firmware", 11, "");
	cr_assert(ne(int, view().err.code, OK));
	cr_assert(eq(sz, library_count(t.library), 0));
	later((msec)2400 * 1000 + 100);
	answer(0, NULL, 0, "");
	cr_assert(eq(int, view().err.code, ERR_TIMEOUT));
	sources_refresh(sources);
	settle();
	answer(200, image, image_size, "");
	cr_assert(eq(int, view().err.code, OK));
}

Test(sources_file, another_file_of_the_same_version_is_told)
{
	uint8_t other[4096];

	(void)upload_bytes(other, lock_image(other, 7, "other content"), "other.ota");
	open_sources();
	answer(200, image, image_size, "");
	cr_assert(eq(str, view().err.reason, "digest_changed"));
	cr_assert(eq(sz, library_count(t.library), 1));
}
