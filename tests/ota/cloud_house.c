#include "tests/ota/cloud_house.h"

#include "ota/library.h"
#include "server/base/alloc.h"
#include "server/base/text.h"
#include "tests/support/temp_dir.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct cloud {
	struct adapter adapter;
};

struct cloud_house cloud;
static char dir[TEMP_PATH], path[TEMP_PATH + 16];
enum { LATENCY = 200 };

/* --- no library --- */

size_t library_count(const struct library *library)
{
	(void)library;
	return 0;
}

const struct image *library_at(const struct library *library, size_t i)
{
	(void)library;
	(void)i;
	return NULL;
}

const struct image *library_find(const struct library *library, const char *id)
{
	(void)library;
	(void)id;
	return NULL;
}

void library_load(struct library *library, const char *id,
	void (*done)(void *owner, const struct err *e, uint8_t *data, size_t size), void *owner)
{
	(void)library;
	(void)id;
	(void)done;
	(void)owner;
	cr_fatal("an image was asked for");
}

/* --- a disk that ends lives --- */

void __wrap_store_commit(
	struct store *store, const struct store_change *change, store_done *done, void *owner);
void __real_store_commit(
	struct store *store, const struct store_change *change, store_done *done, void *owner);

static struct {
	store_done *done;
	void *owner;
} interrupted;

static void on_disk(
	void *owner, const struct err *e, int64_t id, const struct event *events, size_t n)
{
	(void)owner;
	(void)e;
	(void)id;
	(void)events;
	(void)n;
	cloud.killed = true; /* and nobody hears of it */
}

void __wrap_store_commit(
	struct store *store, const struct store_change *change, store_done *done, void *owner)
{
	if (++cloud.commits != cloud.kill_at) {
		__real_store_commit(store, change, done, owner);
		return;
	}
	interrupted.done = done;
	interrupted.owner = owner;
	if (cloud.lose_it)
		cloud.killed = true;
	else
		__real_store_commit(store, change, on_disk, NULL);
}

/* --- the cloud --- */

static struct cloud_lock *by_address(const char *address)
{
	for (size_t i = 0; i < cloud.n_locks; i++)
		if (strcmp(cloud.locks[i].address, address) == 0)
			return &cloud.locks[i];
	cr_fatal("no lock %s", address);
}

static struct cloud_part *by_id(struct cloud_lock *lock, const char *id)
{
	for (size_t i = 0; i < lock->n_parts; i++)
		if (strcmp(lock->parts[i].id, id) == 0)
			return &lock->parts[i];
	return NULL;
}

static void finish(struct cloud_part *p)
{
	const char *becomes = p->plan.becomes ? p->plan.becomes : p->available;
	char version[VENDOR_VERSION_SIZE];

	(void)text_copy(version, sizeof version, becomes);
	(void)text_copy(p->old, sizeof p->old, p->installed);
	if (p->plan.ends == VENDOR_SUCCEEDED || p->plan.becomes)
		(void)text_copy(p->installed, sizeof p->installed, version);
	p->rests = p->plan.ends;
	p->begun = 0;
	p->done = loop_now(cloud.loop);
	if (strcmp(p->installed, p->available) == 0)
		p->available[0] = '\0';
}

/* Where the update is now; percent -1 when nothing downloads. */
static enum vendor_state state_of(struct cloud_lock *lock, struct cloud_part *p, int *percent)
{
	msec age = p->begun ? loop_now(cloud.loop) - p->begun : 0;
	const struct cloud_plan *plan = &p->plan;

	*percent = -1;
	if (!p->begun)
		return p->rests;
	if (plan->asleep && !lock->touched) {
		p->begun = loop_now(cloud.loop);
		return VENDOR_WAITS_FOR_WAKE;
	}
	if (age < plan->lag)
		return p->rests;
	if (age < plan->queue)
		return VENDOR_QUEUED;
	age -= plan->queue;
	if (age < plan->download) {
		*percent = (int)(100 * age / plan->download);
		return VENDOR_DOWNLOADING;
	}
	if (age - plan->download < plan->install)
		return VENDOR_INSTALLING;
	finish(p);
	return p->rests;
}

