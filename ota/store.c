#include "ota/store_private.h"
#include "server/base/alloc.h"

#include <stdlib.h>

enum err_code store_open(struct store **out, const char *path, struct loop *loop, struct err *e)
{
	struct store *store = xcalloc(1, sizeof *store);
	enum err_code code =
		db_open(&store->db, path, store_migrations, store_n_migrations, loop, e);

	if (code) {
		free(store);
		return code;
	}
	*out = store;
	return OK;
}

void store_close(struct store *store)
{
	if (!store)
		return;
	db_close(store->db); /* its last done()s may still use corners */
	store_corners_free(store->corners);
	free(store);
}

struct load {
	struct db_op op;
	int64_t wall;
	struct rows locks, images, jobs;
	int64_t last_event, paused;
};

static enum err_code load_rows(
	sqlite3 *sql, const struct table *table, const char *tail, struct rows *out, struct err *e)
{
	sqlite3_stmt *statement;
	enum err_code code = row_select(sql, &statement, table, e, "%s", tail);

	return code ? code : rows_read(sql, statement, table, out, e);
}

static enum err_code load_jobs(sqlite3 *sql, int64_t wall, struct rows *out, struct err *e)
{
	sqlite3_stmt *statement;
	enum err_code code = row_select(sql, &statement, &store_job_table, e,
		"WHERE phase NOT IN " FINAL_PHASES " OR (phase = 'cancelled' AND abort_until <> 0"
		" AND abort_until > ?) ORDER BY id");

	if (code)
		return code;
	db_bind(statement, "l", wall);
	return rows_read(sql, statement, &store_job_table, out, e);
}

static enum err_code load_last_event(sqlite3 *sql, int64_t *out, struct err *e)
{
	sqlite3_stmt *statement;
	/* Also right when every event was pruned. */
	enum err_code code = db_prepare(sql, &statement,
		"SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'event'", e);

	if (code)
		return code;
	if (sqlite3_step(statement) == SQLITE_ROW)
		*out = sqlite3_column_int64(statement, 0);
	else
		code = db_error(sql, e);
	sqlite3_finalize(statement);
	return code;
}

static enum err_code run_load(struct db_op *op, sqlite3 *sql, struct err *e)
{
	struct load *load = (struct load *)op;
	enum err_code code = load_rows(sql, &store_lock_table, "ORDER BY id", &load->locks, e);

	if (!code)
		code = store_load_components(sql, &load->locks, e);
	if (!code)
		code = load_rows(
			sql, &store_image_table, "ORDER BY added_at, id", &load->images, e);
	if (!code)
		code = load_jobs(sql, load->wall, &load->jobs, e);
	if (!code)
		code = load_last_event(sql, &load->last_event, e);
	/* No adapter has such an id. */
	if (!code)
		code = db_number(sql,
			"SELECT count(*) FROM adapter_value"
			" WHERE adapter = '*engine' AND key = 'paused' AND value = 'true'",
			&load->paused, e);
	return code;
}

enum err_code store_load(
	struct store *store, int64_t wall, struct store_contents *out, struct err *e)
{
	struct load load = { .op = { .run = run_load }, .wall = wall };
	enum err_code code = db_now(store->db, &load.op, e);
	struct store_contents contents = { .locks = load.locks.data,
		.n_locks = load.locks.n,
		.images = load.images.data,
		.n_images = load.images.n,
		.jobs = load.jobs.data,
		.n_jobs = load.jobs.n,
		.last_event = load.last_event,
		.paused = load.paused };

	if (code)
		store_contents_done(&contents);
	else
		*out = contents;
	return code;
}

void store_contents_done(struct store_contents *contents)
{
	free(contents->locks);
	free(contents->images);
	free(contents->jobs);
	*contents = (struct store_contents){ .last_event = 0 };
}
