#include "server/base/alloc.h"
#include "server/db_private.h"

#include <assert.h>
#include <stdlib.h>
#include <unistd.h>

static void begin(struct db *db)
{
	db->n_at_risk = 0;
	db->begin_error = (struct err){ .code = OK };
	db->begun = !db_exec(db->sql, "BEGIN IMMEDIATE", &db->begin_error);
	db->changes = sqlite3_total_changes(db->sql);
}

static void fail_all(struct db *db, const struct err *why)
{
	for (size_t i = 0; i < db->n_at_risk; i++)
		db->at_risk[i]->err = *why;
	db->n_at_risk = 0;
}

static enum err_code run_alone(struct db *db, struct db_op *op, struct err *e)
{
	enum err_code code = db_exec(db->sql, "SAVEPOINT op", e);

	if (code)
		return code;
	code = op->run(op, db->sql, e);
	if (!code)
		code = db_exec(db->sql, "RELEASE op", e);
	if (code && !sqlite3_get_autocommit(db->sql))
		/* Cannot fail with the savepoint open; if it did, COMMIT would fail too. */
		(void)sqlite3_exec(db->sql, "ROLLBACK TO op; RELEASE op", NULL, NULL, NULL);
	return code;
}

static void run_op(struct work *work)
{
	struct db_op *op = (struct db_op *)work;
	struct db *db = op->db;

	if (op->outside) {
		assert(db->n_outside < WORKER_BATCH_MAX);
		db->outside[db->n_outside++] = op;
		return;
	}
	if (!db->begun) {
		op->err = db->begin_error;
		return;
	}
	op->err.code = run_alone(db, op, &op->err);
	if (sqlite3_get_autocommit(db->sql)) {
		/* SQLite gave the whole transaction up (disk full, I/O error). */
		assert(op->err.code);
		fail_all(db, &op->err);
		begin(db);
	} else if (!op->err.code && sqlite3_total_changes(db->sql) != db->changes) {
		/* It wrote, or may have read what another one wrote. */
		assert(db->n_at_risk < WORKER_BATCH_MAX);
		db->at_risk[db->n_at_risk++] = op;
	}
}

static void batch_begin(void *owner)
{
	struct db *db = owner;

	pthread_mutex_lock(&db->busy);
	begin(db);
}

static void batch_end(void *owner)
{
	struct db *db = owner;
	struct err e = { .code = OK };

	if (db->begun && db_exec(db->sql, "COMMIT", &e)) {
		fail_all(db, &e);
		if (!sqlite3_get_autocommit(db->sql))
			/* Nothing is shown as done; a second failure ends the same. */
			(void)sqlite3_exec(db->sql, "ROLLBACK", NULL, NULL, NULL);
	}
	db->begun = false;
	for (size_t i = 0; i < db->n_outside; i++) {
		struct db_op *op = db->outside[i];

		op->err.code = op->run(op, db->sql, &op->err);
	}
	db->n_outside = 0;
	pthread_mutex_unlock(&db->busy);
}

static void op_done(struct work *work)
{
	struct db_op *op = (struct db_op *)work;

	op->done(op);
}

void db_submit(struct db *db, struct db_op *op)
{
	op->db = db;
	op->err = (struct err){ .code = OK };
	op->work = (struct work){ .run = run_op, .done = op_done };
	worker_submit(db->worker, &op->work);
}

enum err_code db_now(struct db *db, struct db_op *op, struct err *e)
{
	op->db = db;
	op->err = (struct err){ .code = OK };
	batch_begin(db);
	run_op(&op->work);
	batch_end(db);
	if (op->err.code && e)
		*e = op->err;
	return op->err.code;
}

/* NOLINTNEXTLINE(readability-function-size): a caller's table and its size are one thing */
enum err_code db_open(struct db **out, const char *path, const char *const *migrations, size_t n,
	struct loop *loop, struct err *e)
{
	struct db *db = xcalloc(1, sizeof *db);
	enum err_code code;

	static_assert(offsetof(struct db_op, work) == 0, "work is the first member");
	pthread_mutex_init(&db->busy, NULL);
	db->lock_fd = -1;
	code = db_file_lock(&db->lock_fd, path, e);
	if (!code)
		code = db_file_open(&db->sql, path, n, e);
	if (!code)
		code = db_migrate(db->sql, path, migrations, n, e);
	if (code) {
		db_close(db);
		return code;
	}
	db->batch = (struct worker_batch){ batch_begin, batch_end, db };
	db->worker = worker_new(loop, "db", &db->batch);
	*out = db;
	return OK;
}

void db_close(struct db *db)
{
	if (!db)
		return;
	if (db->worker)
		worker_free(db->worker);
	if (db->sql) {
		int closed = sqlite3_close(db->sql);

		assert(closed == SQLITE_OK); /* else a statement was not finalized */
	}
	if (db->lock_fd >= 0)
		close(db->lock_fd);
	pthread_mutex_destroy(&db->busy);
	free(db);
}
