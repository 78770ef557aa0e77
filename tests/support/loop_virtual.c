#include "tests/support/loop_virtual.h"

#include "server/base/alloc.h"
#include "server/post_list.h"
#include "server/timer_list.h"

#include <assert.h>
#include <poll.h>
#include <stdlib.h>

/* A turn: what was posted, then ready descriptors, then due timers, each in the order of its
 * beginning. Only when a turn did nothing, time goes on. */

enum {
	VIRTUAL_START = 1000,
	STUCK_TURNS = 2000000, /* so many without time going on: somebody spins */
};
static const int64_t virtual_wall = 1780272000000; /* 2026-06-01T00:00:00Z */

struct loop_watch {
	struct loop *loop;
	struct loop_watch *next;
	int fd; /* -1: unwatched, freed at the end of the turn */
	short want;
	void (*ready)(void *owner, unsigned events);
	void *owner;
};

struct loop {
	msec now;
	int64_t wall_offset;
	bool stopped, polling;
	struct timer_list timers;
	struct post_list posts;
	struct loop_watch *watches, **watches_end;
	struct pollfd *polled;
	size_t n_watches, n_polled_max;
	unsigned turns_at_now;
};

struct loop *loop_new(void)
{
	struct loop *loop = xcalloc(1, sizeof *loop);

	loop->now = VIRTUAL_START;
	loop->wall_offset = virtual_wall - VIRTUAL_START;
	post_list_init(&loop->posts);
	loop->watches_end = &loop->watches;
	return loop;
}

static void sweep_watches(struct loop *loop)
{
	struct loop_watch **link = &loop->watches;

	while (*link) {
		struct loop_watch *w = *link;

		if (w->fd >= 0) {
			link = &w->next;
			continue;
		}
		*link = w->next;
		free(w);
		loop->n_watches--;
	}
	loop->watches_end = link;
}

void loop_free(struct loop *loop)
{
	if (!loop)
		return;
	post_list_done(&loop->posts);
	for (struct loop_watch *w = loop->watches; w; w = w->next)
		w->fd = -1;
	sweep_watches(loop);
	free(loop->polled);
	free(loop);
}

msec loop_now(const struct loop *loop)
{
	return loop->now;
}

int64_t loop_wall(const struct loop *loop)
{
	return loop->wall_offset + (int64_t)loop->now;
}

void loop_set_wall(struct loop *loop, int64_t wall)
{
	loop->wall_offset = wall - (int64_t)loop->now;
}

struct timer_list *loop_timer_list(struct loop *loop)
{
	return &loop->timers;
}

void loop_stop(struct loop *loop)
{
	loop->stopped = true;
}

struct loop_watch *loop_watch(
	struct loop *loop, int fd, void (*ready)(void *owner, unsigned events), void *owner)
{
	struct loop_watch *w = xcalloc(1, sizeof *w);

	assert(fd >= 0 && ready);
	w->loop = loop;
	w->fd = fd;
	w->want = POLLIN;
	w->ready = ready;
	w->owner = owner;
	*loop->watches_end = w;
	loop->watches_end = &w->next;
	loop->n_watches++;
	return w;
}

/* Nothing takes time here, so nothing is urgent. */
void loop_watch_urgent(struct loop_watch *w)
{
	(void)w;
}

void loop_serve_urgent(struct loop *loop)
{
	(void)loop;
}

static void set_want(struct loop_watch *w, short what, bool on)
{
	w->want = (short)(on ? w->want | what : w->want & ~what);
}

void loop_want_read(struct loop_watch *w, bool want)
{
	set_want(w, POLLIN, want);
}

void loop_want_write(struct loop_watch *w, bool want)
{
	set_want(w, POLLOUT, want);
}

void loop_unwatch(struct loop_watch *w)
{
	if (!w)
		return;
	w->fd = -1;
	if (!w->loop->polling)
		sweep_watches(w->loop);
}

void loop_post(struct loop *loop, void (*run)(void *arg), void *arg)
{
	(void)post_list_add(&loop->posts, run, arg); /* nothing sleeps here */
}

static size_t poll_watches(struct loop *loop)
{
	size_t n = 0;

	if (loop->n_watches > loop->n_polled_max) {
		free(loop->polled);
		loop->n_polled_max = 2 * loop->n_watches;
		loop->polled = xcalloc(loop->n_polled_max, sizeof *loop->polled);
	}
	/* Who wants nothing hears nothing, not even a hang-up. */
	for (struct loop_watch *w = loop->watches; w; w = w->next)
		loop->polled[n++] =
			(struct pollfd){ .fd = w->want ? w->fd : -1, .events = w->want };
	return n && poll(loop->polled, (nfds_t)n, 0) > 0 ? n : 0;
}

static bool tell(struct loop_watch *w, short got)
{
	unsigned events = 0;

	assert(!(got & POLLNVAL) && "a watched descriptor was closed before loop_unwatch()");
	if (w->fd < 0 || !w->want)
		return false;
	got = (short)(got & (w->want | POLLHUP | POLLERR));
	events |= got & POLLIN ? LOOP_READ : 0U;
	events |= got & POLLOUT ? LOOP_WRITE : 0U;
	events |= got & (POLLHUP | POLLERR) ? LOOP_HANGUP : 0U;
	if (events)
		w->ready(w->owner, events);
	return events != 0;
}

static bool run_watches(struct loop *loop)
{
	size_t n = poll_watches(loop);
	struct loop_watch *w = loop->watches;
	bool any = false;

	loop->polling = true;
	for (size_t i = 0; i < n; i++, w = w->next)
		if (tell(w, loop->polled[i].revents))
			any = true;
	loop->polling = false;
	sweep_watches(loop);
	return any;
}

static bool turn(struct loop *loop)
{
	uint64_t mark = loop->timers.orders;
	bool any = post_list_run(&loop->posts);

	any = run_watches(loop) || any;
	any = timer_list_run(&loop->timers, loop->now, mark) || any;
	loop->turns_at_now++;
	assert(loop->turns_at_now < STUCK_TURNS && "the loop spins: virtual time stands still");
	return any;
}

/* False: nothing more happens until `until`. */
static bool jump(struct loop *loop, msec until)
{
	msec next = timer_list_next(&loop->timers);

	if (post_list_any(&loop->posts) || (next && next <= loop->now))
		return true;
	if (!next || next > until)
		return false;
	loop->now = next;
	loop->turns_at_now = 0;
	return true;
}

bool loop_run_while_not(struct loop *loop, bool (*done)(void *arg), void *arg, msec limit)
{
	msec until = loop->now + limit;

	loop->stopped = false;
	while (!done(arg)) {
		if (loop->stopped)
			return false;
		if (turn(loop) || jump(loop, until))
			continue;
		loop->now = until;
		return done(arg);
	}
	return true;
}

static bool never(void *arg)
{
	(void)arg;
	return false;
}

void loop_run_for(struct loop *loop, msec duration)
{
	(void)loop_run_while_not(loop, never, NULL, duration);
}

void loop_run_until(struct loop *loop, msec until)
{
	loop_run_for(loop, until > loop->now ? until - loop->now : 0);
}

int loop_run(struct loop *loop)
{
	loop->stopped = false;
	while (!loop->stopped && (turn(loop) || jump(loop, UINT64_MAX)))
		;
	return 0;
}
