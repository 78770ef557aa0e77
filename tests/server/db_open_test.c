#include "tests/server/db_fixture.h"
#include "tests/support/worker_batched.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

TestSuite(db_open, .init = db_setup, .fini = db_teardown, .timeout = 60);

Test(db_open, two_processes_do_not_share_it)
{
	struct err e = { .code = OK };

	open_with(1);
	cr_expect(eq(int, refusal(1, &e), ERR_CONFLICT));
	cr_expect(eq(str, e.reason, "already_running"));
	cr_expect(eq(i64, number("SELECT count(*) FROM t"), 0), "the first one goes on");
}

static void expect_same(const char *file, const uint8_t *was, size_t size)
{
	size_t n = 0;
	uint8_t *now = temp_file_read(file, &n);

	cr_expect(eq(sz, n, size));
	cr_expect(n == size && memcmp(now, was, n) == 0, "%s was touched", file);
	free(now);
}

Test(db_open, a_newer_one_is_refused_and_left_as_it_was)
{
	struct err e = { .code = OK };
	char wal[TEMP_PATH + 32];
	uint8_t *was;
	size_t size;

	open_with(3);
	db_close(db);
	db = NULL;
	was = temp_file_read(path, &size);
	cr_expect(eq(int, refusal(2, &e), ERR_CONFLICT));
	cr_expect(eq(str, e.reason, "database_newer"));
	cr_expect(strstr(e.text, "version 3") != NULL, "%s", e.text);
	expect_same(path, was, size);
	snprintf(wal, sizeof wal, "%s-wal", path);
	cr_expect(ne(int, access(wal, F_OK), 0), "not even a file beside it");
	free(was);
}

