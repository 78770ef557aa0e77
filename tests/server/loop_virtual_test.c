#include "tests/support/loop_virtual.h"

#include "server/worker.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* What happened, as a word: each event appends its letter. */
static char story[64];
static struct loop *loop;
static struct loop_timer *timer_a;

static void tell(char c)
{
	size_t n = strlen(story);

	cr_assert(lt(sz, n, sizeof story - 1));
	story[n] = c;
}

static void say(void *letter)
{
	tell(*(const char *)letter);
}

static void start(void)
{
	loop = loop_new();
}

static void end(void)
{
	loop_free(loop);
}

TestSuite(loop_virtual, .init = start, .fini = end, .timeout = 10);

Test(loop_virtual, starts_at_the_promised_time)
{
	cr_assert(eq(u64, loop_now(loop), 1000));
	cr_assert(eq(i64, loop_wall(loop), 1780272000000));
}

Test(loop_virtual, time_jumps_to_each_deadline_in_order)
{
	struct loop_timer *b = loop_timer_new(loop, say, "b");
	struct loop_timer *a = loop_timer_new(loop, say, "a");
	struct loop_timer *c = loop_timer_new(loop, say, "c");

	loop_timer_set(b, 5000);
	loop_timer_set(a, 2000);
	loop_timer_set(c, 5000);
	cr_assert(eq(int, loop_run(loop), 0));
	cr_assert(eq(str, story, "abc"));
	cr_assert(eq(u64, loop_now(loop), 5000));
	cr_assert(eq(i64, loop_wall(loop), 1780272004000));
	loop_timer_free(a);
	loop_timer_free(b);
	loop_timer_free(c);
}

Test(loop_virtual, a_bounded_run_leaves_later_timers_and_ends_at_its_time)
{
	struct loop_timer *a = loop_timer_new(loop, say, "a");
	struct loop_timer *b = loop_timer_new(loop, say, "b");

	loop_timer_set(a, 1500);
	loop_timer_set(b, 1501);
	loop_run_until(loop, 1500);
	cr_assert(eq(str, story, "a"));
	cr_assert(eq(u64, loop_now(loop), 1500));
	loop_run_for(loop, 1000);
	cr_assert(eq(str, story, "ab"));
	cr_assert(eq(u64, loop_now(loop), 2500));
	loop_timer_free(a);
	loop_timer_free(b);
}

Test(loop_virtual, a_stopped_or_freed_timer_stays_silent)
{
	struct loop_timer *a = loop_timer_new(loop, say, "a");
	struct loop_timer *b = loop_timer_new(loop, say, "b");

	loop_timer_set(a, 1500);
	loop_timer_set(b, 1500);
	loop_timer_set(a, 0);
	loop_timer_free(b);
	loop_timer_free(NULL);
	loop_run(loop);
	cr_assert(eq(str, story, ""));
	loop_timer_free(a);
}

static void again(void *owner)
{
	(void)owner;
	tell('t');
	if (strlen(story) < 3)
		loop_timer_set(timer_a, loop_now(loop));
}

Test(loop_virtual, a_timer_set_for_now_runs_in_the_next_turn_without_time_passing)
{
	timer_a = loop_timer_new(loop, again, NULL);
	loop_timer_set(timer_a, 1);
	loop_run(loop);
	cr_assert(eq(str, story, "ttt"));
	cr_assert(eq(u64, loop_now(loop), 1000));
	loop_timer_free(timer_a);
}

static void free_myself(void *owner)
{
	(void)owner;
	tell('f');
	loop_timer_free(timer_a);
}

Test(loop_virtual, a_timer_may_free_itself)
{
	timer_a = loop_timer_new(loop, free_myself, NULL);
	loop_timer_set(timer_a, 1200);
	loop_run(loop);
	cr_assert(eq(str, story, "f"));
}

static void post_b(void *arg)
{
	(void)arg;
	tell('a');
	loop_post(loop, say, "c");
}

Test(loop_virtual, posts_run_in_order_and_a_post_from_a_post_comes_last)
{
	loop_post(loop, post_b, NULL);
	loop_post(loop, say, "b");
	loop_run_for(loop, 0);
	cr_assert(eq(str, story, "abc"));
	cr_assert(eq(u64, loop_now(loop), 1000));
}

