/* Images come in, jobs are ordered, time passes. */
#include "ota/library.h"
#include "ota/store.h"
#include "server/base/text.h"
#include "tests/scenarios/world.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <string.h>

enum { LOOK = 20 * SECOND };

struct import {
	struct world *world;
	bool done, good;
};

static void resumed(void *owner)
{
	(void)owner;
}

static void imported(void *owner, const struct err *e, const struct image *image)
{
	struct import *import = owner;
	struct world *w = import->world;

	import->done = true;
	import->good = image;
	if (image)
		(void)text_copy(w->image_id, sizeof w->image_id, image->id);
	else
		(void)text_copy(w->code, sizeof w->code, e->reason);
}

bool world_import(struct world *w, struct span bytes)
{
	struct import import = { .world = w };
	struct library_upload *up = library_upload_begin(w->library, "lock.ota", resumed, &import);

	for (size_t at = 0; at < bytes.size;) {
		size_t took = 0;

		if (library_upload_chunk(up, bytes.data + at, bytes.size - at, &took, NULL) != OK)
			break;
		at += took;
		if (at < bytes.size)
			loop_run_for(w->loop, 10);
	}
	library_upload_end(up, imported, &import);
	loop_run_for(w->loop, 100);
	cr_assert(import.done);
	return import.good;
}

static void created(void *owner, const struct err *e, const struct job *job, enum job_answer answer)
{
	struct world *w = owner;

	(void)answer;
	if (job)
		w->job = *job;
	else
		(void)text_copy(w->code, sizeof w->code, e->reason);
}

bool world_ask(struct world *w, const struct job_request *request)
{
	int64_t before = w->job.id;

	w->code[0] = '\0';
	engine_create_job(w->engine, request, created, w);
	loop_run_for(w->loop, 100);
	return w->code[0] == '\0' && w->job.id != before;
}

void world_order(struct world *w)
{
	struct job_request request = { .lock = "front",
		.image = w->image_id,
		.requested_by = "test",
		.force = { "model_unproven" },
		.n_force = 1 };

	cr_assert(world_ask(w, &request), "%s", w->code);
}

static void got(void *owner, const struct err *e, const struct job *jobs, size_t n, bool more)
{
	struct world *w = owner;

	(void)e;
	(void)more;
	if (n)
		w->job = jobs[0];
}

void world_look(struct world *w)
{
	if (w->job.id && w->store)
		store_job(w->store, w->job.id, got, w);
	loop_run_for(w->loop, 10);
}

static void somebody(struct world *w)
{
	if (!w->nobody && w->job.phase == JOB_WAITING && w->job.waiting_for == WAIT_WAKE)
		sim_lock_press_key(w->locks[0]);
}

void world_run(struct world *w, msec duration)
{
	while (duration > 0) {
		msec step = duration < LOOK ? duration : LOOK;

		somebody(w);
		loop_run_for(w->loop, step);
		world_look(w);
		duration -= step;
	}
}

bool world_until(struct world *w, enum job_phase phase, enum job_wait wait, msec limit)
{
	for (msec i = 0; i < limit; i += LOOK) {
		world_look(w);
		if (w->job.phase == phase && (wait == WAIT_NOTHING || w->job.waiting_for == wait))
			return true;
		world_run(w, LOOK);
	}
	return false;
}

void world_finish(struct world *w, unsigned hours)
{
	for (unsigned i = 0; i < hours * 180 && !job_is_over(w->job.phase); i++)
		world_run(w, LOOK);
}

void world_fault(struct world *w, enum sim_fault fault, int count, int arg)
{
	w->stick.kind->fault(w->stick.self, fault, count, arg);
}

bool world_cancel(struct world *w)
{
	w->code[0] = '\0';
	engine_cancel_job(w->engine, w->job.id, created, w);
	loop_run_for(w->loop, 100);
	return w->code[0] == '\0';
}

struct sim_lock_state world_lock(const struct world *w, size_t lock)
{
	struct sim_lock_state s;

	sim_lock_state(w->locks[lock], &s);
	return s;
}

void world_transfer(struct world *w, uint32_t offset)
{
	sim_lock_press_key(w->locks[0]);
	for (int i = 0; i < 20000 && world_lock(w, 0).offset < offset; i++)
		loop_run_for(w->loop, 50);
	world_look(w);
	cr_assert(world_lock(w, 0).offset >= offset, "scenario %s: %u", w->number,
		(unsigned)world_lock(w, 0).offset);
	cr_assert(world_lock(w, 0).offset < w->image_size);
}

void world_expect_updated(struct world *w)
{
	struct sim_lock_state s = world_lock(w, 0);

	EXPECT(w, s.version == w->target, "%08X", (unsigned)s.version);
	EXPECT(w, s.received_size == w->image_size && s.received &&
			  memcmp(s.received, w->image, s.received_size) == 0);
	EXPECT(w, strcmp(w->job.outcome, "updated") == 0, "%s %s (%s)",
		job_phase_name(w->job.phase), job_wait_name(w->job.waiting_for), w->job.error.text);
}
