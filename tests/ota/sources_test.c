#include "ota/sources.h"

#include "ota/image_digest.h"
#include "server/base/text.h"
#include "tests/ota/sources_fixture.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

TestSuite(sources, .init = sources_begin, .fini = sources_end);

/* An index with the fixture's image under this address. */
static const char *index_json(const char *url, const char *more)
{
	static char json[2048];
	struct image_file f;
	char digest[SHA512_TEXT];

	cr_assert(eq(int, image_file_read(&f, (struct span){ image, image_size }, NULL), OK));
	sha512_text(digest, (struct span){ image, image_size });
	(void)snprintf(json, sizeof json,
		"[{\"fileName\":\"lock.ota\",\"fileVersion\":%u,\"fileSize\":%zu,\"url\":\"%s\","
		"\"imageType\":%u,\"manufacturerCode\":%u,\"sha512\":\"%s\"%s}]",
		f.image.file_version, image_size, url, f.image.image_type,
		f.image.manufacturer_code, digest, more);
	return json;
}

static void answer_index(const char *json, const char *etag)
{
	answer(200, json, strlen(json), etag);
}

static const struct index_entry *the_entry(void)
{
	const struct catalog *catalog = sources_catalog(sources);

	cr_assert(catalog->index[0] && catalog->index[0]->n, "no index is loaded");
	return catalog->index[0]->entries[0];
}

static struct answer wanted;

static void on_fetched(void *arg, const struct err *e, const struct image *found)
{
	struct answer *a = arg;

	a->done = true;
	a->code = e ? e->code : OK;
	a->added++;
	text_copy(a->reason, sizeof a->reason, e ? e->reason : "");
	text_copy(a->id, sizeof a->id, found ? found->id : "");
}

static void want(void)
{
	wanted = (struct answer){ 0 };
	sources_fetch(sources, the_entry(), on_fetched, &wanted);
	cr_assert(not(wanted.done), "answered from inside the question");
	settle();
}

Test(sources, an_index_is_asked_for_read_and_told_of)
{
	struct source_view view;

	open_sources();
	cr_assert(eq(str, outside.url, ADDRESS));
	cr_assert(eq(str, outside.hosts, "index.example "));
	cr_assert(eq(str, outside.etag, ""));
	answer_index(index_json("https://index.example/lock.ota", ""), "\"one\"");
	cr_assert(eq(u32, changes, 1));
	sources_view(sources, 0, &view);
	cr_assert(eq(str, (char *)view.name, ADDRESS));
	cr_assert(eq(sz, view.entries, 1));
	cr_assert(eq(int, view.err.code, OK));
	cr_assert(ne(i64, view.loaded_at, 0));
}

Test(sources, the_offline_copy_serves_after_a_restart_and_its_tag_is_sent)
{
	open_sources();
	answer_index(index_json("https://index.example/lock.ota", ""), "\"one\"");
	close_sources();
	open_sources();
	cr_assert(eq(u32, the_entry()->image.file_version, 7), "before anybody answers");
	cr_assert(eq(str, outside.etag, "\"one\""));
	answer(304, NULL, 0, "");
	cr_assert(eq(u32, the_entry()->image.file_version, 7));
	cr_assert(eq(u32, changes, 2), "once in each life");
}

Test(sources, a_bad_answer_leaves_what_was_there_and_is_told)
{
	static const char *const bad[] = { "", "<html>", "[{", "{}", "[{\"new\":\"form\"}]" };
	struct source_view view;

	open_sources();
	answer_index(index_json("https://index.example/lock.ota", ""), "\"one\"");
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		sources_refresh(sources);
		settle();
		answer_index(bad[i], "\"two\"");
		sources_view(sources, 0, &view);
		cr_assert(eq(str, view.err.reason, "index_invalid"));
		cr_assert(eq(sz, view.entries, 1));
	}
	sources_refresh(sources);
	settle();
	cr_assert(eq(str, outside.etag, "\"one\""), "the tag of what is kept");
	answer(404, NULL, 0, "");
	sources_view(sources, 0, &view);
	cr_assert(eq(str, view.err.reason, "firmware_server"));
	close_sources();
	open_sources();
	cr_assert(eq(u32, the_entry()->image.file_version, 7), "the copy is still the good one");
	answer(0, NULL, 0, "");
}

Test(sources, unchanged_is_no_answer_to_who_has_nothing)
{
	struct source_view view;

	open_sources();
	answer(304, NULL, 0, "");
	sources_view(sources, 0, &view);
	cr_assert(eq(str, view.err.reason, "firmware_server"));
	cr_assert(eq(i64, view.checked_at, 0));
}

Test(sources, it_is_asked_again_after_a_day_and_sooner_after_a_failure)
{
	open_sources();
	answer(0, NULL, 0, "");
	loop_run_for(t.loop, 11 * 60 * 1000);
	cr_assert(eq(u32, outside.calls, 2));
	answer_index(index_json("https://index.example/lock.ota", ""), "");
	loop_run_for(t.loop, 86000 * 1000);
	cr_assert(eq(u32, outside.calls, 2));
	loop_run_for(t.loop, 500 * 1000);
	cr_assert(eq(u32, outside.calls, 3));
	answer_index(index_json("https://index.example/lock.ota", ""), "");
	cr_assert(eq(u32, changes, 1), "the same content is no news");
}

