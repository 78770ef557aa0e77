#include "tests/server/db_fixture.h"
#include "tests/support/worker_batched.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

TestSuite(db, .init = db_setup, .fini = db_teardown, .timeout = 60);

Test(db, is_durable_and_private)
{
	struct stat info;

	open_with(1);
	cr_expect(eq(i64, number("SELECT journal_mode = 'wal' FROM pragma_journal_mode"), 1));
	cr_expect(eq(i64, number("PRAGMA synchronous"), 2));
	cr_expect(eq(i64, number("PRAGMA foreign_keys"), 1));
	cr_assert(eq(int, stat(path, &info), 0));
	cr_expect(eq(int, info.st_mode & 0777, 0600));
}

Test(db, tightens_the_mode_of_a_restored_file)
{
	struct stat info;

	open_with(1);
	db_close(db);
	chmod(path, 0644);
	open_with(1);
	cr_assert(eq(int, stat(path, &info), 0));
	cr_expect(eq(int, info.st_mode & 0777, 0600));
}

Test(db, done_comes_after_the_commit)
{
	struct op add = text_op("INSERT INTO t VALUES('a')");

	open_with(1);
	submit(&add);
	cr_expect(not(add.done));
	cr_expect(eq(uint, worker_run_batch(), 1));
	cr_expect(add.done);
	cr_expect(eq(int, add.op.err.code, OK));
}

Test(db, a_failed_operation_undoes_only_itself)
{
	struct op a = text_op("INSERT INTO t VALUES('a')"),
		  b = text_op("INSERT INTO t VALUES('b')"),
		  again = text_op("INSERT INTO t VALUES('a')"),
		  c = text_op("INSERT INTO t VALUES('c')");

	b.fails = true; /* after it wrote */
	open_with(1);
	submit(&a);
	submit(&b);
	submit(&again);
	submit(&c);
	cr_expect(eq(uint, worker_run_batch(), 4));
	cr_expect(eq(int, a.op.err.code, OK));
	cr_expect(eq(str, b.op.err.reason, "on_purpose"));
	cr_expect(eq(int, again.op.err.code, ERR_CONFLICT));
	cr_expect(eq(int, c.op.err.code, OK));
	cr_expect(eq(i64, number("SELECT group_concat(v, '') = 'ac' FROM t"), 1));
}

static int refuse_commit(void *arg)
{
	(void)arg;
	return 1;
}

static int allow_commit(void *arg)
{
	(void)arg;
	return 0;
}

Test(db, a_failed_commit_fails_all_that_wrote_or_read_it)
{
	struct op before = text_op("SELECT count(*) FROM t"),
		  a = text_op("INSERT INTO t VALUES('a')"),
		  b = text_op("INSERT INTO t VALUES('b')"),
		  after = text_op("SELECT count(*) FROM t");

	open_with(1);
	a.commit_hook = refuse_commit;
	submit(&before);
	submit(&a);
	submit(&b);
	submit(&after);
	worker_run_batch();
	cr_expect(eq(int, before.op.err.code, OK));
	cr_expect(ne(int, a.op.err.code, OK));
	cr_expect(ne(str, a.op.err.reason, ""));
	cr_expect(ne(int, b.op.err.code, OK));
	cr_expect(ne(int, after.op.err.code, OK), "it saw rows that are not there");
	cr_expect(eq(i64, number("SELECT count(*) FROM t"), 0));

	a.commit_hook = allow_commit;
	submit(&a);
	worker_run_batch();
	cr_expect(eq(int, a.op.err.code, OK));
	cr_expect(eq(i64, number("SELECT count(*) FROM t"), 1));
}

Test(db, a_full_disk_changes_nothing_and_passes)
{
	struct op small = text_op("INSERT INTO t VALUES('small')"),
		  big = text_op("INSERT INTO t VALUES(hex(zeroblob(200000)))"),
		  list = text_op("SELECT count(*) FROM t");
	int64_t pages;
	char limit[64];

	open_with(1);
	pages = number("PRAGMA page_count");
	snprintf(limit, sizeof limit, "PRAGMA max_page_count=%lld", (long long)pages + 1);
	number(limit);
	submit(&list);
	submit(&big);
	worker_run_batch();
	cr_expect(eq(int, list.op.err.code, OK));
	cr_expect(eq(int, big.op.err.code, ERR_NO_SPACE));
	cr_expect(eq(i64, number("SELECT count(*) FROM t"), 0));
	submit(&small);
	worker_run_batch();
	cr_expect(eq(int, small.op.err.code, OK), "what still fits");
	number("PRAGMA max_page_count=100000");
	submit(&big);
	worker_run_batch();
	cr_expect(eq(int, big.op.err.code, OK));
	cr_expect(eq(i64, number("SELECT count(*) FROM t"), 2));
}

