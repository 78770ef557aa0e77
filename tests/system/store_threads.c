/* store_threads.c: the store on its real thread and loop. A plain program, for the thread
 * sanitizer. Exit status 0: answers come once, in order, and what was said to be done is there. */
#include "ota/store.h"
#include "server/loop.h"
#include "tests/support/temp_dir.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK(claim)                                                                               \
	do {                                                                                       \
		if (!(claim)) {                                                                    \
			fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #claim);        \
			exit(1);                                                                   \
		}                                                                                  \
	} while (0)

enum { LOCKS = 40, LIFE = 4 };

static const enum job_phase life[LIFE] = { JOB_QUEUED, JOB_CHECKING, JOB_TRANSFERRING, JOB_FAILED };

struct world;

struct chain { /* the job of one lock */
	struct world *world;
	int lock, step;
	int64_t job;
};

struct world {
	struct loop *loop;
	struct store *store;
	struct chain chains[LOCKS];
	int64_t last_seq;
	unsigned done, lists;
};

static void next_step(struct chain *chain);

static void listed(void *owner, const struct err *e, const struct job *jobs, size_t n, bool more)
{
	struct world *world = owner;

	(void)more;
	CHECK(!e->code && n <= LOCKS);
	for (size_t i = 1; i < n; i++)
		CHECK(jobs[i].id < jobs[i - 1].id);
	world->lists++;
	if (world->done == LOCKS && world->lists == LOCKS)
		loop_stop(world->loop);
}

static void stepped(void *owner, const struct err *e, int64_t job_id, const struct event *events,
	size_t n_events)
{
	struct chain *chain = owner;
	struct world *world = chain->world;

	CHECK(!e->code && n_events == 1);
	CHECK(events[0].seq > world->last_seq && events[0].job == job_id);
	CHECK(!chain->job || chain->job == job_id);
	world->last_seq = events[0].seq;
	chain->job = job_id;
	if (++chain->step < LIFE) {
		next_step(chain);
		return;
	}
	world->done++;
	store_jobs(world->store, &(struct job_filter){ .phase = "final", .limit = 200 }, listed,
		world);
}

static void next_step(struct chain *chain)
{
	struct job job = { .id = chain->job, .phase = life[chain->step] };
	struct store_change change = { .job = &job, .n_events = 1 };

	snprintf(job.lock, sizeof job.lock, "lock-%d", chain->lock);
	change.events[0].job = job.id;
	store_commit(chain->world->store, &change, stepped, chain);
}

static void use_it(struct world *world)
{
	struct adapter_store *corner;
	struct err e;

	for (int i = 0; i < LOCKS; i++) {
		world->chains[i] = (struct chain){ .world = world, .lock = i };
		next_step(&world->chains[i]);
	}
	/* While the thread is busy. */
	CHECK(!store_adapter_store(world->store, "stick", &corner, &e));
	corner->put(corner, "network", "0x1a62");
	CHECK(loop_run(world->loop) == 0);
	CHECK(world->done == LOCKS && world->lists == LOCKS);
	CHECK(world->last_seq == LOCKS * LIFE);
	corner->put(corner, "network", "0x1a63"); /* written by the close */
}

int main(void)
{
	char dir[TEMP_PATH], path[TEMP_PATH + 16];
	struct world world = { .loop = loop_new() };
	struct store_contents contents;
	struct adapter_store *corner;
	struct err e;

	temp_dir_make(dir);
	snprintf(path, sizeof path, "%s/db.sqlite", dir);
	CHECK(!store_open(&world.store, path, world.loop, &e));
	use_it(&world);
	store_close(world.store);
	CHECK(!store_open(&world.store, path, world.loop, &e));
	CHECK(!store_load(world.store, 0, &contents, &e));
	CHECK(contents.n_jobs == 0 && contents.last_event == LOCKS * LIFE);
	store_contents_done(&contents);
	CHECK(!store_adapter_store(world.store, "stick", &corner, &e));
	CHECK(strcmp(corner->get(corner, "network"), "0x1a63") == 0);
	store_close(world.store);
	loop_free(world.loop);
	temp_dir_remove(dir);
	return 0;
}
