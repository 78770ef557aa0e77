#include "server/db.h"

#include "tests/support/temp_dir.h"
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

static char dir[TEMP_PATH], path[TEMP_PATH + 16];
static struct db *db;
static const char *const steps[] = { "CREATE TABLE t(v TEXT UNIQUE NOT NULL)",
	"ALTER TABLE t ADD COLUMN w INTEGER", "CREATE TABLE u(v)", "CREATE TABLE x(v)",
	"CREATE TABLE y(v)" };

static void open_with(size_t n)
{
	struct err e = { .code = OK };

	cr_assert(eq(int, db_open(&db, path, steps, n, NULL, &e), OK), "%s", e.text);
}

static enum err_code refusal(size_t n, struct err *e)
{
	struct db *refused = NULL;
	enum err_code code = db_open(&refused, path, steps, n, NULL, e);

	cr_assert(refused == NULL);
	return code;
}

static void setup(void)
{
	temp_dir_make(dir);
	snprintf(path, sizeof path, "%s/db.sqlite", dir);
}

static void teardown(void)
{
	db_close(db);
	temp_dir_remove(dir);
}

TestSuite(db, .init = setup, .fini = teardown, .timeout = 60);

/* An operation that runs SQL text, or reads a number. */
struct op {
	struct db_op op;
	const char *text;
	int64_t number;
	int (*commit_hook)(void *);
	bool fails, done;
};

static enum err_code run(struct db_op *base, sqlite3 *sql, struct err *e)
{
	struct op *op = (struct op *)base;
	sqlite3_stmt *statement;
	enum err_code code = db_prepare(sql, &statement, op->text, e);
	int step;

	if (op->commit_hook)
		sqlite3_commit_hook(sql, op->commit_hook, NULL);
	if (code)
		return code;
	step = sqlite3_step(statement);
	if (step == SQLITE_ROW)
		op->number = sqlite3_column_int64(statement, 0);
	else if (step != SQLITE_DONE)
		code = db_error(sql, e);
	sqlite3_finalize(statement);
	if (!code && op->fails)
		code = err_because(e, ERR_CONFLICT, "on_purpose", "fails");
	return code;
}

static void done(struct db_op *base)
{
	((struct op *)base)->done = true;
}

static struct op text_op(const char *text)
{
	return (struct op){ .op = { .run = run, .done = done }, .text = text };
}

static void submit(struct op *op)
{
	db_submit(db, &op->op);
}

static int64_t number(const char *text)
{
	struct op op = text_op(text);
	struct err e = { .code = OK };

	cr_assert(eq(int, db_now(db, &op.op, &e), OK), "%s: %s", text, e.text);
	return op.number;
}

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

/* --- opening --- */

Test(db, two_processes_do_not_share_it)
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

Test(db, a_newer_one_is_refused_and_left_as_it_was)
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

Test(db, a_newer_one_in_the_log_only_is_refused_and_left_as_it_was)
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

Test(db, a_damaged_one_is_refused_and_left_as_it_was)
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
	cr_assert(gt(sz, size, 5 * 4096));
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
	cr_assert(gt(sz, size, 5 << 20));
	memset(data + size / 2, 0xA5, size / 4);
	cr_assert(temp_file_write(path, data, size));
	free(data);
}

Test(db, damage_that_is_met_later_has_the_same_name)
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

Test(db, a_big_one_is_checked_after_a_crash)
{
	struct err e = { .code = OK };
	char wal[TEMP_PATH + 32];

	make_big_and_damaged();
	snprintf(wal, sizeof wal, "%s-wal", path);
	cr_assert(temp_file_write(wal, "left by a crash", 15));
	cr_expect(eq(int, refusal(1, &e), ERR_IO));
	cr_expect(eq(str, e.reason, "database_damaged"));
}

Test(db, what_is_no_database_is_refused_and_left_as_it_was)
{
	static const char text[] = "my shopping list: bread, milk, four AA batteries";
	struct err e = { .code = OK };

	cr_assert(temp_file_write(path, text, sizeof text));
	cr_expect(eq(int, refusal(1, &e), ERR_IO));
	cr_expect(eq(str, e.reason, "database_damaged"));
	expect_same(path, (const uint8_t *)text, sizeof text);
}

Test(db, a_folder_that_is_not_there_is_an_error)
{
	struct err e = { .code = OK };

	strcpy(path, "/nonexistent/lockwright/db");
	cr_expect(eq(int, refusal(1, &e), ERR_IO));
	cr_expect(strstr(e.text, "/nonexistent/lockwright/db") != NULL, "%s", e.text);
}

/* --- migrations --- */

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

Test(db, a_new_database_needs_no_copy)
{
	open_with(3);
	cr_expect(eq(i64, number("PRAGMA user_version"), 3));
	for (int v = 0; v < 3; v++)
		cr_expect(eq(i64, version_of_copy(v), -1));
}

Test(db, each_migration_leaves_a_copy_and_two_are_kept)
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
	cr_expect(eq(i64, version_of_copy(2), -1));
	cr_expect(eq(i64, version_of_copy(3), 3));
	cr_expect(eq(i64, version_of_copy(4), 4));
	snprintf(name, sizeof name, "%s.v4.bak", path);
	cr_assert(eq(int, stat(name, &info), 0));
	cr_expect(eq(int, info.st_mode & 0777, 0600));
}

Test(db, a_copy_can_take_the_place_of_the_database)
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

Test(db, a_migration_that_fails_changes_nothing)
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
