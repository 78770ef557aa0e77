#include "tests/ota/library_fixture.h"

#include "server/base/alloc.h"
#include "server/base/log.h"
#include "server/worker.h"
#include "tests/ota/make_image.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void fake_store_answer(void *arg)
{
	struct store *store = arg;
	store_done *done = store->done;

	store->done = NULL;
	done(store->owner, store->e.code == OK ? NULL : &store->e, 0, NULL, 0);
}

static void forget(struct store *store, const char *id)
{
	for (size_t i = 0; i < store->n; i++)
		if (!strcmp(store->rows[i].id, id))
			store->rows[i--] = store->rows[--store->n];
}

void store_commit(
	struct store *store, const struct store_change *change, store_done *done, void *owner)
{
	cr_assert(store->done == NULL, "two changes of the library at a time");
	memset(&store->e, 0, sizeof store->e);
	store->done = done;
	store->owner = owner;
	if (store->refuse != OK) {
		err_set(&store->e, store->refuse, "no");
	} else {
		if (change->image)
			store->rows[store->n++] = *change->image;
		if (change->remove_image)
			forget(store, change->remove_image);
	}
	if (!store->hold)
		loop_post(store->loop, fake_store_answer, store);
}

struct library_fixture t;

void reopen_library(void)
{
	struct err e = { 0 };

	library_free(t.library);
	t.library = NULL;
	cr_assert(eq(int,
			  library_new(&t.library, t.folder, t.worker, &t.store, t.store.rows,
				  t.store.n, &e),
			  OK),
		"%s", e.text);
}

void library_begin(void)
{
	log_set_level(LOG_LEVEL_ERROR);
	(void)snprintf(t.dir, sizeof t.dir, "/tmp/lockwright-library-XXXXXX");
	cr_assert(mkdtemp(t.dir) != NULL);
	(void)snprintf(t.folder, sizeof t.folder, "%s/images", t.dir);
	(void)snprintf(t.import, sizeof t.import, "%s/import", t.dir);
	cr_assert(eq(int, mkdir(t.import, 0700), 0));
	t.loop = loop_new();
	t.worker = worker_new(t.loop, "work", NULL);
	t.store.loop = t.loop;
	reopen_library();
}

static void remove_tree(const char *path)
{
	DIR *dir = opendir(path);
	char inner[512];

	for (const struct dirent *entry; dir && (entry = readdir(dir)) != NULL;)
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
			(void)snprintf(inner, sizeof inner, "%s/%s", path, entry->d_name);
			if (unlink(inner))
				remove_tree(inner);
		}
	if (dir)
		(void)closedir(dir);
	(void)rmdir(path);
}

void library_end(void)
{
	library_free(t.library);
	worker_free(t.worker);
	loop_free(t.loop);
	remove_tree(t.dir);
}

TestSuite(library, .init = library_begin, .fini = library_end, .timeout = 20);

static void told(struct answer *a, const struct err *e)
{
	cr_assert(not(a->done), "called twice");
	a->done = true;
	a->code = e ? e->code : OK;
	if (e)
		memcpy(a->reason, e->reason, sizeof a->reason);
}

void on_added(void *owner, const struct err *e, const struct image *image)
{
	struct answer *a = owner;

	told(a, e);
	cr_assert(eq(int, !e, image != NULL));
	if (image)
		memcpy(a->id, image->id, sizeof a->id);
}

void on_removed(void *owner, const struct err *e)
{
	told(owner, e);
}

void on_loaded(void *owner, const struct err *e, uint8_t *bytes, size_t size)
{
	struct answer *a = owner;

	told(a, e);
	a->bytes = bytes;
	a->size = size;
}

void on_imported(void *owner, size_t added, size_t refused)
{
	struct answer *a = owner;

	told(a, NULL);
	a->added = added;
	a->refused = refused;
}

void on_resumed(void *owner)
{
	((struct answer *)owner)->resumed++;
}

void settle(void)
{
	loop_run_for(t.loop, 10);
}

size_t lock_image(uint8_t *out, uint32_t version, const char *content)
{
	uint8_t body[512];
	struct made_image m = {
		.manufacturer = 0x115C, .type = 4, .version = version, .string = "A lock"
	};

	m.body = (struct span){ body,
		make_element(body, 0, (struct span){ (const uint8_t *)content, strlen(content) }) };
	return make_image(out, &m);
}

struct answer upload_bytes(const uint8_t *data, size_t n, const char *name)
{
	struct answer a = { 0 };
	struct library_upload *up = library_upload_begin(t.library, name, on_resumed, &a);
	struct err e;

	for (size_t at = 0; at < n;) {
		size_t took = 0;

		if (library_upload_chunk(up, data + at, n - at, &took, &e) != OK)
			break;
		at += took;
		if (at < n)
			settle();
	}
	library_upload_end(up, on_added, &a);
	cr_assert(not(a.done), "the answer came from inside the call");
	settle();
	cr_assert(a.done);
	return a;
}

struct answer upload(uint32_t version, const char *content)
{
	uint8_t bytes[MADE_MAX];

	return upload_bytes(bytes, lock_image(bytes, version, content), "/path/lock.ota");
}

struct answer load(const char *id)
{
	struct answer a = { 0 };

	library_load(t.library, id, on_loaded, &a);
	cr_assert(not(a.done));
	settle();
	cr_assert(a.done);
	return a;
}

size_t files_in(const char *path)
{
	DIR *dir = opendir(path);
	size_t n = 0;

	cr_assert(dir != NULL);
	for (const struct dirent *entry; (entry = readdir(dir)) != NULL;)
		n += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
	(void)closedir(dir);
	return n;
}

void put_file(const char *folder, const char *name, const void *data, size_t n)
{
	char path[512];
	FILE *out;

	(void)snprintf(path, sizeof path, "%s/%s", folder, name);
	out = fopen(path, "wb");
	cr_assert(out != NULL);
	cr_assert(eq(sz, fwrite(data, 1, n, out), n));
	(void)fclose(out);
}

void put_image(const char *folder, const char *name, uint32_t version, const char *content)
{
	uint8_t bytes[MADE_MAX];

	put_file(folder, name, bytes, lock_image(bytes, version, content));
}

struct answer import_folder(const char *folder)
{
	struct answer a = { 0 };

	library_import_folder(t.library, folder, on_imported, &a);
	loop_run_for(t.loop, 100);
	cr_assert(a.done);
	return a;
}
