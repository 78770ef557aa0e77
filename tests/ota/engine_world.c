#include "tests/ota/engine_world.h"

#include "server/base/text.h"
#include "tests/ota/engine_doubles.h"
#include "tests/support/temp_dir.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct world world;
static char dir[TEMP_PATH], path[TEMP_PATH + 16];

void adapter_goes(enum adapter_state state)
{
	struct adapter *a = &world.stick->adapter;

	a->state = state;
	a->to->state(a->owner, a, state, &a->why);
	world_run(1);
}

static void see(const struct lock_seen *seen)
{
	struct adapter *a = &world.stick->adapter;

	a->to->seen(a->owner, a, seen);
	world_run(1);
}

void lock_wakes(const char *address)
{
	see(&(struct lock_seen){ .address = address, .awake = true });
}

void lock_announces(const char *address)
{
	see(&(struct lock_seen){ .address = address, .awake = true, .announced = true });
}

void lock_says_version(const char *address, uint32_t version)
{
	see(&(struct lock_seen){ .address = address,
		.awake = true,
		.facts = { .known = FACT_VERSION,
			.version = version,
			.version_source = VERSION_QUERY } });
}

void lock_reads(const char *address, int half_percent, int state)
{
	see(&(struct lock_seen){ .address = address,
		.awake = true,
		.facts = { .known = FACT_BATTERY | FACT_LOCK_STATE,
			.battery_half_percent = (int16_t)half_percent,
			.battery_decivolt = -1,
			.lock_state = (int8_t)state } });
}

static void report(const struct update_report *r)
{
	struct adapter *a = &world.stick->adapter;

	a->to->update(a->owner, a, r);
	world_run(1);
}

void update(const char *address, int64_t job, enum update_step step, uint64_t offset)
{
	report(&(struct update_report){ .address = address,
		.job = job,
		.step = step,
		.offset = offset,
		.block_size = 50,
		.delay_s = 5,
		.status = -1 });
}

void update_ends(const char *address, int64_t job, const char *space, int32_t status)
{
	struct update_report r = { .address = address,
		.job = job,
		.step = UPDATE_ENDED,
		.status = status,
		.space = space };

	err_set(&r.error, ERR_REFUSED, "the lock said %d", status);
	report(&r);
}

/* --- the world --- */

static void on_event(void *owner, const struct event *event)
{
	(void)owner;
	cr_assert(lt(sz, world.n_events, SEEN_MAX));
	world.events[world.n_events++] = *event;
}

static void on_progress(void *owner, const struct job *job)
{
	(void)owner;
	(void)job;
	world.progress++;
}

static const struct engine_listener listener = { .event = on_event, .progress = on_progress };

static struct lock make_lock(const char *id, const char *address)
{
	int64_t wall = loop_wall(world.loop);
	struct lock lock = { .managed = LOCK_BY_API,
		.facts = { .known = FACT_VERSION | FACT_IMAGE_KEY | FACT_MODEL | FACT_BATTERY |
				    FACT_LOCK_STATE,
			.version = OLD,
			.version_source = VERSION_QUERY,
			.manufacturer_code = MAKER,
			.image_type = KIND,
			.model = "M1",
			.lock_state = LOCK_LOCKED,
			.sleepy = true },
		.version_at = wall,
		.model_at = wall,
		.lock_state_at = wall,
		.battery = { .half_percent = 180, .decivolt = -1, .at = wall },
		.last_heard = wall,
		.created_at = wall };

	text_copy(lock.id, sizeof lock.id, id);
	text_copy(lock.name, sizeof lock.name, id);
	text_copy(lock.adapter, sizeof lock.adapter, "stick");
	text_copy(lock.address, sizeof lock.address, address);
	return lock;
}

static void ignore(
	void *owner, const struct err *e, int64_t id, const struct event *events, size_t n)
{
	(void)owner;
	(void)id;
	(void)events;
	(void)n;
	cr_assert(not(e && e->code), "%s", e ? e->text : "");
}

static void put_lock(const char *id, const char *address)
{
	struct lock lock = make_lock(id, address);

	__real_store_commit(world.store, &(struct store_change){ .lock = &lock }, ignore, NULL);
	world_run(10);
}

