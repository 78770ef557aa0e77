#include "tests/ota/store_fixture.h"

#include "tests/support/temp_dir.h"
#include "tests/support/worker_batched.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char dir[TEMP_PATH];
char store_path[TEMP_PATH + 16];
struct store *store;

void reopen(void)
{
	struct err e = { .code = OK };

	store_close(store);
	cr_assert(eq(int, store_open(&store, store_path, NULL, &e), OK), "%s", e.text);
}

void store_setup(void)
{
	temp_dir_make(dir);
	snprintf(store_path, sizeof store_path, "%s/db.sqlite", dir);
	reopen();
}

void store_teardown(void)
{
	store_close(store);
	temp_dir_remove(dir);
}

void committed(void *owner, const struct err *e, int64_t job_id, const struct event *events,
	size_t n_events)
{
	struct answer *answer = owner;

	answer->calls++;
	answer->e = *e;
	answer->job_id = job_id;
	answer->n_events = n_events;
	for (size_t i = 0; i < n_events; i++)
		answer->events[i] = events[i];
}

void simple(void *owner, const struct err *e)
{
	struct answer *answer = owner;

	answer->calls++;
	answer->e = *e;
}

void flush(void)
{
	while (worker_run_batch())
		;
}

struct answer commit(const struct store_change *change)
{
	struct answer answer = { .calls = 0 };

	store_commit(store, change, committed, &answer);
	cr_expect(eq(uint, answer.calls, 0), "not before the commit");
	flush();
	cr_expect(eq(uint, answer.calls, 1));
	return answer;
}

struct store_contents load(int64_t wall)
{
	struct store_contents contents;
	struct err e = { .code = OK };

	cr_assert(eq(int, store_load(store, wall, &contents, &e), OK), "%s", e.text);
	return contents;
}

static void got_jobs(void *owner, const struct err *e, const struct job *jobs, size_t n, bool more)
{
	struct page *page = owner;

	page->e = *e;
	page->n = n;
	page->more = more;
	if (n)
		memcpy(page->jobs, jobs, n * sizeof *jobs);
}

static void got_events(void *owner, const struct err *e, const struct event *events, size_t n,
	bool more, int64_t oldest)
{
	struct page *page = owner;

	page->e = *e;
	page->n = n;
	page->more = more;
	page->oldest = oldest;
	if (n)
		memcpy(page->events, events, n * sizeof *events);
}

struct page page;

const struct page *jobs(struct job_filter filter)
{
	memset(&page, 0, sizeof page);
	store_jobs(store, &filter, got_jobs, &page);
	flush();
	cr_assert(eq(int, page.e.code, OK), "%s", page.e.text);
	return &page;
}

const struct job *one_job(int64_t id)
{
	memset(&page, 0, sizeof page);
	store_job(store, id, got_jobs, &page);
	flush();
	cr_assert(eq(int, page.e.code, OK), "%s", page.e.text);
	return page.n ? page.jobs : NULL;
}

const struct page *events(struct event_filter filter)
{
	memset(&page, 0, sizeof page);
	store_events(store, &filter, got_events, &page);
	flush();
	cr_assert(eq(int, page.e.code, OK), "%s", page.e.text);
	return &page;
}

struct job job_of(const char *lock)
{
	struct job job = { .phase = JOB_QUEUED, .status = -1, .attempt = 1 };

	snprintf(job.lock, sizeof job.lock, "%s", lock);
	return job;
}

struct event event_of(const char *lock, const char *code)
{
	struct event event = { .kind = EVENT_JOB, .bytes_done = -1, .bytes_total = -1 };

	snprintf(event.lock, sizeof event.lock, "%s", lock);
	snprintf(event.code, sizeof event.code, "%s", code);
	return event;
}

struct answer put(const struct job *job)
{
	struct store_change change = { .job = job,
		.events = { event_of(job->lock, job_phase_name(job->phase)) },
		.n_events = 1 };

	return commit(&change);
}

int64_t put_ok(const struct job *job)
{
	struct answer answer = put(job);

	cr_assert(eq(int, answer.e.code, OK), "%s", answer.e.text);
	return answer.job_id;
}

struct answer move(int64_t id, const char *lock, enum job_phase phase)
{
	struct job job = job_of(lock);

	job.id = id;
	job.phase = phase;
	return put(&job);
}

void fill_job(struct job *job)
{
	FILL(job);
	job->id = 0;
	END(job->lock), END(job->image), END(job->image_name), END(job->outcome);
	END(job->evidence), END(job->evidence_source), END(job->summary), END(job->space);
	END(job->requested_by), END(job->idempotency_key), END(job->request_digest);
	END(job->error.reason), END(job->error.text);
	for (int i = 0; i < JOB_FORCE_MAX; i++)
		END(job->force[i]);
	job->n_force = JOB_FORCE_MAX;
	job->phase = JOB_WAITING;
	job->waiting_for = WAIT_BATTERY;
	job->error.code = ERR_REFUSED;
	job->from_known = job->reinstall = job->allow_downgrade = job->end_response_sent = true;
	job->verified_known = job->target_moved = true;
	job->automatic = job->verify_only = job->attested = true;
	job->from_version = UINT32_MAX;
	job->status = -1;
	job->battery_before = -1;
	job->battery_after = 199;
	END(job->component), END(job->from_text), END(job->to_text);
	END(job->verified_text), END(job->attested_text);
	job->vendor = job->guided = job->all_components = job->version_chosen = true;
	job->intent = INTENT_AMBIGUOUS;
	job->percent = -1;
}

static void pruned(void *owner, const struct err *e, bool more)
{
	cr_assert(eq(int, e->code, OK), "%s", e->text);
	*(int *)owner = more;
}

bool prune(struct retention retention)
{
	int more = -1;

	store_prune(store, &retention, pruned, &more);
	flush();
	cr_assert(ge(int, more, 0), "no answer");
	return more;
}
