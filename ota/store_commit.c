/* store_commit.c: one atomic change. */
#include "ota/store_private.h"
#include "server/base/alloc.h"

#include <assert.h>
#include <stdlib.h>

struct commit {
	struct db_op op;
	struct store_change change; /* pointers are our copies */
	int64_t job_id, in_the_way;
	store_done *done;
	void *owner;
};

static enum err_code put_pause(sqlite3 *sql, bool paused, struct err *e)
{
	sqlite3_stmt *statement;
	enum err_code code = db_prepare(sql, &statement,
		"INSERT INTO adapter_value(adapter, key, value) VALUES('*engine', 'paused', ?)"
		" ON CONFLICT DO UPDATE SET value = excluded.value",
		e);

	if (code)
		return code;
	db_bind(statement, "t", paused ? "true" : "false");
	return db_run(sql, statement, e);
}

static enum err_code put_rows(sqlite3 *sql, const struct store_change *change, struct err *e)
{
	enum err_code code = OK;

	if (change->lock)
		code = row_put(sql, &store_lock_table, change->lock, e);
	if (!code && change->lock)
		code = store_put_components(sql, change->lock, e);
	if (!code && change->remove_lock)
		code = row_delete(sql, "DELETE FROM lock WHERE id = ?", change->remove_lock, e);
	if (!code && change->remove_lock)
		code = store_remove_components(sql, change->remove_lock, e);
	if (!code && change->image)
		code = row_put(sql, &store_image_table, change->image, e);
	if (!code && change->remove_image)
		code = row_delete(sql, "DELETE FROM image WHERE id = ?", change->remove_image, e);
	if (!code && change->paused)
		code = put_pause(sql, *change->paused, e);
	return code;
}

static enum err_code put_event(sqlite3 *sql, struct event *event, struct err *e)
{
	enum err_code code;

	event->seq = 0;
	code = row_put(sql, &store_event_table, event, e);
	if (!code)
		event->seq = sqlite3_last_insert_rowid(sql);
	return code;
}

static enum err_code run_commit(struct db_op *op, sqlite3 *sql, struct err *e)
{
	struct commit *commit = (struct commit *)op;
	struct store_change *change = &commit->change;
	enum err_code code = put_rows(sql, change, e);

	if (!code && change->job)
		code = store_put_job(sql, change->job, &commit->job_id, &commit->in_the_way, e);
	for (size_t i = 0; !code && i < change->n_events; i++) {
		struct event *event = &change->events[i];

		if (change->job && !change->job->id && !event->job)
			event->job = commit->job_id;
		code = put_event(sql, event, e);
	}
	return code;
}

static void commit_done(struct db_op *op)
{
	struct commit *commit = (struct commit *)op;
	struct store_change *change = &commit->change;

	if (op->err.code)
		commit->done(commit->owner, &op->err, commit->in_the_way, NULL, 0);
	else
		commit->done(
			commit->owner, &op->err, commit->job_id, change->events, change->n_events);
	free((void *)change->job);
	free((void *)change->lock);
	free((void *)change->remove_lock);
	free((void *)change->image);
	free((void *)change->remove_image);
	free((void *)change->paused);
	free(commit);
}

static void *copy(const void *data, size_t size)
{
	return data ? xmemdup(data, size) : NULL;
}

static char *copy_text(const char *text)
{
	return text ? xstrdup(text) : NULL;
}

void store_commit(
	struct store *store, const struct store_change *change, store_done *done, void *owner)
{
	struct commit *commit = xcalloc(1, sizeof *commit);

	assert(change->n_events <= CHANGE_EVENTS_MAX);
	commit->op.run = run_commit;
	commit->op.done = commit_done;
	commit->change = *change;
	commit->change.job = copy(change->job, sizeof *change->job);
	commit->change.lock = copy(change->lock, sizeof *change->lock);
	commit->change.remove_lock = copy_text(change->remove_lock);
	commit->change.image = copy(change->image, sizeof *change->image);
	commit->change.remove_image = copy_text(change->remove_image);
	commit->change.paused = copy(change->paused, sizeof *change->paused);
	commit->done = done;
	commit->owner = owner;
	db_submit(store->db, &commit->op);
}