Test(sources, what_is_wanted_comes_into_the_library_once)
{
	struct answer other = { 0 };

	open_sources();
	answer_index(index_json("https://files.example/lock.ota", ""), "");
	want();
	sources_fetch(sources, the_entry(), on_fetched, &other);
	cr_assert(eq(str, outside.url, "https://files.example/lock.ota"));
	cr_assert(eq(str, outside.hosts, "files.example index.example "));
	answer(200, image, image_size, "");
	cr_assert(eq(int, wanted.code, OK), "%s", wanted.reason);
	cr_assert(eq(int, other.code, OK));
	cr_assert(eq(str, other.id, wanted.id));
	cr_assert(eq(u32, outside.calls, 2), "one download");
	cr_assert(eq(sz, library_count(t.library), 1));
	cr_assert(eq(str, (char *)library_at(t.library, 0)->source, "index"));
	cr_assert(eq(str, (char *)library_at(t.library, 0)->name, "lock.ota"));
	cr_assert(eq(ptr, (void *)catalog_says(sources_catalog(sources), library_at(t.library, 0)),
		(void *)the_entry()));
}

Test(sources, another_file_than_the_index_describes_is_thrown_away)
{
	open_sources();
	answer_index(index_json("https://index.example/lock.ota", ""), "");
	want();
	image[image_size - 1] ^= 1;
	answer(200, image, image_size, "");
	cr_assert(eq(str, wanted.reason, "firmware_digest"));
	cr_assert(eq(sz, library_count(t.library), 0));
	want();
	answer(200, "", 0, "");
	cr_assert(eq(str, wanted.reason, "firmware_digest"));
	want();
	answer(404, NULL, 0, "");
	cr_assert(eq(str, wanted.reason, "firmware_gone"));
	want();
	answer(500, NULL, 0, "");
	cr_assert(eq(str, wanted.reason, "firmware_server"));
	want();
	answer(0, NULL, 0, "");
	cr_assert(eq(str, wanted.reason, "timeout"));
	cr_assert(eq(sz, files_in(t.folder), 0));
}

Test(sources, the_right_file_under_the_wrong_product_is_refused)
{
	char json[2048], *version;

	open_sources();
	text_copy(json, sizeof json, index_json("https://index.example/lock.ota", ""));
	version = strstr(json, "\"fileVersion\":7");
	version[strlen("\"fileVersion\":")] = '8';
	answer_index(json, "");
	want();
	answer(200, image, image_size, "");
	cr_assert(eq(str, wanted.reason, "firmware_other"));
	cr_assert(eq(sz, library_count(t.library), 0));
}

Test(sources, an_index_of_zigpy_is_checked_by_its_own_digest)
{
	char json[1024], digest[SHA256_TEXT];
	struct image_file f;

	cr_assert(eq(int, image_file_read(&f, (struct span){ image, image_size }, NULL), OK));
	sha3_256_text(digest, (struct span){ image, image_size });
	(void)snprintf(json, sizeof json,
		"{\"firmwares\":[{\"file_version\":7,\"file_size\":%zu,\"binary_url\":"
		"\"https://index.example/z.ota\",\"image_type\":%u,\"manufacturer_id\":%u,"
		"\"checksum\":\"sha3-256:%s\"}]}",
		image_size, f.image.image_type, f.image.manufacturer_code, digest);
	open_sources();
	answer_index(json, "");
	want();
	answer(200, image, image_size, "");
	cr_assert(eq(int, wanted.code, OK), "%s", wanted.reason);
	cr_assert(catalog_says(sources_catalog(sources), library_at(t.library, 0)) != NULL);
}

Test(sources, a_local_index_names_files_beside_it)
{
	const char *json = index_json("lock.ota", "");

	names[0] = local_index;
	put_file(t.import, "mine.json", json, strlen(json));
	put_file(t.import, "lock.ota", image, image_size);
	open_sources();
	want();
	cr_assert(eq(int, wanted.code, OK), "%s", wanted.reason);
	cr_assert(eq(u32, outside.calls, 0));
}

Test(sources, a_local_index_with_a_typo_is_refused_whole)
{
	const char *json = index_json("lock.ota", ",\"modelID\":\"V3\"");
	struct source_view view;

	names[0] = local_index;
	put_file(t.import, "mine.json", json, strlen(json));
	open_sources();
	sources_view(sources, 0, &view);
	cr_assert(eq(str, view.err.reason, "index_invalid"));
	cr_assert(strstr(view.err.text, "modelID") != NULL, "%s", view.err.text);
	cr_assert(eq(sz, view.entries, 0));
}

Test(sources, who_waits_when_the_service_stops_is_told)
{
	open_sources();
	answer_index(index_json("https://index.example/lock.ota", ""), "");
	want();
	sources_stop(sources);
	cr_assert(wanted.done);
	cr_assert(eq(str, wanted.reason, "stopping"));
	cr_assert(eq(u32, (unsigned)wanted.added, 1));
}
