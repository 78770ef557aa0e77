#include "server/base/text.h"
#include "tests/ota/engine_world.h"

#include <stdlib.h>
#include <string.h>

/* What happens by itself, when, and in which order. The world begins on 2026-06-01, 00:00 UTC. */

TestSuite(engine_policy, .init = world_begin, .fini = world_end, .timeout = 60);

static void done(void *owner, const struct err *e, const struct lock *lock)
{
	(void)lock;
	if (e)
		*(struct err *)owner = *e;
}

static struct err patch(const char *id, unsigned parts, const struct policy *policy)
{
	struct lock_patch p = {
		.min_battery_percent = -1, .policy_parts = parts, .policy = *policy
	};
	struct err e = { 0 };

	engine_put_lock(world.engine, id, &p, false, done, &e);
	world_run(20);
	return e;
}

static struct window hours(const char *text)
{
	struct window w = { .set = true };

	cr_assert(window_parse(&w, text));
	return w;
}

static void set_window(const char *id, const char *text)
{
	struct err e = patch(id, POLICY_WINDOW, &(struct policy){ .window = hours(text) });

	cr_assert(eq(int, e.code, OK), "%s", e.text);
}

Test(engine_policy, a_file_version_must_be_one)
{
	struct policy p = { .pinned_text = "V6.3" };

	cr_assert(eq(str, patch("front", POLICY_PINNED, &p).reason, "invalid_body"));
	p = (struct policy){ .skipped_text = "17.7.0.0", .skipped_version = NEW };
	cr_assert(eq(int, patch("front", POLICY_SKIPPED, &p).code, OK));
	cr_assert(eq(u32, engine_lock(world.engine, "front")->policy.skipped_version, NEW));
	cr_assert(eq(str, (char *)engine_lock(world.engine, "front")->policy.skipped_text, ""));
}

static void set_auto(const char *id, enum auto_update what)
{
	struct err e = patch(id, POLICY_AUTO_UPDATE, &(struct policy){ .auto_update = what });

	cr_assert(eq(int, e.code, OK), "%s", e.text);
}

/* Until the clock shows so many hours after the world's first midnight. */
static void run_to(unsigned hour)
{
	int64_t day = loop_wall(world.loop) / (24 * HOUR) * (24 * HOUR);
	int64_t left = day + (int64_t)hour * HOUR - loop_wall(world.loop);

	world_run((msec)(left > 0 ? left : left + 24 * HOUR));
}

static unsigned events_of(const char *code)
{
	unsigned n = 0;

	for (size_t i = 0; i < world.n_events; i++)
		n += strcmp(world.events[i].code, code) == 0;
	return n;
}

static struct progress progress_of(int64_t id)
{
	struct progress p;

	engine_progress(world.engine, id, &p);
	return p;
}

static void keep_fresh(const char *address)
{
	lock_reads(address, 180, LOCK_LOCKED);
}

Test(engine_policy, a_job_waits_for_its_window_and_says_when)
{
	int64_t id;

	run_to(10);
	keep_fresh(FRONT);
	set_window("front", "13:00-15:00");
	id = start("front");
	is_at(id, JOB_WAITING, WAIT_WINDOW);
	cr_assert(eq(str, stored(id).error.reason, "outside_window"));
	cr_assert(eq(u32, world.stick->orders, 0));
	cr_assert(eq(i64, progress_of(id).next_at % (24 * HOUR), 13 * HOUR));
	cr_assert(
		eq(i64, progress_of(id).deadline, 0), "a window is waited for as long as it takes");
	run_to(13);
	world_run(MINUTE);
	is_at(id, JOB_WAITING, WAIT_WAKE);
	cr_assert(eq(u32, world.stick->orders, 1));
}

Test(engine_policy, a_window_is_forced_by_name_and_the_history_keeps_it)
{
	struct job_request r = request("front");
	struct answer a;

	run_to(10);
	keep_fresh(FRONT);
	set_window("front", "13:00-15:00");
	r.force[r.n_force++] = "outside_window";
	ask(&a, &r);
	is_at(a.job.id, JOB_WAITING, WAIT_WAKE);
	cr_assert(eq(u32, events_of("outside_window"), 1));
	cr_assert(eq(str, stored(a.job.id).force[0], "outside_window"));
}