static bool is_away(struct cloud_lock *lock)
{
	int percent;
	bool away = lock->away;

	for (size_t i = 0; i < lock->n_parts; i++)
		away = away || state_of(lock, &lock->parts[i], &percent) == VENDOR_INSTALLING;
	return away;
}

static void tell(struct cloud_lock *lock)
{
	struct adapter *a = &cloud.cloud->adapter;
	struct lock_component parts[CLOUD_PARTS] = { 0 };
	struct lock_seen seen = { .address = lock->address,
		.is_lock = true,
		.name = lock->id,
		.components = parts,
		.n_components = lock->n_parts,
		.facts = { .known = FACT_ONLINE | FACT_LOCK_STATE | FACT_COMPONENTS,
			.online = !is_away(lock),
			.lock_state = lock->jammed ? LOCK_NOT_FULLY_LOCKED : LOCK_LOCKED } };
	int percent;

	if (lock->mute)
		return;
	if (!lock->no_battery) {
		seen.facts.known |= FACT_BATTERY;
		seen.facts.battery_half_percent = (int16_t)lock->half_percent;
		seen.facts.battery_decivolt = -1;
	}
	for (size_t i = 0; i < lock->n_parts; i++) {
		struct cloud_part *p = &lock->parts[i];
		enum vendor_state state = state_of(lock, p, &percent);
		bool old = p->done && loop_now(cloud.loop) - p->done < p->plan.cached;

		(void)text_copy(parts[i].id, sizeof parts[i].id, p->id);
		if (cloud.capabilities & ADAPTER_VERSIONS)
			(void)text_copy(parts[i].installed, sizeof parts[i].installed,
				old ? p->old : p->installed);
		if (cloud.capabilities & ADAPTER_OFFERS)
			(void)text_copy(
				parts[i].available, sizeof parts[i].available, p->available);
		if (cloud.capabilities & ADAPTER_TRIGGERS)
			parts[i].state = state;
		parts[i].blocked = p->blocked;
		(void)text_copy(parts[i].why, sizeof parts[i].why, p->why ? p->why : "");
		parts[i].timeout_s = p->timeout_s;
	}
	a->to->seen(a->owner, a, &seen);
}

struct call {
	char address[ADDRESS_SIZE], component[COMPONENT_ID_SIZE];
	unsigned what;
	unsigned life; /* of the engine that asked */
	struct vendor_report report;
	struct loop_timer *timer;
};

static void make_report(struct call *c, struct cloud_lock *lock)
{
	struct cloud_part *p = by_id(lock, c->component);

	c->report = (struct vendor_report){ .address = c->address,
		.component = c->component,
		.step = VENDOR_LOOKED,
		.what = c->what,
		.percent = -1,
		.retry_after_s = -1 };
	if (cloud.down) {
		c->report.step = VENDOR_NO_ANSWER;
		c->report.class = cloud.down;
		c->report.retry_after_s = cloud.retry_after_s;
		err_set(&c->report.error, ERR_IO, "the cloud does not answer");
	} else if (p) {
		c->report.state = state_of(lock, p, &c->report.percent);
	}
}

static void answer_look(void *owner)
{
	struct call *c = owner;
	struct adapter *a = cloud.cloud ? &cloud.cloud->adapter : NULL;

	loop_timer_free(c->timer);
	if (cloud.engine && c->life == cloud.life) {
		struct cloud_lock *lock = by_address(c->address);

		make_report(c, lock);
		if (!cloud.down)
			tell(lock);
		a->to->vendor(a->owner, a, &c->report);
	}
	free(c);
}

static struct call *call_new(const char *address, const char *component)
{
	struct call *c = xcalloc(1, sizeof *c);

	c->life = cloud.life;
	(void)text_copy(c->address, sizeof c->address, address);
	(void)text_copy(c->component, sizeof c->component, component);
	return c;
}

