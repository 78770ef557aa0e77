#include "ota/image_digest.h"
#include "ota/library.h"
#include "ota/library_file.h"
#include "ota/sources_private.h"
#include "server/base/alloc.h"
#include "server/base/text.h"
#include "server/http_client.h"
#include "server/loop.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FILE_TIMEOUT_S = 300 };

/* A file of the configuration: what is known of it (work, only the first time), a place for it
 * (work), the address (net), is it what it must be (work), the library, what it was (work). It is
 * not asked for while it is pinned and here. */

static bool is_pinned(const struct source *source, const struct image *image)
{
	bool pinned = source->sha256[0] || source->sha512[0];

	if (source->sha256[0] && strcmp(source->sha256, image->file_sha256) != 0)
		return false;
	if (source->sha512[0] && strcmp(source->sha512, image->file_sha512) != 0)
		return false;
	return pinned || (source->came[0] && strcmp(source->came, image->file_sha512) == 0);
}

const struct image *source_file_image(const struct source *source)
{
	const struct library *library = source->sources->options.library;

	for (size_t i = 0; i < library_count(library); i++)
		if (is_pinned(source, library_at(library, i)))
			return library_at(library, i);
	return NULL;
}

static void finish(struct source_load *load)
{
	struct source *source = load->source;

	source->load = NULL;
	source_loaded(source, load->e.code ? &load->e : NULL);
	source_load_free(load);
}

static void done_finish(struct work *work)
{
	finish(source_load_of(work));
}

/* --- is it what it must be? --- */

static void check_digests(struct source_load *load, struct span file)
{
	const struct source *source = load->source;
	char found[SHA256_TEXT];

	sha512_text(load->came, file);
	sha256_text(found, file);
	if ((source->sha256[0] && strcmp(source->sha256, found) != 0) ||
		(source->sha512[0] && strcmp(source->sha512, load->came) != 0))
		err_because(&load->e, ERR_INTEGRITY, "firmware_digest",
			"SHA-256 %.12s..., SHA-512 %.12s...: the configuration says another one",
			found, load->came);
}

static void run_check(struct work *work)
{
	struct source_load *load = source_load_of(work);
	struct image_file found;
	uint8_t *bytes;
	size_t size;

	if (library_file_read(&bytes, &size, load->fd, &load->e) != OK)
		return;
	check_digests(load, (struct span){ bytes, size });
	if (load->e.code == OK)
		(void)!image_file_read(&found, (struct span){ bytes, size }, &load->e);
	free(bytes);
}

static void run_keep(struct work *work)
{
	struct source_load *load = source_load_of(work);

	(void)!source_tag_write(load, &load->e); /* the error is in load */
}

static void added(void *owner, const struct err *e, const struct image *image, bool known)
{
	struct source_load *load = owner;
	struct source *source = load->source;
	struct sources_options *options = &source->sources->options;

	if (e)
		load->e = *e;
	if (e || source->sources->stopped) {
		finish(load);
		return;
	}
	(void)text_copy(source->came, sizeof source->came, load->came);
	(void)text_copy(source->etag, sizeof source->etag, load->etag);
	source->loaded_at = loop_wall(options->loop);
	if (!known && options->added)
		options->added(options->owner, image);
	source_load_submit(load, run_keep, done_finish);
}

/* The last part of the path; what comes after it is no name. */
static void name_of(char out[IMAGE_NAME_SIZE], const char *url)
{
	char *path = xstrdup(url);

	path[strcspn(path, "?#")] = '\0';
	image_name(out, path);
	free(path);
}

static void done_check(struct work *work)
{
	struct source_load *load = source_load_of(work);
	const struct source *source = load->source;
	struct library_adding adding = { .source = "url", .done = added, .owner = load };

	if (load->e.code != OK || source->sources->stopped) {
		finish(load);
		return;
	}
	adding.fd = load->fd;
	load->fd = -1; /* the library closes it */
	name_of(adding.name, source->name);
	library_add(source->sources->options.library, &adding);
}

/* --- getting it --- */

static void on_answer(void *owner, const struct http_result *result)
{
	struct source_load *load = owner;

	load->e = result->err;
	if (load->e.code == OK && (result->status == 404 || result->status == 410))
		err_because(
			&load->e, ERR_NOT_FOUND, "firmware_gone", "the server has no such file");
	else if (load->e.code == OK && result->status != 200 && result->status != 304)
		err_because(&load->e, ERR_IO, "firmware_server", "the server answered %u",
			result->status);
	if (load->e.code != OK || result->status == 304) {
		finish(load);
		return;
	}
	(void)text_copy(load->etag, sizeof load->etag, result->etag);
	source_load_submit(load, run_check, done_check);
}

static void run_open(struct work *work)
{
	struct source_load *load = source_load_of(work);

	(void)!library_file_spool(&load->fd, load->source->sources->folder, &load->e);
}

static void done_open(struct work *work)
{
	struct source_load *load = source_load_of(work);
	struct source *source = load->source;
	struct http_call_options call = { .url = source->name,
		.hosts = source->hosts,
		.fd = load->fd,
		.max_size = IMAGE_FILE_MAX,
		.timeout_s = FILE_TIMEOUT_S };

	/* Deleted meanwhile: it has to come as a whole. */
	if (source_file_image(source))
		call.etag = source->etag;
	if (source->sources->stopped)
		err_set(&load->e, ERR_BUSY, "the service is stopping");
	if (load->e.code != OK)
		finish(load);
	else
		(void)http_client_call(source->sources->options.http, &call, on_answer, load);
}

static void ask(struct source_load *load)
{
	const struct source *source = load->source;

	if ((source->sha256[0] || source->sha512[0]) && source_file_image(source))
		finish(load);
	else
		source_load_submit(load, run_open, done_open);
}

static void run_recall(struct work *work)
{
	source_tag_read(source_load_of(work));
}

static void done_recall(struct work *work)
{
	struct source_load *load = source_load_of(work);
	struct source *source = load->source;

	(void)text_copy(source->etag, sizeof source->etag, load->etag);
	(void)text_copy(source->came, sizeof source->came, load->came);
	if (source_file_image(source))
		source->loaded_at = load->loaded_at;
	load->etag[0] = load->came[0] = '\0';
	if (source->sources->stopped)
		finish(load);
	else
		ask(load);
}

void source_file_begin(struct source *source)
{
	struct source_load *load = source_load_new(source);
	bool first = !source->asked;

	source->asked = true;
	if (first)
		source_load_submit(load, run_recall, done_recall);
	else
		ask(load);
}
