#include "ota/check_rules.h"
#include "ota/version.h"
#include "server/base/text.h"

/* docs/checks.md */
enum {
	DISK_BLOCK = 1 << 20,
	DISK_WARN = 32 << 20,
	MEMORY_WARN = 32 << 20,
	UPTIME_MIN_S = 60,
	MIB = 1 << 20,
};

static void check_window(struct check_run *run, const struct window_state *window)
{
	const struct window *w = &run->policy.window;
	struct check_says says = { .verdict = VERDICT_OK, .until = window->opens };
	char hours[WINDOW_TEXT_SIZE], next[TEXT_TIME_SIZE];

	window_text(hours, w);
	if (window->open) {
		text_time(next, window->closes);
		says.until = window->closes;
		check_say(run, "outside_window", &says, "window %s %s is open until %s", hours,
			w->zone, next);
		return;
	}
	says.verdict = VERDICT_BLOCK;
	says.wait = WAIT_WINDOW;
	text_time(next, window->opens);
	check_say(run, "outside_window", &says, "window %s %s, opens %s", hours, w->zone,
		window->opens ? next : "never");
}

void check_policy(struct check_run *run)
{
	const struct check_input *in = run->in;
	uint32_t pinned = run->policy.pinned_version;
	char want[VERSION_TEXT_SIZE], have[VERSION_TEXT_SIZE];

	if (in->paused)
		check_say(run, "paused",
			&(struct check_says){ .verdict = VERDICT_BLOCK, .wait = WAIT_USER },
			"updates are paused");
	if (in->window)
		check_window(run, in->window);
	if (!in->image || !pinned || in->image->file_version == pinned)
		return;
	version_text(want, pinned);
	version_text(have, in->image->file_version);
	check_say(run, "version_pinned",
		&(struct check_says){ .verdict = VERDICT_BLOCK, .wait = WAIT_USER },
		"the lock is pinned to %s, the image is %s", want, have);
}

void check_clock(struct check_run *run)
{
	const struct check_input *in = run->in;
	bool by_clock = in->window || (in->job && (in->job->automatic || in->job->not_before));
	struct check_says says = { .verdict = VERDICT_OK };

	if (!in->clock_plausible) {
		says.verdict = by_clock ? VERDICT_BLOCK : VERDICT_WARN;
		says.wait = by_clock ? WAIT_WINDOW : WAIT_NOTHING;
		check_say(run, "clock_implausible", &says,
			"the clock of this machine shows a time before 2024");
	} else {
		check_say(run, "clock_implausible", &says, "the clock is plausible");
	}
}

static void check_room(struct check_run *run, const struct host_facts *host)
{
	int64_t size = run->in->image ? run->in->image->size : 0;
	struct check_says says = { .at = host->at };

	if (host->disk_free >= 0) {
		if (host->disk_free < DISK_BLOCK + size) {
			says.verdict = VERDICT_BLOCK;
			says.wait = WAIT_USER;
		} else if (host->disk_free < DISK_WARN + size) {
			says.verdict = VERDICT_WARN;
		}
		check_say(run, "disk_room", &says, "%lld MiB free on the disk",
			(long long)(host->disk_free / MIB));
	}
	if (host->memory_free < 0)
		return;
	says = (struct check_says){ .at = host->at };
	if (host->memory_free < 2 * size) {
		says.verdict = VERDICT_BLOCK;
		says.wait = WAIT_USER;
	} else if (host->memory_free < MEMORY_WARN) {
		says.verdict = VERDICT_WARN;
	}
	check_say(run, "memory_room", &says, "%lld MiB of memory free",
		(long long)(host->memory_free / MIB));
}

void check_host(struct check_run *run)
{
	const struct host_facts *host = run->in->host;
	int64_t uptime;

	if (!host || !host->at)
		return;
	check_room(run, host);
	if (host->uptime_s < 0)
		return;
	uptime = host->uptime_s + (run->in->wall - host->at) / 1000;
	check_say(run, "host_uptime",
		&(struct check_says){ .verdict = uptime < UPTIME_MIN_S ? VERDICT_WARN : VERDICT_OK,
			.at = host->at,
			.until = uptime < UPTIME_MIN_S
					 ? run->in->wall + (UPTIME_MIN_S - uptime) * 1000
					 : 0 },
		"this machine runs for %lld s", (long long)uptime);
}