static enum err_code look(
	struct adapter *a, const char *address, const char *component, unsigned what, struct err *e)
{
	struct call *c = call_new(address, component);

	(void)a;
	(void)e;
	cloud.looks++;
	cloud.looked_at = loop_now(cloud.loop);
	c->what = what;
	c->timer = loop_timer_new(cloud.loop, answer_look, c);
	loop_timer_set(c->timer, loop_now(cloud.loop) + LATENCY);
	return OK;
}

static void answer_trigger(void *owner)
{
	struct call *c = owner;
	struct adapter *a = cloud.cloud ? &cloud.cloud->adapter : NULL;

	loop_timer_free(c->timer);
	if (cloud.engine && c->life == cloud.life) {
		c->report.address = c->address;
		c->report.component = c->component;
		a->to->vendor(a->owner, a, &c->report);
	}
	free(c);
}

static bool begin(struct cloud_part *p)
{
	bool refused = p->plan.answer == VENDOR_REFUSED && p->plan.refusals != 0;

	if (p->plan.refusals > 0)
		p->plan.refusals--;
	if (!refused && !p->plan.lost && !p->begun)
		p->begun = loop_now(cloud.loop);
	return !refused;
}

static enum err_code trigger(struct adapter *a, const struct vendor_order *order, struct err *e)
{
	struct cloud_lock *lock = by_address(order->address);
	struct cloud_part *p = by_id(lock, order->component);
	struct call *c;
	bool taken;

	(void)a;
	(void)e;
	cr_assert(p != NULL);
	cr_assert(ne(u32, cloud.capabilities & ADAPTER_TRIGGERS, 0));
	cr_assert(eq(int, lock->away, 0), "asked although it is offline");
	cr_assert(eq(u64, p->begun, 0), "asked although it runs");
	cloud.triggers++;
	p->triggers++;
	taken = begin(p);
	if (p->plan.silent)
		return OK;
	c = call_new(order->address, order->component);
	c->report = (struct vendor_report){ .step = taken ? VENDOR_ACCEPTED : VENDOR_REFUSED,
		.class = taken ? VENDOR_OK : p->plan.class,
		.percent = -1,
		.retry_after_s = cloud.retry_after_s };
	if (taken && p->plan.answer == VENDOR_AMBIGUOUS)
		c->report.step = VENDOR_AMBIGUOUS;
	if (!taken)
		err_set(&c->report.error, ERR_REFUSED, "the cloud says no");
	c->timer = loop_timer_new(cloud.loop, answer_trigger, c);
	loop_timer_set(c->timer, loop_now(cloud.loop) + LATENCY);
	return OK;
}

void cloud_touch(struct cloud_lock *lock)
{
	lock->touched = true;
}

void cloud_poll(void)
{
	for (size_t i = 0; i < cloud.n_locks && cloud.engine && !cloud.down; i++)
		tell(&cloud.locks[i]);
	cloud_run(1);
}

/* --- the adapter --- */

static enum err_code start(struct adapter *a, struct err *e)
{
	(void)a;
	(void)e;
	return OK;
}

static void stop(struct adapter *a, void (*done)(void *owner), void *owner)
{
	(void)a;
	loop_post(cloud.loop, done, owner);
}

static void know(struct adapter *a, const char *address, const struct lock_facts *facts)
{
	(void)a;
	(void)address;
	(void)facts;
}

static void forget(struct adapter *a, const char *address)
{
	(void)a;
	(void)address;
}

static bool hook(struct adapter *a, const struct vendor_hook *hook)
{
	(void)a;
	return hook->body.size == 4 && memcmp(hook->body.data, "good", 4) == 0;
}

static void guide(const struct adapter *a, const char **app, const char **steps)
{
	(void)a;
	*app = "Bolt App";
	*steps = "Open the app beside the door.\nChoose Firmware.";
}

static void free_adapter(struct adapter *a)
{
	free(a);
}