static void stop(void *arg)
{
	(void)arg;
	loop_stop(loop);
}

Test(loop_virtual, stop_ends_a_run_that_could_go_on)
{
	struct loop_timer *a = loop_timer_new(loop, say, "a");

	loop_timer_set(a, 9000);
	loop_post(loop, stop, NULL);
	loop_run(loop);
	cr_assert(eq(str, story, ""));
	cr_assert(eq(u64, loop_now(loop), 1000));
	loop_timer_free(a);
}

struct pair {
	int mine, other;
	struct loop_watch *watch;
	char got[32];
	unsigned events;
};

static void read_pair(void *owner, unsigned events)
{
	struct pair *p = owner;
	ssize_t n = 0;

	p->events |= events;
	if (events & LOOP_READ)
		n = read(p->mine, p->got, sizeof p->got - 1);
	if (n <= 0) {
		loop_unwatch(p->watch);
		p->watch = NULL;
	}
}

static void open_pair(struct pair *p)
{
	int fd[2];

	cr_assert(eq(int, socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fd), 0));
	*p = (struct pair){ .mine = fd[0], .other = fd[1] };
	p->watch = loop_watch(loop, p->mine, read_pair, p);
}

Test(loop_virtual, a_real_descriptor_is_read_before_time_jumps)
{
	struct pair p;
	struct loop_timer *a = loop_timer_new(loop, stop, NULL);

	open_pair(&p);
	loop_timer_set(a, 60000);
	cr_assert(eq(sz, (size_t)write(p.other, "hello", 5), 5));
	loop_run(loop);
	cr_assert(eq(str, p.got, "hello"));
	cr_assert(eq(uint, p.events, LOOP_READ));
	close(p.other);
	loop_run_for(loop, 0);
	cr_assert(eq(uint, p.events & LOOP_HANGUP, LOOP_HANGUP));
	cr_assert(p.watch == NULL);
	loop_timer_free(a);
	close(p.mine);
}

Test(loop_virtual, who_wants_nothing_hears_nothing)
{
	struct pair p;

	open_pair(&p);
	loop_want_read(p.watch, false);
	cr_assert(eq(sz, (size_t)write(p.other, "x", 1), 1));
	close(p.other);
	loop_run_for(loop, 1000);
	cr_assert(eq(uint, p.events, 0));
	loop_want_write(p.watch, true);
	loop_run_for(loop, 0);
	cr_assert(eq(uint, p.events & LOOP_WRITE, LOOP_WRITE));
	close(p.mine);
}

static bool two_told(void *arg)
{
	(void)arg;
	return strlen(story) >= 2;
}

Test(loop_virtual, waiting_for_a_condition_ends_with_it_or_at_the_limit)
{
	timer_a = loop_timer_new(loop, again, NULL);
	loop_timer_set(timer_a, 3000);
	cr_assert(loop_run_while_not(loop, two_told, NULL, 5000));
	cr_assert(eq(u64, loop_now(loop), 3000));
	story[0] = story[1] = 0;
	loop_timer_set(timer_a, 0);
	cr_assert(not(loop_run_while_not(loop, two_told, NULL, 5000)));
	cr_assert(eq(u64, loop_now(loop), 8000));
	loop_timer_free(timer_a);
}

Test(loop_virtual, the_wall_clock_can_be_set_and_goes_on)
{
	loop_set_wall(loop, 5000);
	loop_run_for(loop, 250);
	cr_assert(eq(i64, loop_wall(loop), 5250));
}

static void run_work(struct work *work)
{
	(void)work;
	tell('r');
}

static void done_work(struct work *work)
{
	(void)work;
	tell('d');
}

Test(loop_virtual, inline_work_runs_in_a_batch_at_once_and_is_done_in_the_loop)
{
	struct worker_batch batch = { say, say, "|" };
	struct worker *worker = worker_new(loop, "db", &batch);
	struct work a = { run_work, done_work, NULL }, b = a;

	worker_submit(worker, &a);
	worker_submit(worker, &b);
	cr_assert(eq(str, story, "|r||r|"));
	loop_run_for(loop, 0);
	cr_assert(eq(str, story, "|r||r|dd"));
	worker_submit(worker, &a);
	worker_free(worker);
	cr_assert(eq(str, story, "|r||r|dd|r|d"));
}
