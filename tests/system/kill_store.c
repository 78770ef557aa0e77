/* kill_store.c: a process that dies at any moment loses nothing that it said was done, and leaves
 * nothing half done.
 *
 * A child opens a new store and drives the jobs of three locks, several changes to a batch; it
 * tells the parent through a pipe of each change that was reported as done. SQLite's system calls
 * are replaced in the child, so that it dies by SIGKILL at the k-th one that changes a file, either
 * just before it or after half of its bytes. The parent opens what is left. Every k, so also
 * within the creation of the database and within its checkpoints. */
#include "ota/store_private.h"
#include "tests/support/temp_dir.h"
#include "tests/support/worker_batched.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LOCKS = 3, ROUNDS = 24, ACKS_MAX = 1024 };

struct ack {
	int64_t job, seq, n; /* n: the number of the change; all its rows carry it */
};

static const enum job_phase life[] = { JOB_QUEUED, JOB_CHECKING, JOB_WAITING, JOB_TRANSFERRING,
	JOB_VERIFYING, JOB_SUCCEEDED };

/* --- the child --- */

static unsigned changes, die_at;
static bool die_torn;

static bool is_last(void)
{
	return ++changes == die_at;
}

static void die(void)
{
	raise(SIGKILL);
}

static ssize_t write_or_die(int fd, const void *data, size_t size)
{
	if (!is_last())
		return write(fd, data, size);
	if (die_torn)
		(void)!write(fd, data, size / 2);
	die();
	return -1;
}

static ssize_t pwrite_or_die(int fd, const void *data, size_t size, off_t at)
{
	if (!is_last())
		return pwrite(fd, data, size, at);
	if (die_torn)
		(void)!pwrite(fd, data, size / 2, at);
	die();
	return -1;
}

static int truncate_or_die(int fd, off_t size)
{
	if (is_last())
		die();
	return ftruncate(fd, size);
}

static int unlink_or_die(const char *path)
{
	if (is_last())
		die();
	return unlink(path);
}

static void replace_calls(void)
{
	sqlite3_vfs *vfs = sqlite3_vfs_find(NULL);

	vfs->xSetSystemCall(vfs, "write", (sqlite3_syscall_ptr)write_or_die);
	vfs->xSetSystemCall(vfs, "pwrite", (sqlite3_syscall_ptr)pwrite_or_die);
	vfs->xSetSystemCall(vfs, "pwrite64", (sqlite3_syscall_ptr)pwrite_or_die);
	vfs->xSetSystemCall(vfs, "ftruncate", (sqlite3_syscall_ptr)truncate_or_die);
	vfs->xSetSystemCall(vfs, "unlink", (sqlite3_syscall_ptr)unlink_or_die);
}

static int to_parent;
static int64_t current[LOCKS]; /* job ids */
static int64_t n_changes;

struct step {
	int lock;
	int64_t n;
	bool is_refused;
};

static void stepped(void *owner, const struct err *e, int64_t job_id, const struct event *events,
	size_t n_events)
{
	struct step *step = owner;
	struct ack ack = { .job = job_id, .n = step->n };

	if (step->is_refused != (e->code != OK))
		_exit(3);
	if (!e->code) {
		ack.seq = n_events ? events[0].seq : 0;
		current[step->lock] = job_id;
		if (write(to_parent, &ack, sizeof ack) != sizeof ack)
			_exit(4);
	}
	free(step);
}

static void submit(struct store *store, int i, size_t phase, bool is_refused)
{
	struct step *step = malloc(sizeof *step);
	struct job job = { .id = phase ? current[i] : 0, .phase = life[phase] };
	struct lock lock = { .facts.lock_state = LOCK_UNKNOWN };
	struct store_change change = { .job = &job, .lock = &lock, .n_events = 1 };

	*step = (struct step){ .lock = i, .n = ++n_changes, .is_refused = is_refused };
	snprintf(lock.id, sizeof lock.id, "lock-%d", i);
	memcpy(job.lock, lock.id, sizeof job.lock);
	memset(job.summary, 's', sizeof job.summary - 1);
	lock.last_heard = job.changed_at = change.events[0].at = step->n;
	memcpy(change.events[0].lock, lock.id, sizeof job.lock);
	change.events[0].job = job.id;
	store_commit(store, &change, stepped, step);
}

static _Noreturn void child(const char *path)
{
	struct adapter_store *corner;
	struct store *store;
	char value[32];

	replace_calls();
	if (store_open(&store, path, NULL, NULL) ||
		store_adapter_store(store, "stick", &corner, NULL))
		_exit(1);
	for (size_t round = 0; round < ROUNDS; round++) {
		size_t phase = round % ARRAY_SIZE(life);

		for (int i = 0; i < LOCKS; i++)
			submit(store, i, phase, false);
		if (life[phase] == JOB_QUEUED)
			submit(store, 1, 0, true); /* in the same batch as the first */
		snprintf(value, sizeof value, "%zu", round);
		corner->put(corner, "round", value);
		worker_run_batch();
	}
	store_close(store);
	/* The number of calls as a last message. */
	if (write(to_parent, &(struct ack){ .n = -(int64_t)changes }, sizeof(struct ack)) < 0)
		_exit(4);
	_exit(0);
}

/* --- the parent --- */

static int failures;

#define EXPECT(what, ...)                                                                          \
	do {                                                                                       \
		if (!(what)) {                                                                     \
			failures++;                                                                \
			printf("not so: %s: ", #what);                                             \
			printf(__VA_ARGS__);                                                       \
			printf(" (call %u%s)\n", die_at, die_torn ? ", torn" : "");                \
		}                                                                                  \
	} while (0)

static struct ack acks[ACKS_MAX];
static size_t n_acks;

/* Runs the child; returns its wait status. */
static int run_child(const char *path)
{
	int ends[2], status = -1;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC))
		abort();
	pid = fork();
	if (pid == 0) {
		close(ends[0]);
		to_parent = ends[1];
		child(path);
	}
	close(ends[1]);
	for (n_acks = 0; n_acks < ACKS_MAX; n_acks++)
		if (read(ends[0], &acks[n_acks], sizeof *acks) != (ssize_t)sizeof *acks)
			break;
	close(ends[0]);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return status;
}

