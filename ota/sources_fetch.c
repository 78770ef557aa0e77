#include "ota/image_digest.h"
#include "ota/library.h"
#include "ota/library_file.h"
#include "ota/sources_private.h"
#include "server/base/alloc.h"
#include "server/base/log.h"
#include "server/base/text.h"
#include "server/http_client.h"
#include "server/loop.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FILE_TIMEOUT_S = 300, AROUND = 256 * 1024 }; /* containers and signatures around an image */

/* One file: a place for it (work), the address (net), is it what the index says (work), library. */

static struct source_fetch *of(struct work *work)
{
	return (struct source_fetch *)(void *)((char *)work - offsetof(struct source_fetch, work));
}

static void submit(
	struct source_fetch *fetch, void (*run)(struct work *), void (*done)(struct work *))
{
	fetch->work = (struct work){ .run = run, .done = done };
	worker_submit(fetch->sources->options.work, &fetch->work);
}

static void tell(struct source_fetch *fetch, const struct err *e, const struct image *image)
{
	struct source_waiter *waiters = TAKE(fetch->waiters);

	while (waiters) {
		struct source_waiter *next = waiters->next;

		waiters->done(waiters->arg, e, image);
		free(waiters);
		waiters = next;
	}
}

static void finish(struct source_fetch *fetch, const struct image *image)
{
	struct source_fetch **link = &fetch->sources->fetches;

	while (*link != fetch)
		link = &(*link)->next;
	*link = fetch->next;
	if (fetch->fd >= 0)
		(void)close(fetch->fd);
	if (fetch->e.code)
		log_warn("firmware file=%s reason=%s \"%s\"", fetch->image.name, fetch->e.reason,
			fetch->e.text);
	tell(fetch, fetch->e.code ? &fetch->e : NULL, image);
	free(fetch->url);
	free(fetch);
}

/* --- is it what the index describes? --- */

static enum err_code check_digest(struct source_fetch *fetch, struct span file)
{
	char found[SHA512_TEXT];
	const char *wanted = fetch->image.file_sha512;

	if (*wanted)
		sha512_text(found, file);
	else
		sha3_256_text(found, file);
	if (!*wanted)
		wanted = fetch->sha3_256;
	if (!strcmp(found, wanted))
		return OK;
	return err_because(&fetch->e, ERR_INTEGRITY, "firmware_digest",
		"%.60s: digest %.12s..., the index says %.12s...", fetch->image.name, found,
		wanted);
}

static enum err_code check_header(struct source_fetch *fetch, struct span file)
{
	const struct image *said = &fetch->image;
	struct image_file found;
	enum err_code code = image_file_read(&found, file, &fetch->e);

	if (code != OK)
		return code;
	if (found.image.manufacturer_code == said->manufacturer_code &&
		found.image.image_type == said->image_type &&
		found.image.file_version == said->file_version)
		return OK;
	return err_because(&fetch->e, ERR_INTEGRITY, "firmware_other",
		"%.60s is 0x%04x/0x%04x/0x%08x, the index says 0x%04x/0x%04x/0x%08x", said->name,
		found.image.manufacturer_code, found.image.image_type, found.image.file_version,
		said->manufacturer_code, said->image_type, said->file_version);
}

static void run_check(struct work *work)
{
	struct source_fetch *fetch = of(work);
	uint8_t *bytes;
	size_t size;

	if (library_file_read(&bytes, &size, fetch->fd, &fetch->e) != OK)
		return;
	if (check_digest(fetch, (struct span){ bytes, size }) == OK)
		(void)check_header(fetch, (struct span){ bytes, size });
	free(bytes);
}

static void added(void *owner, const struct err *e, const struct image *image, bool known)
{
	struct source_fetch *fetch = owner;

	(void)known;
	if (e)
		fetch->e = *e;
	finish(fetch, image);
}

static void done_check(struct work *work)
{
	struct source_fetch *fetch = of(work);
	struct library_adding adding = { .source = "index", .done = added, .owner = fetch };

	if (fetch->e.code != OK || fetch->sources->stopped) {
		finish(fetch, NULL);
		return;
	}
	adding.fd = fetch->fd;
	fetch->fd = -1; /* the library closes it */
	(void)text_copy(adding.name, sizeof adding.name, fetch->image.name);
	library_add(fetch->sources->options.library, &adding);
}

/* --- getting it --- */

static void on_answer(void *owner, const struct http_result *result)
{
	struct source_fetch *fetch = owner;

	fetch->e = result->err;
	if (fetch->e.code == OK && (result->status == 404 || result->status == 410))
		err_because(&fetch->e, ERR_NOT_FOUND, "firmware_gone",
			"%.100s: the server has no such file", fetch->image.name);
	else if (fetch->e.code == OK && result->status != 200)
		err_because(&fetch->e, ERR_IO, "firmware_server", "%.100s: the server answered %u",
			fetch->image.name, result->status);
	if (fetch->e.code != OK)
		finish(fetch, NULL);
	else
		submit(fetch, run_check, done_check);
}

