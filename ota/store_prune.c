/* store_prune.c: the end of the history, in portions. */
#include "ota/store_private.h"
#include "server/base/alloc.h"

#include <stdlib.h>

enum { PRUNE_EVENTS = 512, PRUNE_JOBS = 64 };

/* The oldest events that may go. Only they are looked at, so that a call costs the same however
 * many there are; ?1 = before (all of them may go at INT64_MAX), ?2 = how many. */
#define OLDEST_EVENTS                                                                              \
	"FROM event WHERE at < ?1 AND seq IN (SELECT seq FROM event WHERE job NOT IN"              \
	" (SELECT id FROM job INDEXED BY job_active WHERE phase NOT IN " FINAL_PHASES ")"          \
	" ORDER BY seq LIMIT ?2)"

struct prune {
	struct db_op op;
	struct retention retention;
	bool more;
	store_pruned *done;
	void *owner;
};

static enum err_code run_limited(
	sqlite3 *sql, const char *text, int64_t before, int limit, struct err *e)
{
	sqlite3_stmt *statement;
	enum err_code code = db_prepare(sql, &statement, text, e);

	if (code)
		return code;
	db_bind(statement, "li", before, limit);
	return db_run(sql, statement, e);
}

/* What is used of the file. The file itself does not shrink: what is freed is used again. */
static enum err_code is_too_big(sqlite3 *sql, int64_t max_size, bool *out, struct err *e)
{
	int64_t pages = 0, unused = 0, size = 0;
	enum err_code code = db_number(sql, "PRAGMA page_count", &pages, e);

	if (!code)
		code = db_number(sql, "PRAGMA freelist_count", &unused, e);
	if (!code)
		code = db_number(sql, "PRAGMA page_size", &size, e);
	*out = !code && max_size && (pages - unused) * size > max_size;
	return code;
}

static enum err_code prune_events(sqlite3 *sql, int64_t before, int *n, struct err *e)
{
	enum err_code code = run_limited(sql,
		"UPDATE history SET pruned = max(pruned, (SELECT max(seq) " OLDEST_EVENTS "))"
		" WHERE EXISTS (SELECT 1 " OLDEST_EVENTS ")",
		before, PRUNE_EVENTS, e);

	if (!code)
		code = run_limited(sql, "DELETE " OLDEST_EVENTS, before, PRUNE_EVENTS, e);
	if (!code)
		*n = sqlite3_changes(sql);
	return code;
}

/* NOT INDEXED: in the order of ids without sorting them all. */
static enum err_code prune_jobs(sqlite3 *sql, int64_t before, int *n, struct err *e)
{
	enum err_code code = run_limited(sql,
		"DELETE FROM job WHERE max(ended_at, changed_at, abort_until) < ?1 AND id IN"
		" (SELECT id FROM job NOT INDEXED WHERE phase IN " FINAL_PHASES
		" ORDER BY id LIMIT ?2)",
		before, PRUNE_JOBS, e);

	if (!code)
		*n = sqlite3_changes(sql);
	return code;
}

/* Since when all events are there. A job that was over before goes, too. */
static enum err_code begin_of_events(sqlite3 *sql, int64_t *out, struct err *e)
{
	return db_number(sql,
		"SELECT coalesce((SELECT at FROM event WHERE seq > (SELECT pruned FROM history)"
		" ORDER BY seq LIMIT 1), -1)",
		out, e);
}

static enum err_code run_prune(struct db_op *op, sqlite3 *sql, struct err *e)
{
	struct prune *prune = (struct prune *)op;
	int64_t before = prune->retention.before, past = 0;
	int events = 0, jobs = 0;
	bool too_big = false;
	enum err_code code = is_too_big(sql, prune->retention.max_size, &too_big, e);

	if (!code)
		code = prune_events(sql, too_big ? INT64_MAX : before, &events, e);
	if (!code && too_big)
		code = begin_of_events(sql, &past, e);
	if (past < 0 || past > prune->retention.now)
		past = prune->retention.now;
	if (!code)
		code = prune_jobs(sql, past > before ? past : before, &jobs, e);
	prune->more = events == PRUNE_EVENTS || jobs == PRUNE_JOBS || (too_big && events + jobs);
	return code;
}

static void prune_done(struct db_op *op)
{
	struct prune *prune = (struct prune *)op;

	prune->done(prune->owner, &op->err, !op->err.code && prune->more);
	free(prune);
}

void store_prune(
	struct store *store, const struct retention *retention, store_pruned *done, void *owner)
{
	struct prune *prune = xcalloc(1, sizeof *prune);

	*prune = (struct prune){ .op = { .run = run_prune, .done = prune_done },
		.retention = *retention,
		.done = done,
		.owner = owner };
	db_submit(store->db, &prune->op);
}
