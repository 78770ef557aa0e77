/* store_kv.c: what adapters remember. Read from memory, written behind, in order. */
#include "ota/store_private.h"
#include "server/base/alloc.h"
#include "server/base/log.h"

#include <stdlib.h>
#include <string.h>

struct entry {
	char *key, *value;
	struct entry *next;
};

struct corner {
	struct adapter_store base;
	struct store *store;
	char *adapter;
	struct entry *entries;
	struct corner *next;
};

struct kv_op {
	struct db_op op;
	struct corner *corner;
	char *key, *value; /* value NULL: delete */
};

static struct entry **find(struct corner *corner, const char *key)
{
	struct entry **at = &corner->entries;

	while (*at && strcmp((*at)->key, key) != 0)
		at = &(*at)->next;
	return at;
}

static void free_entry(struct entry *entry)
{
	free(entry->key);
	free(entry->value);
	free(entry);
}

static void remember(struct corner *corner, const char *key, const char *value)
{
	struct entry **at = find(corner, key);
	struct entry *old = *at;

	if (old)
		*at = old->next;
	if (value) {
		struct entry *entry = xcalloc(1, sizeof *entry);

		entry->key = xstrdup(key);
		entry->value = xstrdup(value);
		entry->next = corner->entries;
		corner->entries = entry;
	}
	/* Last, because key and value may be parts of it. */
	if (old)
		free_entry(old);
}

static enum err_code run_write(struct db_op *op, sqlite3 *sql, struct err *e)
{
	struct kv_op *kv = (struct kv_op *)op;
	sqlite3_stmt *statement;
	enum err_code code = db_prepare(sql, &statement,
		kv->value ? "INSERT INTO adapter_value(adapter, key, value) VALUES(?1, ?2, ?3)"
			    " ON CONFLICT DO UPDATE SET value = excluded.value"
			  : "DELETE FROM adapter_value"
			    " WHERE adapter = ?1 AND key = ?2 AND ?3 IS NULL",
		e);

	if (code)
		return code;
	db_bind(statement, "ttt", kv->corner->adapter, kv->key, kv->value);
	return db_run(sql, statement, e);
}

static void written(struct db_op *op)
{
	struct kv_op *kv = (struct kv_op *)op;

	/* The value stays in memory; the adapter puts it again when it learns it again. */
	if (op->err.code)
		log_warn("adapter=%s key=%s error=%s \"not remembered: %s\"", kv->corner->adapter,
			kv->key, op->err.reason, op->err.text);
	free(kv->key);
	free(kv->value);
	free(kv);
}

static const char *corner_get(struct adapter_store *base, const char *key)
{
	struct entry *entry = *find((struct corner *)base, key);

	return entry ? entry->value : NULL;
}

static void corner_put(struct adapter_store *base, const char *key, const char *value)
{
	struct corner *corner = (struct corner *)base;
	const char *old = corner_get(base, key);
	struct kv_op *kv;

	if (strlen(key) > STORE_KEY_MAX || (value && strlen(value) > STORE_VALUE_MAX)) {
		log_error(
			"adapter=%s key=%.64s \"not remembered: too long\"", corner->adapter, key);
		return;
	}
	if (value == old || (value && old && strcmp(value, old) == 0))
		return; /* nothing new is no reason to wear the disk */
	kv = xcalloc(1, sizeof *kv);
	kv->op.run = run_write;
	kv->op.done = written;
	kv->corner = corner;
	kv->key = xstrdup(key);
	kv->value = value ? xstrdup(value) : NULL;
	remember(corner, key, value);
	db_submit(corner->store->db, &kv->op);
}

struct corner_load {
	struct db_op op;
	struct corner *corner;
};

static enum err_code run_load(struct db_op *op, sqlite3 *sql, struct err *e)
{
	struct corner *corner = ((struct corner_load *)op)->corner;
	sqlite3_stmt *statement;
	enum err_code code = db_prepare(
		sql, &statement, "SELECT key, value FROM adapter_value WHERE adapter = ?", e);
	int step;

	if (code)
		return code;
	db_bind(statement, "t", corner->adapter);
	while ((step = sqlite3_step(statement)) == SQLITE_ROW)
		remember(corner, (const char *)sqlite3_column_text(statement, 0),
			(const char *)sqlite3_column_text(statement, 1));
	if (step != SQLITE_DONE)
		code = db_error(sql, e);
	sqlite3_finalize(statement);
	return code;
}

void store_corners_free(struct corner *corners)
{
	while (corners) {
		struct corner *next = corners->next;

		while (corners->entries) {
			struct entry *entry = corners->entries;

			corners->entries = entry->next;
			free_entry(entry);
		}
		free(corners->adapter);
		free(corners);
		corners = next;
	}
}

enum err_code store_adapter_store(
	struct store *store, const char *adapter, struct adapter_store **out, struct err *e)
{
	struct corner *corner = xcalloc(1, sizeof *corner);
	struct corner_load load = { .op = { .run = run_load }, .corner = corner };
	enum err_code code;

	corner->base = (struct adapter_store){ corner_get, corner_put };
	corner->store = store;
	corner->adapter = xstrdup(adapter);
	code = db_now(store->db, &load.op, e);
	if (code) {
		store_corners_free(corner);
		return code;
	}
	corner->next = store->corners;
	store->corners = corner;
	*out = &corner->base;
	return OK;
}
