#include "ota/store_private.h"
#include "tests/support/temp_dir.h"
#include "tests/support/worker_batched.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if defined(__has_builtin)
#if __has_builtin(__builtin_clear_padding)
#define CLEAR_PADDING(p) __builtin_clear_padding(p)
#endif
#endif

static char dir[TEMP_PATH], path[TEMP_PATH + 16];
static struct store *store;

static void reopen(void)
{
	struct err e = { .code = OK };

	store_close(store);
	cr_assert(eq(int, store_open(&store, path, NULL, &e), OK), "%s", e.text);
}

static void setup(void)
{
	temp_dir_make(dir);
	snprintf(path, sizeof path, "%s/db.sqlite", dir);
	reopen();
}

static void teardown(void)
{
	store_close(store);
	temp_dir_remove(dir);
}

TestSuite(store, .init = setup, .fini = teardown, .timeout = 60);

/* --- what an operation answered --- */

struct answer {
	unsigned calls;
	struct err e;
	int64_t job_id;
	struct event events[CHANGE_EVENTS_MAX];
	size_t n_events;
};

static void committed(void *owner, const struct err *e, int64_t job_id, const struct event *events,
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

static void simple(void *owner, const struct err *e)
{
	struct answer *answer = owner;

	answer->calls++;
	answer->e = *e;
}

static void flush(void)
{
	while (worker_run_batch())
		;
}

static struct answer commit(const struct store_change *change)
{
	struct answer answer = { .calls = 0 };

	store_commit(store, change, committed, &answer);
	cr_expect(eq(uint, answer.calls, 0), "not before the commit");
	flush();
	cr_expect(eq(uint, answer.calls, 1));
	return answer;
}

static struct store_contents load(int64_t wall)
{
	struct store_contents contents;
	struct err e = { .code = OK };

	cr_assert(eq(int, store_load(store, wall, &contents, &e), OK), "%s", e.text);
	return contents;
}

struct page {
	struct err e;
	struct job jobs[200];
	struct event events[1000];
	size_t n;
	bool more;
	int64_t oldest;
};

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

static struct page page;

static const struct page *jobs(struct job_filter filter)
{
	memset(&page, 0, sizeof page);
	store_jobs(store, &filter, got_jobs, &page);
	flush();
	cr_assert(eq(int, page.e.code, OK), "%s", page.e.text);
	return &page;
}

static const struct job *one_job(int64_t id)
{
	memset(&page, 0, sizeof page);
	store_job(store, id, got_jobs, &page);
	flush();
	cr_assert(eq(int, page.e.code, OK), "%s", page.e.text);
	return page.n ? page.jobs : NULL;
}

static const struct page *events(struct event_filter filter)
{
	memset(&page, 0, sizeof page);
	store_events(store, &filter, got_events, &page);
	flush();
	cr_assert(eq(int, page.e.code, OK), "%s", page.e.text);
	return &page;
}

/* --- examples --- */

static struct job job_of(const char *lock)
{
	struct job job = { .phase = JOB_QUEUED, .status = -1, .attempt = 1 };

	snprintf(job.lock, sizeof job.lock, "%s", lock);
	return job;
}

static struct event event_of(const char *lock, const char *code)
{
	struct event event = { .kind = EVENT_JOB, .bytes_done = -1, .bytes_total = -1 };

	snprintf(event.lock, sizeof event.lock, "%s", lock);
	snprintf(event.code, sizeof event.code, "%s", code);
	return event;
}

static struct answer put(const struct job *job)
{
	struct store_change change = { .job = job,
		.events = { event_of(job->lock, job_phase_name(job->phase)) },
		.n_events = 1 };

	return commit(&change);
}

static int64_t put_ok(const struct job *job)
{
	struct answer answer = put(job);

	cr_assert(eq(int, answer.e.code, OK), "%s", answer.e.text);
	return answer.job_id;
}

static struct answer move(int64_t id, const char *lock, enum job_phase phase)
{
	struct job job = job_of(lock);

	job.id = id;
	job.phase = phase;
	return put(&job);
}

/* Fills every byte, so that a member that is not kept comes back different; texts are as long as
 * they can be. */
#define FILL(p) memset((p), 'A', sizeof *(p))
#define END(text) ((text)[sizeof(text) - 1] = '\0')

static void expect_same(const char *what, const void *kept, void *given, size_t size)
{
	const unsigned char *a = kept, *b = given;

	for (size_t i = 0; i < size; i++) {
#ifndef CLEAR_PADDING
		if (b[i] == 'A' && !a[i])
			continue; /* perhaps padding */
#endif
		if (a[i] != b[i]) {
			cr_fail("%s differs at byte %zu: kept %02x, given %02x", what, i, a[i],
				b[i]);
			return;
		}
	}
}

static void fill_job(struct job *job)
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
	job->from_version = UINT32_MAX;
	job->status = -1;
	job->battery_before = -1;
	job->battery_after = 199;
}

