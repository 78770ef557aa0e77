/* store_event.c: how an event is kept, and pages of events. */
#include "ota/store_private.h"
#include "server/base/alloc.h"
#include "server/base/check.h"

#include <assert.h>
#include <stdlib.h>

enum { EVENTS_MAX = 1000 };

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

/* Older ones of active jobs may be there, too, but not what was between them. */
static enum err_code read_oldest(sqlite3 *sql, int64_t *oldest, struct err *e)
{
	return db_number(sql,
		"SELECT coalesce(min(seq), 0) FROM event WHERE seq > (SELECT pruned FROM history)",
		oldest, e);
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
