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