Test(store, keeps_every_member_of_a_job)
{
	struct job job;
	struct store_contents contents;

	fill_job(&job);
	job.id = put_ok(&job);
#ifdef CLEAR_PADDING
	CLEAR_PADDING(&job);
#endif
	reopen();
	contents = load(0);
	cr_assert(eq(sz, contents.n_jobs, 1));
	expect_same("job at start", contents.jobs, &job, sizeof job);
	store_contents_done(&contents);
	expect_same("job by id", one_job(job.id), &job, sizeof job);
	expect_same(
		"job in a list", jobs((struct job_filter){ .limit = 1 })->jobs, &job, sizeof job);

	job.n_force = 1;
	memset(job.force, 0, sizeof job.force);
	strcpy(job.force[0], "battery_low");
	job.status = 0x96;
	put_ok(&job);
	expect_same("job updated", one_job(job.id), &job, sizeof job);
}

Test(store, keeps_every_member_of_a_lock)
{
	struct lock lock;
	struct store_change change = { .lock = &lock };
	struct store_contents contents;

	FILL(&lock);
	END(lock.id), END(lock.name), END(lock.adapter), END(lock.address), END(lock.problem);
	END(lock.problem_text), END(lock.facts.model), END(lock.facts.manufacturer);
	END(lock.facts.date_code), END(lock.facts.sw_build);
	lock.managed = LOCK_BY_IMPORT;
	lock.facts.version_source = VERSION_ATTRIBUTE;
	lock.facts.lock_state = LOCK_UNKNOWN;
	lock.facts.version = UINT32_MAX;
	lock.facts.network_address = 0xFFFF;
	lock.facts.battery_decivolt = lock.battery.half_percent = -1;
	lock.facts.battery_alarm = lock.facts.sleepy = lock.battery.alarm = true;
#ifdef CLEAR_PADDING
	CLEAR_PADDING(&lock);
#endif
	cr_assert(eq(int, commit(&change).e.code, OK));
	reopen();
	contents = load(0);
	cr_assert(eq(sz, contents.n_locks, 1));
	expect_same("lock", contents.locks, &lock, sizeof lock);
	store_contents_done(&contents);

	strcpy(lock.name, "Back door");
	memset(lock.name + 9, 0, sizeof lock.name - 9);
	cr_assert(eq(int, commit(&change).e.code, OK));
	contents = load(0);
	cr_assert(eq(sz, contents.n_locks, 1));
	expect_same("lock updated", contents.locks, &lock, sizeof lock);
	store_contents_done(&contents);

	change = (struct store_change){ .remove_lock = lock.id };
	cr_assert(eq(int, commit(&change).e.code, OK));
	contents = load(0);
	cr_expect(eq(sz, contents.n_locks, 0));
	store_contents_done(&contents);
}

