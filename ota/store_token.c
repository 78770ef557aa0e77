/* store_token.c: the digests of API tokens. */
#include "ota/store_private.h"
#include "server/base/alloc.h"
#include "server/base/check.h"

#include <stdlib.h>

#define TEXT(member) FIELD(FIELD_TEXT, struct token, member, #member)
#define INT(member) FIELD(FIELD_SIGNED, struct token, member, #member)

static const struct field fields[] = {
	TEXT(name),
	TEXT(digest),
	INT(scope),
	INT(created_at),
	INT(used_at),
};

static const struct table token_table = { "token", sizeof(struct token), fields,
	ARRAY_SIZE(fields) };

struct token_op {
	struct db_op op;
	struct token token;
	char *name; /* to remove */
	struct rows rows;
	store_simple_done *done;
	void *owner;
};

static enum err_code run_load(struct db_op *op, sqlite3 *sql, struct err *e)
{
	sqlite3_stmt *statement;
	enum err_code code = row_select(sql, &statement, &token_table, e, "ORDER BY name");

	if (code)
		return code;
	return rows_read(sql, statement, &token_table, &((struct token_op *)op)->rows, e);
}

enum err_code store_tokens_load(struct store *store, struct token **out, size_t *n, struct err *e)
{
	struct token_op load = { .op = { .run = run_load } };
	enum err_code code = db_now(store->db, &load.op, e);

	if (code) {
		free(load.rows.data);
		return code;
	}
	*out = load.rows.data;
	*n = load.rows.n;
	return OK;
}

static enum err_code run_put(struct db_op *op, sqlite3 *sql, struct err *e)
{
	return row_put(sql, &token_table, &((struct token_op *)op)->token, e);
}

static enum err_code run_remove(struct db_op *op, sqlite3 *sql, struct err *e)
{
	struct token_op *remove = (struct token_op *)op;
	enum err_code code = row_delete(sql, "DELETE FROM token WHERE name = ?", remove->name, e);

	if (code || sqlite3_changes(sql))
		return code;
	return err_set(e, ERR_NOT_FOUND, "there is no token %.100s", remove->name);
}

static void token_done(struct db_op *op)
{
	struct token_op *token = (struct token_op *)op;

	token->done(token->owner, &op->err);
	free(token->name);
	free(token);
}

void store_token_put(
	struct store *store, const struct token *token, store_simple_done *done, void *owner)
{
	struct token_op *put = xcalloc(1, sizeof *put);

	put->op.run = run_put;
	put->op.done = token_done;
	put->token = *token;
	put->done = done;
	put->owner = owner;
	db_submit(store->db, &put->op);
}

void store_token_remove(struct store *store, const char *name, store_simple_done *done, void *owner)
{
	struct token_op *remove = xcalloc(1, sizeof *remove);

	remove->op.run = run_remove;
	remove->op.done = token_done;
	remove->name = xstrdup(name);
	remove->done = done;
	remove->owner = owner;
	db_submit(store->db, &remove->op);
}
