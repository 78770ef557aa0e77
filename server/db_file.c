/* db_file.c: opening the file so that a wrong one is refused before anything is written to it. */
#include "server/base/log.h"
#include "server/db_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { HEADER_SIZE = 100, USER_VERSION_AT = 60, BUSY_TIMEOUT = 5000, CHECKED_ALWAYS = 4 << 20 };

enum err_code db_file_lock(int *out, const char *path, struct err *e)
{
	char name[4096];
	int fd;

	if (snprintf(name, sizeof name, "%s.lock", path) >= (int)sizeof name)
		return err_set(e, ERR_INVALID, "the path of the database is too long");
	fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return err_set(e, ERR_IO, "opening %.120s: %s", name, strerror(errno));
	if (flock(fd, LOCK_EX | LOCK_NB)) {
		close(fd);
		return err_because(e, ERR_CONFLICT, "already_running",
			"the database %.100s is in use: Lockwright is already running with this "
			"data directory",
			path);
	}
	*out = fd;
	return OK;
}

/* Reads what can be told without SQLite, which makes -wal and -shm files as soon as it reads. */
static enum err_code check_header(int fd, const char *path, size_t newest, struct err *e)
{
	uint8_t head[HEADER_SIZE];
	ssize_t n = pread(fd, head, sizeof head, 0);
	uint32_t version = 0;

	if (n < 0)
		return err_set(e, ERR_IO, "reading %.120s: %s", path, strerror(errno));
	if (n == 0)
		return OK; /* new */
	if (n < HEADER_SIZE || memcmp(head, "SQLite format 3", 16) != 0)
		return db_damaged(e, path, "not a database");
	for (int i = 0; i < 4; i++)
		version = version << 8 | head[USER_VERSION_AT + i];
	return version > newest ? db_newer(e, path, version, newest) : OK;
}

static enum err_code prepare_file(const char *path, size_t newest, struct err *e)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	enum err_code code;

	if (fd < 0)
		return err_set(e, ERR_IO, "opening %.120s: %s", path, strerror(errno));
	code = check_header(fd, path, newest, e);
	/* May have been loosened, e.g. by restoring a backup; SQLite gives -wal the same mode. */
	if (!code && fchmod(fd, 0600))
		code = err_set(e, ERR_IO, "protecting %.120s: %s", path, strerror(errno));
	close(fd);
	return code;
}

/* Reading all of a big file takes longer than a start should; then only after a crash, when it is
 * most likely to be torn. Damage that is met later is the same error from the operation. */
static bool needs_check(const char *path)
{
	char wal[4096];
	struct stat info;

	(void)snprintf(wal, sizeof wal, "%s-wal", path);
	return (stat(wal, &info) == 0 && info.st_size > 0) ||
	       (stat(path, &info) == 0 && info.st_size <= CHECKED_ALWAYS);
}

static enum err_code check_pages(sqlite3 *sql, const char *path, struct err *e)
{
	sqlite3_stmt *statement;
	enum err_code code = db_prepare(sql, &statement, "PRAGMA quick_check(1)", e);
	char result[40];

	if (code)
		return code;
	if (sqlite3_step(statement) != SQLITE_ROW) {
		code = db_error(sql, e);
	} else {
		db_text(statement, 0, result, sizeof result);
		if (strcmp(result, "ok") != 0)
			code = db_damaged(e, path, result);
	}
	sqlite3_finalize(statement);
	return code;
}

/* The newest version may still be in the -wal file only. */
static enum err_code check_version(sqlite3 *sql, const char *path, size_t newest, struct err *e)
{
	int64_t version = 0;
	enum err_code code = db_number(sql, "PRAGMA user_version", &version, e);

	if (!code && version > (int64_t)newest)
		return db_newer(e, path, version, newest);
	return code;
}

static enum err_code configure(sqlite3 *sql, struct err *e)
{
	/* 512 KiB of pages; the -wal file is cut to its usual size after bursts. */
	static const char pragmas[] = "PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
				      "PRAGMA cache_size=-512;" DB_CHECKPOINTS
				      "PRAGMA journal_size_limit=1048576; PRAGMA temp_store=MEMORY;"
				      "PRAGMA trusted_schema=OFF;";
	sqlite3_stmt *statement;
	enum err_code code = db_prepare(sql, &statement, "PRAGMA journal_mode=WAL", e);
	char mode[16] = "";

	if (code)
		return code;
	if (sqlite3_step(statement) == SQLITE_ROW)
		db_text(statement, 0, mode, sizeof mode);
	else
		code = db_error(sql, e);
	sqlite3_finalize(statement);
	if (code)
		return code;
	/* Network file systems cannot share memory; a rollback journal is as safe, only slower. */
	if (strcmp(mode, "wal") != 0)
		log_warn("db=journal mode=%s \"no write-ahead log on this file system\"", mode);
	return db_exec(sql, pragmas, e);
}

enum err_code db_file_open(sqlite3 **out, const char *path, size_t newest, struct err *e)
{
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX;
	enum err_code code = prepare_file(path, newest, e);
	bool check = needs_check(path);
	sqlite3 *sql = NULL;

	if (code)
		return code;
	if (sqlite3_open_v2(path, &sql, flags, NULL)) {
		code = sql ? db_error(sql, e) : err_set(e, ERR_INTERNAL, "no memory");
		sqlite3_close(sql);
		return code;
	}
	sqlite3_busy_timeout(sql, BUSY_TIMEOUT);
	/* Closing must not write either, as long as the file may be one that we refuse. */
	sqlite3_db_config(sql, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	code = check_version(sql, path, newest, e);
	if (!code && check)
		code = check_pages(sql, path, e);
	if (!code) {
		sqlite3_db_config(sql, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, NULL);
		code = configure(sql, e);
	}
	if (code) {
		sqlite3_close(sql);
		return code;
	}
	*out = sql;
	return OK;
}