static void limit_files(rlim_t size)
{
	struct rlimit limit;

	cr_assert(eq(int, getrlimit(RLIMIT_FSIZE, &limit), 0));
	limit.rlim_cur = size;
	cr_assert(eq(int, setrlimit(RLIMIT_FSIZE, &limit), 0));
}

Test(db, an_io_error_changes_nothing_and_passes)
{
	struct op a = text_op("INSERT INTO t VALUES('a')"),
		  big = text_op("INSERT INTO t VALUES(hex(zeroblob(2000000)))"),
		  b = text_op("INSERT INTO t VALUES('b')");

	open_with(1);
	signal(SIGXFSZ, SIG_IGN);
	limit_files(65536);
	submit(&a);
	submit(&big); /* more than the page cache: written, and refused, before the commit */
	submit(&b);
	worker_run_batch();
	cr_expect(eq(int, big.op.err.code, ERR_IO), "%s", big.op.err.text);
	limit_files(RLIM_INFINITY);
	cr_expect(eq(i64, number("SELECT count(*) FROM t"), !a.op.err.code + !b.op.err.code),
		"exactly what was said to be done");
	submit(&big);
	worker_run_batch();
	cr_expect(eq(int, big.op.err.code, OK), "%s", big.op.err.text);
}

Test(db, a_commit_that_cannot_be_written_fails_all_of_it)
{
	struct op a = text_op("INSERT INTO t VALUES('a')"),
		  b = text_op("INSERT INTO t VALUES('b')");

	open_with(1);
	signal(SIGXFSZ, SIG_IGN);
	limit_files(16); /* both fit in the page cache; the log is written by the commit */
	submit(&a);
	submit(&b);
	worker_run_batch();
	limit_files(RLIM_INFINITY);
	cr_expect(eq(int, a.op.err.code, ERR_IO), "%s", a.op.err.text);
	cr_expect(eq(int, b.op.err.code, ERR_IO), "%s", b.op.err.text);
	cr_expect(eq(i64, number("SELECT count(*) FROM t"), 0));
	submit(&a);
	worker_run_batch();
	cr_expect(eq(int, a.op.err.code, OK), "%s", a.op.err.text);
}

Test(db, close_finishes_what_is_queued)
{
	struct op a = text_op("INSERT INTO t VALUES('a')");

	open_with(1);
	submit(&a);
	db_close(db);
	cr_expect(a.done);
	open_with(1);
	cr_expect(eq(i64, number("SELECT count(*) FROM t"), 1));
}

Test(db, binds_and_reads_values)
{
	struct err e = { .code = OK };
	sqlite3_stmt *statement;
	sqlite3 *sql;
	char text[4];

	sqlite3_open(":memory:", &sql);
	cr_assert(eq(int, db_prepare(sql, &statement, "SELECT ?,?,?,?,?,?,?", &e), OK));
	db_bind(statement, "iltdbnt", 7, (int64_t)1 << 40, "abcdef", 0.5, "xy", (size_t)2, NULL);
	cr_assert(eq(int, sqlite3_step(statement), SQLITE_ROW));
	cr_expect(eq(int, sqlite3_column_int(statement, 0), 7));
	cr_expect(eq(i64, sqlite3_column_int64(statement, 1), (int64_t)1 << 40));
	db_text(statement, 2, text, sizeof text);
	cr_expect(eq(str, text, "abc"));
	cr_expect(eq(dbl, sqlite3_column_double(statement, 3), 0.5));
	cr_expect(eq(int, sqlite3_column_bytes(statement, 4), 2));
	db_text(statement, 6, text, sizeof text);
	cr_expect(eq(str, text, ""));
	sqlite3_finalize(statement);
	cr_expect(eq(int, db_prepare(sql, &statement, "SELECT nonsense", &e), ERR_IO));
	sqlite3_close(sql);
}
