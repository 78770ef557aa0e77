#include "ota/image_digest.h"
#include "ota/library.h"
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

Test(library, a_refused_commit_is_told_and_the_copy_removed)
{
	struct answer a;

	t.store.refuse = ERR_NO_SPACE;
	a = upload(7, "one");
	cr_assert(eq(int, a.code, ERR_NO_SPACE));
	cr_assert(eq(sz, library_count(t.library), 0));
	cr_assert(eq(sz, files_in(t.folder), 0));
}
