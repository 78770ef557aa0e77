#include "tests/ota/cloud_house.h"

#include <stdlib.h>
#include <string.h>

/* kill -9 at each commit, before and after it reaches the disk; and many lives. */

static void none(void)
{
}

TestSuite(vendor_kill, .init = none, .timeout = 280);

static int64_t job_of_life(const char *lock)
{
	int64_t id = cloud_ask(&(struct job_request){ .lock = lock }, NULL);
	struct job job;

	if (id > 0)
		return id;
	/* It was killed while it was asked: is the job there, or must it be asked again? */
	cloud_run(MINUTE);
	job = cloud_newest();
	return job.id ? job.id : cloud_update(lock);
}

/* One life with one kill; how many commits it had. */
static unsigned live(unsigned kill_at, bool lose_it, bool answer_lost)
{
	unsigned commits;
	struct job job;
	int64_t id;

	cloud_begin(DRIVES);
	cloud_add("front");
	if (answer_lost)
		cloud.locks[0].parts[0].plan.answer = VENDOR_AMBIGUOUS;
	cloud_start();
	cloud_run(SECOND);
	cloud.commits = 0;
	cloud.kill_at = kill_at;
	cloud.lose_it = lose_it;
	id = job_of_life("front");
	job = cloud_wait(id, 30);
	/* Killed between intent and order, it cannot know that nothing was sent: it asks. */
	if (!job_is_over(job.phase)) {
		cr_assert(eq(str, job.error.reason, "trigger_unclear"), "%u", kill_at);
		cr_assert(eq(u32, cloud.triggers, 0), "%u: it runs, and was not noticed", kill_at);
	} else {
		cr_assert(eq(str, (char *)job_phase_name(job.phase), "succeeded"), "%u: %s",
			kill_at, job.summary);
		cr_assert(eq(u32, cloud.triggers, 1), "%u", kill_at);
		cr_assert(eq(str, cloud.locks[0].parts[0].installed, "2.0.0"));
	}
	commits = cloud.commits;
	cloud_end();
	return commits;
}

Test(vendor_kill, at_each_commit_there_is_at_most_one_order)
{
	unsigned n = live(0, false, false);

	cr_assert(lt(u32, 5, n));
	for (unsigned i = 1; i <= n; i++) {
		(void)live(i, false, false);
		(void)live(i, true, false);
		(void)live(i, false, true);
	}
}

static unsigned unclear_after_kill(msec after)
{
	unsigned triggers;
	struct job job;
	int64_t id;

	cloud_begin(DRIVES);
	cloud_add("front");
	cloud_start();
	id = cloud_update("front");
	for (int i = 0; i < 200 && !cloud.triggers; i++)
		cloud_run(10);
	cr_assert(eq(u32, cloud.triggers, 1));
	cloud_run(after);
	cloud_kill();
	cloud_start();
	job = cloud_wait(id, 5);
	cr_assert(eq(str, (char *)job_phase_name(job.phase), "succeeded"), "%s", job.summary);
	triggers = cloud.triggers;
	cloud_end();
	return triggers;
}

Test(vendor_kill, s4_between_the_order_and_its_answer)
{
	cr_assert(eq(u32, unclear_after_kill(50), 1));
	cr_assert(eq(u32, unclear_after_kill(300), 1));
	cr_assert(eq(u32, unclear_after_kill(2 * MINUTE), 1));
	cr_assert(eq(u32, unclear_after_kill(4 * MINUTE), 1));
}

Test(vendor_kill, between_two_components)
{
	for (msec after = 4 * MINUTE; after < 5 * MINUTE; after += 2 * SECOND) {
		struct job job;
		int64_t id;

		cloud_begin(DRIVES);
		cloud_add_part(cloud_add("front"), "9");
		cloud_start();
		id = cloud_update("front");
		cloud_run(after);
		cloud_kill();
		cloud_start();
		(void)cloud_wait(id, 5);
		cloud_run(MINUTE);
		job = cloud_newest();
		cr_assert(eq(str, job.component, "9"));
		job = cloud_wait(job.id, 5);
		cr_assert(
			eq(str, (char *)job_phase_name(job.phase), "succeeded"), "%s", job.summary);
		cr_assert(eq(u32, cloud.triggers, 2));
		cloud_end();
	}
}