Test(store, keeps_every_member_of_an_image)
{
	struct image image;
	struct store_change change = { .image = &image };
	struct store_contents contents;

	FILL(&image);
	END(image.id), END(image.header_string), END(image.container), END(image.trailer);
	END(image.file_sha256), END(image.file_sha512), END(image.signature), END(image.source);
	END(image.name), END(image.model);
	image.has_hardware_range = image.opaque = true;
	image.destination = 0xFEDCBA9876543210;
#ifdef CLEAR_PADDING
	CLEAR_PADDING(&image);
#endif
	cr_assert(eq(int, commit(&change).e.code, OK));
	reopen();
	contents = load(0);
	cr_assert(eq(sz, contents.n_images, 1));
	expect_same("image", contents.images, &image, sizeof image);
	store_contents_done(&contents);

	change = (struct store_change){ .remove_image = image.id };
	cr_assert(eq(int, commit(&change).e.code, OK));
	contents = load(0);
	cr_expect(eq(sz, contents.n_images, 0));
	store_contents_done(&contents);
}

Test(store, keeps_every_member_of_an_event)
{
	struct event event;
	struct store_change change = { .n_events = 1 };
	struct answer answer;

	FILL(&event);
	END(event.lock), END(event.adapter), END(event.image), END(event.phase);
	END(event.waiting_for), END(event.code), END(event.text);
	event.kind = EVENT_CHECK;
	event.bytes_total = -1;
	change.events[0] = event;
	answer = commit(&change);
	cr_assert(eq(int, answer.e.code, OK));
	event.seq = answer.events[0].seq;
	cr_expect(eq(i64, event.seq, 1), "whatever the caller had there");
#ifdef CLEAR_PADDING
	CLEAR_PADDING(&event);
#endif
	reopen();
	expect_same(
		"event", events((struct event_filter){ .limit = 1 })->events, &event, sizeof event);
}

Test(store, keeps_tokens)
{
	struct token token, *tokens = NULL;
	struct answer answer = { .calls = 0 };
	struct err e;
	size_t n;

	FILL(&token);
	END(token.name), END(token.digest);
	store_token_put(store, &token, simple, &answer);
	token.used_at = 5; /* the store took a copy, and a second put replaces it */
	store_token_put(store, &token, simple, &answer);
	flush();
	cr_expect(eq(uint, answer.calls, 2));
	cr_expect(eq(int, answer.e.code, OK));
#ifdef CLEAR_PADDING
	CLEAR_PADDING(&token);
#endif
	reopen();
	cr_assert(eq(int, store_tokens_load(store, &tokens, &n, &e), OK));
	cr_assert(eq(sz, n, 1));
	expect_same("token", tokens, &token, sizeof token);
	free(tokens);

	store_token_remove(store, token.name, simple, &answer);
	flush();
	cr_expect(eq(int, answer.e.code, OK));
	store_token_remove(store, token.name, simple, &answer);
	flush();
	cr_expect(eq(int, answer.e.code, ERR_NOT_FOUND));
	cr_assert(eq(int, store_tokens_load(store, &tokens, &n, &e), OK));
	cr_expect(eq(sz, n, 0));
	free(tokens);
}

/* --- jobs --- */

Test(store, one_active_job_per_lock_is_law)
{
	struct job front = job_of("front-door"), back = job_of("back-door");
	int64_t first = put_ok(&front);
	struct answer second = put(&front);
	char name[32];

	cr_expect(eq(int, second.e.code, ERR_CONFLICT));
	cr_expect(eq(str, second.e.reason, "lock_busy"));
	snprintf(name, sizeof name, "job %lld", (long long)first);
	cr_expect(strstr(second.e.text, name) != NULL, "%s", second.e.text);
	cr_expect(eq(i64, second.job_id, first));
	cr_expect(eq(sz, second.n_events, 0));
	put_ok(&back);
	cr_expect(eq(int, move(first, "front-door", JOB_CANCELLED).e.code, OK));
	cr_expect(gt(i64, put_ok(&front), first));
	cr_expect(eq(sz, events((struct event_filter){ .limit = 9 })->n, 4),
		"no event of the refused one");
}

