/* A plain program, because Criterion does not start under the thread sanitizer, which is what makes
 * this test worth its name. Exit status 0: the real loop, loop_post() and workers keep their
 * promises. */
#include "server/base/alloc.h"
#include "server/worker.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#define CHECK(claim)                                                                               \
	do {                                                                                       \
		if (!(claim)) {                                                                    \
			fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #claim);        \
			exit(1);                                                                   \
		}                                                                                  \
	} while (0)

enum { POSTERS = 3, POSTS = 2000, JOBS = 3000 };

struct world {
	struct loop *loop;
	struct worker *worker;
	unsigned last[POSTERS], posted; /* loop's */
	unsigned ran, batches, open;    /* worker's, read after worker_free() */
	unsigned done;                  /* loop's */
	struct loop_timer *limit;
};

struct note {
	struct world *world;
	unsigned poster, number;
};

struct job {
	struct work work;
	struct world *world;
	unsigned number, ran_as;
};

static void perhaps_stop(struct world *world)
{
	if (world->posted == POSTERS * POSTS && world->done == JOBS)
		loop_stop(world->loop);
}

static void noted(void *arg)
{
	struct note *note = arg;
	struct world *world = note->world;

	CHECK(note->number == world->last[note->poster] + 1);
	world->last[note->poster] = note->number;
	world->posted++;
	free(note);
	perhaps_stop(world);
}

struct poster {
	pthread_t thread;
	struct world *world;
	unsigned poster;
};

static void *post_all(void *arg)
{
	struct poster *me = arg;

	for (unsigned i = 1; i <= POSTS; i++) {
		struct note *note = xcalloc(1, sizeof *note);

		*note = (struct note){ me->world, me->poster, i };
		loop_post(me->world->loop, noted, note);
	}
	return NULL;
}

static void run_job(struct work *work)
{
	struct job *job = (struct job *)work;

	CHECK(job->world->open == 1);
	job->ran_as = ++job->world->ran;
}

static void job_done(struct work *work)
{
	struct job *job = (struct job *)work;

	CHECK(job->ran_as == job->number);
	CHECK(++job->world->done == job->number);
	perhaps_stop(job->world);
	free(job);
}

static void begin(void *owner)
{
	struct world *world = owner;

	CHECK(world->open++ == 0);
	world->batches++;
}

static void end(void *owner)
{
	struct world *world = owner;

	CHECK(--world->open == 0);
}

static void submit(struct world *world, unsigned number)
{
	struct job *job = xcalloc(1, sizeof *job);

	job->work = (struct work){ .run = run_job, .done = job_done };
	job->world = world;
	job->number = number;
	worker_submit(world->worker, &job->work);
}

static void too_late(void *owner)
{
	struct world *world = owner;

	fprintf(stderr, "after 60 s: posted %u, done %u\n", world->posted, world->done);
	exit(1);
}

static void resubmit_done(struct work *work)
{
	struct job *job = (struct job *)work;

	if (job->number++ == 0)
		worker_submit(job->world->worker, work);
}

int main(void)
{
	struct world world = { .loop = loop_new() };
	struct worker_batch batch = { begin, end, &world };
	struct poster posters[POSTERS];
	struct job late = { .work = { run_job, resubmit_done, NULL }, .world = &world };

	world.worker = worker_new(world.loop, "test", &batch);
	world.limit = loop_timer_new(world.loop, too_late, &world);
	loop_timer_set(world.limit, loop_now(world.loop) + 60000);
	for (unsigned i = 0; i < POSTERS; i++) {
		posters[i] = (struct poster){ .world = &world, .poster = i };
		CHECK(!pthread_create(&posters[i].thread, NULL, post_all, &posters[i]));
	}
	for (unsigned i = 1; i <= JOBS; i++)
		submit(&world, i);
	CHECK(loop_run(world.loop) == 0);
	for (unsigned i = 0; i < POSTERS; i++)
		pthread_join(posters[i].thread, NULL);
	/* What is queued is finished, and a done() may submit even then. */
	worker_submit(world.worker, &late.work);
	worker_free(world.worker);
	CHECK(late.number == 2 && world.ran == JOBS + 2 && world.open == 0);
	CHECK(world.batches >= JOBS / WORKER_BATCH_MAX && world.batches <= JOBS + 2);
	loop_timer_free(world.limit);
	loop_free(world.loop);
	return 0;
}
