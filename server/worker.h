/* worker.h: one thread with a queue for what blocks; answers come back in the loop.
 *
 * Tests on virtual time link tests/support/worker_inline.c, which runs the work at once and posts
 * done(). Threads of the service: db, net, work. */
#pragma once

#include "server/loop.h"

struct worker;

/* Embedded in the caller's own object; must live until done() ran. */
struct work {
	void (*run)(struct work *work);  /* on the worker's thread; no access to loop-owned data */
	void (*done)(struct work *work); /* in the loop; may free the object */
	struct work *next;               /* the queue's own */
};

/* Called on the worker's thread around each batch: all work queued at that moment (at most
 * WORKER_BATCH_MAX). With them db makes one transaction and one fsync out of many requests. */
enum { WORKER_BATCH_MAX = 256 };
struct worker_batch {
	void (*begin)(void *owner);
	void (*end)(void *owner); /* done() of the batch's work is posted after it */
	void *owner;
};

struct worker *worker_new(struct loop *loop, const char *name, const struct worker_batch *batch);
void worker_submit(struct worker *worker, struct work *work); /* from the loop; FIFO */
/* Finishes what is queued, joins the thread, then calls the outstanding done()s directly. */
void worker_free(struct worker *worker);
/* The same at the end of the process, for work that may hang (a name that is looked up): what is
 * not over in two seconds is left alone with all that it uses, and its done() is never called. */
void worker_leave(struct worker *worker);