Test(engine_policy, the_end_is_held_until_the_window_opens_again)
{
	int64_t id;

	run_to(14);
	keep_fresh(FRONT);
	set_window("front", "13:00-15:00");
	id = start("front");
	update(FRONT, id, UPDATE_OFFERED, 0);
	for (uint64_t at = 100; at < IMAGE_SIZE; at += 100) {
		update(FRONT, id, UPDATE_PROGRESS, at);
		world_run(8 * MINUTE);
	}
	update(FRONT, id, UPDATE_PROGRESS, IMAGE_SIZE);
	update(FRONT, id, UPDATE_DOWNLOADED, IMAGE_SIZE);
	keep_fresh(FRONT);
	world_run(10);
	is_at(id, JOB_WAITING, WAIT_HOLD);
	cr_assert(eq(str, stored(id).error.reason, "outside_window"));
	cr_assert(eq(u32, world.stick->finish_delay, UINT32_MAX));
	run_to(12);
	keep_fresh(FRONT);
	run_to(13);
	world_run(2 * MINUTE);
	cr_assert(eq(u32, world.stick->finish_delay, 5));
	update(FRONT, id, UPDATE_APPLYING, 0);
	is_at(id, JOB_APPLYING, WAIT_NOTHING);
}

Test(engine_policy, nothing_is_given_up_while_it_waits_for_a_window)
{
	struct policy week = { .window = hours("02:00-03:00") };
	int64_t id;

	run_to(10);
	week.window.days = 1 << 6; /* Sundays; it is Monday */
	patch("front", POLICY_WINDOW | POLICY_DAYS, &week);
	id = start("front");
	world_run(13 * 24 * HOUR);
	cr_assert(not(job_is_over(stored(id).phase)), "%s", stored(id).summary);
	is_at(id, JOB_WAITING, WAIT_WINDOW);
}

Test(engine_policy, auto_update_is_off_by_default)
{
	set_window("front", "00:00-24:00");
	world_run(26 * HOUR);
	cr_assert(eq(ptr, (void *)active("front"), NULL));
	cr_assert(eq(u32, events_of("update_available"), 0));
}

Test(engine_policy, notify_tells_once_per_version)
{
	set_auto("front", AUTO_NOTIFY);
	world_run(5 * HOUR);
	cr_assert(eq(u32, events_of("update_available"), 1));
	cr_assert(eq(ptr, (void *)active("front"), NULL));
}

Test(engine_policy, window_starts_by_itself_when_it_opens)
{
	run_to(10);
	set_window("front", "13:00-15:00");
	set_auto("front", AUTO_WINDOW);
	run_to(12);
	world_run(30 * MINUTE);
	cr_assert(eq(ptr, (void *)active("front"), NULL));
	run_to(13);
	world_run(2 * MINUTE);
	cr_assert(ne(ptr, (void *)active("front"), NULL));
	cr_assert(active("front")->automatic);
	cr_assert(eq(str, (char *)active("front")->requested_by, "policy"));
	cr_assert(eq(ptr, (void *)active("back"), NULL));
}

Test(engine_policy, what_somebody_cancelled_is_not_started_again)
{
	struct answer a;

	set_window("front", "00:00-24:00");
	set_auto("front", AUTO_WINDOW);
	world_run(2 * MINUTE);
	cr_assert(ne(ptr, (void *)active("front"), NULL));
	cancel(&a, active("front")->id);
	world_run(3 * 24 * HOUR);
	cr_assert(eq(ptr, (void *)active("front"), NULL));
}

Test(engine_policy, what_fails_is_tried_three_times_and_not_more_than_once_a_day)
{
	unsigned jobs = 0;
	int64_t last = 0;

	set_window("front", "00:00-24:00");
	set_auto("front", AUTO_WINDOW);
	for (unsigned hour = 0; hour < 10 * 24; hour++) {
		const struct job *job;

		world_run(HOUR);
		world.n_events = 0;
		keep_fresh(FRONT);
		job = active("front");
		if (!job)
			continue;
		jobs++;
		cr_assert(not(last && job->created_at - last < 20 * HOUR));
		last = job->created_at;
		update(FRONT, job->id, UPDATE_OFFERED, 0);
		update_ends(FRONT, job->id, "ota_end", 0x99);
	}
	cr_assert(eq(u32, jobs, 3));
}

