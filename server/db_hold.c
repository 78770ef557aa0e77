/* db_hold.c: the file left alone for a while, so that it can be copied while we work. In WAL mode
 * only a checkpoint writes to it. */
#include "server/db_private.h"

static enum err_code check_mode(sqlite3 *sql, struct err *e)
{
	int64_t wal = 0;
	enum err_code code =
		db_number(sql, "SELECT journal_mode = 'wal' FROM pragma_journal_mode", &wal, e);

	if (code || wal)
		return code;
	return err_set(e, ERR_UNSUPPORTED,
		"the file system of the database has no write-ahead log: stop the service to copy "
		"it");
}

enum err_code db_hold(struct db_op *op, sqlite3 *sql, struct err *e)
{
	enum err_code code = check_mode(sql, e);

	(void)op;
	if (!code)
		code = db_exec(sql, "PRAGMA wal_autocheckpoint=0", e);
	if (code)
		return code;
	/* The log starts empty: the file alone is all that was committed up to now. */
	if (sqlite3_wal_checkpoint_v2(sql, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL)) {
		code = db_error(sql, e);
		(void)db_release(op, sql, NULL); /* code says it already */
	}
	return code;
}

enum err_code db_release(struct db_op *op, sqlite3 *sql, struct err *e)
{
	(void)op;
	return db_exec(sql, DB_CHECKPOINTS, e);
}
