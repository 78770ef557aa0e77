#include "ota/library.h"

#include "ota/image_digest.h"
#include "server/base/alloc.h"
#include "server/worker.h"
#include "tests/ota/library_fixture.h"
#include "tests/ota/make_image.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

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
	reopen_library();
	cr_assert(eq(sz, library_count(t.library), 2));
	cr_assert(eq(str, (char *)library_at(t.library, 0)->id, b.id));
	cr_assert(eq(str, (char *)library_at(t.library, 1)->id, a.id));
	a = load(a.id);
	cr_assert(eq(int, a.code, OK));
	free(a.bytes);
}

Test(library, leftovers_of_an_interrupted_run_are_removed_at_the_start)
{
	struct answer a = upload(7, "one");

	put_file(t.folder, ".incoming-abc123", "half", 4);
	reopen_library();
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
	reopen_library();
	cr_assert(library_find(t.library, a.id) != NULL);
	b = load(a.id);
	cr_assert(eq(int, b.code, ERR_NOT_FOUND));
	cr_assert(eq(str, b.reason, "image_missing"));
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
	fake_store_answer(&t.store);
	cr_assert(not(a.done || b.done));
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
	cr_assert(lt(i64, 0, image->added_at));
	(void)snprintf(path, sizeof path, "%s/%s", t.folder, a.id);
	cr_assert(eq(int, stat(path, &st), 0));
	cr_assert(eq(int, st.st_mode & 0777, 0600));
	cr_assert(eq(int, stat(t.folder, &st), 0));
	cr_assert(eq(int, st.st_mode & 0777, 0700));
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
