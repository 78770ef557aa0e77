#include "ota/library.h"

#include "ota/image_digest.h"
#include "ota/store.h"
#include "server/base/alloc.h"
#include "server/base/log.h"
#include "server/worker.h"
#include "tests/ota/make_image.h"
#include "tests/support/loop_virtual.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

/* What the library needs of a store: rows that come and go, one commit at a time, later. */
struct store {
	struct loop *loop;
	struct image rows[16];
	size_t n;
	enum err_code refuse;
	bool hold; /* the test gives the answers */
	store_done *done;
	void *owner;
	struct err e;
};

static void answer(void *arg)
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
		loop_post(store->loop, answer, store);
}

static struct {
	struct loop *loop;
	struct worker *worker;
	struct store store;
	struct library *library;
	char dir[64], folder[80], import[80];
} t;

static void reopen(void)
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

static void begin(void)
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
	reopen();
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

static void end(void)
{
	library_free(t.library);
	worker_free(t.worker);
	loop_free(t.loop);
	remove_tree(t.dir);
}

TestSuite(library, .init = begin, .fini = end, .timeout = 20);

/* What a done() said. */
struct answer {
	bool done;
	enum err_code code;
	char reason[40];
	char id[SHA256_TEXT];
	uint8_t *bytes;
	size_t size, added, refused;
	unsigned resumed;
};

static void told(struct answer *a, const struct err *e)
{
	cr_assert(not(a->done), "called twice");
	a->done = true;
	a->code = e ? e->code : OK;
	if (e)
		memcpy(a->reason, e->reason, sizeof a->reason);
}

static void on_added(void *owner, const struct err *e, const struct image *image)
{
	struct answer *a = owner;

	told(a, e);
	cr_assert(eq(int, !e, image != NULL));
	if (image)
		memcpy(a->id, image->id, sizeof a->id);
}

static void on_removed(void *owner, const struct err *e)
{
	told(owner, e);
}

static void on_loaded(void *owner, const struct err *e, uint8_t *bytes, size_t size)
{
	struct answer *a = owner;

	told(a, e);
	a->bytes = bytes;
	a->size = size;
}

static void on_imported(void *owner, size_t added, size_t refused)
{
	struct answer *a = owner;

	told(a, NULL);
	a->added = added;
	a->refused = refused;
}

static void on_resumed(void *owner)
{
	((struct answer *)owner)->resumed++;
}

static void settle(void)
{
	loop_run_for(t.loop, 10);
}

static size_t lock_image(uint8_t *out, uint32_t version, const char *content)
{
	uint8_t body[512];
	struct made_image m = {
		.manufacturer = 0x115C, .type = 4, .version = version, .string = "A lock"
	};

	m.body = (struct span){ body,
		make_element(body, 0, (struct span){ (const uint8_t *)content, strlen(content) }) };
	return make_image(out, &m);
}

static struct answer upload_bytes(const uint8_t *data, size_t n, const char *name)
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

static struct answer upload(uint32_t version, const char *content)
{
	uint8_t bytes[MADE_MAX];

	return upload_bytes(bytes, lock_image(bytes, version, content), "/path/lock.ota");
}

static struct answer load(const char *id)
{
	struct answer a = { 0 };

	library_load(t.library, id, on_loaded, &a);
	cr_assert(not(a.done));
	settle();
	cr_assert(a.done);
	return a;
}

static size_t files_in(const char *path)
{
	DIR *dir = opendir(path);
	size_t n = 0;

	cr_assert(dir != NULL);
	for (const struct dirent *entry; (entry = readdir(dir)) != NULL;)
		n += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
	(void)closedir(dir);
	return n;
}

static void put_file(const char *folder, const char *name, const void *data, size_t n)
{
	char path[512];
	FILE *out;

	(void)snprintf(path, sizeof path, "%s/%s", folder, name);
	out = fopen(path, "wb");
	cr_assert(out != NULL);
	cr_assert(eq(sz, fwrite(data, 1, n, out), n));
	(void)fclose(out);
}

