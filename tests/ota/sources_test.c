#include "ota/sources.h"

#include "ota/image_digest.h"
#include "server/base/text.h"
#include "server/http_client.h"
#include "tests/ota/library_fixture.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define ADDRESS "https://index.example/index.json"

/* The outside: what is asked waits until the test answers it. */
static struct {
	bool waiting;
	unsigned calls;
	char url[128], etag[64], hosts[256];
	int fd;
	size_t max_size;
	void (*done)(void *owner, const struct http_result *result);
	void *owner;
} outside;

struct http_call *http_client_call(struct http_client *client,
	const struct http_call_options *options,
	void (*done)(void *owner, const struct http_result *result), void *owner)
{
	(void)client;
	cr_assert(not(outside.waiting), "one at a time here");
	outside.waiting = true;
	outside.calls++;
	text_copy(outside.url, sizeof outside.url, options->url);
	text_copy(outside.etag, sizeof outside.etag, options->etag ? options->etag : "");
	outside.hosts[0] = '\0';
	for (const char *const *h = options->hosts; *h; h++) {
		strncat(outside.hosts, *h, 60);
		strncat(outside.hosts, " ", 2);
	}
	outside.fd = options->fd;
	outside.max_size = options->max_size;
	outside.done = done;
	outside.owner = owner;
	return NULL;
}

static void answer(unsigned status, const void *body, size_t n, const char *etag)
{
	struct http_result result = { .status = status, .sent = HTTP_ANSWERED, .etag = etag };

	cr_assert(outside.waiting);
	if (!status)
		err_set(&result.err, ERR_TIMEOUT, "nobody there");
	if (status == 200)
		cr_assert(eq(i64, pwrite(outside.fd, body, n, 0), (long)n));
	outside.waiting = false;
	outside.done(outside.owner, &result);
	settle();
}

static struct sources *sources;
static char folder[128], local_index[128];
static uint8_t image[4096];
static size_t image_size;
static unsigned changes;
static const char *names[4];

static void on_changed(void *owner, const char *index, size_t entries)
{
	(void)owner;
	(void)index;
	(void)entries;
	changes++;
}

static void open_sources(void)
{
	static const char *const hosts[] = { "files.example", NULL };
	struct sources_options options = { .loop = t.loop,
		.work = t.worker,
		.library = t.library,
		.folder = folder,
		.indexes = names,
		.hosts = hosts,
		.refresh_s = 86400,
		.changed = on_changed };

	while (names[options.n])
		options.n++;
	cr_assert(eq(int, sources_new(&sources, &options, NULL), OK));
	sources_start(sources);
	settle();
}

static void close_sources(void)
{
	sources_stop(sources);
	settle();
	sources_free(sources);
	sources = NULL;
	outside.waiting = false;
}

static void begin(void)
{
	library_begin();
	memset(&outside, 0, sizeof outside);
	changes = 0;
	(void)snprintf(folder, sizeof folder, "%s/indexes", t.dir);
	(void)snprintf(local_index, sizeof local_index, "%s/mine.json", t.import);
	image_size = lock_image(image, 7, "firmware");
	names[0] = ADDRESS;
	names[1] = NULL;
}

static void end(void)
{
	if (sources)
		close_sources();
	library_end();
}

TestSuite(sources, .init = begin, .fini = end);

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
