#include "tests/ota/sources_fixture.h"

#include "server/base/text.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The outside: what is asked waits until the test answers it. */
struct outside outside;

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

void answer(unsigned status, const void *body, size_t n, const char *etag)
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

struct sources *sources;
char folder[128], local_index[128];
uint8_t image[4096];
size_t image_size;
unsigned changes, additions;
const char *names[4];
struct source_file files[3];
const char *lists[3];
unsigned withdrawals;

static void on_changed(void *owner, const char *index, size_t entries)
{
	(void)owner;
	(void)index;
	(void)entries;
	changes++;
}

static void on_file(void *owner, const struct image *added)
{
	(void)owner;
	cr_assert(ne(sz, strlen(added->id), 0));
	additions++;
}

static void on_retracted(void *owner)
{
	(void)owner;
	withdrawals++;
}

void open_sources(void)
{
	static const char *const hosts[] = { "files.example", NULL };
	struct sources_options options = { .loop = t.loop,
		.work = t.worker,
		.library = t.library,
		.folder = folder,
		.indexes = names,
		.hosts = hosts,
		.refresh_s = 86400,
		.files = files,
		.changed = on_changed,
		.added = on_file,
		.lists = lists,
		.retracted = on_retracted };

	while (names[options.n])
		options.n++;
	while (lists[options.n_lists])
		options.n_lists++;
	while (files[options.n_files].url)
		options.n_files++;
	cr_assert(eq(int, sources_new(&sources, &options, NULL), OK));
	sources_start(sources);
	settle();
}

void close_sources(void)
{
	sources_stop(sources);
	settle();
	sources_free(sources);
	sources = NULL;
	outside.waiting = false;
}

void sources_begin(void)
{
	library_begin();
	memset(&outside, 0, sizeof outside);
	changes = additions = withdrawals = 0;
	memset(lists, 0, sizeof lists);
	memset(files, 0, sizeof files);
	(void)snprintf(folder, sizeof folder, "%s/indexes", t.dir);
	(void)snprintf(local_index, sizeof local_index, "%s/mine.json", t.import);
	image_size = lock_image(image, 7, "firmware");
	names[0] = ADDRESS;
	names[1] = NULL;
}

void sources_end(void)
{
	if (sources)
		close_sources();
	library_end();
}
