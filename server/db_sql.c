#include "server/base/text.h"
#include "server/db_private.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>

static bool is_disk_full(sqlite3 *sql)
{
	int error = sqlite3_system_errno(sql);

	/* SQLite says SQLITE_FULL for a full disk only when writing data, not for the -shm file,
	 * and never for a quota. */
	return sqlite3_errcode(sql) == SQLITE_IOERR && (error == ENOSPC || error == EDQUOT);
}

enum err_code db_error(sqlite3 *sql, struct err *e)
{
	const char *what = sqlite3_errmsg(sql);

	if (is_disk_full(sql))
		return err_set(e, ERR_NO_SPACE, "the disk with the database is full");
	switch (sqlite3_errcode(sql) & 0xFF) {
	case SQLITE_FULL:
		return err_set(e, ERR_NO_SPACE, "the disk with the database is full");
	case SQLITE_CONSTRAINT:
		return err_set(e, ERR_CONFLICT, "the database refused a row: %s", what);
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return err_set(e, ERR_BUSY, "another program is using the database");
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return db_damaged(e, sqlite3_db_filename(sql, "main"), what);
	case SQLITE_NOMEM:
		return err_set(e, ERR_INTERNAL, "no memory for the database");
	default:
		return err_set(e, ERR_IO, "database: %s", what);
	}
}

enum err_code db_damaged(struct err *e, const char *path, const char *what)
{
	return err_because(e, ERR_IO, "database_damaged",
		"the database %.60s is damaged (%.40s): put a backup or its newest .bak copy in "
		"its "
		"place, or move it away to start empty",
		path ? path : "", what);
}

enum err_code db_newer(struct err *e, const char *path, int64_t version, size_t newest)
{
	return err_because(e, ERR_CONFLICT, "database_newer",
		"the database %.80s has version %lld, this program knows up to %zu: use the newer "
		"program or an older copy",
		path, (long long)version, newest);
}

enum err_code db_exec(sqlite3 *sql, const char *text, struct err *e)
{
	return sqlite3_exec(sql, text, NULL, NULL, NULL) ? db_error(sql, e) : OK;
}

enum err_code db_number(sqlite3 *sql, const char *text, int64_t *out, struct err *e)
{
	sqlite3_stmt *statement;
	enum err_code code = db_prepare(sql, &statement, text, e);
	int step;

	if (code)
		return code;
	step = sqlite3_step(statement);
	if (step == SQLITE_ROW)
		*out = sqlite3_column_int64(statement, 0);
	else
		code = step == SQLITE_DONE ? err_set(e, ERR_NOT_FOUND, "no row") : db_error(sql, e);
	sqlite3_finalize(statement);
	return code;
}

enum err_code db_prepare(sqlite3 *sql, sqlite3_stmt **out, const char *text, struct err *e)
{
	return sqlite3_prepare_v2(sql, text, -1, out, NULL) ? db_error(sql, e) : OK;
}

static int bind_one(sqlite3_stmt *statement, int i, char type, va_list *values)
{
	const void *data;

	switch (type) {
	case 'i':
		return sqlite3_bind_int(statement, i, va_arg(*values, int));
	case 'l':
		return sqlite3_bind_int64(statement, i, va_arg(*values, int64_t));
	case 't':
		return sqlite3_bind_text(
			statement, i, va_arg(*values, const char *), -1, SQLITE_TRANSIENT);
	case 'd':
		return sqlite3_bind_double(statement, i, va_arg(*values, double));
	case 'b':
		data = va_arg(*values, const void *);
		return sqlite3_bind_blob64(
			statement, i, data, va_arg(*values, size_t), SQLITE_TRANSIENT);
	case 'n':
		return sqlite3_bind_null(statement, i);
	default:
		return SQLITE_MISUSE;
	}
}

void db_bind(sqlite3_stmt *statement, const char *types, ...)
{
	va_list values;

	va_start(values, types);
	for (int i = 0; types[i]; i++) {
		int result = bind_one(statement, i + 1, types[i], &values);

		assert(result == SQLITE_OK); /* a wrong type or number of parameters is our bug */
	}
	va_end(values);
}

enum err_code db_run(sqlite3 *sql, sqlite3_stmt *statement, struct err *e)
{
	int step = sqlite3_step(statement);
	enum err_code code = OK;

	assert(step != SQLITE_ROW);
	if (step != SQLITE_DONE)
		code = db_error(sql, e);
	sqlite3_finalize(statement);
	return code;
}

void db_text(sqlite3_stmt *statement, int column, char *out, size_t max)
{
	const char *text = (const char *)sqlite3_column_text(statement, column);

	(void)text_copy(out, max, text ? text : ""); /* cut as the header says */
}
