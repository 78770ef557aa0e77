#include "server/loop.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static struct loop *loop;
static char story[64];

static void say(void *letter)
{
	story[strlen(story)] = *(const char *)letter;
}

static void stop(void *arg)
{
	(void)arg;
	loop_stop(loop);
}

static void start(void)
{
	loop = loop_new();
}

static void end(void)
{
	loop_free(loop);
}

TestSuite(loop_lws, .init = start, .fini = end, .timeout = 30);

Test(loop_lws, timers_fire_in_order_and_never_early)
{
	struct loop_timer *b = loop_timer_new(loop, say, "b");
	struct loop_timer *a = loop_timer_new(loop, say, "a");
	struct loop_timer *c = loop_timer_new(loop, stop, NULL);
	msec began = loop_now(loop);

	cr_assert(lt(u64, 0, began));
	loop_timer_set(b, began + 30);
	loop_timer_set(a, began + 10);
	loop_timer_set(c, began + 40);
	loop_run(loop);
	cr_assert(eq(str, story, "ab"));
	cr_assert(ge(u64, loop_now(loop), began + 40));
	loop_timer_free(a);
	loop_timer_free(b);
	loop_timer_free(c);
}

Test(loop_lws, waiting_for_a_timer_costs_no_cpu)
{
	struct loop_timer *t = loop_timer_new(loop, stop, NULL);
	struct timespec before, after;

	loop_timer_set(t, loop_now(loop) + 400);
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &before);
	loop_run(loop);
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &after);
	/* A spinning loop would use all 400 ms; ours uses far below one, sanitizers included. */
	long used =
		(after.tv_sec - before.tv_sec) * 1000 + (after.tv_nsec - before.tv_nsec) / 1000000;

	cr_assert(lt(long, used, 100));
	loop_timer_free(t);
}

static void post_more(void *arg)
{
	(void)arg;
	say("a");
	loop_post(loop, say, "c");
	loop_post(loop, stop, NULL);
}

Test(loop_lws, posts_keep_their_order)
{
	loop_post(loop, post_more, NULL);
	loop_post(loop, say, "b");
	loop_run(loop);
	cr_assert(eq(str, story, "abc"));
}

struct pair {
	int mine, other;
	struct loop_watch *watch;
	unsigned events, calls;
	char got[32];
};

static void read_pair(void *owner, unsigned events)
{
	struct pair *p = owner;
	ssize_t n = events & LOOP_READ ? read(p->mine, p->got, 3) : 0;

	p->calls++;
	p->events |= events;
	if (n > 0)
		return;
	loop_unwatch(p->watch);
	loop_stop(loop);
}

static void open_pair(struct pair *p)
{
	int fd[2];

	cr_assert(eq(int, socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fd), 0));
	*p = (struct pair){ .mine = fd[0], .other = fd[1] };
	p->watch = loop_watch(loop, p->mine, read_pair, p);
}

Test(loop_lws, what_came_before_a_hangup_is_read_piece_by_piece)
{
	struct pair p;

	open_pair(&p);
	cr_assert(eq(sz, (size_t)write(p.other, "abcdefgh", 8), 8));
	close(p.other);
	loop_run(loop);
	cr_assert(eq(uint, p.calls, 4));
	cr_assert(eq(uint, p.events, LOOP_READ | LOOP_HANGUP));
	cr_assert(eq(str, p.got, "ghf"));
	cr_assert(eq(int, close(p.mine), 0));
}

Test(loop_lws, who_wants_nothing_hears_nothing_not_even_a_hangup)
{
	struct pair p;
	struct loop_timer *t = loop_timer_new(loop, stop, NULL);

	open_pair(&p);
	loop_want_read(p.watch, false);
	close(p.other);
	loop_timer_set(t, loop_now(loop) + 20);
	loop_run(loop);
	cr_assert(eq(uint, p.calls, 0));
	loop_want_write(p.watch, true);
	loop_run(loop);
	cr_assert(eq(uint, p.events & LOOP_HANGUP, LOOP_HANGUP));
	loop_timer_free(t);
	close(p.mine);
}

static void take_and_say(void *owner, unsigned events)
{
	struct pair *p = owner;
	char letter[2] = "";

	(void)events;
	if (read(p->mine, letter, 1) == 1)
		say(letter);
}

static struct pair urgent, usual;

static void say_b(void *owner, unsigned events)
{
	take_and_say(owner, events);
	cr_assert(eq(sz, (size_t)write(urgent.other, "c", 1), 1));
	loop_serve_urgent(loop);
	say("d");
	loop_stop(loop);
}

static void open_said(struct pair *p, void (*ready)(void *owner, unsigned events))
{
	open_pair(p);
	loop_unwatch(p->watch);
	p->watch = loop_watch(loop, p->mine, ready, p);
}

static void close_pair(struct pair *p)
{
	loop_unwatch(p->watch);
	close(p->mine);
	close(p->other);
}

Test(loop_lws, the_urgent_comes_first_and_between_the_pieces_of_long_work)
{
	open_said(&usual, say_b);
	open_said(&urgent, take_and_say);
	loop_watch_urgent(urgent.watch);
	cr_assert(eq(sz, (size_t)write(usual.other, "b", 1), 1));
	cr_assert(eq(sz, (size_t)write(urgent.other, "a", 1), 1));
	loop_run(loop);
	cr_assert(eq(str, story, "abcd"));
	close_pair(&usual);
	close_pair(&urgent);
}

static void unwatch_urgent(void *owner, unsigned events)
{
	(void)owner;
	(void)events;
	loop_unwatch(urgent.watch);
	urgent.watch = NULL;
	loop_serve_urgent(loop);
	loop_stop(loop);
}

Test(loop_lws, an_urgent_watch_given_up_hears_nothing_more)
{
	open_said(&usual, unwatch_urgent);
	open_said(&urgent, take_and_say);
	loop_watch_urgent(urgent.watch);
	loop_want_read(urgent.watch, false);
	loop_want_write(urgent.watch, true);
	loop_want_write(urgent.watch, false);
	cr_assert(eq(sz, (size_t)write(usual.other, "b", 1), 1));
	cr_assert(eq(sz, (size_t)write(urgent.other, "a", 1), 1));
	loop_run(loop);
	cr_assert(eq(str, story, ""));
	close_pair(&usual);
	close_pair(&urgent);
}