Test(db_open, a_newer_one_in_the_log_only_is_refused_and_left_as_it_was)
{
	struct err e = { .code = OK };
	char wal[TEMP_PATH + 32];
	uint8_t *was, *was_wal;
	size_t size, wal_size;
	sqlite3 *sql;

	open_with(1);
	db_close(db);
	db = NULL;
	snprintf(wal, sizeof wal, "%s-wal", path);
	sqlite3_open(path, &sql);
	sqlite3_db_config(sql, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	sqlite3_exec(sql, "PRAGMA user_version=9", NULL, NULL, NULL);
	sqlite3_close(sql);
	was = temp_file_read(path, &size);
	was_wal = temp_file_read(wal, &wal_size);
	cr_assert(was_wal && wal_size > 0);
	cr_expect(eq(int, refusal(2, &e), ERR_CONFLICT));
	cr_expect(eq(str, e.reason, "database_newer"));
	expect_same(path, was, size);
	expect_same(wal, was_wal, wal_size);
	free(was);
	free(was_wal);
}

Test(db_open, a_damaged_one_is_refused_and_left_as_it_was)
{
	struct err e = { .code = OK };
	uint8_t *was;
	size_t size;

	open_with(2);
	for (int i = 0; i < 20; i++)
		number("INSERT INTO t(v) VALUES(hex(randomblob(1000)))");
	db_close(db);
	db = NULL;
	was = temp_file_read(path, &size);
	cr_assert(lt(sz, 5 * 4096, size));
	memset(was + 4096, 0xA5, 3 * 4096);
	cr_assert(temp_file_write(path, was, size));
	cr_expect(eq(int, refusal(2, &e), ERR_IO));
	cr_expect(eq(str, e.reason, "database_damaged"));
	cr_expect(strstr(e.text, ".bak") != NULL, "%s", e.text);
	expect_same(path, was, size);
	free(was);
}

/* A file too big to be read at each start. */
static void make_big_and_damaged(void)
{
	uint8_t *data;
	size_t size;

	open_with(1);
	for (int i = 0; i < 10; i++)
		number("INSERT INTO t VALUES(hex(randomblob(300000)))");
	db_close(db);
	db = NULL;
	data = temp_file_read(path, &size);
	cr_assert(lt(sz, 5 << 20, size));
	memset(data + size / 2, 0xA5, size / 4);
	cr_assert(temp_file_write(path, data, size));
	free(data);
}

Test(db_open, damage_that_is_met_later_has_the_same_name)
{
	struct op read = text_op("SELECT sum(length(v)) FROM t");

	make_big_and_damaged();
	open_with(1);
	submit(&read);
	worker_run_batch();
	cr_expect(eq(int, read.op.err.code, ERR_IO));
	cr_expect(eq(str, read.op.err.reason, "database_damaged"), "%s", read.op.err.text);
	cr_expect(strstr(read.op.err.text, path) != NULL, "%s", read.op.err.text);
}

Test(db_open, a_big_one_is_checked_after_a_crash)
{
	struct err e = { .code = OK };
	char wal[TEMP_PATH + 32];

	make_big_and_damaged();
	snprintf(wal, sizeof wal, "%s-wal", path);
	cr_assert(temp_file_write(wal, "left by a crash", 15));
	cr_expect(eq(int, refusal(1, &e), ERR_IO));
	cr_expect(eq(str, e.reason, "database_damaged"));
}

Test(db_open, what_is_no_database_is_refused_and_left_as_it_was)
{
	static const char text[] = "my shopping list: bread, milk, four AA batteries";
	struct err e = { .code = OK };

	cr_assert(temp_file_write(path, text, sizeof text));
	cr_expect(eq(int, refusal(1, &e), ERR_IO));
	cr_expect(eq(str, e.reason, "database_damaged"));
	expect_same(path, (const uint8_t *)text, sizeof text);
}

Test(db_open, a_folder_that_is_not_there_is_an_error)
{
	struct err e = { .code = OK };

	strcpy(path, "/nonexistent/lockwright/db");
	cr_expect(eq(int, refusal(1, &e), ERR_IO));
	cr_expect(strstr(e.text, "/nonexistent/lockwright/db") != NULL, "%s", e.text);
}

static int64_t version_of_copy(int v)
{
	char name[TEMP_PATH + 32];
	sqlite3_stmt *statement;
	sqlite3 *sql;
	int64_t version = -1;

	snprintf(name, sizeof name, "%s.v%d.bak", path, v);
	if (access(name, F_OK))
		return -1;
	sqlite3_open_v2(name, &sql, SQLITE_OPEN_READWRITE, NULL);
	if (sqlite3_prepare_v2(sql, "PRAGMA user_version", -1, &statement, NULL) == SQLITE_OK &&
		sqlite3_step(statement) == SQLITE_ROW)
		version = sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	sqlite3_close(sql);
	return version;
}

Test(db_open, a_new_database_needs_no_copy)
{
	open_with(3);
	cr_expect(eq(i64, number("PRAGMA user_version"), 3));
	for (int v = 0; v < 3; v++)
		cr_expect(eq(i64, version_of_copy(v), -1));
}

Test(db_open, each_migration_leaves_a_copy_and_two_are_kept)
{
	char name[TEMP_PATH + 32];
	struct stat info;

	open_with(1);
	number("INSERT INTO t VALUES('kept')");
	db_close(db);
	open_with(2);
	cr_expect(eq(i64, version_of_copy(1), 1));
	db_close(db);
	open_with(5);
	cr_expect(eq(i64, number("PRAGMA user_version"), 5));
	cr_expect(eq(i64, number("SELECT v = 'kept' FROM t"), 1));
	cr_expect(eq(i64, version_of_copy(1), -1));
	cr_expect(eq(i64, version_of_copy(2), 2), "the program of before can open it");
	cr_expect(eq(i64, version_of_copy(3), -1));
	cr_expect(eq(i64, version_of_copy(4), 4));
	snprintf(name, sizeof name, "%s.v4.bak", path);
	cr_assert(eq(int, stat(name, &info), 0));
	cr_expect(eq(int, info.st_mode & 0777, 0600));
}

Test(db_open, a_copy_can_take_the_place_of_the_database)
{
	char name[TEMP_PATH + 32];

	open_with(1);
	number("INSERT INTO t VALUES('kept')");
	db_close(db);
	open_with(2);
	number("INSERT INTO t VALUES('later', 1)");
	db_close(db);
	snprintf(name, sizeof name, "%s.v1.bak", path);
	cr_assert(eq(int, rename(name, path), 0));
	open_with(1);
	cr_expect(eq(i64, number("SELECT group_concat(v, '') = 'kept' FROM t"), 1));
}

Test(db_open, a_migration_that_fails_changes_nothing)
{
	static const char *const bad[] = { "CREATE TABLE t(v TEXT UNIQUE NOT NULL)",
		"CREATE TABLE half(v); INSERT INTO nowhere VALUES(1)" };
	struct err e = { .code = OK };

	open_with(1);
	number("INSERT INTO t VALUES('kept')");
	db_close(db);
	cr_expect(ne(int, db_open(&db, path, bad, 2, NULL, &e), OK));
	cr_expect(strstr(e.text, "nowhere") != NULL, "%s", e.text);
	open_with(1);
	cr_expect(eq(i64, number("SELECT count(*) FROM sqlite_schema WHERE name = 'half'"), 0));
	cr_expect(eq(i64, number("SELECT count(*) FROM t"), 1));
}