static void put_image(const char *folder, const char *name, uint32_t version, const char *content)
{
	uint8_t bytes[MADE_MAX];

	put_file(folder, name, bytes, lock_image(bytes, version, content));
}

static struct answer import_folder(const char *folder)
{
	struct answer a = { 0 };

	library_import_folder(t.library, folder, on_imported, &a);
	loop_run_for(t.loop, 100);
	cr_assert(a.done);
	return a;
}

Test(library, an_uploaded_image_is_a_row_and_a_private_copy)
{
	struct answer a = upload(7, "one");
	const struct image *image = library_find(t.library, a.id);
	char path[256];
	struct stat st;

	cr_assert(eq(int, a.code, OK));
	cr_assert(image != NULL);
	cr_assert(eq(sz, library_count(t.library), 1));
	cr_assert(eq(sz, t.store.n, 1));
	cr_assert(eq(str, (char *)image->name, "lock.ota"));
	cr_assert(eq(str, (char *)image->source, "upload"));
	cr_assert(gt(i64, image->added_at, 0));
	(void)snprintf(path, sizeof path, "%s/%s", t.folder, a.id);
	cr_assert(eq(int, stat(path, &st), 0));
	cr_assert(eq(int, st.st_mode & 0777, 0600));
	cr_assert(eq(int, stat(t.folder, &st), 0));
	cr_assert(eq(int, st.st_mode & 0777, 0700));
	cr_assert(eq(sz, files_in(t.folder), 1));
}

Test(library, the_copy_is_the_raw_image_without_its_wrapper)
{
	uint8_t bytes[MADE_MAX] = "wrap";
	size_t n = lock_image(bytes + 4, 7, "one");
	struct answer a, b;

	memcpy(bytes + 4 + n, "tail", 4);
	a = upload_bytes(bytes, n + 8, "x");
	cr_assert(eq(int, a.code, OK));
	b = load(a.id);
	cr_assert(eq(int, b.code, OK));
	cr_assert(eq(sz, b.size, n));
	cr_assert(eq(int, memcmp(b.bytes, bytes + 4, n), 0));
	free(b.bytes);
}

Test(library, rows_survive_a_restart_newest_first)
{
	struct answer a = upload(7, "one"), b;

	usleep(2000); /* added_at is in milliseconds of the real clock */
	b = upload(8, "two");
	reopen();
	cr_assert(eq(sz, library_count(t.library), 2));
	cr_assert(eq(str, (char *)library_at(t.library, 0)->id, b.id));
	cr_assert(eq(str, (char *)library_at(t.library, 1)->id, a.id));
	a = load(a.id);
	cr_assert(eq(int, a.code, OK));
	free(a.bytes);
}

Test(library, uploading_a_known_image_yields_it_and_mends_its_copy)
{
	struct answer a = upload(7, "one"), b;

	put_file(t.folder, a.id, "rotten", 6);
	b = load(a.id);
	cr_assert(eq(int, b.code, ERR_INTEGRITY));
	cr_assert(b.bytes == NULL);
	b = upload(7, "one");
	cr_assert(eq(int, b.code, OK));
	cr_assert(eq(str, a.id, b.id));
	cr_assert(eq(sz, library_count(t.library), 1));
	b = load(a.id);
	cr_assert(eq(int, b.code, OK));
	free(b.bytes);
}

Test(library, same_version_with_other_bytes_is_a_conflict_and_leaves_nothing)
{
	struct answer a = upload(7, "one"), b = upload(7, "two");

	cr_assert(eq(int, a.code, OK));
	cr_assert(eq(int, b.code, ERR_CONFLICT));
	cr_assert(eq(str, b.reason, "digest_changed"));
	cr_assert(eq(sz, library_count(t.library), 1));
	cr_assert(eq(sz, files_in(t.folder), 1));
}