/* --- many lives --- */

static unsigned seed;

static unsigned roll(unsigned n)
{
	return (unsigned)rand_r(&seed) % n;
}

static void plan(struct cloud_part *p)
{
	static const enum vendor_class classes[] = { VENDOR_RATE_LIMITED, VENDOR_DEVICE_OFFLINE,
		VENDOR_LOW_BATTERY, VENDOR_STRANGE, VENDOR_FORBIDDEN, VENDOR_AUTH_EXPIRED };

	p->plan.queue = roll(5) * MINUTE;
	p->plan.download = roll(20) * MINUTE;
	p->plan.install = roll(10) * MINUTE;
	p->plan.cached = roll(3) ? 0 : roll(12) * MINUTE;
	p->plan.asleep = !roll(6);
	if (!roll(4))
		p->plan.ends = roll(2) ? VENDOR_FAILED : VENDOR_TIMED_OUT;
	if (!roll(6))
		p->plan.becomes = roll(2) ? "2.0.1" : "1.0.0";
	if (!roll(8))
		p->plan.becomes = "1.5.0";
	if (!roll(4)) {
		p->plan.answer = VENDOR_AMBIGUOUS;
		p->plan.lost = roll(2);
	} else if (!roll(4)) {
		p->plan.answer = VENDOR_REFUSED;
		p->plan.class = classes[roll(sizeof classes / sizeof *classes)];
		p->plan.refusals = (int)roll(3);
	} else if (!roll(8)) {
		p->plan.silent = true;
	}
	p->blocked = !roll(8);
	p->timeout_s = roll(3) ? 0 : roll(1200);
}

/* What may happen in an hour. */
static void weather(struct cloud_lock *lock)
{
	lock->away = !roll(5);
	lock->jammed = !roll(10);
	lock->half_percent = roll(8) ? 166 : 40;
	lock->parts[0].blocked = !roll(8);
	cloud.down = roll(6) ? VENDOR_OK
			     : (enum vendor_class)(VENDOR_AUTH_EXPIRED + roll(VENDOR_STRANGE));
	if (!roll(3))
		lock->touched = true;
	if (!roll(6)) {
		cloud_kill();
		cloud_start();
	}
	if (!roll(4))
		cloud_poll();
}

static bool is_named(const struct job *job)
{
	return job->phase == JOB_WAITING ? job->waiting_for != WAIT_NOTHING : true;
}

static void one_life(unsigned number)
{
	struct job job;
	int64_t id;

	seed = number;
	cloud_begin(DRIVES);
	cloud_add("front");
	cloud.locks[0].parts[0].rests = roll(4) ? VENDOR_AVAILABLE : VENDOR_FAILED;
	plan(&cloud.locks[0].parts[0]);
	cloud_start();
	id = job_of_life("front");
	job = cloud_job(id);
	for (int hour = 0; hour < 24 * 12 && !job_is_over(job.phase); hour++) {
		weather(&cloud.locks[0]);
		cloud_run(roll(60) * MINUTE + roll(60) * SECOND);
		job = cloud_job(id);
		cr_assert(is_named(&job), "life %u waits for nothing", number);
		cr_assert(le(u32, cloud.triggers, job.attempt), "life %u", number);
	}
	cr_assert(job_is_over(job.phase), "life %u: %s %s", number, job_phase_name(job.phase),
		job.error.text);
	if (job.phase == JOB_SUCCEEDED) {
		cr_assert(ne(str, job.verified_text, "1.0.0"), "life %u", number);
		cr_assert(ne(str, job.verified_text, "1.5.0"), "life %u", number);
		cr_assert(eq(str, job.verified_text, cloud.locks[0].parts[0].installed), "life %u",
			number);
	} else {
		cr_assert(ne(str, job.outcome, ""), "life %u", number);
	}
	/* Whoever accepted was asked once; a lost order was not repeated. */
	if (cloud.locks[0].parts[0].plan.answer != VENDOR_REFUSED)
		cr_assert(le(u32, cloud.triggers, 1), "life %u", number);
	cloud_end();
}

Test(vendor_kill, every_life_ends_and_success_is_a_version)
{
	for (unsigned i = 1; i <= 60; i++)
		one_life(i);
}
