/* store_event.c: how an event is kept, pages of events, and their end. */
#include "ota/store_private.h"
#include "server/base/alloc.h"
#include "server/base/check.h"
#include "server/base/log.h"

#include <assert.h>
#include <stdlib.h>

enum { EVENTS_MAX = 1000, PRUNE_EVENTS = 512, PRUNE_JOBS = 64 };

static const char *kind_name(int kind)
{
	return event_kind_name((enum event_kind)kind);
}

static const struct names kinds = { kind_name, EVENT_KINDS };

#define TEXT(member) FIELD(FIELD_TEXT, struct event, member, #member)
#define INT(member) FIELD(FIELD_SIGNED, struct event, member, #member)

static const struct field fields[] = {
	INT(seq),
	INT(at),
	FIELD_ENUM(struct event, kind, "kind", &kinds),
	INT(job),
	TEXT(lock),
	TEXT(adapter),
	TEXT(image),
	TEXT(phase),
	TEXT(waiting_for),
	TEXT(code),
	TEXT(text),
	INT(bytes_done),
	INT(bytes_total),
};

const struct table store_event_table = { "event", sizeof(struct event), fields,
	ARRAY_SIZE(fields) };

struct events_query {
	struct db_op op;
	int64_t after, job;
	char *lock;
	size_t limit;
	struct rows rows;
	bool more;
	int64_t oldest;
	store_events_done *done;
	void *owner;
};

static enum err_code read_oldest(sqlite3 *sql, int64_t *oldest, struct err *e)
{
	sqlite3_stmt *statement;
	enum err_code code = db_prepare(sql, &statement, "SELECT min(seq) FROM event", e);

	if (code)
		return code;
	if (sqlite3_step(statement) == SQLITE_ROW)
		*oldest = sqlite3_column_int64(statement, 0); /* NULL reads as 0 */
	else
		code = db_error(sql, e);
	sqlite3_finalize(statement);
	return code;
}

static enum err_code run_events(struct db_op *op, sqlite3 *sql, struct err *e)
{
	struct events_query *query = (struct events_query *)op;
	sqlite3_stmt *statement;
	/* The terms with a literal let SQLite use the partial indices. */
	enum err_code code = row_select(sql, &statement, &store_event_table, e,
		"WHERE seq > ?1 %s %s ORDER BY seq LIMIT ?2",
		query->job ? "AND job <> 0 AND job = ?3" : "AND ?3 = 0",
		query->lock ? "AND lock <> '' AND lock = ?4" : "AND ?4 IS NULL");

	if (code)
		return code;
	db_bind(statement, "lllt", query->after, (int64_t)query->limit + 1, query->job,
		query->lock);
	code = rows_read(sql, statement, &store_event_table, &query->rows, e);
	if (code)
		return code;
	query->more = query->rows.n > query->limit;
	if (query->more)
		query->rows.n = query->limit;
	return read_oldest(sql, &query->oldest, e);
}

static void events_done(struct db_op *op)
{
	struct events_query *query = (struct events_query *)op;
	bool good = !op->err.code;

	query->done(query->owner, &op->err, good ? query->rows.data : NULL,
		good ? query->rows.n : 0, good && query->more, good ? query->oldest : 0);
	free(query->rows.data);
	free(query->lock);
	free(query);
}

void store_events(struct store *store, const struct event_filter *filter, store_events_done *done,
	void *owner)
{
	struct events_query *query = xcalloc(1, sizeof *query);

	assert(filter->limit >= 1 && filter->limit <= EVENTS_MAX);
	*query = (struct events_query){ .op = { .run = run_events, .done = events_done },
		.after = filter->after,
		.job = filter->job,
		.lock = filter->lock ? xstrdup(filter->lock) : NULL,
		.limit = filter->limit,
		.done = done,
		.owner = owner };
	db_submit(store->db, &query->op);
}

struct prune {
	struct db_op op;
	int64_t before;
};

static enum err_code prune_rows(
	sqlite3 *sql, const char *text, int64_t before, int limit, struct err *e)
{
	sqlite3_stmt *statement;
	enum err_code code = db_prepare(sql, &statement, text, e);

	if (code)
		return code;
	db_bind(statement, "li", before, limit);
	return db_run(sql, statement, e);
}

/* Only the oldest rows are looked at, so that a call costs the same however many there are. */
static enum err_code run_prune(struct db_op *op, sqlite3 *sql, struct err *e)
{
	int64_t before = ((struct prune *)op)->before;
	enum err_code code = prune_rows(sql,
		"DELETE FROM event WHERE at < ?1"
		" AND seq IN (SELECT seq FROM event ORDER BY seq LIMIT ?2)",
		before, PRUNE_EVENTS, e);

	if (code)
		return code;
	return prune_rows(sql,
		"DELETE FROM job WHERE max(ended_at, changed_at, abort_until) < ?1 AND id IN"
		" (SELECT id FROM job WHERE phase IN " FINAL_PHASES " ORDER BY id LIMIT ?2)",
		before, PRUNE_JOBS, e);
}

static void prune_done(struct db_op *op)
{
	if (op->err.code)
		log_warn("store=prune error=%s \"%s\"", op->err.reason, op->err.text);
	free(op);
}

void store_prune(struct store *store, int64_t before)
{
	struct prune *prune = xcalloc(1, sizeof *prune);

	prune->op.run = run_prune;
	prune->op.done = prune_done;
	prune->before = before;
	db_submit(store->db, &prune->op);
}
