/* db.h: the SQLite database and its thread. Only db.c and *_store.c know sqlite3.
 *
 * WAL, synchronous=FULL. All operations that wait together share one transaction and one fsync
 * (group commit); each has a savepoint of its own, so one that fails undoes only itself. An
 * operation's done() runs in the loop after the commit: OK means on disk. */
#pragma once

#include "server/base/err.h"
#include "server/worker.h"

#include <sqlite3.h>

#include <stdbool.h>
#include <stddef.h>

struct db;

/* Embedded in the caller's object, which must live until done(). */
struct db_op {
	struct work work; /* db's own */
	struct db *db;
	/* On the db thread, inside a transaction. An error rolls this operation back. */
	enum err_code (*run)(struct db_op *op, sqlite3 *sql, struct err *e);
	bool outside; /* run() comes after the transaction of all that waited with it; see db_hold()
		       */
	/* In the loop. op->err.code is OK only when the whole commit succeeded. */
	void (*done)(struct db_op *op);
	struct err err;
};

/* Migration i brings user_version i to i + 1; each is one transaction, after a copy of the file
 * (PATH.vN.bak, the newest two are kept). A database newer than n is refused and left untouched
 * (reason "database_newer"); likewise a damaged one ("database_damaged"), and one that another
 * process uses ("already_running", by a lock on PATH.lock). */
MUST_USE enum err_code db_open(struct db **out, const char *path, const char *const *migrations,
	size_t n, struct loop *loop, struct err *e);
void db_close(struct db *db); /* finishes what is queued; NULL is fine */
void db_submit(struct db *db, struct db_op *op);
/* Runs op on the calling thread, in a transaction of its own; done() is not called. Waits for the
 * disk, so only at start-up (loads). */
MUST_USE enum err_code db_now(struct db *db, struct db_op *op, struct err *e);

/* The run() of an operation that is `outside`: from its done() on the file itself stays as it is,
 * and what is written goes to PATH-wal alone, until db_release() ran or db_close(). A copy of both,
 * read in any order and however slowly, is the database at some moment. ERR_UNSUPPORTED: there is
 * no write-ahead log on this file system. */
enum err_code db_hold(struct db_op *op, sqlite3 *sql, struct err *e);
enum err_code db_release(struct db_op *op, sqlite3 *sql, struct err *e);

/* Helpers for *_store.c. Parameter letters: i = int, l = int64_t, t = const char * (NULL -> NULL),
 * d = double, b = const void * + size_t, n = NULL; e.g. db_bind(st, "lt", id, name). */
MUST_USE enum err_code db_prepare(
	sqlite3 *sql, sqlite3_stmt **out, const char *text, struct err *e);
void db_bind(sqlite3_stmt *statement, const char *types, ...);
/* Steps a statement that yields no row, then finalizes it. SQLITE_FULL -> ERR_NO_SPACE, a broken
 * constraint -> ERR_CONFLICT, the rest -> ERR_IO. */
MUST_USE enum err_code db_run(sqlite3 *sql, sqlite3_stmt *statement, struct err *e);
/* The first column of the first row. */
MUST_USE enum err_code db_number(sqlite3 *sql, const char *text, int64_t *out, struct err *e);
enum err_code db_error(sqlite3 *sql, struct err *e); /* the last SQLite error as struct err */
/* Text column into a bounded buffer; NULL -> "". */
void db_text(sqlite3_stmt *statement, int column, char *out, size_t max);