void world_start(void)
{
	struct engine_options options = { .loop = world.loop,
		.store = world.store,
		.library = (struct library *)&world,
		.retractions = world.retractions,
		.catalog = world.catalog,
		.fetch = world.fetch,
		.give_up_after_s = 604800,
		.upgrade_delay_s = 5,
		.transfers_per_adapter = 2 };
	struct store_contents contents = { 0 };
	struct err e = { 0 };

	cr_assert(eq(int, store_load(world.store, loop_wall(world.loop), &contents, &e), OK), "%s",
		e.text);
	world.engine = engine_new(&options, &contents);
	store_contents_done(&contents);
	world.stick = stick_new();
	engine_add_adapter(world.engine, &world.stick->adapter);
	engine_listen(world.engine, &listener, NULL);
	engine_start(world.engine);
	world_run(1);
}

void world_begin(void)
{
	struct err e = { 0 };

	memset(&world, 0, sizeof world);
	temp_dir_make(dir);
	(void)snprintf(path, sizeof path, "%s/db.sqlite", dir);
	world.loop = loop_new();
	cr_assert(eq(int, store_open(&world.store, path, world.loop, &e), OK), "%s", e.text);
	put_lock("front", FRONT);
	put_lock("back", BACK);
	put_lock("side", SIDE);
	world_start();
	adapter_goes(ADAPTER_STARTING);
	adapter_goes(ADAPTER_UP);
}

void world_kill(void)
{
	engine_free(world.engine);
	world.engine = NULL;
	world_run(10);
}

void world_end(void)
{
	world_kill();
	store_close(world.store);
	loop_free(world.loop);
	temp_dir_remove(dir);
}

void world_run(msec duration)
{
	loop_run_for(world.loop, duration);
}

/* --- asking --- */

void answered(void *owner, const struct err *e, const struct job *job, enum job_answer kind)
{
	struct answer *a = owner;

	a->calls++;
	if (e)
		a->err = *e;
	a->has_job = job;
	if (job)
		a->job = *job;
	a->kind = kind;
}

struct job_request request(const char *lock)
{
	return (struct job_request){ .lock = lock, .image = NEW_IMAGE, .requested_by = "test" };
}

void ask(struct answer *out, const struct job_request *r)
{
	*out = (struct answer){ 0 };
	engine_create_job(world.engine, r, answered, out);
	cr_assert(eq(u32, out->calls, 0), "answered from inside the question");
	world_run(20);
	cr_assert(eq(u32, out->calls, 1));
}

int64_t start(const char *lock)
{
	struct job_request r = request(lock);
	struct answer a;

	ask(&a, &r);
	cr_assert(a.has_job, "%s", a.err.text);
	return a.job.id;
}

void cancel(struct answer *out, int64_t id)
{
	*out = (struct answer){ 0 };
	engine_cancel_job(world.engine, id, answered, out);
	world_run(20);
	cr_assert(eq(u32, out->calls, 1));
}

static void got(void *owner, const struct err *e, const struct job *jobs, size_t n, bool more)
{
	(void)e;
	(void)more;
	if (n)
		*(struct job *)owner = jobs[0];
}

struct job stored(int64_t id)
{
	struct job job = { .id = -1 };

	store_job(world.store, id, got, &job);
	world_run(10);
	cr_assert(eq(i64, job.id, id));
	return job;
}

const struct job *active(const char *lock)
{
	return engine_active_job(world.engine, lock);
}

void is_at(int64_t id, enum job_phase phase, enum job_wait wait)
{
	struct job job = stored(id);

	cr_assert(eq(str, (char *)job_phase_name(job.phase), (char *)job_phase_name(phase)));
	cr_assert(eq(str, (char *)job_wait_name(job.waiting_for), (char *)job_wait_name(wait)));
}

const char *course(int64_t job)
{
	static char text[2000];
	size_t n = 0;

	text[0] = '\0';
	for (size_t i = 0; i < world.n_events; i++) {
		const struct event *e = &world.events[i];

		if (e->kind == EVENT_JOB && e->job == job)
			n += (size_t)snprintf(text + n, sizeof text - n, "%s%s%s ", e->phase,
				*e->waiting_for ? "/" : "", e->waiting_for);
	}
	return text;
}

void download(const char *address, int64_t id)
{
	update(address, id, UPDATE_OFFERED, 0);
	for (uint64_t at = 50; at <= IMAGE_SIZE; at += 50) {
		update(address, id, UPDATE_PROGRESS, at);
		world_run(500);
	}
}

void install(const char *address, int64_t id)
{
	update(address, id, UPDATE_DOWNLOADED, IMAGE_SIZE);
	lock_reads(address, 170, LOCK_LOCKED);
	update(address, id, UPDATE_APPLYING, 0);
}