Test(engine_policy, pinned_and_skipped_versions_are_not_offered)
{
	struct offer offer;

	patch("front", POLICY_SKIPPED, &(struct policy){ .skipped_version = NEW });
	engine_offer(world.engine, engine_lock(world.engine, "front"), &offer);
	cr_assert(eq(ptr, (void *)offer.image, NULL));
	cr_assert(eq(str, (char *)offer.not_offered[offer.n_not_offered - 1].reason, "skipped"));
	patch("front", POLICY_SKIPPED | POLICY_PINNED, &(struct policy){ .pinned_version = OLD });
	engine_offer(world.engine, engine_lock(world.engine, "front"), &offer);
	cr_assert(eq(ptr, (void *)offer.image, NULL));
	patch("front", POLICY_PINNED, &(struct policy){ .pinned_version = NEW });
	engine_offer(world.engine, engine_lock(world.engine, "front"), &offer);
	cr_assert(eq(str, (char *)offer.image->id, NEW_IMAGE));
}

Test(engine_policy, another_version_than_the_pinned_one_asks_the_user)
{
	int64_t id;

	patch("front", POLICY_PINNED, &(struct policy){ .pinned_version = OLD });
	id = start("front");
	is_at(id, JOB_WAITING, WAIT_USER);
	cr_assert(eq(str, stored(id).error.reason, "version_pinned"));
}

static struct err pause_answer;

static void on_pause(void *owner, const struct err *e)
{
	++*(unsigned *)owner;
	pause_answer = e ? *e : (struct err){ 0 };
}

static enum err_code pause_all(bool pause)
{
	unsigned calls = 0;

	engine_pause(world.engine, pause, on_pause, &calls);
	cr_assert(eq(uint, calls, 0), "answered from inside the question");
	world_run(20);
	cr_assert(eq(uint, calls, 1));
	return pause_answer.code;
}

Test(engine_policy, a_pause_outlives_a_restart)
{
	cr_assert(eq(int, pause_all(true), OK));
	cr_assert(eq(u32, events_of("paused"), 1));
	cr_assert(eq(int, pause_all(true), OK));
	cr_assert(eq(u32, events_of("paused"), 1), "said once");
	world_kill();
	world_start();
	cr_assert(engine_is_paused(world.engine));
	cr_assert(eq(int, pause_all(false), OK));
	world_kill();
	world_start();
	cr_assert(not(engine_is_paused(world.engine)));
}

Test(engine_policy, a_pause_that_cannot_be_saved_is_refused_and_holds_nothing)
{
	world.disk_full = true;
	cr_assert(eq(int, pause_all(true), ERR_NO_SPACE));
	cr_assert(not(engine_is_paused(world.engine)));
	world.disk_full = false;
	world_run(MINUTE);
	cr_assert(not(engine_is_paused(world.engine)));
	cr_assert(eq(u32, events_of("paused"), 0));
	cr_assert(eq(int, pause_all(true), OK));
	cr_assert(engine_is_paused(world.engine));
}

Test(engine_policy, paused_starts_nothing_and_installs_nothing)
{
	int64_t id = start("front"), other;

	download(FRONT, id);
	pause_all(true);
	other = start("back");
	is_at(other, JOB_WAITING, WAIT_USER);
	cr_assert(eq(str, stored(other).error.reason, "paused"));
	is_at(id, JOB_TRANSFERRING, WAIT_NOTHING);
	update(FRONT, id, UPDATE_DOWNLOADED, IMAGE_SIZE);
	keep_fresh(FRONT);
	world_run(10);
	is_at(id, JOB_WAITING, WAIT_HOLD);
	pause_all(false);
	is_at(other, JOB_WAITING, WAIT_WAKE);
	cr_assert(eq(u32, world.stick->finish_delay, 5));
}

Test(engine_policy, attempts_have_the_limit_of_the_lock)
{
	int64_t id;

	patch("front", POLICY_ATTEMPTS, &(struct policy){ .max_attempts = 2 });
	id = start("front");
	update(FRONT, id, UPDATE_OFFERED, 0);
	update_ends(FRONT, id, "ota_end", 0x95);
	is_at(id, JOB_WAITING, WAIT_BACKOFF);
	cr_assert(ge(i64, progress_of(id).next_at, loop_wall(world.loop) + 9 * MINUTE));
	world_run(11 * MINUTE);
	update(FRONT, id, UPDATE_OFFERED, 0);
	update_ends(FRONT, id, "ota_end", 0x95);
	world_run(10);
	is_at(id, JOB_FAILED, WAIT_NOTHING);
	cr_assert(eq(u32, events_of("attempt_ended"), 2), "each attempt leaves its evidence");
}