Test(library, conflicting_uploads_at_the_same_time_do_not_both_win)
{
	uint8_t one[MADE_MAX], two[MADE_MAX];
	size_t n = lock_image(one, 7, "one"), m = lock_image(two, 7, "two"), took;
	struct answer a = { 0 }, b = { 0 };
	struct library_upload *up = library_upload_begin(t.library, "a", on_resumed, &a);
	struct library_upload *vp = library_upload_begin(t.library, "b", on_resumed, &b);

	cr_assert(eq(int, library_upload_chunk(up, one, n, &took, NULL), OK));
	cr_assert(eq(int, library_upload_chunk(vp, two, m, &took, NULL), OK));
	library_upload_end(up, on_added, &a);
	library_upload_end(vp, on_added, &b);
	settle();
	cr_assert(eq(int, a.code, OK));
	cr_assert(eq(int, b.code, ERR_CONFLICT));
	cr_assert(eq(sz, t.store.n, 1));
}

Test(library, what_is_no_image_is_refused_with_its_reason)
{
	struct answer a = upload_bytes((const uint8_t *)"hello", 5, "x");

	cr_assert(eq(int, a.code, ERR_INTEGRITY));
	cr_assert(eq(str, a.reason, "image_too_small"));
	a = upload_bytes((const uint8_t *)"", 0, "x");
	cr_assert(eq(str, a.reason, "image_too_small"));
	cr_assert(eq(sz, files_in(t.folder), 0));
}

Test(library, a_big_upload_waits_for_the_disk_and_arrives_whole)
{
	size_t n = 3 << 20;
	uint8_t *bytes = xcalloc(1, n);
	struct made_image m = { .manufacturer = 1, .type = 2, .version = 3, .total = (uint32_t)n };
	struct answer a = { 0 };
	struct library_upload *up = library_upload_begin(t.library, "big", on_resumed, &a);
	size_t took, at = 0;
	unsigned waits = 0;
	char text[SHA256_TEXT];

	(void)make_image(bytes, &m);
	for (size_t i = 100; i < n; i++)
		bytes[i] = (uint8_t)(i * 7 + i / 251);
	while (at < n) {
		cr_assert(eq(int, library_upload_chunk(up, bytes + at, n - at, &took, NULL), OK));
		cr_assert(le(sz, took, LIBRARY_PENDING_MAX));
		at += took;
		waits += at < n;
		settle();
		cr_assert(eq(uint, a.resumed, waits), "resumed once for each wait");
	}
	library_upload_end(up, on_added, &a);
	settle();
	cr_assert(eq(int, a.code, OK));
	sha256_text(text, (struct span){ bytes, n });
	cr_assert(eq(str, a.id, text));
	free(bytes);
}

Test(library, more_than_the_maximum_is_refused_while_it_arrives)
{
	struct answer a = { 0 };
	struct library_upload *up = library_upload_begin(t.library, "huge", on_resumed, &a);
	uint8_t *block = xcalloc(1, 1 << 20);
	enum err_code code = OK;
	struct err e = { 0 };
	size_t took, total = 0;

	while (code == OK && total <= IMAGE_FILE_MAX) {
		code = library_upload_chunk(up, block, 1 << 20, &took, &e);
		total += code == OK ? took : 0;
		settle();
	}
	cr_assert(eq(int, code, ERR_TOO_LARGE));
	cr_assert(eq(str, e.reason, "image_too_large"));
	library_upload_end(up, on_added, &a);
	settle();
	cr_assert(a.done);
	cr_assert(eq(int, a.code, ERR_TOO_LARGE));
	cr_assert(eq(sz, files_in(t.folder), 0));
	free(block);
}

