#include "tests/ota/store_fixture.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

TestSuite(store_query, .init = store_setup, .fini = store_teardown, .timeout = 60);

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

Test(store_query, lists_jobs_newest_first_by_pages)
{
	add_history();
	expect_ids(jobs((struct job_filter){ .limit = 3 }), "30 29 28 ", true);
	expect_ids(jobs((struct job_filter){ .before = 28, .limit = 3 }), "27 26 25 ", true);
	expect_ids(jobs((struct job_filter){ .before = 4, .limit = 3 }), "3 2 1 ", false);
	expect_ids(jobs((struct job_filter){ .before = 1, .limit = 3 }), "", false);
}

Test(store_query, filters_jobs)
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

Test(store_query, pages_of_events_by_job_and_lock)
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
