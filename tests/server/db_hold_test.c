#include "tests/server/db_fixture.h"
#include "tests/support/temp_dir.h"
#include "tests/support/worker_batched.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

TestSuite(db_hold, .init = db_setup, .fini = db_teardown, .timeout = 60);

struct still {
	struct db_op op;
	bool done;
};

static void told(struct db_op *op)
{
	((struct still *)op)->done = true;
}

static struct still still_op(bool hold)
{
	return (struct still){
		.op = { .run = hold ? db_hold : db_release, .outside = true, .done = told }
	};
}

static void be_still(bool hold)
{
	struct still still = still_op(hold);

	db_submit(db, &still.op);
	worker_run_batch();
	cr_assert(still.done);
	cr_assert(eq(int, still.op.err.code, OK), "%s", still.op.err.text);
}

/* Many more pages than a checkpoint waits for. */
static void write_much(const char *prefix)
{
	for (int i = 0; i < 400; i++) {
		char text[200];
		struct op add;

		(void)snprintf(text, sizeof text,
			"INSERT INTO t VALUES('%s%d' || hex(zeroblob(2000)))", prefix, i);
		add = text_op(text);
		submit(&add);
		worker_run_batch();
		cr_assert(eq(int, add.op.err.code, OK));
	}
}

static void copy(const char *end, const char *to)
{
	char from[TEMP_PATH + 32], into[TEMP_PATH + 64];
	size_t size = 0;
	uint8_t *data;

	(void)snprintf(from, sizeof from, "%s%s", path, end);
	(void)snprintf(into, sizeof into, "%s%s%s", path, to, end);
	data = temp_file_read(from, &size);
	cr_assert(ne(ptr, data, NULL));
	cr_assert(temp_file_write(into, data, size));
	free(data);
}

static bool file_changes_while(const char *prefix)
{
	size_t before_size = 0, after_size = 0;
	uint8_t *before = temp_file_read(path, &before_size), *after;
	bool changed;

	write_much(prefix);
	after = temp_file_read(path, &after_size);
	changed = before_size != after_size || memcmp(before, after, before_size) != 0;
	free(before);
	free(after);
	return changed;
}

Test(db_hold, the_file_stays_as_it_is_until_released)
{
	open_with(1);
	write_much("a");
	be_still(true);
	cr_expect(not(file_changes_while("b")));
	be_still(true); /* again: from here */
	cr_expect(not(file_changes_while("c")));
	be_still(false);
	cr_expect(file_changes_while("d"));
	cr_expect(eq(i64, number("SELECT count(*) FROM t"), 1600));
}

static int64_t rows_of_copy(void)
{
	char whole[TEMP_PATH + 32];

	db_close(db);
	(void)snprintf(whole, sizeof whole, "%s.copy", path);
	(void)snprintf(path, sizeof path, "%s", whole);
	open_with(1);
	cr_expect(eq(i64,
		number("SELECT count(*) FROM pragma_integrity_check WHERE "
		       "integrity_check <> 'ok'"),
		0));
	return number("SELECT count(*) FROM t");
}

Test(db_hold, a_slow_copy_in_any_order_is_whole)
{
	open_with(1);
	write_much("a");
	be_still(true);
	write_much("b");
	copy("-wal", ".copy");
	write_much("c");
	copy("", ".copy");
	be_still(false);
	cr_expect(eq(i64, rows_of_copy(), 800));
}

Test(db_hold, what_waits_with_it_is_in_the_file)
{
	struct op add;
	struct still still = still_op(true);
	size_t size = 0;
	uint8_t *data;

	open_with(1);
	add = text_op("INSERT INTO t VALUES('needle')");
	db_submit(db, &still.op);
	submit(&add);
	worker_run_batch();
	cr_assert(eq(int, still.op.err.code, OK));
	data = temp_file_read(path, &size);
	cr_expect(memmem(data, size, "needle", 6) != NULL);
	free(data);
}
