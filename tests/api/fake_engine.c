#include "server/base/text.h"
#include "tests/api/support.h"

#include <stdio.h>
#include <string.h>

static const struct err *failure(struct engine *engine)
{
	static struct err e;

	e = engine->fails;
	engine->fails = (struct err){ 0 };
	return e.code ? &e : NULL;
}

static enum err_code fail_or_call(
	struct engine *engine, const char *what, const char *id, struct err *e)
{
	const struct err *why = failure(engine);

	(void)snprintf(engine->called, sizeof engine->called, "%s %s", what, id);
	if (!why)
		return OK;
	if (e)
		*e = *why;
	return why->code;
}

size_t engine_lock_count(const struct engine *engine)
{
	return engine->n_locks;
}

const struct lock *engine_lock_at(const struct engine *engine, size_t i)
{
	return &engine->locks[i];
}

const struct lock *engine_lock(const struct engine *engine, const char *id)
{
	for (size_t i = 0; i < engine->n_locks; i++)
		if (strcmp(engine->locks[i].id, id) == 0)
			return &engine->locks[i];
	return NULL;
}

size_t engine_adapter_count(const struct engine *engine)
{
	return engine->n_adapters;
}

struct adapter *engine_adapter_at(const struct engine *engine, size_t i)
{
	return (struct adapter *)&engine->adapters[i];
}

struct adapter *engine_adapter(const struct engine *engine, const char *id)
{
	for (size_t i = 0; i < engine->n_adapters; i++)
		if (strcmp(engine->adapters[i].id, id) == 0)
			return engine_adapter_at(engine, i);
	return NULL;
}

bool engine_is_scanning(const struct engine *engine, const char *adapter)
{
	(void)adapter;
	return engine->scanning;
}

const struct job *engine_active_job(const struct engine *engine, const char *lock)
{
	for (size_t i = 0; i < engine->n_jobs; i++)
		if (strcmp(engine->jobs[i].lock, lock) == 0)
			return &engine->jobs[i];
	return NULL;
}

size_t engine_active_count(const struct engine *engine)
{
	return engine->n_jobs;
}

const struct job *engine_active_at(const struct engine *engine, size_t i)
{
	return &engine->jobs[i];
}

const struct job *engine_active_by_id(const struct engine *engine, int64_t id)
{
	for (size_t i = 0; i < engine->n_jobs; i++)
		if (engine->jobs[i].id == id)
			return &engine->jobs[i];
	return NULL;
}

void engine_progress(const struct engine *engine, int64_t job, struct progress *out)
{
	(void)job;
	*out = engine->progress;
}

void engine_offer(const struct engine *engine, const struct lock *lock, struct offer *out)
{
	(void)lock;
	*out = engine->offer;
}

static void copy_or_empty(char *out, size_t max, const char *text)
{
	(void)text_copy(out, max, text ? text : "");
}

void engine_create_job(struct engine *engine, const struct job_request *request,
	engine_job_done *done, void *owner)
{
	const struct err *e = failure(engine);

	engine->request = *request;
	copy_or_empty(engine->request_lock, sizeof engine->request_lock, request->lock);
	copy_or_empty(engine->request_key, sizeof engine->request_key, request->idempotency_key);
	copy_or_empty(
		engine->request_digest, sizeof engine->request_digest, request->request_digest);
	copy_or_empty(engine->request_by, sizeof engine->request_by, request->requested_by);
	done(owner, e, e ? NULL : &engine->jobs[0], engine->answer);
}

void engine_cancel_job(struct engine *engine, int64_t id, engine_job_done *done, void *owner)
{
	const struct err *e = failure(engine);

	(void)snprintf(engine->called, sizeof engine->called, "cancel %d", (int)id);
	done(owner, e, e ? NULL : &engine->jobs[0], JOB_EXISTING);
}

void engine_retry_job(struct engine *engine, int64_t id, const char *requested_by,
	engine_job_done *done, void *owner)
{
	const struct err *e = failure(engine);

	(void)snprintf(
		engine->called, sizeof engine->called, "retry %d by %s", (int)id, requested_by);
	done(owner, e, e ? NULL : &engine->jobs[0], engine->answer);
}

void engine_verify_job(struct engine *engine, int64_t id, const char *attested,
	const char *requested_by, engine_job_done *done, void *owner)
{
	const struct err *e = failure(engine);

	(void)snprintf(engine->called, sizeof engine->called, "verify %d %s by %s", (int)id,
		attested ? attested : "", requested_by);
	done(owner, e, e ? NULL : &engine->jobs[0], engine->answer);
}

void engine_policy(const struct engine *engine, const struct lock *lock, struct policy *out)
{
	(void)engine;
	policy_effective(out, &lock->policy, NULL);
}

const char *engine_retracted(const struct engine *engine, const struct image *image)
{
	(void)engine;
	return image->id[0] == 'f' ? "it was withdrawn" : NULL;
}

uint32_t engine_transfers(const struct engine *engine, const char *adapter)
{
	(void)engine;
	(void)adapter;
	return 2;
}

const struct policy *engine_policy_defaults(const struct engine *engine)
{
	static const struct policy none;

	(void)engine;
	return &none;
}

bool engine_window(const struct engine *engine, const struct lock *lock, struct window_state *out)
{
	*out = engine->window;
	return lock->policy.window.set;
}