Test(library, an_aborted_upload_leaves_nothing_and_says_nothing)
{
	struct answer a = { 0 };
	struct library_upload *up = library_upload_begin(t.library, "x", on_resumed, &a);
	uint8_t bytes[MADE_MAX];
	size_t n = lock_image(bytes, 7, "one"), took;

	cr_assert(eq(int, library_upload_chunk(up, bytes, n, &took, NULL), OK));
	library_upload_abort(up);
	library_upload_abort(library_upload_begin(t.library, "y", on_resumed, &a));
	settle();
	cr_assert(not(a.done));
	cr_assert(eq(sz, library_count(t.library), 0));
	cr_assert(eq(sz, files_in(t.folder), 0));
}

Test(library, too_many_uploads_at_once_are_told_to_come_later)
{
	struct answer a[5] = { 0 };
	struct library_upload *up[5];
	size_t took;

	for (int i = 0; i < 5; i++)
		up[i] = library_upload_begin(t.library, "x", on_resumed, &a[i]);
	for (int i = 0; i < 5; i++)
		cr_assert(eq(int, library_upload_chunk(up[i], (const uint8_t *)"x", 1, &took, NULL),
			i < 4 ? OK : ERR_BUSY));
	for (int i = 0; i < 5; i++)
		library_upload_abort(up[i]);
	settle();
	cr_assert(eq(int, upload(7, "one").code, OK));
}

Test(library, a_full_disk_is_said_and_leaves_nothing)
{
	size_t n = 256 * 1024;
	uint8_t *bytes = xcalloc(1, n);
	struct made_image m = { .manufacturer = 1, .type = 2, .version = 3, .total = (uint32_t)n };
	struct rlimit limit = { 64 * 1024, RLIM_INFINITY };
	struct answer a;

	/* EFBIG stands in for ENOSPC: a test cannot fill a disk. */
	(void)signal(SIGXFSZ, SIG_IGN);
	(void)make_image(bytes, &m);
	cr_assert(eq(int, setrlimit(RLIMIT_FSIZE, &limit), 0));
	a = upload_bytes(bytes, n, "big");
	limit.rlim_cur = RLIM_INFINITY;
	cr_assert(eq(int, setrlimit(RLIMIT_FSIZE, &limit), 0));
	cr_assert(eq(int, a.code, ERR_NO_SPACE));
	cr_assert(eq(sz, files_in(t.folder), 0));
	a = upload_bytes(bytes, n, "big");
	cr_assert(eq(int, a.code, OK));
	free(bytes);
}

Test(library, a_disk_that_fills_up_at_the_copy_leaves_nothing)
{
	size_t n = 256 * 1024;
	uint8_t *bytes = xcalloc(1, n);
	struct made_image m = { .manufacturer = 1, .type = 2, .version = 3, .total = (uint32_t)n };
	struct rlimit limit = { 64 * 1024, RLIM_INFINITY };
	struct answer a;

	(void)signal(SIGXFSZ, SIG_IGN);
	(void)make_image(bytes, &m);
	put_file(t.import, "big.ota", bytes, n);
	cr_assert(eq(int, setrlimit(RLIMIT_FSIZE, &limit), 0));
	a = import_folder(t.import);
	limit.rlim_cur = RLIM_INFINITY;
	cr_assert(eq(int, setrlimit(RLIMIT_FSIZE, &limit), 0));
	cr_assert(eq(sz, a.refused, 1));
	cr_assert(eq(sz, library_count(t.library), 0));
	cr_assert(eq(sz, files_in(t.folder), 0));
	free(bytes);
}

Test(library, a_refused_commit_is_told_and_the_copy_removed)
{
	struct answer a;

	t.store.refuse = ERR_NO_SPACE;
	a = upload(7, "one");
	cr_assert(eq(int, a.code, ERR_NO_SPACE));
	cr_assert(eq(sz, library_count(t.library), 0));
	cr_assert(eq(sz, files_in(t.folder), 0));
}

Test(library, leftovers_of_an_interrupted_run_are_removed_at_the_start)
{
	struct answer a = upload(7, "one");

	put_file(t.folder, ".incoming-abc123", "half", 4);
	reopen();
	cr_assert(eq(sz, files_in(t.folder), 1));
	a = load(a.id);
	cr_assert(eq(int, a.code, OK));
	free(a.bytes);
}