static int64_t start_with(const char *lock, int8_t priority)
{
	struct job_request r = request(lock);
	struct answer a;

	r.priority = priority;
	ask(&a, &r);
	cr_assert(a.has_job, "%s", a.err.text);
	return a.job.id;
}

static void has_parent(const char *address, uint16_t parent)
{
	struct lock_seen seen = { .address = address,
		.facts = { .known = FACT_NETWORK,
			.network_address = 1,
			.parent = parent,
			.endpoint = 1,
			.sleepy = true } };

	world.stick->adapter.to->seen(world.engine, &world.stick->adapter, &seen);
	world_run(10);
}

Test(engine_policy, one_at_a_time_through_one_parent)
{
	int64_t a, b, c;

	has_parent(FRONT, 0x7B01);
	has_parent(BACK, 0x7B01);
	has_parent(SIDE, 0x7B02);
	a = start("front");
	b = start("back");
	c = start("side");
	update(FRONT, a, UPDATE_OFFERED, 0);
	update(BACK, b, UPDATE_OFFERED, 0);
	update(SIDE, c, UPDATE_OFFERED, 0);
	is_at(a, JOB_TRANSFERRING, WAIT_NOTHING);
	is_at(b, JOB_WAITING, WAIT_SLOT);
	is_at(c, JOB_TRANSFERRING, WAIT_NOTHING);
}

Test(engine_policy, priority_comes_before_age)
{
	int64_t running, older, urgent;

	has_parent(FRONT, 0x7B01);
	has_parent(BACK, 0x7B01);
	has_parent(SIDE, 0x7B01);
	running = start("front");
	older = start("back");
	urgent = start_with("side", 5);
	update(FRONT, running, UPDATE_OFFERED, 0);
	update(BACK, older, UPDATE_OFFERED, 0);
	update(SIDE, urgent, UPDATE_OFFERED, 0);
	is_at(older, JOB_WAITING, WAIT_SLOT);
	is_at(urgent, JOB_WAITING, WAIT_SLOT);
	update_ends(FRONT, running, "ota_end", 0x96);
	world_run(10);
	is_at(urgent, JOB_WAITING, WAIT_WAKE);
	is_at(older, JOB_WAITING, WAIT_SLOT);
}

Test(engine_policy, a_lock_that_stopped_reporting_is_told_a_day_after_its_update)
{
	int64_t id = start("front"), other = start("back");

	download(FRONT, id);
	install(FRONT, id);
	download(BACK, other);
	install(BACK, other);
	world_run(20 * SECOND);
	lock_announces(FRONT);
	lock_says_version(FRONT, NEW);
	lock_announces(BACK);
	lock_says_version(BACK, NEW);
	world_run(12 * HOUR);
	lock_wakes(FRONT);
	keep_fresh(BACK);
	world_run(13 * HOUR);
	cr_assert(eq(u32, events_of("reports_stopped"), 1));
	world_run(48 * HOUR);
	cr_assert(eq(u32, events_of("reports_stopped"), 1));
}

Test(engine_policy, senseless_policies_are_refused)
{
	struct err e;
	struct policy zone = { .window = { .zone = "Europe/Nowhere" } };

	e = patch("front", POLICY_AUTO_UPDATE, &(struct policy){ .auto_update = AUTO_WINDOW });
	cr_assert(eq(str, e.reason, "invalid"), "without a window it would never start");
	e = patch("front", POLICY_ZONE, &zone);
	cr_assert(eq(str, e.reason, "time_zone"));
}

Test(engine_policy, a_policy_survives_a_restart)
{
	set_window("front", "13:00-15:00");
	set_auto("front", AUTO_NOTIFY);
	world_kill();
	world_start();
	cr_assert(eq(int, engine_lock(world.engine, "front")->policy.auto_update, AUTO_NOTIFY));
	cr_assert(eq(u16, engine_lock(world.engine, "front")->policy.window.from, 13 * 60));
}