Test(store, a_key_belongs_to_one_request)
{
	struct job front = job_of("front-door"), back = job_of("back-door");
	struct answer answer;
	int64_t first;

	strcpy(front.idempotency_key, "abc");
	strcpy(front.request_digest, "d1");
	first = put_ok(&front);
	strcpy(back.idempotency_key, "abc");
	strcpy(back.request_digest, "d2");
	answer = put(&back);
	cr_expect(eq(int, answer.e.code, ERR_CONFLICT));
	cr_expect(eq(str, answer.e.reason, "idempotency_mismatch"));
	cr_expect(eq(i64, answer.job_id, first));
	strcpy(back.request_digest, "d1");
	answer = put(&back);
	cr_expect(eq(str, answer.e.reason, "idempotency_repeated"));
	cr_expect(eq(i64, answer.job_id, first));
	cr_expect(eq(i64,
		jobs((struct job_filter){ .idempotency_key = "abc", .limit = 5 })->jobs[0].id,
		first));
	cr_expect(eq(sz, jobs((struct job_filter){ .idempotency_key = "", .limit = 5 })->n, 0));
}

Test(store, jobs_without_a_key_do_not_collide)
{
	struct job front = job_of("front-door"), back = job_of("back-door");

	put_ok(&front);
	put_ok(&back);
}

Test(store, a_job_moves_only_along_the_edges)
{
	struct job job = job_of("front-door");
	int64_t id = put_ok(&job);
	struct answer answer;

	cr_expect(eq(int, move(id, "front-door", JOB_QUEUED).e.code, OK), "the same is fine");
	answer = move(id, "front-door", JOB_APPLYING);
	cr_expect(eq(int, answer.e.code, ERR_CONFLICT));
	cr_expect(eq(str, answer.e.reason, "job_moved"));
	cr_expect(eq(int, one_job(id)->phase, JOB_QUEUED));
	cr_expect(eq(int, move(id, "front-door", JOB_CANCELLED).e.code, OK));
	for (unsigned phase = 0; phase < JOB_CANCELLED; phase++)
		cr_expect(
			eq(str, move(id, "front-door", phase).e.reason, "job_moved"), "%u", phase);
	cr_expect(eq(int, move(id, "front-door", JOB_CANCELLED).e.code, OK));
	cr_expect(eq(int, one_job(id)->phase, JOB_CANCELLED));
	cr_expect(eq(int, move(id + 1, "front-door", JOB_QUEUED).e.code, ERR_NOT_FOUND));
	cr_expect(one_job(id + 1) == NULL, "an update does not make a job");
}

Test(store, ids_and_numbers_are_not_given_again)
{
	struct job job = job_of("front-door");
	struct answer answer;
	int64_t id, seq;
	struct store_contents contents;

	id = put_ok(&job);
	answer = move(id, "front-door", JOB_FAILED);
	seq = answer.events[0].seq;
	cr_expect(gt(i64, seq, 0));
	store_prune(store, 1);
	flush();
	cr_expect(one_job(id) == NULL);
	cr_expect(eq(sz, events((struct event_filter){ .limit = 9 })->n, 0));
	cr_expect(eq(i64, page.oldest, 0));
	reopen();
	contents = load(0);
	cr_expect(eq(i64, contents.last_event, seq));
	store_contents_done(&contents);
	answer = put(&job);
	cr_expect(eq(i64, answer.job_id, id + 1));
	cr_expect(eq(i64, answer.events[0].seq, seq + 1));
}

Test(store, a_change_is_whole_or_not_at_all)
{
	struct job job = job_of("front-door");
	struct lock lock = { .id = "side-door" };
	struct image image = { .id = "too short" };
	struct store_change change = { .job = &job,
		.lock = &lock,
		.image = &image,
		.events = { event_of("front-door", "added") },
		.n_events = 1 };
	struct store_contents contents;

	cr_expect(ne(int, commit(&change).e.code, OK));
	contents = load(0);
	cr_expect(eq(sz, contents.n_locks + contents.n_images + contents.n_jobs, 0));
	cr_expect(eq(i64, contents.last_event, 0));
	store_contents_done(&contents);
}