Test(library, removing_takes_row_and_file)
{
	struct answer a = upload(7, "one"), r = { 0 };

	library_remove(t.library, a.id, on_removed, &r);
	cr_assert(not(r.done));
	settle();
	cr_assert(r.done);
	cr_assert(eq(int, r.code, OK));
	cr_assert(eq(sz, library_count(t.library), 0));
	cr_assert(eq(sz, t.store.n, 0));
	cr_assert(eq(sz, files_in(t.folder), 0));
	r = (struct answer){ 0 };
	library_remove(t.library, a.id, on_removed, &r);
	settle();
	cr_assert(eq(int, r.code, ERR_NOT_FOUND));
}

Test(library, a_refused_removal_keeps_row_and_file)
{
	struct answer a = upload(7, "one"), r = { 0 };

	t.store.refuse = ERR_IO;
	library_remove(t.library, a.id, on_removed, &r);
	settle();
	cr_assert(eq(int, r.code, ERR_IO));
	cr_assert(library_find(t.library, a.id) != NULL);
	cr_assert(eq(sz, files_in(t.folder), 1));
}

Test(library, removing_and_uploading_the_same_image_at_once_ends_whole)
{
	struct answer a = upload(7, "one"), r = { 0 }, b = { 0 };
	struct library_upload *up = library_upload_begin(t.library, "x", on_resumed, &b);
	uint8_t bytes[MADE_MAX];
	size_t n = lock_image(bytes, 7, "one"), took;

	cr_assert(eq(int, library_upload_chunk(up, bytes, n, &took, NULL), OK));
	settle();
	library_remove(t.library, a.id, on_removed, &r);
	library_upload_end(up, on_added, &b);
	settle();
	cr_assert(eq(int, r.code, OK));
	cr_assert(eq(int, b.code, OK));
	b = load(a.id);
	cr_assert(eq(int, b.code, OK));
	free(b.bytes);
}

Test(library, unknown_ids_never_become_paths)
{
	struct answer a = load("../../etc/passwd");

	cr_assert(eq(int, a.code, ERR_NOT_FOUND));
	cr_assert(a.bytes == NULL);
}

Test(library, a_row_without_its_file_stays_and_fails_at_load)
{
	struct answer a = upload(7, "one"), b;
	char path[256];

	(void)snprintf(path, sizeof path, "%s/%s", t.folder, a.id);
	cr_assert(eq(int, unlink(path), 0));
	reopen();
	cr_assert(library_find(t.library, a.id) != NULL);
	b = load(a.id);
	cr_assert(eq(int, b.code, ERR_NOT_FOUND));
	cr_assert(eq(str, b.reason, "image_missing"));
}

Test(library, a_folder_is_imported_once)
{
	char sub[128];
	struct answer a;

	(void)snprintf(sub, sizeof sub, "%s/lumi", t.import);
	cr_assert(eq(int, mkdir(sub, 0700), 0));
	put_image(t.import, "a.ota", 1, "a");
	put_image(sub, "b.ota", 2, "b");
	put_image(t.import, "c.ota", 1, "other bytes of the same version");
	put_file(t.import, "README.md", "# nothing here", 14);
	put_image(t.import, ".hidden.ota", 3, "hidden");
	a = import_folder(t.import);
	cr_assert(eq(sz, a.added, 2));
	cr_assert(eq(sz, a.refused, 2));
	cr_assert(eq(sz, library_count(t.library), 2));
	cr_assert(eq(str, (char *)library_at(t.library, 0)->source, "folder"));
	a = import_folder(t.import);
	cr_assert(eq(sz, a.added, 0));
	cr_assert(eq(sz, library_count(t.library), 2));
	cr_assert(eq(sz, files_in(t.folder), 2));
}

