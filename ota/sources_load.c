#include "ota/image_digest.h"
#include "ota/library_file.h"
#include "ota/sources_private.h"
#include "server/base/alloc.h"
#include "server/base/text.h"
#include "server/http_client.h"
#include "server/loop.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PIECE = 32 * 1024 };

/* One index: the offline copy (work, only the first time), the address (net), what came into a file
 * (net), read (work), kept (work). A path is only read. */

struct source_load *source_load_of(struct work *work)
{
	return (struct source_load *)(void *)((char *)work - offsetof(struct source_load, work));
}

void source_load_submit(
	struct source_load *load, void (*run)(struct work *), void (*done)(struct work *))
{
	load->work = (struct work){ .run = run, .done = done };
	worker_submit(load->source->sources->options.work, &load->work);
}

void source_load_free(struct source_load *load)
{
	if (!load)
		return;
	index_free(load->index);
	retraction_list_free(load->list);
	if (load->fd >= 0)
		(void)close(load->fd);
	if (load->path[0])
		(void)unlink(load->path); /* else removed at the next start */
	free(load);
}

static void finish(struct source_load *load)
{
	struct source *source = load->source;
	bool good = load->e.code == OK, same = !strcmp(load->digest, source->digest);

	source->load = NULL;
	if (good && (load->index || load->list)) {
		(void)text_copy(source->etag, sizeof source->etag, load->etag);
		(void)text_copy(source->digest, sizeof source->digest, load->digest);
		if (!same)
			source->loaded_at = loop_wall(source->sources->options.loop);
	}
	source_loaded(source, good ? NULL : &load->e);
	if (good && !same && load->index)
		source_put_index(source, TAKE(load->index));
	if (good && !same && load->list)
		source_put_list(source, TAKE(load->list));
	source_load_free(load);
}

/* --- on the work thread --- */

static enum err_code feed(struct source_load *load, struct index_reader *reader, int fd)
{
	uint8_t piece[PIECE];
	struct digest *digest = digest_new();
	enum err_code code = OK;
	size_t all = 0;
	ssize_t n;

	while (code == OK && (n = pread(fd, piece, sizeof piece, (off_t)all)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			code = err_set(&load->e, ERR_IO, "reading it: %s", strerror(errno));
			break;
		}
		all += (size_t)n;
		if (all > SOURCE_INDEX_MAX)
			code = err_because(&load->e, ERR_TOO_LARGE, "index_too_large",
				"it has more than %d MiB", SOURCE_INDEX_MAX >> 20);
		digest_add(digest, (struct span){ piece, (size_t)n });
		if (code == OK)
			code = index_reader_feed(
				reader, (struct span){ piece, (size_t)n }, &load->e);
	}
	digest_end(digest, load->digest);
	return code;
}

static void read_list(struct source_load *load, int fd)
{
	uint8_t *text = xcalloc(1, RETRACTION_LIST_MAX + 1);
	size_t n = 0;
	ssize_t got;

	while (n <= RETRACTION_LIST_MAX &&
		(got = pread(fd, text + n, RETRACTION_LIST_MAX + 1 - n, (off_t)n)) != 0) {
		if (got < 0 && errno != EINTR) {
			err_set(&load->e, ERR_IO, "reading it: %s", strerror(errno));
			break;
		}
		n += got > 0 ? (size_t)got : 0;
	}
	sha256_text(load->digest, (struct span){ text, n });
	if (load->e.code == OK)
		(void)!retraction_list_read(&load->list, (struct span){ text, n },
			load->source->local, &load->e); /* the error is in load */
	free(text);
}

/* Of which no entry makes sense is another form, not an index of nothing. */
static void read_index(struct source_load *load, int fd)
{
	struct index_reader *reader = index_reader_new(load->source->local);

	if (feed(load, reader, fd) == OK)
		(void)!index_reader_end(reader, &load->index, &load->e); /* the error is in load */
	if (load->index && !load->index->n && load->index->skipped)
		load->e = load->index->reason;
	index_reader_free(reader);
}

static void read_it(struct source_load *load, int fd)
{
	if (load->source->kind == SOURCE_LIST)
		read_list(load, fd);
	else
		read_index(load, fd);
}

static void tag_path(const struct source *source, char out[PATH_MAX])
{
	(void)snprintf(out, PATH_MAX, "%.*s.etag", PATH_MAX - 8, source->copy);
}

static void read_line(char *out, size_t max, FILE *file)
{
	char line[SHA512_TEXT + 2];

	if (!fgets(line, sizeof line, file))
		line[0] = '\0';
	line[strcspn(line, "\r\n")] = '\0';
	if (!text_copy(out, max, line))
		out[0] = '\0';
}

