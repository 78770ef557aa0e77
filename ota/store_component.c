/* store_component.c: the components of vendors' locks, a table of their own beside that of the
 * locks.
 */
#include "ota/store_private.h"
#include "server/base/check.h"
#include "server/base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct row {
	char key[LOCK_ID_SIZE + 4]; /* "front-door/0" */
	char lock[LOCK_ID_SIZE];
	uint8_t position;
	struct lock_component it;
};

static const char *state_name(int state)
{
	return vendor_state_name((enum vendor_state)state);
}

static const struct names states = { state_name, VENDOR_TIMED_OUT + 1 };

#define TEXT(member, column) FIELD(FIELD_TEXT, struct row, member, column)

static const struct field fields[] = {
	TEXT(key, "key"),
	TEXT(lock, "lock"),
	FIELD(FIELD_UNSIGNED, struct row, position, "position"),
	TEXT(it.id, "id"),
	TEXT(it.label, "label"),
	TEXT(it.installed, "installed"),
	TEXT(it.available, "available"),
	FIELD_ENUM(struct row, it.state, "state", &states),
	FIELD(FIELD_BOOL, struct row, it.blocked, "blocked"),
	TEXT(it.why, "why"),
	TEXT(it.notes, "notes"),
	FIELD(FIELD_UNSIGNED, struct row, it.timeout_s, "timeout_s"),
};

static const struct table table = { "component", sizeof(struct row), fields, ARRAY_SIZE(fields) };

enum err_code store_remove_components(sqlite3 *sql, const char *lock, struct err *e)
{
	return row_delete(sql, "DELETE FROM component WHERE lock = ?", lock, e);
}

enum err_code store_put_components(sqlite3 *sql, const struct lock *lock, struct err *e)
{
	enum err_code code = store_remove_components(sql, lock->id, e);

	for (uint8_t i = 0; !code && i < lock->n_components; i++) {
		struct row row = { .position = i, .it = lock->components[i] };

		(void)snprintf(row.key, sizeof row.key, "%s/%u", lock->id, i);
		(void)text_copy(row.lock, sizeof row.lock, lock->id);
		code = row_put(sql, &table, &row, e);
	}
	return code;
}

static struct lock *find(const struct rows *locks, const char *id)
{
	struct lock *all = locks->data;

	for (size_t i = 0; i < locks->n; i++)
		if (strcmp(all[i].id, id) == 0)
			return &all[i];
	return NULL;
}

enum err_code store_load_components(sqlite3 *sql, const struct rows *locks, struct err *e)
{
	struct rows rows = { NULL, 0 };
	sqlite3_stmt *statement;
	enum err_code code = row_select(sql, &statement, &table, e, "ORDER BY lock, position");

	if (!code)
		code = rows_read(sql, statement, &table, &rows, e);
	for (size_t i = 0; i < rows.n; i++) {
		const struct row *row = (const struct row *)rows.data + i;
		struct lock *lock = find(locks, row->lock);

		if (lock && lock->n_components < COMPONENTS_MAX)
			lock->components[lock->n_components++] = row->it;
	}
	free(rows.data);
	return code;
}
