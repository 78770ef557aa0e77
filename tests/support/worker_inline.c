#include "tests/support/worker_inline.h"

#include "server/base/alloc.h"
#include "server/worker.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { WAITING_MAX = 256 };

static const char *held; /* a name; NULL: none */
static struct {
	struct worker *worker;
	struct work *work;
} waiting[WAITING_MAX];
static size_t n_waiting;

struct worker {
	const char *name;
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

	worker->name = name;
	worker->loop = loop;
	if (batch)
		worker->batch = *batch;
	worker->done_end = &worker->done;
	worker->deliver = loop_timer_new(loop, deliver, worker);
	return worker;
}

static void do_now(struct worker *worker, struct work *work)
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

void worker_submit(struct worker *worker, struct work *work)
{
	if (!held || strcmp(held, worker->name) != 0) {
		do_now(worker, work);
		return;
	}
	if (n_waiting == WAITING_MAX)
		abort();
	waiting[n_waiting].worker = worker;
	waiting[n_waiting++].work = work;
}

void worker_hold(const char *name)
{
	held = name;
}

void worker_step(void)
{
	for (size_t i = 0; i < n_waiting; i++)
		do_now(waiting[i].worker, waiting[i].work);
	n_waiting = 0;
}

void worker_release(void)
{
	held = NULL;
	worker_step();
}

void worker_free(struct worker *worker)
{
	if (!worker)
		return;
	worker_release();
	while (worker->done)
		deliver(worker);
	loop_timer_free(worker->deliver);
	free(worker);
}