void source_tag_read(struct source_load *load)
{
	char path[PATH_MAX];
	struct stat st = { 0 };
	FILE *file;

	tag_path(load->source, path);
	file = fopen(path, "re");
	if (!file)
		return;
	read_line(load->etag, sizeof load->etag, file);
	read_line(load->came, sizeof load->came, file);
	if (load->source->kind == SOURCE_FILE && !fstat(fileno(file), &st))
		load->loaded_at = (int64_t)st.st_mtim.tv_sec * 1000;
	(void)fclose(file); /* only read from */
}

static void run_copy(struct work *work)
{
	struct source_load *load = source_load_of(work);
	struct stat st = { 0 };
	int fd;

	if (library_file_open(&fd, load->source->copy, false, &load->e) != OK)
		return;
	if (!fstat(fd, &st))
		load->loaded_at = (int64_t)st.st_mtim.tv_sec * 1000;
	read_it(load, fd);
	(void)close(fd);
	if (load->e.code == OK && !load->source->local)
		source_tag_read(load);
}

static void run_open(struct work *work)
{
	struct source_load *load = source_load_of(work);

	load->fd = library_file_incoming(load->path, load->source->sources->folder);
	if (load->fd < 0) {
		load->path[0] = '\0';
		(void)library_file_failed(&load->e, "making a file for the index");
	}
}

enum err_code source_tag_write(const struct source_load *load, struct err *e)
{
	char path[PATH_MAX], incoming[PATH_MAX], text[SOURCE_ETAG_SIZE + SHA512_TEXT + 2];
	int fd = library_file_incoming(incoming, load->source->sources->folder);
	int n = snprintf(
		text, sizeof text, load->came[0] ? "%s\n%s\n" : "%s%s", load->etag, load->came);
	struct span tag = { (const uint8_t *)text, (size_t)n };
	enum err_code code;

	if (fd < 0)
		return library_file_failed(e, "making a file for the tag of the index");
	tag_path(load->source, path);
	code = library_file_write(fd, tag, e);
	if (close(fd) && code == OK)
		code = library_file_failed(e, "writing the tag of the index");
	if (code == OK && rename(incoming, path))
		code = library_file_failed(e, "naming the tag of the index");
	if (code != OK)
		(void)unlink(incoming);
	return code;
}

/* First the index, then its tag: an old tag with a new index costs one download; a new tag with an
 * old index would keep it for ever. */
static void run_keep(struct work *work)
{
	struct source_load *load = source_load_of(work);

	read_it(load, load->fd);
	if (load->e.code != OK)
		return;
	if (fsync(load->fd) || rename(load->path, load->source->copy))
		(void)library_file_failed(&load->e, "keeping the index");
	else
		load->path[0] = '\0';
	if (load->e.code == OK)
		(void)!source_tag_write(load, &load->e); /* the error is in load */
}

static void done_keep(struct work *work)
{
	finish(source_load_of(work));
}

/* --- in the loop --- */

static void on_answer(void *owner, const struct http_result *result)
{
	struct source_load *load = owner;

	load->e = result->err;
	if (load->e.code == OK && result->status != 200 &&
		(result->status != 304 || !load->source->digest[0]))
		err_because(&load->e, ERR_IO, "firmware_server", "the server answered %u",
			result->status);
	if (load->e.code != OK || result->status == 304) {
		finish(load);
		return;
	}
	(void)text_copy(load->etag, sizeof load->etag, result->etag);
	source_load_submit(load, run_keep, done_keep);
}

static void done_open(struct work *work)
{
	struct source_load *load = source_load_of(work);
	struct source *source = load->source;
	struct http_call_options call = { .url = source->name,
		.hosts = source->hosts,
		.etag = source->etag,
		.fd = load->fd,
		.max_size = source->kind == SOURCE_LIST ? RETRACTION_LIST_MAX : SOURCE_INDEX_MAX };

	if (source->sources->stopped)
		err_set(&load->e, ERR_BUSY, "the service is stopping");
	if (load->e.code != OK)
		finish(load);
	else
		(void)http_client_call(source->sources->options.http, &call, on_answer, load);
}

struct source_load *source_load_new(struct source *source)
{
	struct source_load *load = xcalloc(1, sizeof *load);

	load->source = source;
	load->fd = -1;
	source->load = load;
	return load;
}

/* Whether the copy is any good shows in what is asked for next. */
static void done_copy(struct work *work)
{
	struct source_load *load = source_load_of(work);
	struct source *source = load->source;
	int64_t at = load->loaded_at;

	if (load->e.code != OK)
		load->e = (struct err){ 0 };
	finish(load);
	if (source->digest[0])
		source->loaded_at = at;
	source->checked_at = 0;
	if (!source->sources->stopped)
		source_load_begin(source);
}

void source_load_begin(struct source *source)
{
	struct source_load *load = source_load_new(source);
	bool first = !source->asked;

	source->asked = true;
	if (source->local)
		source_load_submit(load, run_copy, done_keep);
	else if (first)
		source_load_submit(load, run_copy, done_copy);
	else
		source_load_submit(load, run_open, done_open);
}
