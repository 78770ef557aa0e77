#include "ota/store_private.h"
#include "tests/support/temp_dir.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <stdio.h>
#include <string.h>

/* What an older version has written. */

static char dir[TEMP_PATH], path[TEMP_PATH + 16];

static void run(sqlite3 *sql, const char *text)
{
	char *why = NULL;

	cr_assert(eq(int, sqlite3_exec(sql, text, NULL, NULL, &why), SQLITE_OK), "%s", why);
}

static void make_version_2(void)
{
	sqlite3 *sql = NULL;

	temp_dir_make(dir);
	(void)snprintf(path, sizeof path, "%s/db.sqlite", dir);
	cr_assert(eq(int, sqlite3_open(path, &sql), SQLITE_OK));
	run(sql, store_migrations[0]);
	run(sql, store_migrations[1]);
	run(sql,
		"INSERT INTO lock VALUES('front', 'Front', 'stick', '0x1', 'api', 1, 5, 7, 'query',"
		"1, 2, 'M', 'X', '', '', 180, 60, 0, 1, 65535, 10, 0, 1, 200, 1, 5, 5, 5, 5, 180, "
		"60,"
		"0, 5, 5, 1, '', '', 70, 0);");
	run(sql,
		"INSERT INTO job VALUES(7, 'front', 'i', 'n', 1, 2, 1, 'waiting', 'wake', 0, 0, '',"
		"1, 100, 1000, 100, 2, 0, 0, '', '', '', 0, 0, 0, '', 'ok', '', '', -1, '', 'me', "
		"'',"
		"'', 0, 0, 1, 1, 1, 0, 1, 1, 0, 0, 0, -1, -1);");
	run(sql, "PRAGMA user_version=2");
	sqlite3_close(sql);
}

Test(store_upgrade, locks_and_jobs_of_version_2_get_the_default_policy)
{
	struct store *store = NULL;
	struct store_contents contents = { 0 };
	struct err e = { 0 };

	make_version_2();
	cr_assert(eq(int, store_open(&store, path, NULL, &e), OK), "%s", e.text);
	cr_assert(eq(int, store_load(store, 0, &contents, &e), OK), "%s", e.text);
	cr_assert(eq(sz, contents.n_locks, 1));
	cr_assert(eq(u8, contents.locks[0].policy.min_battery_percent, 70), "what was set stays");
	cr_assert(eq(int, contents.locks[0].policy.auto_update, AUTO_DEFAULT));
	cr_assert(not(contents.locks[0].policy.window.set));
	cr_assert(eq(i16, contents.locks[0].sag_half_percent, -1));
	cr_assert(eq(sz, contents.n_jobs, 1));
	cr_assert(eq(i64, contents.jobs[0].id, 7));
	cr_assert(eq(u64, contents.jobs[0].bytes_done, 100));
	cr_assert(not(contents.jobs[0].verify_only || contents.jobs[0].automatic));
	cr_assert(not(contents.jobs[0].vendor || contents.jobs[0].guided));
	cr_assert(eq(int, contents.jobs[0].intent, INTENT_NONE));
	cr_assert(eq(u8, contents.locks[0].n_components, 0));
	store_contents_done(&contents);
	store_close(store);
	temp_dir_remove(dir);
}

/* A database as the first n migrations made it, empty. */
static void make_version(size_t n)
{
	sqlite3 *sql = NULL;
	char text[40];

	temp_dir_make(dir);
	(void)snprintf(path, sizeof path, "%s/db.sqlite", dir);
	cr_assert(eq(int, sqlite3_open(path, &sql), SQLITE_OK));
	for (size_t i = 0; i < n; i++)
		run(sql, store_migrations[i]);
	(void)snprintf(text, sizeof text, "PRAGMA user_version=%zu", n);
	run(sql, text);
	sqlite3_close(sql);
}

static bool is_there(const char *suffix)
{
	char file[TEMP_PATH + 40];
	FILE *f;

	(void)snprintf(file, sizeof file, "%s%s", path, suffix);
	f = fopen(file, "r");
	if (f)
		(void)fclose(f);
	return f;
}

Test(store_upgrade, from_each_older_version_and_a_copy_is_kept)
{
	for (size_t n = 1; n < store_n_migrations; n++) {
		struct store *store = NULL;
		struct store_contents contents = { 0 };
		struct err e = { 0 };
		char copy[40];

		make_version(n);
		cr_assert(eq(int, store_open(&store, path, NULL, &e), OK), "%zu: %s", n, e.text);
		cr_assert(eq(int, store_load(store, 0, &contents, &e), OK), "%zu: %s", n, e.text);
		store_contents_done(&contents);
		store_close(store);
		(void)snprintf(copy, sizeof copy, ".v%zu.bak", n);
		cr_assert(is_there(copy), "%s", copy);
		temp_dir_remove(dir);
	}
}

Test(store_upgrade, a_newer_database_is_refused_and_named)
{
	struct store *store = NULL;
	struct err e = { 0 };
	char newer[20];

	make_version(store_n_migrations);
	cr_assert(eq(int, store_open(&store, path, NULL, &e), OK), "%s", e.text);
	store_close(store);
	{
		sqlite3 *sql = NULL;
		char text[40];

		(void)snprintf(newer, sizeof newer, "%zu", store_n_migrations + 1);
		(void)snprintf(text, sizeof text, "PRAGMA user_version=%s", newer);
		cr_assert(eq(int, sqlite3_open(path, &sql), SQLITE_OK));
		run(sql, text);
		sqlite3_close(sql);
	}
	cr_assert(ne(int, store_open(&store, path, NULL, &e), OK));
	cr_assert(strstr(e.text, newer) != NULL, "%s", e.text);
	temp_dir_remove(dir);
}