bool engine_is_paused(const struct engine *engine)
{
	return engine->paused;
}

void engine_pause(struct engine *engine, bool pause, engine_pause_done *done, void *owner)
{
	if (!engine->fails.code)
		engine->paused = pause;
	done(owner, &engine->fails);
}

const struct host_facts *engine_host_facts(const struct engine *engine)
{
	static const struct host_facts none;

	(void)engine;
	return &none;
}

bool engine_hook(struct engine *engine, const char *adapter, const struct vendor_hook *hook)
{
	const char *mark = hook->header(hook->arg, "x-mark");

	(void)snprintf(engine->called, sizeof engine->called, "hook %s %zu %s", adapter,
		hook->body.size, mark ? mark : "");
	return hook->body.size && hook->body.data[0] == 'g';
}

enum err_code engine_wake_now(struct engine *engine, const char *lock, struct err *e)
{
	return fail_or_call(engine, "wake", lock, e);
}

enum err_code engine_check(
	struct engine *engine, const char *lock, struct check *out, struct err *e)
{
	*out = engine->check;
	return fail_or_call(engine, "check", lock, e);
}

void engine_put_lock(struct engine *engine, const char *id, const struct lock_patch *patch,
	bool create, engine_lock_done *done, void *owner)
{
	const struct err *e = failure(engine);

	engine->patch = *patch;
	copy_or_empty(engine->patch_name, sizeof engine->patch_name, patch->name);
	if (!e && create && !engine_lock(engine, id)) {
		struct lock *lock = &engine->locks[engine->n_locks++];

		copy_or_empty(lock->id, sizeof lock->id, id);
		copy_or_empty(lock->adapter, sizeof lock->adapter, patch->adapter);
		copy_or_empty(lock->address, sizeof lock->address, patch->address);
	}
	done(owner, e, e ? NULL : engine_lock(engine, id));
}

void engine_remove_lock(struct engine *engine, const char *id, engine_lock_done *done, void *owner)
{
	struct err e;

	done(owner, fail_or_call(engine, "remove", id, &e) ? &e : NULL, NULL);
}

enum err_code engine_scan(struct engine *engine, const char *adapter, struct err *e)
{
	return fail_or_call(engine, "scan", adapter, e);
}

enum err_code engine_restart_adapter(struct engine *engine, const char *adapter, struct err *e)
{
	return fail_or_call(engine, "restart", adapter, e);
}

bool engine_uses_image(const struct engine *engine, const char *image)
{
	return engine->image_in_use && strcmp(engine->image_in_use, image) == 0;
}

void engine_listen(struct engine *engine, const struct engine_listener *listener, void *owner)
{
	engine->listener = listener;
	engine->listener_owner = owner;
}

void engine_publish(struct engine *engine, const struct event *events, size_t n)
{
	struct store *store = engine->store;

	for (size_t i = 0; i < n; i++) {
		struct event *event = &store->events[store->n_events++];

		*event = events[i];
		event->seq = (int64_t)store->n_events;
		engine->listener->event(engine->listener_owner, event);
	}
}

void announce(struct world *w, const struct event *event)
{
	w->engine.listener->event(w->engine.listener_owner, event);
}

bool engine_store_is_well(const struct engine *engine, struct err *why)
{
	(void)why;
	return engine->store->fails.code == OK;
}

struct lock *add_lock(struct world *w, const char *id)
{
	struct lock *lock = &w->engine.locks[w->engine.n_locks++];

	(void)text_copy(lock->id, sizeof lock->id, id);
	(void)text_copy(lock->adapter, sizeof lock->adapter, "stick");
	lock->battery = (struct lock_battery){ .half_percent = -1, .decivolt = -1 };
	return lock;
}

struct job *add_job(struct world *w, int64_t id, const char *lock)
{
	struct job *job = &w->engine.jobs[w->engine.n_jobs++];

	job->id = id;
	job->phase = JOB_QUEUED;
	job->status = -1;
	job->created_at = 1780272000000;
	(void)text_copy(job->lock, sizeof job->lock, lock);
	return job;
}

static bool no_hook(struct adapter *a, const struct vendor_hook *hook)
{
	(void)a;
	(void)hook;
	return false;
}

static void guide(const struct adapter *a, const char **app, const char **steps)
{
	(void)a;
	*app = "Bolt App";
	*steps = "Open it.\nChoose Firmware.";
}

/* One that guides. */
struct adapter *add_vendor(struct world *w, const char *id)
{
	static const struct adapter_ops ops = { .type = "cloud", .hook = no_hook, .guide = guide };
	struct adapter *adapter = &w->engine.adapters[w->engine.n_adapters++];

	adapter->ops = &ops;
	adapter->capabilities = ADAPTER_VENDOR | ADAPTER_VERSIONS;
	(void)text_copy(adapter->id, sizeof adapter->id, id);
	return adapter;
}

struct adapter *add_adapter(struct world *w, const char *id)
{
	static const struct adapter_ops ops = { .type = "znp" };
	struct adapter *adapter = &w->engine.adapters[w->engine.n_adapters++];

	adapter->ops = &ops;
	(void)text_copy(adapter->id, sizeof adapter->id, id);
	return adapter;
}