Test(store, a_refused_change_leaves_the_others_of_its_batch)
{
	struct job front = job_of("front-door"), back = job_of("back-door");
	struct store_change one = { .job = &front }, two = { .job = &back };
	struct answer a = { 0 }, b = { 0 }, c = { 0 };

	store_commit(store, &one, committed, &a);
	store_commit(store, &one, committed, &b);
	store_commit(store, &two, committed, &c);
	strcpy(front.lock, "changed");
	cr_expect(eq(uint, worker_run_batch(), 3));
	cr_expect(eq(int, a.e.code, OK));
	cr_expect(eq(str, b.e.reason, "lock_busy"));
	cr_expect(eq(int, c.e.code, OK));
	cr_expect(eq(str, (char *)one_job(a.job_id)->lock, "front-door"), "it took a copy");
	cr_expect(eq(sz, jobs((struct job_filter){ .limit = 9 })->n, 2));
}

Test(store, new_jobs_give_their_id_to_their_events)
{
	struct job job = job_of("front-door");
	struct store_change change = { .job = &job,
		.events = { event_of("front-door", "a"), event_of("front-door", "b") },
		.n_events = 2 };
	struct answer answer;

	change.events[1].job = 77;
	answer = commit(&change);
	cr_assert(eq(sz, answer.n_events, 2));
	cr_expect(eq(i64, answer.events[0].job, answer.job_id));
	cr_expect(eq(i64, answer.events[1].job, 77));
	cr_expect(eq(i64, answer.events[1].seq, answer.events[0].seq + 1));
	cr_expect(eq(i64,
		events((struct event_filter){ .job = answer.job_id, .limit = 9 })->events[0].job,
		answer.job_id));
}

struct page_limit {
	struct db_op op;
	int64_t pages; /* over what there is; 0: no limit */
};

static enum err_code limit_pages(struct db_op *op, sqlite3 *sql, struct err *e)
{
	int64_t more = ((struct page_limit *)op)->pages, pages = 0;
	char text[64];
	sqlite3_stmt *statement;

	cr_assert(eq(int, db_prepare(sql, &statement, "PRAGMA page_count", e), OK));
	if (sqlite3_step(statement) == SQLITE_ROW)
		pages = sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	snprintf(text, sizeof text, "PRAGMA max_page_count=%lld",
		(long long)(more ? pages + more : 1 << 30));
	return sqlite3_exec(sql, text, NULL, NULL, NULL) ? db_error(sql, e) : OK;
}

static void set_limit(int64_t pages)
{
	struct page_limit limit = { .op = { .run = limit_pages }, .pages = pages };
	struct err e;

	cr_assert(eq(int, db_now(store->db, &limit.op, &e), OK));
}

Test(store, a_full_disk_is_told_and_changes_nothing)
{
	struct answer answer = { 0 };
	struct store_contents contents;
	size_t good = 0;
	struct job job;

	set_limit(4);
	for (int i = 0; i < 100 && !answer.e.code; i++) {
		fill_job(&job);
		snprintf(job.lock, sizeof job.lock, "lock-%d", i);
		snprintf(job.idempotency_key, sizeof job.idempotency_key, "key-%d", i);
		answer = put(&job);
		good += !answer.e.code;
	}
	cr_expect(eq(int, answer.e.code, ERR_NO_SPACE), "%s", answer.e.text);
	cr_expect(gt(sz, good, 0));
	contents = load(0);
	cr_expect(eq(sz, contents.n_jobs, good));
	cr_expect(eq(i64, contents.last_event, (int64_t)good));
	store_contents_done(&contents);
	set_limit(0);
	put_ok(&job);
	cr_expect(eq(sz, events((struct event_filter){ .limit = 200 })->n, good + 1));
}

/* --- start and queries --- */

Test(store, loads_active_jobs_and_those_that_still_say_abort)
{
	struct store_contents contents;
	struct job job = job_of("front-door");
	int64_t cancelled = put_ok(&job), active;

	job.id = cancelled;
	job.phase = JOB_CANCELLED;
	job.abort_until = 1000;
	put_ok(&job);
	job = job_of("front-door");
	active = put_ok(&job);
	contents = load(999);
	cr_assert(eq(sz, contents.n_jobs, 2));
	cr_expect(eq(i64, contents.jobs[0].id, cancelled));
	cr_expect(eq(i64, contents.jobs[1].id, active));
	store_contents_done(&contents);
	contents = load(1000);
	cr_assert(eq(sz, contents.n_jobs, 1));
	cr_expect(eq(i64, contents.jobs[0].id, active));
	store_contents_done(&contents);
}

