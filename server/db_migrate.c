/* db_migrate.c: bringing an older database up to date, with a copy of what was before. */
#include "server/db_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { PATH_SIZE = 4096 };

static enum err_code name_copy(
	char out[PATH_SIZE], const char *path, const char *format, size_t version, struct err *e)
{
	char suffix[40];

	(void)snprintf(suffix, sizeof suffix, "%s%zu%s", ".v", version, format);
	if (snprintf(out, PATH_SIZE, "%s%s", path, suffix) >= PATH_SIZE)
		return err_set(e, ERR_INVALID, "the path of the database is too long");
	return OK;
}

static enum err_code sync_path(const char *path, int flags, struct err *e)
{
	int fd = open(path, flags | O_RDONLY | O_CLOEXEC);
	int failed = fd < 0 || fsync(fd);
	int error = errno;

	if (fd >= 0)
		close(fd);
	return failed ? err_set(e, ERR_IO, "writing %.120s: %s", path, strerror(error)) : OK;
}

static enum err_code sync_folder(const char *path, struct err *e)
{
	char folder[PATH_SIZE];
	const char *slash = strrchr(path, '/');

	if (!slash)
		return sync_path(".", O_DIRECTORY, e);
	(void)snprintf(folder, sizeof folder, "%.*s", (int)(slash - path + 1), path);
	return sync_path(folder, O_DIRECTORY, e);
}

static enum err_code copy_pages(sqlite3 *from, sqlite3 *to, struct err *e)
{
	sqlite3_backup *backup = sqlite3_backup_init(to, "main", from, "main");

	if (!backup)
		return db_error(to, e);
	(void)sqlite3_backup_step(backup, -1); /* finish() repeats its error */
	return sqlite3_backup_finish(backup) ? db_error(to, e) : OK;
}

static enum err_code copy_to(sqlite3 *sql, const char *path, struct err *e)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	sqlite3 *copy = NULL;
	enum err_code code;

	if (fd < 0)
		return err_set(e, ERR_IO, "creating %.120s: %s", path, strerror(errno));
	close(fd);
	if (sqlite3_open_v2(path, &copy, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL))
		code = copy ? db_error(copy, e) : err_set(e, ERR_INTERNAL, "no memory");
	else
		code = copy_pages(sql, copy, e);
	sqlite3_close(copy);
	return code ? code : sync_path(path, 0, e);
}

/* A copy appears under its name only when it is whole and on disk. Two are kept: this one, and that
 * of the version the upgrade began with, which the program of before can open. */
static enum err_code keep_copy(
	sqlite3 *sql, const char *path, size_t first, size_t version, struct err *e)
{
	char part[PATH_SIZE], name[PATH_SIZE], old[PATH_SIZE];
	size_t other = version == first ? version - 1 : first;
	enum err_code code = name_copy(part, path, ".part", version, e);

	if (!code)
		code = name_copy(name, path, ".bak", version, e);
	if (!code)
		code = copy_to(sql, part, e);
	if (!code && rename(part, name))
		code = err_set(e, ERR_IO, "naming %.120s: %s", name, strerror(errno));
	if (!code)
		code = sync_folder(path, e);
	if (code) {
		unlink(part);
		return code;
	}
	for (size_t v = 0; v < version; v++) {
		if (v == other)
			continue;
		code = name_copy(old, path, ".bak", v, e);
		if (code)
			return code;
		unlink(old);
	}
	return OK;
}

static enum err_code step_up(sqlite3 *sql, const char *migration, size_t version, struct err *e)
{
	char text[64];
	enum err_code code = db_exec(sql, "BEGIN IMMEDIATE", e);

	if (code)
		return code;
	code = db_exec(sql, migration, e);
	(void)snprintf(text, sizeof text, "PRAGMA user_version=%zu", version + 1);
	if (!code)
		code = db_exec(sql, text, e);
	if (!code)
		code = db_exec(sql, "COMMIT", e);
	if (code && !sqlite3_get_autocommit(sql))
		(void)sqlite3_exec(sql, "ROLLBACK", NULL, NULL, NULL); /* code says it already */
	return code;
}

enum err_code db_migrate(
	sqlite3 *sql, const char *path, const char *const *migrations, size_t n, struct err *e)
{
	int64_t version = 0, objects = 0;
	enum err_code code = db_number(sql, "PRAGMA user_version", &version, e);
	bool existed;

	if (!code)
		code = db_number(sql, "SELECT count(*) FROM sqlite_schema", &objects, e);
	if (code)
		return code;
	existed = objects > 0;
	if ((size_t)version == n)
		return OK;
	for (size_t v = (size_t)version; !code && v < n; v++) {
		if (existed)
			code = keep_copy(sql, path, (size_t)version, v, e);
		if (!code)
			code = step_up(sql, migrations[v], v, e);
		if (code)
			return err_prefix(e, "bringing the database from version %zu up: ", v);
	}
	/* The header alone then tells an older program that this file is too new for it. */
	return db_exec(sql, "PRAGMA wal_checkpoint(TRUNCATE)", e);
}
