#include "ota/image_digest.h"
#include "ota/library_file.h"
#include "ota/sources_private.h"
#include "server/base/alloc.h"
#include "server/base/log.h"
#include "server/base/text.h"
#include "server/http_policy.h"
#include "server/loop.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FIRST_RETRY_MS = 5 * 60 * 1000 };

bool source_host(char out[256], const char *url)
{
	struct http_url where;

	return http_url_read(&where, url, NULL) == OK && text_copy(out, 256, where.host);
}

/* The copy's name is made from the address: two indexes never share one. */
static void name_copy(struct source *source)
{
	char digest[SHA256_TEXT];
	const uint8_t *name = (const uint8_t *)source->name;

	sha256_text(digest, (struct span){ name, strlen(source->name) });
	(void)snprintf(source->copy, sizeof source->copy, "%s/%.16s.json", source->sources->folder,
		digest);
}

static void set_up(struct sources *sources, struct source *source, const char *name)
{
	source->sources = sources;
	source->name = xstrdup(name);
	source->local = source->kind != SOURCE_FILE && !strstr(name, "://");
	sources->n++;
	if (source->local) {
		(void)text_copy(source->copy, sizeof source->copy, name);
		return;
	}
	name_copy(source);
	/* Not a proper address: the first try says so. */
	if (source_host(source->host, name))
		source->hosts[0] = source->host;
}

static void set_up_text(
	struct sources *sources, enum source_kind kind, size_t place, const char *name)
{
	struct source *source = &sources->source[sources->n];

	source->kind = kind;
	source->place = place;
	set_up(sources, source, name);
}

static void set_up_file(
	struct sources *sources, struct source *source, const struct source_file *file)
{
	size_t n;

	source->kind = SOURCE_FILE;
	set_up(sources, source, file->url);
	(void)text_copy(source->sha256, sizeof source->sha256, file->sha256 ? file->sha256 : "");
	(void)text_copy(source->sha512, sizeof source->sha512, file->sha512 ? file->sha512 : "");
	n = source->hosts[0] ? 1 : 0;
	for (size_t i = 0; sources->hosts[i]; i++)
		source->hosts[n++] = sources->hosts[i];
}

static msec next_due(const struct sources *sources)
{
	msec first = 0;

	for (size_t i = 0; i < sources->n; i++)
		if (!sources->source[i].load && (!first || sources->source[i].due < first))
			first = sources->source[i].due;
	return first;
}

static void set_timer(struct sources *sources)
{
	loop_timer_set(sources->timer, sources->stopped ? 0 : next_due(sources));
}

static void begin_load(struct source *source)
{
	if (source->kind == SOURCE_FILE)
		source_file_begin(source);
	else
		source_load_begin(source);
}

static void on_due(void *owner)
{
	struct sources *sources = owner;
	msec now = loop_now(sources->options.loop);

	for (size_t i = 0; i < sources->n; i++)
		if (!sources->source[i].load && sources->source[i].due <= now)
			begin_load(&sources->source[i]);
	set_timer(sources);
}

enum err_code sources_new(
	struct sources **out, const struct sources_options *options, struct err *e)
{
	enum err_code code = library_folder_prepare(options->folder, e);
	struct sources *sources;

	if (code != OK)
		return code;
	assert(options->n <= CATALOG_INDEXES_MAX && options->n_files <= SOURCE_FILES_MAX &&
		options->n_lists <= RETRACTION_LISTS_MAX);
	sources = xcalloc(1, sizeof *sources);
	sources->source =
		xcalloc(options->n + options->n_files + options->n_lists, sizeof *sources->source);
	sources->options = *options;
	sources->folder = xstrdup(options->folder);
	for (size_t i = 0; options->hosts && options->hosts[i] && i < SOURCE_HOSTS_MAX; i++)
		sources->hosts[i] = xstrdup(options->hosts[i]);
	for (size_t i = 0; i < options->n; i++)
		set_up_text(sources, SOURCE_INDEX, i, options->indexes[i]);
	for (size_t i = 0; i < options->n_files; i++)
		set_up_file(sources, &sources->source[sources->n], &options->files[i]);
	for (size_t i = 0; i < options->n_lists; i++)
		set_up_text(sources, SOURCE_LIST, i, options->lists[i]);
	sources->retractions.denied = options->denied;
	sources->retractions.n_denied = options->n_denied;
	sources->timer = loop_timer_new(options->loop, on_due, sources);
	*out = sources;
	return OK;
}

