/* store_bench.c: what queries cost with 10,000 jobs and 60,000 events, and what a commit costs.
 * Prints medians and worst cases; the goal for lists is 5 ms. */
#include "ota/store_private.h"
#include "tests/support/temp_dir.h"
#include "tests/support/worker_batched.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { JOBS = 10000, EVENTS_PER_JOB = 6, LOCKS = 20, REPEATS = 101 };

static double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void fail_on(const struct err *e)
{
	if (e->code) {
		printf("failed: %s\n", e->text);
		exit(1);
	}
}

static void committed(void *owner, const struct err *e, int64_t job_id, const struct event *events,
	size_t n_events)
{
	(void)owner;
	(void)job_id;
	(void)events;
	(void)n_events;
	fail_on(e);
}

static size_t rows;

static void got_jobs(void *owner, const struct err *e, const struct job *jobs, size_t n, bool more)
{
	(void)owner;
	(void)jobs;
	(void)more;
	fail_on(e);
	rows = n;
}

static void got_events(void *owner, const struct err *e, const struct event *events, size_t n,
	bool more, int64_t oldest)
{
	(void)owner;
	(void)events;
	(void)more;
	(void)oldest;
	fail_on(e);
	rows = n;
}

static void add_job(struct store *store, int i)
{
	struct job job = { .phase = i < JOBS - LOCKS ? (i % 3 ? JOB_SUCCEEDED : JOB_FAILED)
						     : JOB_WAITING,
		.waiting_for = i < JOBS - LOCKS ? WAIT_NOTHING : WAIT_WAKE,
		.summary = "The lock runs 17.7.0.0 now; it was read back from the lock twice.",
		.image_name = "danalock-v3-btzbe-17.7.0.ota",
		.requested_by = "token:home-assistant" };
	struct store_change change = { .job = &job, .n_events = 4 };

	snprintf(job.lock, sizeof job.lock, "front-door-%d", i % LOCKS);
	snprintf(job.idempotency_key, sizeof job.idempotency_key, "key-%d", i);
	memset(job.image, 'a', sizeof job.image - 1);
	memset(job.request_digest, 'b', sizeof job.request_digest - 1);
	for (size_t k = 0; k < 4; k++) {
		struct event *event = &change.events[k];

		event->at = 1000 * (int64_t)i;
		memcpy(event->lock, job.lock, sizeof event->lock);
		snprintf(event->text, sizeof event->text, "%s",
			"The lock asked for the image and got its name; the transfer starts.");
	}
	store_commit(store, &change, committed, NULL);
	change.job = NULL;
	change.n_events = EVENTS_PER_JOB - 4;
	for (size_t k = 0; k < change.n_events; k++)
		change.events[k].job = i + 1;
	store_commit(store, &change, committed, NULL);
}

static void fill(struct store *store)
{
	double start = now_ms();

	for (int i = 0; i < JOBS; i++) {
		add_job(store, i);
		if (i % 100 == 99)
			worker_run_batch();
	}
	worker_run_batch();
	printf("%d jobs, %d events written in %.0f ms\n", JOBS, JOBS * EVENTS_PER_JOB,
		now_ms() - start);
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void report(const char *name, double *times)
{
	qsort(times, REPEATS, sizeof *times, compare);
	printf("%-40s %4zu rows  median %7.3f ms  worst %7.3f ms\n", name, rows, times[REPEATS / 2],
		times[REPEATS - 1]);
}

static void time_jobs(struct store *store, const char *name, struct job_filter filter)
{
	double times[REPEATS];

	filter.limit = filter.limit ? filter.limit : 50;
	for (int i = 0; i < REPEATS; i++) {
		double start = now_ms();

		store_jobs(store, &filter, got_jobs, NULL);
		worker_run_batch();
		times[i] = now_ms() - start;
	}
	report(name, times);
}

static void time_events(struct store *store, const char *name, struct event_filter filter)
{
	double times[REPEATS];

	for (int i = 0; i < REPEATS; i++) {
		double start = now_ms();

		store_events(store, &filter, got_events, NULL);
		worker_run_batch();
		times[i] = now_ms() - start;
	}
	report(name, times);
}

static void time_commits(struct store *store, const char *name, size_t together)
{
	struct store_change change = { .events = { { .kind = EVENT_NOTE, .code = "bench" } },
		.n_events = 1 };
	double times[REPEATS];

	rows = together;
	for (int i = 0; i < REPEATS; i++) {
		double start = now_ms();

		for (size_t k = 0; k < together; k++)
			store_commit(store, &change, committed, NULL);
		worker_run_batch();
		times[i] = now_ms() - start;
	}
	report(name, times);
}

static struct store *open_timed(const char *path)
{
	struct err e = { .code = OK };
	struct store_contents contents = { .n_jobs = 0 };
	struct store *store = NULL;
	double start = now_ms();

	if (store_open(&store, path, NULL, &e) || store_load(store, 0, &contents, &e))
		fail_on(&e);
	printf("open and load %zu active jobs: %.1f ms\n", contents.n_jobs, now_ms() - start);
	store_contents_done(&contents);
	return store;
}

static void print_memory(void)
{
	char line[128];
	FILE *status = fopen("/proc/self/status", "r");

	while (status && fgets(line, sizeof line, status))
		if (strncmp(line, "RssAnon", 7) == 0 || strncmp(line, "VmRSS", 5) == 0)
			fputs(line, stdout);
	if (status)
		fclose(status);
}

static void time_all(struct store *store)
{
	static const char lock[] = "front-door-7";

	time_jobs(store, "jobs: newest", (struct job_filter){ .phase = NULL });
	time_jobs(store, "jobs: newest 200", (struct job_filter){ .limit = 200 });
	time_jobs(store, "jobs: from the middle", (struct job_filter){ .before = JOBS / 2 });
	time_jobs(store, "jobs: of a lock", (struct job_filter){ .lock = lock });
	time_jobs(store, "jobs: active", (struct job_filter){ .phase = "active" });
	time_jobs(store, "jobs: final", (struct job_filter){ .phase = "final" });
	time_jobs(store, "jobs: failed", (struct job_filter){ .phase = "failed" });
	time_jobs(store, "jobs: cancelled (none)", (struct job_filter){ .phase = "cancelled" });
	time_jobs(store, "jobs: failed of a lock",
		(struct job_filter){ .phase = "failed", .lock = lock });
	time_jobs(store, "jobs: final of a lock",
		(struct job_filter){ .phase = "final", .lock = lock });
	time_jobs(store, "jobs: by key", (struct job_filter){ .idempotency_key = "key-5000" });
	time_events(store, "events: oldest 100", (struct event_filter){ .limit = 100 });
	time_events(store, "events: 1000 in the middle",
		(struct event_filter){ .after = 30000, .limit = 1000 });
	time_events(store, "events: of a job", (struct event_filter){ .job = 5000, .limit = 100 });
	time_events(
		store, "events: of a lock", (struct event_filter){ .lock = lock, .limit = 100 });
	time_commits(store, "commit: 1", 1);
	time_commits(store, "commit: 64 together", 64);
}

int main(void)
{
	char dir[TEMP_PATH], path[TEMP_PATH + 16];
	struct store *store;

	temp_dir_make(dir);
	snprintf(path, sizeof path, "%s/db.sqlite", dir);
	store = open_timed(path);
	fill(store);
	store_close(store);
	store = open_timed(path);
	time_all(store);
	print_memory();
	store_close(store);
	temp_dir_remove(dir);
	return 0;
}
