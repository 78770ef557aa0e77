#include "api/cli/progress.h"

#include "api/cli/client.h"
#include "server/base/text.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

enum { POLL_MS = 300, BAR_MAX = 40, LINE_SIZE = 512 };

struct follower {
	bool terminal;
	int columns;
	char phase[64]; /* shown last, with what it waits for */
	int tenth;      /* of the progress shown last, without a terminal */
};

static volatile sig_atomic_t interrupted;

static void on_interrupt(int signal)
{
	(void)signal;
	interrupted = 1;
}

static int columns(void)
{
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) || size.ws_col < 20)
		return 80;
	return size.ws_col;
}

static void bar(char *out, size_t max, double percent, int width)
{
	int full = (int)(percent / 100 * width + 0.5);
	size_t n = 0;

	for (int i = 0; i < width && n + 4 < max; i++)
		n += (size_t)snprintf(out + n, max - n, "%s", i < full ? "█" : "░");
}

static void remaining(char out[32], const json_t *job)
{
	int64_t eta;
	long seconds;

	out[0] = '\0';
	if (!text_parse_time(&eta, cli_text_or(job, "eta", "-")))
		return;
	seconds = (long)(eta / 1000 - time(NULL));
	if (seconds < 0)
		seconds = 0;
	(void)snprintf(out, 32, "%ld:%02ld left", seconds / 60, seconds % 60);
}

/* "transferring", "waiting for wake" */
static void phase_words(char out[64], const json_t *job)
{
	const char *wait = cli_text(job, "waiting_for");

	if (*wait)
		(void)snprintf(out, 64, "waiting for %s", wait);
	else
		(void)snprintf(out, 64, "%s", cli_text(job, "phase"));
}

/* What a person can do about it, and by when. */
static void say_wait(const json_t *job)
{
	static const struct {
		const char *action, *words;
	} rows[] = { { "press_key", "Press a key on the lock now." },
		{ "replace_batteries", "Put fresh batteries in and press a key." },
		{ "decide", "It needs your decision." },
		{ "check_adapter", "See whether the stick is plugged in." },
		{ "follow_guide", "Start it in the vendor's app." },
		{ "confirm_version", "Say which version the app shows." } };
	const char *action = cli_text(job, "action"), *until = cli_text(job, "waiting_until");
	const char *deadline = cli_text(job, "deadline");

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (!strcmp(rows[i].action, action))
			(void)printf("  %s\n", rows[i].words);
	if (*until)
		(void)printf("  It goes on by itself about %.16s UTC.\n", until);
	if (*deadline)
		(void)printf("  Without that it is given up on %.16s UTC.\n", deadline);
}

static void clear_line(const struct follower *f)
{
	if (f->terminal)
		(void)fputs("\r\033[K", stdout);
}

static void draw(struct follower *f, const json_t *job, const char *phase)
{
	double percent = cli_number(job, "update_percentage", -1);
	double rate = cli_number(job, "rate_bytes_s", -1);
	char blocks[BAR_MAX * 4 + 1] = "", left[32], speed[32] = "";
	int width = f->columns - 62 < BAR_MAX ? f->columns - 62 : BAR_MAX;

	clear_line(f);
	if (percent < 0) {
		(void)printf("%s … %s", phase, cli_text(job, "summary"));
		(void)fflush(stdout);
		return;
	}
	bar(blocks, sizeof blocks, percent, width > 8 ? width : 8);
	remaining(left, job);
	if (rate >= 0)
		(void)snprintf(speed, sizeof speed, "%.1f kB/s", rate / 1000);
	(void)printf("%-16s %s %5.1f %%  %s  %s", phase, blocks, percent, speed, left);
	(void)fflush(stdout);
}

static void plain(struct follower *f, const json_t *job)
{
	double percent = cli_number(job, "update_percentage", -1);
	int tenth = (int)(percent / 10);

	if (percent < 0 || tenth == f->tenth)
		return;
	f->tenth = tenth;
	(void)printf("  %.1f %% of %.0f bytes\n", percent, cli_number(job, "bytes_total", 0));
	(void)fflush(stdout);
}

static void show(struct follower *f, const json_t *job)
{
	char phase[64];

	phase_words(phase, job);
	if (strcmp(phase, f->phase) != 0) {
		clear_line(f);
		(void)printf("%s%s%s\n", phase, *cli_text(job, "summary") ? ": " : "",
			cli_text(job, "summary"));
		(void)text_copy(f->phase, sizeof f->phase, phase);
		say_wait(job);
		(void)fflush(stdout);
	}
	if (f->terminal)
		draw(f, job, phase);
	else
		plain(f, job);
}

static int conclude(const struct follower *f, const json_t *job)
{
	const json_t *error = json_object_get(job, "error");
	bool good = !strcmp(cli_text(job, "phase"), "succeeded");

	clear_line(f);
	(void)printf("%s: %s\n", good ? "Done" : "Not done", cli_text(job, "summary"));
	if (good)
		(void)printf("  evidence: %s (%s)\n", cli_text(job, "evidence"),
			cli_text_or(job, "evidence_source", "the lock itself"));
	if (!good && *cli_text(error, "advice"))
		(void)printf("  %s\n", cli_text(error, "advice"));
	if (!good)
		(void)printf("  does the lock work: %s; it runs %s\n",
			cli_text_or(job, "lock_works", "unknown"),
			cli_text_or(job, "running_version", "an unknown version"));
	return good ? 0 : 1;
}

static int leave(const struct follower *f, long long id)
{
	clear_line(f);
	(void)printf("\nThe update goes on without this window. Look again: lockwright jobs\n"
		     "Stop it: lockwright jobs cancel %lld\n",
		id);
	return 0;
}

/* The service was there and has gone; why has been said. */
static int lost(const struct follower *f, long long id)
{
	clear_line(f);
	(void)fflush(stdout);
	(void)fprintf(stderr,
		"The update goes on when the service is back: lockwright jobs follow %lld\n", id);
	return 1;
}

int cli_follow_job(struct rest_client *client, long long id)
{
	struct follower f = { .terminal = isatty(STDOUT_FILENO), .tenth = -1 };
	struct sigaction action = { .sa_handler = on_interrupt };
	char path[64];

	f.columns = columns();
	(void)sigaction(SIGINT, &action, NULL); /* without it Ctrl-C just ends the program */
	(void)snprintf(path, sizeof path, "/api/v1/jobs/%lld", id);
	while (!interrupted) {
		struct timespec pause = { .tv_nsec = POLL_MS * 1000000L };
		json_t *job = cli_get(client, path);
		bool final;

		if (!job)
			return *f.phase ? lost(&f, id) : 1;
		final = cli_true(job, "final");
		show(&f, job);
		if (final) {
			int status = conclude(&f, job);

			json_decref(job);
			return status;
		}
		json_decref(job);
		(void)nanosleep(&pause, NULL); /* an early return only polls sooner */
	}
	return leave(&f, id);
}