static size_t largest(const struct source_fetch *fetch)
{
	size_t size = (size_t)fetch->image.size + AROUND;

	return fetch->image.size && size < IMAGE_FILE_MAX ? size : IMAGE_FILE_MAX;
}

static void done_open(struct work *work)
{
	struct source_fetch *fetch = of(work);
	struct http_call_options call = { .url = fetch->url,
		.hosts = fetch->hosts,
		.fd = fetch->fd,
		.max_size = largest(fetch),
		.timeout_s = FILE_TIMEOUT_S };

	if (fetch->sources->stopped)
		err_set(&fetch->e, ERR_BUSY, "the service is stopping");
	if (fetch->e.code != OK)
		finish(fetch, NULL);
	else if (fetch->local)
		submit(fetch, run_check, done_check);
	else
		(void)http_client_call(fetch->sources->options.http, &call, on_answer, fetch);
}

static void run_open(struct work *work)
{
	struct source_fetch *fetch = of(work);

	/* What went wrong is in fetch->e. */
	if (fetch->local)
		(void)!library_file_open(&fetch->fd, fetch->url, false, &fetch->e);
	else
		(void)!library_file_spool(&fetch->fd, fetch->sources->folder, &fetch->e);
}

/* Which index is the entry of? NULL: of none that is loaded. */
static const struct source *source_of(
	const struct sources *sources, const struct index_entry *entry)
{
	for (size_t k = 0; k < sources->n; k++) {
		const struct index *index =
			sources->source[k].kind == SOURCE_INDEX
				? sources->catalog.index[sources->source[k].place]
				: NULL;

		for (size_t i = 0; index && i < index->n; i++)
			if (index->entries[i] == entry)
				return &sources->source[k];
	}
	return NULL;
}

/* A path in an index is meant from the index's own folder. */
static char *path_beside(const char *index, const char *path)
{
	const char *slash = strrchr(index, '/');
	int folder = *path != '/' && slash ? (int)(slash + 1 - index) : 0;
	size_t size = (size_t)folder + strlen(path) + 1;
	char *out = xcalloc(1, size);

	(void)snprintf(out, size, "%.*s%s", folder, index, path);
	return out;
}

/* Files come from the index's own host or one that the configuration names. Who wrote an index on
 * this machine chose its hosts. */
static void set_hosts(struct source_fetch *fetch, const struct source *source)
{
	struct sources *sources = fetch->sources;
	size_t n = 0;

	for (size_t i = 0; sources->hosts[i]; i++)
		fetch->hosts[n++] = sources->hosts[i];
	if (source->local && source_host(fetch->host, fetch->url))
		fetch->hosts[n++] = fetch->host;
	else if (!source->local)
		fetch->hosts[n++] = source->host;
}

static struct source_fetch *fetch_new(
	struct sources *sources, const struct source *source, const struct index_entry *entry)
{
	struct source_fetch *fetch = xcalloc(1, sizeof *fetch);

	fetch->sources = sources;
	fetch->fd = -1;
	fetch->local = source->local && !strstr(entry->url, "://");
	fetch->url = fetch->local ? path_beside(source->name, entry->url) : xstrdup(entry->url);
	fetch->image = entry->image;
	(void)text_copy(fetch->sha3_256, sizeof fetch->sha3_256, entry->sha3_256);
	set_hosts(fetch, source);
	fetch->next = sources->fetches;
	sources->fetches = fetch;
	submit(fetch, run_open, done_open);
	return fetch;
}

static struct source_fetch *find(struct sources *sources, const struct index_entry *entry)
{
	for (struct source_fetch *f = sources->fetches; f; f = f->next)
		if (!strcmp(f->image.file_sha512, entry->image.file_sha512) &&
			!strcmp(f->sha3_256, entry->sha3_256))
			return f;
	return NULL;
}

void sources_fetch(void *owner, const struct index_entry *entry,
	void (*done)(void *arg, const struct err *e, const struct image *image), void *arg)
{
	struct sources *sources = owner;
	const struct source *source = source_of(sources, entry);
	struct source_fetch *fetch = find(sources, entry);
	struct source_waiter *waiter = xcalloc(1, sizeof *waiter);

	assert(source && "an entry of the catalog, in the turn it was found");
	if (!fetch)
		fetch = fetch_new(sources, source, entry);
	*waiter = (struct source_waiter){ fetch->waiters, done, arg };
	fetch->waiters = waiter;
}

void source_fetches_stop(struct sources *sources)
{
	struct err e;

	err_because(&e, ERR_BUSY, "stopping", "the service is stopping");
	for (struct source_fetch *f = sources->fetches; f; f = f->next)
		tell(f, &e, NULL);
}
