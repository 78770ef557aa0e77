#include "server/base/alloc.h"
#include "server/worker.h"

#include <assert.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

enum { LEAVE_S = 2 };
enum { STACK_SIZE = 256 * 1024 }; /* enough for SQLite and TLS; the default is 8 MiB */

struct queue {
	struct work *first, **end;
};

struct worker {
	struct loop_watch *watch;
	int ready; /* eventfd: there is done work */
	struct worker_batch batch;
	pthread_t thread;
	bool joined;
	pthread_mutex_t lock; /* of everything below */
	pthread_cond_t more;
	struct queue todo, done;
	bool quit;
};

static void empty(struct queue *q)
{
	q->first = NULL;
	q->end = &q->first;
}

static void append(struct queue *q, struct work *work)
{
	work->next = NULL;
	*q->end = work;
	q->end = &work->next;
}

/* Waits for work and takes at most a batch of it; NULL at the end. */
static struct work *take_batch(struct worker *worker)
{
	struct queue *todo = &worker->todo;

	pthread_mutex_lock(&worker->lock);
	while (!todo->first && !worker->quit)
		pthread_cond_wait(&worker->more, &worker->lock);

	struct work *batch = todo->first, **cut = &todo->first;

	for (size_t n = 0; *cut && n < WORKER_BATCH_MAX; n++)
		cut = &(*cut)->next;
	todo->first = *cut;
	*cut = NULL;
	if (!todo->first)
		empty(todo);
	pthread_mutex_unlock(&worker->lock);
	return batch;
}

static void give_back(struct worker *worker, struct work *batch)
{
	pthread_mutex_lock(&worker->lock);
	while (batch) {
		struct work *next = batch->next;

		append(&worker->done, batch);
		batch = next;
	}
	pthread_mutex_unlock(&worker->lock);
	eventfd_write(worker->ready, 1);
}

static void run_batch(struct worker *worker, struct work *batch)
{
	if (worker->batch.begin)
		worker->batch.begin(worker->batch.owner);
	for (struct work *w = batch; w; w = w->next)
		w->run(w);
	if (worker->batch.end)
		worker->batch.end(worker->batch.owner);
	give_back(worker, batch);
}

static void *work_thread(void *arg)
{
	struct worker *worker = arg;
	struct work *batch;

	while ((batch = take_batch(worker)) != NULL)
		run_batch(worker, batch);
	return NULL;
}

/* False when there was nothing. */
static bool deliver(struct worker *worker)
{
	pthread_mutex_lock(&worker->lock);
	struct work *work = worker->done.first;
	bool any = work != NULL;

	empty(&worker->done);
	pthread_mutex_unlock(&worker->lock);
	while (work) {
		struct work *next = work->next;

		work->done(work);
		work = next;
	}
	return any;
}

static void on_ready(void *owner, unsigned events)
{
	struct worker *worker = owner;
	eventfd_t count;

	(void)events;
	if (!eventfd_read(worker->ready, &count))
		(void)deliver(worker); /* nothing: an earlier round took it */
}

static void start_thread(struct worker *worker, const char *name)
{
	pthread_attr_t attr;
	sigset_t all, before;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK_SIZE);
	/* Signals belong to the loop's thread. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	int failed = pthread_create(&worker->thread, &attr, work_thread, worker);

	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attr);
	assert(!failed && "no thread at the start");
	(void)failed;
	pthread_setname_np(worker->thread, name);
}

struct worker *worker_new(struct loop *loop, const char *name, const struct worker_batch *batch)
{
	struct worker *worker = xcalloc(1, sizeof *worker);

	if (batch)
		worker->batch = *batch;
	empty(&worker->todo);
	empty(&worker->done);
	pthread_mutex_init(&worker->lock, NULL);
	pthread_cond_init(&worker->more, NULL);
	worker->ready = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	worker->watch = loop_watch(loop, worker->ready, on_ready, worker);
	start_thread(worker, name);
	return worker;
}

void worker_submit(struct worker *worker, struct work *work)
{
	if (worker->joined) { /* by a done() that worker_free() calls */
		work->next = NULL;
		run_batch(worker, work);
		return;
	}
	pthread_mutex_lock(&worker->lock);
	append(&worker->todo, work);
	pthread_cond_signal(&worker->more);
	pthread_mutex_unlock(&worker->lock);
}

static void quit(struct worker *worker)
{
	pthread_mutex_lock(&worker->lock);
	worker->quit = true;
	pthread_cond_signal(&worker->more);
	pthread_mutex_unlock(&worker->lock);
}

static void clean_up(struct worker *worker)
{
	worker->joined = true;
	while (deliver(worker))
		;
	loop_unwatch(worker->watch);
	close(worker->ready);
	pthread_cond_destroy(&worker->more);
	pthread_mutex_destroy(&worker->lock);
	free(worker);
}

void worker_free(struct worker *worker)
{
	if (!worker)
		return;
	quit(worker);
	pthread_join(worker->thread, NULL);
	clean_up(worker);
}

void worker_leave(struct worker *worker)
{
	struct timespec until;

	if (!worker)
		return;
	quit(worker);
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += LEAVE_S;
	if (!pthread_timedjoin_np(worker->thread, NULL, &until)) {
		clean_up(worker);
		return;
	}
	loop_unwatch(worker->watch);
	(void)pthread_detach(worker->thread); /* it was not joined */
}