static const struct adapter_ops ops = { .type = "cloud",
	.start = start,
	.stop = stop,
	.know = know,
	.forget = forget,
	.look = look,
	.trigger = trigger,
	.hook = hook,
	.guide = guide,
	.free = free_adapter };

void cloud_adapter(enum adapter_state state, const char *reason)
{
	struct adapter *a = &cloud.cloud->adapter;

	a->state = state;
	a->why = (struct err){ 0 };
	if (reason)
		err_because(&a->why, ERR_REFUSED, reason, "the account says no");
	a->to->state(a->owner, a, state, &a->why);
	cloud_run(1);
}

/* --- the house --- */

static void on_event(void *owner, const struct event *event)
{
	(void)owner;
	if (cloud.n_events < sizeof cloud.events / sizeof *cloud.events)
		cloud.events[cloud.n_events++] = *event;
}

static const struct engine_listener listener = { .event = on_event };

void cloud_begin(unsigned capabilities)
{
	struct err e = { 0 };

	memset(&cloud, 0, sizeof cloud);
	cloud.capabilities = capabilities;
	cloud.retry_after_s = -1;
	temp_dir_make(dir);
	(void)snprintf(path, sizeof path, "%s/db.sqlite", dir);
	cloud.loop = loop_new();
	cr_assert(eq(int, store_open(&cloud.store, path, cloud.loop, &e), OK), "%s", e.text);
}

struct cloud_part *cloud_add_part(struct cloud_lock *lock, const char *id)
{
	struct cloud_part *p = &lock->parts[lock->n_parts++];

	*p = (struct cloud_part){ .rests = VENDOR_AVAILABLE,
		.plan = { .queue = 10 * SECOND,
			.download = 3 * MINUTE,
			.install = MINUTE,
			.ends = VENDOR_SUCCEEDED } };
	(void)text_copy(p->id, sizeof p->id, id);
	(void)text_copy(p->installed, sizeof p->installed, "1.0.0");
	(void)text_copy(p->available, sizeof p->available, "2.0.0");
	return p;
}

struct cloud_lock *cloud_add(const char *id)
{
	static const char *const addresses[CLOUD_LOCKS] = { "cloud-1", "cloud-2", "cloud-3" };
	struct cloud_lock *lock = &cloud.locks[cloud.n_locks];

	*lock = (struct cloud_lock){
		.id = id, .address = addresses[cloud.n_locks], .half_percent = 166
	};
	cloud.n_locks++;
	cloud_add_part(lock, "main");
	return lock;
}

void cloud_start(void)
{
	struct engine_options options = { .loop = cloud.loop,
		.store = cloud.store,
		.library = (struct library *)&cloud,
		.give_up_after_s = 604800,
		.transfers_per_adapter = 2 };
	struct store_contents contents = { 0 };
	struct err e = { 0 };

	cr_assert(eq(int, store_load(cloud.store, loop_wall(cloud.loop), &contents, &e), OK), "%s",
		e.text);
	cloud.life++;
	cloud.engine = engine_new(&options, &contents);
	store_contents_done(&contents);
	cloud.cloud = xcalloc(1, sizeof *cloud.cloud);
	cloud.cloud->adapter.ops = &ops;
	cloud.cloud->adapter.capabilities = cloud.capabilities;
	(void)text_copy(cloud.cloud->adapter.id, sizeof cloud.cloud->adapter.id, "cloud");
	engine_add_adapter(cloud.engine, &cloud.cloud->adapter);
	for (size_t i = 0; i < cloud.n_locks; i++)
		cr_assert(eq(int,
			engine_config_lock(cloud.engine, cloud.locks[i].id, cloud.locks[i].id,
				"cloud", cloud.locks[i].address, &e),
			OK));
	engine_listen(cloud.engine, &listener, NULL);
	engine_start(cloud.engine);
	cloud_adapter(ADAPTER_UP, NULL);
	cloud_poll();
}