static ino_t inode_of_copy(const char *id)
{
	char path[256];
	struct stat st;

	(void)snprintf(path, sizeof path, "%s/%s", t.folder, id);
	cr_assert(eq(int, stat(path, &st), 0));
	return st.st_ino;
}

Test(library, importing_again_writes_no_good_copy_anew)
{
	const struct image *image;
	ino_t before;

	put_image(t.import, "a.ota", 1, "a");
	(void)import_folder(t.import);
	image = library_at(t.library, 0);
	before = inode_of_copy(image->id);
	(void)import_folder(t.import);
	cr_assert(eq(u64, inode_of_copy(image->id), before));
	put_file(t.folder, image->id, "rotten", 6);
	(void)import_folder(t.import);
	cr_assert(ne(u64, inode_of_copy(image->id), before));
}

Test(library, import_follows_no_link_outside_and_waits_for_no_fifo)
{
	char outside[128], link[128], fifo[128];
	struct answer a;

	put_image(t.dir, "secret.ota", 1, "outside");
	put_image(t.import, "real.ota", 2, "inside");
	(void)snprintf(outside, sizeof outside, "%s/secret.ota", t.dir);
	(void)snprintf(link, sizeof link, "%s/link.ota", t.import);
	cr_assert(eq(int, symlink(outside, link), 0));
	(void)snprintf(link, sizeof link, "%s/up", t.import);
	cr_assert(eq(int, symlink("..", link), 0));
	(void)snprintf(link, sizeof link, "%s/again.ota", t.import);
	cr_assert(eq(int, symlink("real.ota", link), 0));
	(void)snprintf(fifo, sizeof fifo, "%s/fifo.ota", t.import);
	cr_assert(eq(int, mkfifo(fifo, 0600), 0));
	a = import_folder(t.import);
	cr_assert(eq(sz, a.added, 1));
	cr_assert(eq(sz, library_count(t.library), 1));
	cr_assert(eq(u32, library_at(t.library, 0)->file_version, 2));
}

Test(library, a_missing_folder_imports_nothing)
{
	struct answer a = import_folder("/nonexistent/firmware");

	cr_assert(eq(sz, a.added, 0));
	cr_assert(eq(sz, a.refused, 0));
}

Test(library, freeing_with_work_under_way_is_silent)
{
	uint8_t bytes[MADE_MAX];
	size_t n = lock_image(bytes, 7, "one"), took;
	struct answer a = { 0 }, b = { 0 }, c = { 0 };
	struct library_upload *up = library_upload_begin(t.library, "x", on_resumed, &a);

	put_image(t.import, "a.ota", 1, "a");
	cr_assert(eq(int, library_upload_chunk(up, bytes, n, &took, NULL), OK));
	library_upload_end(up, on_added, &a);
	library_import_folder(t.library, t.import, on_imported, &b);
	library_load(t.library, "x", on_loaded, &c);
	library_free(t.library);
	t.library = NULL;
	settle();
	cr_assert(not(a.done || b.done || c.done));
}

Test(library, a_commit_that_is_answered_after_the_worker_is_gone_is_harmless)
{
	uint8_t bytes[MADE_MAX];
	size_t n = lock_image(bytes, 7, "one"), took;
	struct answer a = { 0 }, b = { 0 };
	struct library_upload *up = library_upload_begin(t.library, "x", on_resumed, &a);
	struct library_upload *vp = library_upload_begin(t.library, "y", on_resumed, &b);

	cr_assert(eq(int, library_upload_chunk(up, bytes, n, &took, NULL), OK));
	cr_assert(eq(int, library_upload_chunk(vp, bytes, n, &took, NULL), OK));
	library_upload_end(up, on_added, &a);
	library_upload_end(vp, on_added, &b);
	t.store.hold = true;
	settle();
	cr_assert(t.store.done != NULL);
	worker_free(t.worker);
	t.worker = NULL;
	library_free(t.library);
	t.library = NULL;
	answer(&t.store);
	cr_assert(not(a.done || b.done));
}
