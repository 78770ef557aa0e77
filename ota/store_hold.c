/* store_hold.c: the database file held still for a backup. */
#include "ota/store_private.h"
#include "server/base/alloc.h"

#include <stdlib.h>

struct hold_op {
	struct db_op op;
	store_simple_done *done;
	void *owner;
};

static void hold_done(struct db_op *op)
{
	struct hold_op *hold = (struct hold_op *)op;

	hold->done(hold->owner, &op->err);
	free(hold);
}

void store_hold(struct store *store, bool hold, store_simple_done *done, void *owner)
{
	struct hold_op *op = xcalloc(1, sizeof *op);

	op->op.run = hold ? db_hold : db_release;
	op->op.outside = true;
	op->op.done = hold_done;
	op->done = done;
	op->owner = owner;
	db_submit(store->db, &op->op);
}