void sources_start(struct sources *sources)
{
	sources_refresh(sources);
}

void sources_refresh(struct sources *sources)
{
	for (size_t i = 0; i < sources->n; i++)
		sources->source[i].due = loop_now(sources->options.loop);
	set_timer(sources);
}

void sources_stop(struct sources *sources)
{
	if (!sources)
		return;
	sources->stopped = true;
	set_timer(sources);
	source_fetches_stop(sources);
}

void sources_free(struct sources *sources)
{
	if (!sources)
		return;
	assert(sources->stopped);
	catalog_done(&sources->catalog);
	for (size_t i = 0; i < RETRACTION_LISTS_MAX; i++)
		retraction_list_free(sources->retractions.list[i]);
	for (size_t i = 0; i < sources->n; i++) {
		source_load_free(sources->source[i].load);
		free(sources->source[i].name);
	}
	for (size_t i = 0; sources->hosts[i]; i++)
		free(sources->hosts[i]);
	for (struct source_fetch *f = sources->fetches, *next; f; f = next) {
		next = f->next;
		if (f->fd >= 0)
			(void)close(f->fd);
		free(f->url);
		free(f);
	}
	loop_timer_free(sources->timer);
	free(sources->source);
	free(sources->folder);
	free(sources);
}

const struct catalog *sources_catalog(const struct sources *sources)
{
	return &sources->catalog;
}

const struct retractions *sources_retractions(const struct sources *sources)
{
	return &sources->retractions;
}

size_t sources_count(const struct sources *sources)
{
	return sources ? sources->n : 0;
}

void sources_view(const struct sources *sources, size_t i, struct source_view *out)
{
	const struct source *source = &sources->source[i];
	size_t at = source->place;
	const struct index *index =
		source->kind == SOURCE_INDEX ? sources->catalog.index[at] : NULL;
	const struct retraction_list *list =
		source->kind == SOURCE_LIST ? sources->retractions.list[at] : NULL;

	assert(i < sources->n);
	*out = (struct source_view){ .kind = source->kind,
		.name = source->name,
		.entries = index  ? index->n
			   : list ? list->n
				  : 0,
		.skipped = index  ? index->skipped
			   : list ? list->skipped
				  : 0,
		.loaded_at = source->loaded_at,
		.checked_at = source->checked_at,
		.busy = source->load != NULL,
		.err = source->err };
	if (source->kind == SOURCE_FILE)
		out->entries = source_file_image(source) ? 1 : 0;
}

/* After a failure sooner than otherwise, but never in a hurry. */
static msec pause_after(const struct source *source)
{
	msec usual = (msec)source->sources->options.refresh_s * 1000;
	msec soon = (msec)FIRST_RETRY_MS << (source->failures < 8 ? source->failures : 8);

	return source->failures && soon < usual ? soon : usual;
}

void source_put_index(struct source *source, struct index *index)
{
	struct sources *sources = source->sources;

	if (index->skipped)
		log_warn("index=%s skipped=%zu \"%s\"", source->name, index->skipped,
			index->reason.text);
	log_info("index=%s entries=%zu loaded", source->name, index->n);
	catalog_put(&sources->catalog, source->place, index);
	if (sources->options.changed)
		sources->options.changed(sources->options.owner, source->name, index->n);
}

void source_put_list(struct source *source, struct retraction_list *list)
{
	struct sources *sources = source->sources;
	struct retraction_list **place = &sources->retractions.list[source->place];

	if (list->skipped)
		log_warn("retractions=%s skipped=%zu \"%s\"", source->name, list->skipped,
			list->why.text);
	log_info("retractions=%s lines=%zu loaded", source->name, list->n);
	retraction_list_free(*place);
	*place = list;
	if (sources->options.retracted)
		sources->options.retracted(sources->options.owner);
}

void source_loaded(struct source *source, const struct err *e)
{
	static const char *const kinds[] = {
		[SOURCE_INDEX] = "index", [SOURCE_FILE] = "file", [SOURCE_LIST] = "retractions"
	};
	struct loop *loop = source->sources->options.loop;

	source->err = e ? *e : (struct err){ 0 };
	source->failures = e ? source->failures + 1 : 0;
	source->due = loop_now(loop) + pause_after(source);
	if (e)
		log_warn("%s=%.*s reason=%s \"%s\"", kinds[source->kind],
			(int)strcspn(source->name, "?"), source->name, e->reason, e->text);
	else
		source->checked_at = loop_wall(loop);
	set_timer(source->sources);
}
