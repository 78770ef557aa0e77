/* store_bench.c [LOCKS [EVENTS_PER_LOCK_AND_DAY]]: what queries cost with 10,000 jobs and a year's
 * events, and what a commit costs, also while the history is being shortened. Prints medians and
 * worst cases; the goal for lists is 5 ms. */
#include "ota/store_private.h"
#include "tests/bench/history.h"
#include "tests/support/temp_dir.h"
#include "tests/support/worker_batched.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

enum { JOBS = 10000, LOCKS = 20, LOCK_EVENTS = 20, DAYS = 365, REPEATS = 101 };

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
	(void)more;
	(void)oldest;
	fail_on(e);
	rows = n;
	if (owner && n)
		*(int64_t *)owner = events[n - 1].seq;
}

static void fill(struct store *store, int locks, int lock_events)
{
	const struct history history = { .jobs = JOBS,
		.locks = locks,
		.days = DAYS,
		.lock_events = lock_events,
		.now = (int64_t)time(NULL) * 1000 };
	double start = now_ms();

	history_fill(store, &history);
	printf("%d jobs, %d events written in %.0f ms\n", JOBS,
		JOBS * JOB_EVENTS + DAYS * locks * lock_events, now_ms() - start);
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

static void pruned(void *owner, const struct err *e, bool more)
{
	fail_on(e);
	*(bool *)owner = more;
}

/* A commit that has to share its transaction with a portion that is deleted. */
static void time_pruning(struct store *store, int64_t megabytes)
{
	const struct retention retention = { .now = (int64_t)time(NULL) * 1000,
		.max_size = megabytes << 20 };
	struct store_change change = { .events = { { .kind = EVENT_NOTE, .code = "bench" } },
		.n_events = 1 };
	double times[REPEATS];
	bool more = true;

	rows = 1;
	for (int i = 0; i < REPEATS && more; i++) {
		double start = now_ms();

		store_prune(store, &retention, pruned, &more);
		store_commit(store, &change, committed, NULL);
		worker_run_batch();
		times[i] = now_ms() - start;
	}
	if (!more) {
		printf("nothing to prune\n");
		return;
	}
	report("commit: 1 while a portion is pruned", times);
	while (more) {
		store_prune(store, &retention, pruned, &more);
		worker_run_batch();
	}
}

static void print_size(const char *when, struct store *store, const char *path)
{
	struct event_filter filter = { .limit = 1000 };
	struct stat file;
	size_t n = 0;

	do {
		store_events(store, &filter, got_events, &filter.after);
		worker_run_batch();
		n += rows;
	} while (rows == filter.limit);
	if (stat(path, &file) == 0)
		printf("%s: file %.1f MiB, %zu events\n", when, (double)file.st_size / (1 << 20),
			n);
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

/* Each filter that the API has: from the newest, and with a cursor at the old end. */
static void time_job_filters(struct store *store)
{
	static const char *const phases[] = { NULL, "active", "final", "waiting", "transferring",
		"succeeded", "failed", "cancelled" };
	static const struct {
		const char *lock;
		int64_t before;
		const char *name;
	} shapes[] = { { NULL, 0, "" }, { NULL, JOBS / 20, ", deep" },
		{ "front-door-0", 0, " of a lock" },
		{ "front-door-0", JOBS / 20, " of a lock, deep" } };
	char name[80];

	for (size_t i = 0; i < sizeof phases / sizeof *phases; i++)
		for (size_t k = 0; k < sizeof shapes / sizeof *shapes; k++) {
			(void)snprintf(name, sizeof name, "jobs: %s%s",
				phases[i] ? phases[i] : "any", shapes[k].name);
			time_jobs(store, name,
				(struct job_filter){ .phase = phases[i],
					.lock = shapes[k].lock,
					.before = shapes[k].before,
					.limit = 200 });
		}
	time_jobs(store, "jobs: by key", (struct job_filter){ .idempotency_key = "key-5000" });
}

static void time_events_filters(struct store *store)
{
	time_events(store, "events: oldest 100", (struct event_filter){ .limit = 100 });
	time_events(store, "events: 1000 in the middle",
		(struct event_filter){ .after = 60000, .limit = 1000 });
	time_events(store, "events: of a job", (struct event_filter){ .job = 5000, .limit = 200 });
	time_events(store, "events: of a lock",
		(struct event_filter){ .lock = "front-door-0", .limit = 200 });
	time_events(store, "events: of a lock, deep",
		(struct event_filter){ .lock = "front-door-0", .after = 60000, .limit = 200 });
}

static int number(char **argv, int argc, int at, int otherwise)
{
	return argc > at ? (int)strtol(argv[at], NULL, 10) : otherwise;
}

int main(int argc, char **argv)
{
	char dir[TEMP_PATH], path[TEMP_PATH + 16];
	struct store *store;

	temp_dir_make(dir);
	snprintf(path, sizeof path, "%s/db.sqlite", dir);
	store = open_timed(path);
	fill(store, number(argv, argc, 1, LOCKS), number(argv, argc, 2, LOCK_EVENTS));
	store_close(store);
	store = open_timed(path);
	time_job_filters(store);
	time_events_filters(store);
	time_commits(store, "commit: 1", 1);
	time_commits(store, "commit: 64 together", 64);
	print_size("a year", store, path);
	time_pruning(store, 32);
	print_size("pruned to 32 MiB", store, path);
	print_memory();
	store_close(store);
	temp_dir_remove(dir);
	return 0;
}
