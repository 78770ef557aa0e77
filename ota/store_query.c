/* store_query.c: pages of jobs. */
#include "ota/store_private.h"
#include "server/base/alloc.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { JOBS_MAX = 200, TAIL_MAX = 512 };

struct jobs_query {
	struct db_op op;
	int64_t id, before;
	char *lock, *phase, *key; /* NULL: any */
	size_t limit;
	struct rows rows;
	bool more;
	store_jobs_done *done;
	void *owner;
};

static char *copy(const char *text)
{
	return text ? xstrdup(text) : NULL;
}

/* ?1 = before, ?2 = limit, ?3 = lock, ?4 = phase, ?5 = key */
static void write_tail(char tail[TAIL_MAX], const struct jobs_query *query)
{
	bool active = query->phase && strcmp(query->phase, "active") == 0;
	bool final = query->phase && strcmp(query->phase, "final") == 0;
	const char *phase = "";

	if (active)
		phase = " AND phase NOT IN " FINAL_PHASES;
	else if (final)
		phase = " AND phase IN " FINAL_PHASES;
	else if (query->phase)
		phase = " AND phase = ?4";
	/* Left alone, SQLite walks all final jobs in search of the few active ones. */
	(void)snprintf(tail, TAIL_MAX, "%s WHERE id < ?1%s%s%s ORDER BY id DESC LIMIT ?2",
		active ? "INDEXED BY job_active" : "", query->lock ? " AND lock = ?3" : "", phase,
		query->key ? " AND idempotency_key = ?5 AND idempotency_key <> ''" : "");
}

static void bind_text(sqlite3_stmt *statement, const char *name, const char *text)
{
	int i = sqlite3_bind_parameter_index(statement, name);

	if (i && sqlite3_bind_text(statement, i, text, -1, SQLITE_STATIC) != SQLITE_OK)
		assert(false && "a parameter that exists");
}

static enum err_code run_jobs(struct db_op *op, sqlite3 *sql, struct err *e)
{
	struct jobs_query *query = (struct jobs_query *)op;
	char tail[TAIL_MAX];
	sqlite3_stmt *statement;
	enum err_code code;

	write_tail(tail, query);
	code = row_select(sql, &statement, &store_job_table, e, "%s", tail);
	if (code)
		return code;
	db_bind(statement, "ll", query->before ? query->before : INT64_MAX,
		(int64_t)query->limit + 1);
	bind_text(statement, "?3", query->lock);
	bind_text(statement, "?4", query->phase);
	bind_text(statement, "?5", query->key);
	code = rows_read(sql, statement, &store_job_table, &query->rows, e);
	query->more = !code && query->rows.n > query->limit;
	if (query->more)
		query->rows.n = query->limit;
	return code;
}

static enum err_code run_job(struct db_op *op, sqlite3 *sql, struct err *e)
{
	struct jobs_query *query = (struct jobs_query *)op;
	sqlite3_stmt *statement;
	enum err_code code = row_select(sql, &statement, &store_job_table, e, "WHERE id = ?");

	if (code)
		return code;
	db_bind(statement, "l", query->id);
	return rows_read(sql, statement, &store_job_table, &query->rows, e);
}

static void jobs_done(struct db_op *op)
{
	struct jobs_query *query = (struct jobs_query *)op;
	bool good = !op->err.code;

	query->done(query->owner, &op->err, good ? query->rows.data : NULL,
		good ? query->rows.n : 0, good && query->more);
	free(query->rows.data);
	free(query->lock);
	free(query->phase);
	free(query->key);
	free(query);
}

void store_jobs(
	struct store *store, const struct job_filter *filter, store_jobs_done *done, void *owner)
{
	struct jobs_query *query = xcalloc(1, sizeof *query);

	assert(filter->limit >= 1 && filter->limit <= JOBS_MAX);
	*query = (struct jobs_query){ .op = { .run = run_jobs, .done = jobs_done },
		.before = filter->before,
		.lock = copy(filter->lock),
		.phase = copy(filter->phase),
		.key = copy(filter->idempotency_key),
		.limit = filter->limit,
		.done = done,
		.owner = owner };
	db_submit(store->db, &query->op);
}

void store_job(struct store *store, int64_t id, store_jobs_done *done, void *owner)
{
	struct jobs_query *query = xcalloc(1, sizeof *query);

	*query = (struct jobs_query){
		.op = { .run = run_job, .done = jobs_done }, .id = id, .done = done, .owner = owner
	};
	db_submit(store->db, &query->op);
}