static void add_history(void) /* ids 1..30; lock a is 1, 4, …; active are 28, 29, 30 */
{
	static const char *const locks[] = { "a", "b", "c" };
	static const enum job_phase ends[] = { JOB_SUCCEEDED, JOB_FAILED };

	for (int i = 0; i < 30; i++) {
		struct job job = job_of(locks[i % 3]);

		job.phase = i < 27 ? ends[i % 2] : JOB_WAITING;
		job.ended_at = i < 27 ? i + 1 : 0;
		put_ok(&job);
	}
}

static void expect_ids(const struct page *got, const char *ids, bool more)
{
	char text[400] = "";
	size_t size = 0;

	for (size_t i = 0; i < got->n; i++)
		size += (size_t)snprintf(
			text + size, sizeof text - size, "%lld ", (long long)got->jobs[i].id);
	cr_expect(eq(str, text, (char *)ids));
	cr_expect(eq(int, got->more, more), "after %s", ids);
}

Test(store, lists_jobs_newest_first_by_pages)
{
	add_history();
	expect_ids(jobs((struct job_filter){ .limit = 3 }), "30 29 28 ", true);
	expect_ids(jobs((struct job_filter){ .before = 28, .limit = 3 }), "27 26 25 ", true);
	expect_ids(jobs((struct job_filter){ .before = 4, .limit = 3 }), "3 2 1 ", false);
	expect_ids(jobs((struct job_filter){ .before = 1, .limit = 3 }), "", false);
}

Test(store, filters_jobs)
{
	add_history();
	expect_ids(jobs((struct job_filter){ .phase = "active", .limit = 3 }), "30 29 28 ", false);
	expect_ids(jobs((struct job_filter){ .phase = "active", .lock = "b", .limit = 3 }), "29 ",
		false);
	expect_ids(jobs((struct job_filter){ .phase = "final", .limit = 2 }), "27 26 ", true);
	expect_ids(jobs((struct job_filter){ .phase = "waiting", .before = 30, .limit = 5 }),
		"29 28 ", false);
	expect_ids(jobs((struct job_filter){ .phase = "failed", .limit = 2 }), "26 24 ", true);
	expect_ids(jobs((struct job_filter){ .lock = "a", .limit = 3 }), "28 25 22 ", true);
	expect_ids(jobs((struct job_filter){ .lock = "a", .phase = "failed", .limit = 2 }),
		"22 16 ", true);
	expect_ids(jobs((struct job_filter){ .lock = "a", .phase = "final", .limit = 2 }), "25 22 ",
		true);
	expect_ids(jobs((struct job_filter){ .lock = "a' OR 1=1 --", .limit = 2 }), "", false);
	expect_ids(jobs((struct job_filter){ .phase = "nonsense", .limit = 2 }), "", false);
}

Test(store, pages_of_events_by_job_and_lock)
{
	add_history();
	cr_expect(eq(sz, events((struct event_filter){ .limit = 10 })->n, 10));
	cr_expect(page.more);
	cr_expect(eq(i64, page.oldest, 1));
	cr_expect(eq(i64, page.events[9].seq, 10));
	cr_expect(eq(sz, events((struct event_filter){ .after = 20, .limit = 10 })->n, 10));
	cr_expect(not(page.more));
	cr_expect(eq(i64, page.events[0].seq, 21));
	cr_expect(eq(sz, events((struct event_filter){ .after = 30, .limit = 10 })->n, 0));
	cr_expect(eq(sz, events((struct event_filter){ .job = 5, .limit = 10 })->n, 1));
	cr_expect(eq(i64, page.events[0].job, 5));
	cr_expect(eq(
		sz, events((struct event_filter){ .lock = "c", .after = 3, .limit = 100 })->n, 9));
	cr_expect(eq(sz, events((struct event_filter){ .lock = "c", .job = 5, .limit = 9 })->n, 0));
	cr_expect(eq(sz, events((struct event_filter){ .lock = "b", .job = 5, .limit = 9 })->n, 1));
}

