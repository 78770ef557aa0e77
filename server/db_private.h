/* db_private.h: what the db_*.c files share. */
#pragma once

#include "server/db.h"

#include <pthread.h>
#include <stdbool.h>

struct db {
	sqlite3 *sql;
	int lock_fd; /* flock()ed while we use the database */
	struct worker *worker;
	struct worker_batch batch;
	pthread_mutex_t busy; /* one transaction at a time: a batch, or db_now() */
	/* Of the present transaction. */
	bool begun;
	struct err begin_error;
	int changes;                             /* sqlite3_total_changes() at its begin */
	struct db_op *at_risk[WORKER_BATCH_MAX]; /* OK so far, lost if the commit fails */
	size_t n_at_risk;
	struct db_op *outside[WORKER_BATCH_MAX]; /* still to run, after it */
	size_t n_outside;
};

/* 256 pages: the -wal file stays about 1 MiB. */
#define DB_CHECKPOINTS "PRAGMA wal_autocheckpoint=256;"

/* db_file.c: one process, a whole and not too new file, mode 0600. Opens and configures it. */
MUST_USE enum err_code db_file_lock(int *out, const char *path, struct err *e);
MUST_USE enum err_code db_file_open(sqlite3 **out, const char *path, size_t newest, struct err *e);

/* db_migrate.c */
MUST_USE enum err_code db_migrate(
	sqlite3 *sql, const char *path, const char *const *migrations, size_t n, struct err *e);

/* db_sql.c */
MUST_USE enum err_code db_exec(sqlite3 *sql, const char *text, struct err *e);
enum err_code db_damaged(struct err *e, const char *path, const char *what);
enum err_code db_newer(struct err *e, const char *path, int64_t version, size_t newest);