struct numbers {
	struct db_op op;
	const char *text;
	int64_t a, b; /* ?1, ?2 */
	int64_t value;
};

static enum err_code run_number(struct db_op *op, sqlite3 *sql, struct err *e)
{
	struct numbers *numbers = (struct numbers *)op;
	sqlite3_stmt *statement;
	enum err_code code = db_prepare(sql, &statement, numbers->text, e);

	if (code)
		return code;
	db_bind(statement, "ll", numbers->a, numbers->b);
	if (sqlite3_step(statement) == SQLITE_ROW)
		numbers->value = sqlite3_column_int64(statement, 0);
	else
		code = db_error(sql, e);
	sqlite3_finalize(statement);
	return code;
}

static int64_t number(struct store *store, const char *text, int64_t a, int64_t b)
{
	struct numbers numbers = { .op = { .run = run_number }, .text = text, .a = a, .b = b };
	struct err e = { .code = OK };
	enum err_code code = db_now(store->db, &numbers.op, &e);

	EXPECT(!code, "%s", e.text);
	return numbers.value;
}

static void check_acks(struct store *store)
{
	for (size_t i = 0; i < n_acks; i++) {
		const struct ack *ack = &acks[i];

		if (ack->n <= 0)
			continue;
		EXPECT(number(store, "SELECT count(*) FROM job WHERE id = ?1 AND changed_at >= ?2",
			       ack->job, ack->n) == 1,
			"change %lld of job %lld", (long long)ack->n, (long long)ack->job);
		EXPECT(number(store, "SELECT count(*) FROM event WHERE seq = ?1 AND at = ?2",
			       ack->seq, ack->n) == 1,
			"event %lld", (long long)ack->seq);
	}
}

static void check_whole(struct store *store)
{
	/* A job's row, its newest event and its lock's row come from one change. */
	EXPECT(number(store,
		       "SELECT count(*) FROM job WHERE changed_at IS NOT"
		       " (SELECT max(at) FROM event WHERE event.job = job.id) OR ?1 + ?2 <> 0",
		       0, 0) == 0,
		"a job without its event");
	EXPECT(number(store,
		       "SELECT count(*) FROM event WHERE job NOT IN (SELECT id FROM job) OR ?1 + "
		       "?2",
		       0, 0) == 0,
		"an event without its job");
	EXPECT(number(store,
		       "SELECT count(*) FROM lock WHERE last_heard IS NOT"
		       " (SELECT max(changed_at) FROM job WHERE job.lock = lock.id) OR ?1 + ?2",
		       0, 0) == 0,
		"a lock without its job");
	EXPECT(number(store,
		       "SELECT count(*) FROM (SELECT lock FROM job WHERE phase NOT IN " FINAL_PHASES
		       " GROUP BY lock HAVING count(*) > 1) WHERE ?1 + ?2 = 0",
		       0, 0) == 0,
		"two active jobs of one lock");
	EXPECT(number(store,
		       "SELECT count(*) FROM pragma_integrity_check"
		       " WHERE integrity_check <> 'ok' OR ?1 + ?2",
		       0, 0) == 0,
		"the file");
}

static void went_on(void *owner, const struct err *e, int64_t job_id, const struct event *events,
	size_t n_events)
{
	(void)events;
	*(bool *)owner = !e->code && job_id > 0 && n_events == 1;
}

static void check_left(const char *path)
{
	struct err e = { .code = OK };
	struct job job = { .lock = "another" };
	struct store_change change = { .job = &job, .n_events = 1 };
	struct store *store = NULL;
	bool good = false;

	EXPECT(store_open(&store, path, NULL, &e) == OK, "%s", e.text);
	if (!store)
		return;
	check_acks(store);
	check_whole(store);
	store_commit(store, &change, went_on, &good);
	worker_run_batch();
	EXPECT(good, "it goes on");
	store_close(store);
}

static int run_one(unsigned at, bool torn)
{
	char dir[TEMP_PATH], path[TEMP_PATH + 16];
	int status;

	die_at = at;
	die_torn = torn;
	temp_dir_make(dir);
	snprintf(path, sizeof path, "%s/db.sqlite", dir);
	status = run_child(path);
	check_left(path);
	temp_dir_remove(dir);
	return status;
}

int main(int argc, char **argv)
{
	unsigned long every = argc > 1 ? strtoul(argv[1], NULL, 10) : 1;
	unsigned total, runs = 0, survivors = 0;
	int status = run_one(0, false);

	if (!every || status != 0 || !n_acks || acks[n_acks - 1].n >= 0) {
		printf("the script does not run to its end: status %x\n", (unsigned)status);
		return 1;
	}
	EXPECT(n_acks == LOCKS * ROUNDS + 1, "%zu answers", n_acks);
	total = (unsigned)-acks[n_acks - 1].n;
	for (unsigned at = 1; at <= total; at += (unsigned)every) {
		for (int torn = 0; torn < 2; torn++, runs++) {
			status = run_one(at, torn);
			EXPECT(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL, "status %x",
				(unsigned)status);
			survivors += n_acks > 0;
		}
	}
	EXPECT(runs >= 30, "%u kills", runs);
	printf("%u kills at %u calls, %u after something was done, %d failures\n", runs, total,
		survivors, failures);
	return failures != 0;
}
