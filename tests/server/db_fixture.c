#include "tests/server/db_fixture.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <stdio.h>

static char dir[TEMP_PATH];
char path[TEMP_PATH + 16];
struct db *db;
static const char *const steps[] = { "CREATE TABLE t(v TEXT UNIQUE NOT NULL)",
	"ALTER TABLE t ADD COLUMN w INTEGER", "CREATE TABLE u(v)", "CREATE TABLE x(v)",
	"CREATE TABLE y(v)" };

void open_with(size_t n)
{
	struct err e = { .code = OK };

	cr_assert(eq(int, db_open(&db, path, steps, n, NULL, &e), OK), "%s", e.text);
}

enum err_code refusal(size_t n, struct err *e)
{
	struct db *refused = NULL;
	enum err_code code = db_open(&refused, path, steps, n, NULL, e);

	cr_assert(refused == NULL);
	return code;
}

void db_setup(void)
{
	temp_dir_make(dir);
	snprintf(path, sizeof path, "%s/db.sqlite", dir);
}

void db_teardown(void)
{
	db_close(db);
	temp_dir_remove(dir);
}

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

struct op text_op(const char *text)
{
	return (struct op){ .op = { .run = run, .done = done }, .text = text };
}

void submit(struct op *op)
{
	db_submit(db, &op->op);
}

int64_t number(const char *text)
{
	struct op op = text_op(text);
	struct err e = { .code = OK };

	cr_assert(eq(int, db_now(db, &op.op, &e), OK), "%s: %s", text, e.text);
	return op.number;
}
