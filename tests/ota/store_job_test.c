#include "tests/ota/store_fixture.h"
#include "tests/support/worker_batched.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

TestSuite(store_job, .init = store_setup, .fini = store_teardown, .timeout = 60);

Test(store_job, one_active_job_per_lock_is_law)
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
	cr_expect(lt(i64, first, put_ok(&front)));
	cr_expect(eq(sz, events((struct event_filter){ .limit = 9 })->n, 4),
		"no event of the refused one");
}

Test(store_job, a_key_belongs_to_one_request)
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

Test(store_job, jobs_without_a_key_do_not_collide)
{
	struct job front = job_of("front-door"), back = job_of("back-door");

	put_ok(&front);
	put_ok(&back);
}

Test(store_job, a_job_moves_only_along_the_edges)
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

Test(store_job, ids_and_numbers_are_not_given_again)
{
	struct job job = job_of("front-door");
	struct answer answer;
	int64_t id, seq;
	struct store_contents contents;

	id = put_ok(&job);
	answer = move(id, "front-door", JOB_FAILED);
	seq = answer.events[0].seq;
	cr_expect(lt(i64, 0, seq));
	prune((struct retention){ .before = 1 });
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

Test(store_job, a_change_is_whole_or_not_at_all)
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

Test(store_job, a_refused_change_leaves_the_others_of_its_batch)
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

Test(store_job, new_jobs_give_their_id_to_their_events)
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

Test(store_job, a_full_disk_is_told_and_changes_nothing)
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
	cr_expect(lt(sz, 0, good));
	contents = load(0);
	cr_expect(eq(sz, contents.n_jobs, good));
	cr_expect(eq(i64, contents.last_event, (int64_t)good));
	store_contents_done(&contents);
	set_limit(0);
	put_ok(&job);
	cr_expect(eq(sz, events((struct event_filter){ .limit = 200 })->n, good + 1));
}
