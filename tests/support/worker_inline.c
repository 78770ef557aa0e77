#include "server/base/alloc.h"
#include "server/worker.h"

#include <stdlib.h>

struct worker {
	struct loop *loop;
	struct worker_batch batch;
	struct work *done, **done_end;
	struct loop_timer *deliver; /* not loop_post(): it could not be taken back */
};

static void take_all(struct worker *worker, struct work **out)
{
	*out = worker->done;
	worker->done = NULL;
	worker->done_end = &worker->done;
}

static void deliver(void *owner)
{
	struct worker *worker = owner;
	struct work *work;

	take_all(worker, &work);
	while (work) {
		struct work *next = work->next;

		work->done(work);
		work = next;
	}
}

struct worker *worker_new(struct loop *loop, const char *name, const struct worker_batch *batch)
{
	struct worker *worker = xcalloc(1, sizeof *worker);

	(void)name;
	worker->loop = loop;
	if (batch)
		worker->batch = *batch;
	worker->done_end = &worker->done;
	worker->deliver = loop_timer_new(loop, deliver, worker);
	return worker;
}

void worker_submit(struct worker *worker, struct work *work)
{
	work->next = NULL;
	if (worker->batch.begin)
		worker->batch.begin(worker->batch.owner);
	work->run(work);
	if (worker->batch.end)
		worker->batch.end(worker->batch.owner);
	*worker->done_end = work;
	worker->done_end = &work->next;
	loop_timer_set(worker->deliver, loop_now(worker->loop));
}

void worker_free(struct worker *worker)
{
	if (!worker)
		return;
	while (worker->done)
		deliver(worker);
	loop_timer_free(worker->deliver);
	free(worker);
}