void cloud_kill(void)
{
	struct err e;

	engine_free(cloud.engine);
	cloud.engine = NULL;
	cloud.cloud = NULL;
	err_set(&e, ERR_INTERNAL, "killed");
	if (interrupted.done)
		interrupted.done(interrupted.owner, &e, 0, NULL, 0);
	interrupted.done = NULL;
	loop_run_for(cloud.loop, 10);
}

void cloud_end(void)
{
	cloud_kill();
	loop_run_for(cloud.loop, SECOND); /* answers to the dead */
	store_close(cloud.store);
	loop_free(cloud.loop);
	temp_dir_remove(dir);
}

static bool is_killed(void *arg)
{
	(void)arg;
	return cloud.killed;
}

void cloud_run(msec duration)
{
	msec until = loop_now(cloud.loop) + duration;

	while (loop_now(cloud.loop) < until) {
		if (!loop_run_while_not(cloud.loop, is_killed, NULL, until - loop_now(cloud.loop)))
			break;
		cloud.killed = false;
		cloud_kill();
		cloud.kill_at = 0;
		cloud_start();
	}
	if (loop_now(cloud.loop) < until)
		loop_run_until(cloud.loop, until);
}

/* --- asking --- */

struct asked {
	int64_t id;
	struct err e;
};

static void created(void *owner, const struct err *e, const struct job *job, enum job_answer answer)
{
	struct asked *asked = owner;

	(void)answer;
	asked->id = job ? job->id : 0;
	if (e)
		asked->e = *e;
}

int64_t cloud_ask(const struct job_request *request, struct err *e)
{
	static struct asked asked;

	asked = (struct asked){ .id = 0 };
	engine_create_job(cloud.engine, request, created, &asked);
	cloud_run(50);
	if (e)
		*e = asked.e;
	return asked.id;
}

int64_t cloud_update(const char *lock)
{
	struct err e = { 0 };
	int64_t id = cloud_ask(&(struct job_request){ .lock = lock, .requested_by = "test" }, &e);

	cr_assert(lt(i64, 0, id), "%s", e.text);
	return id;
}

static void got(void *owner, const struct err *e, const struct job *jobs, size_t n, bool more)
{
	(void)e;
	(void)more;
	if (n)
		*(struct job *)owner = jobs[0];
}

struct job cloud_job(int64_t id)
{
	static struct job job;

	job = (struct job){ .id = 0 };
	store_job(cloud.store, id, got, &job);
	cloud_run(10);
	return job;
}

struct job cloud_newest(void)
{
	static struct job job;

	job = (struct job){ .id = 0 };
	store_jobs(cloud.store, &(struct job_filter){ .limit = 1 }, got, &job);
	cloud_run(10);
	return job;
}

struct job cloud_wait(int64_t id, unsigned hours)
{
	struct job job = cloud_job(id);

	for (unsigned i = 0; i < hours * 60 && !job_is_over(job.phase); i++) {
		cloud_run(MINUTE);
		job = cloud_job(id);
	}
	return job;
}

void cloud_is(int64_t id, enum job_phase phase, enum job_wait wait)
{
	struct job job = cloud_job(id);

	cr_assert(eq(str, (char *)job_phase_name(job.phase), (char *)job_phase_name(phase)), "%s",
		job.error.text);
	cr_assert(eq(str, (char *)job_wait_name(job.waiting_for), (char *)job_wait_name(wait)));
}

bool cloud_told(int64_t id, const char *code)
{
	for (size_t i = 0; i < cloud.n_events; i++)
		if (cloud.events[i].job == id && strcmp(cloud.events[i].code, code) == 0)
			return true;
	return false;
}

const char *cloud_course(int64_t id)
{
	static char text[2000];
	size_t n = 0;

	text[0] = '\0';
	for (size_t i = 0; i < cloud.n_events; i++) {
		const struct event *e = &cloud.events[i];

		if (e->kind == EVENT_JOB && e->job == id)
			n += (size_t)snprintf(text + n, sizeof text - n, "%s%s%s ", e->phase,
				*e->waiting_for ? "/" : "", e->waiting_for);
	}
	return text;
}
