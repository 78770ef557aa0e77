#include "server/secret_file.h"

#include "tests/support/temp_dir.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void path_in(char out[TEMP_PATH + 16], const char *dir, const char *name)
{
	(void)snprintf(out, TEMP_PATH + 16, "%s/%s", dir, name);
}

Test(secret_file, is_written_whole_and_read_back)
{
	char dir[TEMP_PATH], path[TEMP_PATH + 16], text[32];
	struct stat info;
	struct err e = { 0 };

	temp_dir_make(dir);
	path_in(path, dir, "secret");
	cr_assert(eq(int, secret_file_read(text, sizeof text, path, &e), ERR_NOT_FOUND));
	cr_assert(eq(int, secret_file_write(path, "one\n", &e), OK), "%s", e.text);
	cr_assert(eq(int, secret_file_write(path, "two\n", &e), OK), "%s", e.text);
	cr_assert(eq(int, secret_file_read(text, sizeof text, path, &e), OK), "%s", e.text);
	cr_assert(eq(str, text, "two\n"));
	cr_assert(zero(int, stat(path, &info)));
	cr_assert(eq(int, (int)(info.st_mode & 0777), 0600));
	temp_dir_remove(dir);
}

Test(secret_file, is_not_read_when_longer_than_it_may_be)
{
	char dir[TEMP_PATH], path[TEMP_PATH + 16], text[4] = "old";
	struct err e = { 0 };

	temp_dir_make(dir);
	path_in(path, dir, "secret");
	cr_assert(eq(int, secret_file_write(path, "1234", &e), OK));
	cr_assert(eq(int, secret_file_read(text, sizeof text, path, &e), ERR_INVALID));
	cr_assert(eq(int, secret_file_write(path, "123", &e), OK));
	cr_assert(eq(int, secret_file_read(text, sizeof text, path, &e), OK));
	cr_assert(eq(str, text, "123"));
	temp_dir_remove(dir);
}

Test(secret_file, follows_no_link_and_leaves_the_old_one_when_it_cannot)
{
	char dir[TEMP_PATH], path[TEMP_PATH + 16], other[TEMP_PATH + 16], part[TEMP_PATH + 16],
		text[32];
	struct err e = { 0 };

	temp_dir_make(dir);
	path_in(path, dir, "secret");
	path_in(other, dir, "other");
	path_in(part, dir, "secret.part");
	cr_assert(eq(int, secret_file_write(other, "theirs", &e), OK));
	cr_assert(zero(int, symlink(other, path)));
	cr_assert(ne(int, secret_file_read(text, sizeof text, path, &e), OK));
	cr_assert(zero(int, unlink(path)));
	cr_assert(eq(int, secret_file_write(path, "old", &e), OK));
	cr_assert(zero(int, mkdir(part, 0700)));
	cr_assert(eq(int, secret_file_write(path, "new", &e), ERR_IO));
	cr_assert(eq(int, secret_file_read(text, sizeof text, path, &e), OK));
	cr_assert(eq(str, text, "old"));
	cr_assert(zero(int, rmdir(part)));
	temp_dir_remove(dir);
}