Test(store, prune_keeps_what_is_young_active_or_still_needed)
{
	struct job job = job_of("d");
	int64_t aborting;

	add_history();
	job.phase = JOB_CANCELLED;
	job.ended_at = 1;
	job.abort_until = 5000;
	aborting = put_ok(&job);
	for (int i = 0; i < 5; i++) {
		struct event event = event_of("a", "young");
		struct store_change change = { .events = { event }, .n_events = 1 };

		change.events[0].at = 100 + i;
		commit(&change);
	}
	store_prune(store, 20);
	flush();
	cr_expect(eq(sz, events((struct event_filter){ .limit = 100 })->n, 5));
	cr_expect(eq(i64, page.oldest, 32));
	jobs((struct job_filter){ .limit = 100 });
	cr_assert(eq(sz, page.n, 12));
	cr_expect(eq(i64, page.jobs[0].id, aborting));
	cr_expect(eq(i64, page.jobs[11].id, 20));
}

Test(store, prune_is_bounded)
{
	for (int i = 0; i < 300; i++) {
		struct store_change change = { .events = { event_of("a", "x"), event_of("a", "y"),
						       event_of("a", "z") },
			.n_events = 3 };
		static struct answer answer;

		store_commit(store, &change, committed, &answer);
	}
	flush();
	store_prune(store, 1);
	flush();
	events((struct event_filter){ .limit = 1000 });
	cr_expect(page.n > 0 && page.n < 900, "%zu of 900 left", page.n);
	store_prune(store, 1);
	flush();
	cr_expect(eq(sz, events((struct event_filter){ .limit = 1000 })->n, 0));
}

/* --- adapters --- */

static struct adapter_store *corner(const char *adapter)
{
	struct adapter_store *out = NULL;
	struct err e;

	cr_assert(eq(int, store_adapter_store(store, adapter, &out, &e), OK));
	return out;
}

static char *value(struct adapter_store *corner, const char *key)
{
	return (char *)corner->get(corner, key);
}

Test(store, adapters_remember_each_for_itself)
{
	struct adapter_store *stick = corner("stick"), *blue = corner("blue");
	char big[STORE_VALUE_MAX + 2];

	memset(big, 'v', sizeof big);
	big[STORE_VALUE_MAX] = '\0';
	cr_expect(value(stick, "network") == NULL);
	stick->put(stick, "network", "0x1a62");
	cr_expect(eq(str, value(stick, "network"), "0x1a62"), "at once");
	stick->put(stick, "network", "0x1a63");
	stick->put(stick, "gone", "x");
	stick->put(stick, "gone", NULL);
	stick->put(stick, "big", big);
	blue->put(blue, "network", "other");
	cr_expect(value(stick, "gone") == NULL);
	reopen(); /* writes what is queued, in order */
	stick = corner("stick");
	blue = corner("blue");
	cr_expect(eq(str, value(stick, "network"), "0x1a63"));
	cr_expect(value(stick, "gone") == NULL);
	cr_expect(eq(str, value(stick, "big"), big));
	cr_expect(eq(str, value(blue, "network"), "other"));
}

Test(store, adapters_may_put_what_they_got)
{
	struct adapter_store *stick = corner("stick");
	char big[STORE_VALUE_MAX + 2];

	stick->put(stick, "a", "one");
	stick->put(stick, "b", stick->get(stick, "a"));
	stick->put(stick, "a", stick->get(stick, "a") + 1);
	cr_expect(eq(str, value(stick, "b"), "one"));
	cr_expect(eq(str, value(stick, "a"), "ne"));
	memset(big, 'v', sizeof big);
	big[STORE_VALUE_MAX + 1] = '\0';
	stick->put(stick, "a", big);
	cr_expect(eq(str, value(stick, "a"), "ne"), "too long is refused");
}

Test(store, what_did_not_change_is_not_written)
{
	struct adapter_store *stick = corner("stick");

	stick->put(stick, "a", "one");
	cr_expect(eq(uint, worker_run_batch(), 1));
	stick->put(stick, "a", "one");
	stick->put(stick, "none", NULL);
	cr_expect(eq(uint, worker_run_batch(), 0));
}
