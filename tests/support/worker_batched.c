#include "tests/support/worker_batched.h"

#include "server/base/alloc.h"

#include <assert.h>
#include <stdlib.h>

struct worker {
	struct worker_batch batch;
	struct work *first, **end;
};

static struct worker *the_worker;

struct worker *worker_new(struct loop *loop, const char *name, const struct worker_batch *batch)
{
	(void)loop;
	(void)name;
	assert(!the_worker && batch);
	the_worker = xcalloc(1, sizeof *the_worker);
	the_worker->batch = *batch;
	the_worker->end = &the_worker->first;
	return the_worker;
}

void worker_submit(struct worker *worker, struct work *work)
{
	work->next = NULL;
	*worker->end = work;
	worker->end = &work->next;
}

unsigned worker_run_batch(void)
{
	struct work *all[WORKER_BATCH_MAX];
	unsigned n = 0;

	while (the_worker->first && n < WORKER_BATCH_MAX) {
		all[n++] = the_worker->first;
		the_worker->first = the_worker->first->next;
	}
	if (!the_worker->first)
		the_worker->end = &the_worker->first;
	if (n)
		the_worker->batch.begin(the_worker->batch.owner);
	for (unsigned i = 0; i < n; i++)
		all[i]->run(all[i]);
	if (n)
		the_worker->batch.end(the_worker->batch.owner);
	for (unsigned i = 0; i < n; i++)
		all[i]->done(all[i]);
	return n;
}

void worker_free(struct worker *worker)
{
	if (!worker)
		return;
	while (worker_run_batch())
		;
	free(worker);
	the_worker = NULL;
}
