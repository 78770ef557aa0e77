#include "tests/ota/store_fixture.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <string.h>

TestSuite(store_prune, .init = store_setup, .fini = store_teardown, .timeout = 120);

enum { YOUNG = 1000000 };

/* n events, three a change, each `at` its number. */
static void add_events(int n, int64_t job)
{
	static int64_t at;

	for (int i = 0; i < n; i += 3) {
		struct store_change change = { .events = { event_of("a", "x"), event_of("a", "y"),
						       event_of("a", "z") },
			.n_events = 3 };
		static struct answer answer;

		for (int k = 0; k < 3; k++) {
			change.events[k].at = ++at;
			change.events[k].job = job;
			memset(change.events[k].text, 't', 200);
		}
		store_commit(store, &change, committed, &answer);
		if (i % 60 == 0)
			flush();
	}
	flush();
}

static int64_t add_job(const char *lock, enum job_phase phase, int64_t ended_at)
{
	struct job job = job_of(lock);

	job.phase = phase;
	job.changed_at = job.ended_at = ended_at;
	return put_ok(&job);
}

static size_t count_events(int64_t job)
{
	struct event_filter filter = { .job = job, .limit = 1000 };
	size_t n = 0;

	do {
		n += events(filter)->n;
		filter.after = page.n ? page.events[page.n - 1].seq : 0;
	} while (page.more);
	return n;
}

static int64_t oldest(void)
{
	return events((struct event_filter){ .limit = 1 })->oldest;
}

/* What the database uses, in bytes, as another reader of the file sees it. */
static int64_t used(void)
{
	static const char text[] = "SELECT (p.page_count - f.freelist_count) * s.page_size"
				   " FROM pragma_page_count p, pragma_freelist_count f,"
				   " pragma_page_size s";
	sqlite3 *sql = NULL;
	sqlite3_stmt *statement = NULL;
	int64_t bytes;

	cr_assert(eq(int, sqlite3_open(store_path, &sql), SQLITE_OK));
	cr_assert(eq(int, sqlite3_prepare_v2(sql, text, -1, &statement, NULL), SQLITE_OK));
	cr_assert(eq(int, sqlite3_step(statement), SQLITE_ROW));
	bytes = sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	sqlite3_close(sql);
	return bytes;
}

Test(store_prune, keeps_what_is_young_active_or_still_needed)
{
	struct job job = job_of("d");
	int64_t aborting;

	for (int i = 0; i < 27; i++)
		(void)add_job("a", i % 2 ? JOB_FAILED : JOB_SUCCEEDED, i + 1);
	(void)add_job("a", JOB_WAITING, 0);
	job.phase = JOB_CANCELLED;
	job.ended_at = 1;
	job.abort_until = 5000;
	aborting = put_ok(&job);
	cr_expect(not(prune((struct retention){ .now = YOUNG, .before = 20 })));
	jobs((struct job_filter){ .limit = 100 });
	cr_assert(eq(sz, page.n, 10), "%zu", page.n);
	cr_expect(eq(i64, page.jobs[0].id, aborting));
	cr_expect(eq(i64, page.jobs[9].id, 20));
	cr_expect(eq(sz, count_events(0), 1), "the active job's");
}

Test(store_prune, goes_in_portions_and_says_when_there_is_more)
{
	add_events(1200, 0);
	cr_expect(prune((struct retention){ .now = YOUNG, .before = YOUNG }));
	cr_expect(eq(sz, count_events(0), 1200 - 512));
	cr_expect(prune((struct retention){ .now = YOUNG, .before = YOUNG }));
	cr_expect(not(prune((struct retention){ .now = YOUNG, .before = YOUNG })));
	cr_expect(eq(sz, count_events(0), 0));
	cr_expect(eq(i64, oldest(), 0));
}

Test(store_prune, events_of_active_jobs_stay_but_the_history_begins_after_the_last_gap)
{
	int64_t active = add_job("a", JOB_WAITING, 0);

	add_events(900, active);
	add_events(600, 0);
	cr_expect(eq(i64, oldest(), 1));
	while (prune((struct retention){ .now = YOUNG, .before = 900 + 301 }))
		;
	cr_expect(eq(sz, count_events(active), 901), "more of them than a portion has");
	cr_expect(eq(sz, count_events(0), 901 + 300));
	cr_expect(eq(i64, oldest(), 1 + 900 + 301), "whoever saw less has missed something");
	reopen();
	cr_expect(eq(i64, oldest(), 1 + 900 + 301), "also after a restart");
	(void)move(active, "a", JOB_FAILED);
	while (prune((struct retention){ .now = YOUNG, .before = YOUNG }))
		;
	cr_expect(eq(sz, count_events(0), 0));
}

Test(store_prune, the_oldest_go_until_the_database_is_small_enough)
{
	const struct retention bounds = { .now = YOUNG, .max_size = 1 << 20 };
	int64_t active = add_job("a", JOB_WAITING, 0), rounds = 0, first;

	(void)add_job("b", JOB_FAILED, 10);
	(void)add_job("b", JOB_FAILED, YOUNG - 1);
	add_events(6000, 0);
	cr_assert(lt(i64, bounds.max_size, used()));
	while (prune(bounds))
		rounds++;
	cr_expect(lt(i64, 1, rounds), "in portions");
	cr_expect(le(i64, used(), bounds.max_size));
	cr_expect(lt(i64, bounds.max_size / 2, used()), "no more than needed");
	first = oldest();
	cr_expect(eq(sz, count_events(0), 6003 - (size_t)first + 1 + 1), "all from there on");
	cr_expect(eq(sz, count_events(active), 1));
	jobs((struct job_filter){ .limit = 9 });
	cr_expect(eq(sz, page.n, 2), "a job that ended before what is left went, too");
}

Test(store_prune, finished_jobs_go_when_no_events_are_left_to_go)
{
	const struct retention bounds = { .now = YOUNG, .max_size = 1 };
	struct job job = job_of("d");
	int64_t active = add_job("a", JOB_WAITING, 0);

	for (int i = 0; i < 70; i++)
		(void)add_job("b", JOB_FAILED, 10 + i);
	job.phase = JOB_CANCELLED;
	job.abort_until = YOUNG + 1;
	put_ok(&job);
	while (prune(bounds))
		;
	jobs((struct job_filter){ .limit = 9 });
	cr_expect(eq(sz, page.n, 2), "the active one, and what a lock may still ask about");
	cr_expect(eq(i64, page.jobs[1].id, active));
}
