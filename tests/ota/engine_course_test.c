#include "tests/ota/engine_world.h"

#include <string.h>

/* What may come in between, and how a job ends. */

TestSuite(engine_course, .init = world_begin, .fini = world_end, .timeout = 60);

Test(engine_course, low_battery_waits_and_goes_on_by_itself)
{
	int64_t id;

	lock_reads(FRONT, 60, LOCK_LOCKED);
	id = start("front");
	is_at(id, JOB_WAITING, WAIT_BATTERY);
	cr_assert(eq(str, stored(id).error.reason, "battery_low"));
	cr_assert(eq(u32, world.stick->orders, 0));
	lock_reads(FRONT, 200, LOCK_LOCKED);
	world_run(10);
	is_at(id, JOB_WAITING, WAIT_WAKE);
	cr_assert(eq(u32, world.stick->orders, 1));
}

Test(engine_course, stale_facts_are_read_at_contact_before_the_order)
{
	int64_t id;

	world_run(25 * HOUR);
	id = start("front");
	is_at(id, JOB_WAITING, WAIT_WAKE);
	cr_assert(eq(u32, world.stick->orders, 0));
	lock_wakes(FRONT);
	cr_assert(eq(u32, world.stick->reads, 1));
	cr_assert(eq(u32, world.stick->orders, 0));
	lock_reads(FRONT, 160, LOCK_UNLOCKED);
	world_run(10);
	cr_assert(eq(u32, world.stick->orders, 1));
	cr_assert(world.stick->order.notify_now);
}

Test(engine_course, held_at_the_end_until_the_bolt_is_known)
{
	int64_t id = start("front");

	download(FRONT, id);
	update(FRONT, id, UPDATE_DOWNLOADED, IMAGE_SIZE);
	lock_reads(FRONT, 170, LOCK_NOT_FULLY_LOCKED);
	world_run(10);
	cr_assert(eq(u32, world.stick->finish_delay, UINT32_MAX));
	is_at(id, JOB_WAITING, WAIT_HOLD);
	lock_reads(FRONT, 170, LOCK_LOCKED);
	world_run(10);
	cr_assert(eq(u32, world.stick->finish_delay, 5));
	update(FRONT, id, UPDATE_APPLYING, 0);
	is_at(id, JOB_APPLYING, WAIT_NOTHING);
}

Test(engine_course, end_response_does_not_wait_for_answers_longer_than_1500_ms)
{
	int64_t id = start("front");
	msec asked;

	download(FRONT, id);
	asked = loop_now(world.loop);
	update(FRONT, id, UPDATE_DOWNLOADED, IMAGE_SIZE);
	cr_assert(eq(u32, world.stick->finishes, 0));
	world_run(1500 - (loop_now(world.loop) - asked));
	cr_assert(eq(u32, world.stick->finishes, 1));
}

Test(engine_course, version_unchanged_after_two_reads_ten_minutes_apart)
{
	int64_t id = start("front");

	download(FRONT, id);
	install(FRONT, id);
	world_run(20 * SECOND);
	lock_announces(FRONT);
	lock_says_version(FRONT, OLD);
	world_run(MINUTE);
	lock_says_version(FRONT, OLD);
	is_at(id, JOB_VERIFYING, WAIT_NOTHING);
	world_run(10 * MINUTE);
	lock_says_version(FRONT, OLD);
	world_run(10);
	is_at(id, JOB_FAILED, WAIT_NOTHING);
	cr_assert(eq(str, stored(id).outcome, "version_unchanged"));
	cr_assert(
		eq(str, (char *)engine_lock(world.engine, "front")->problem, "version_unchanged"));
	cr_assert(eq(u32, engine_lock(world.engine, "front")->rejected_version, NEW));
}

Test(engine_course, another_version_is_unexpected)
{
	int64_t id = start("front");

	download(FRONT, id);
	install(FRONT, id);
	lock_announces(FRONT);
	lock_says_version(FRONT, OLD + 1);
	world_run(10);
	cr_assert(eq(str, stored(id).outcome, "version_unexpected"));
}

Test(engine_course, silence_after_applying_for_a_day_is_never_returned)
{
	int64_t id = start("front");

	download(FRONT, id);
	install(FRONT, id);
	world_run(23 * HOUR);
	is_at(id, JOB_APPLYING, WAIT_NOTHING);
	world_run(2 * HOUR);
	cr_assert(eq(str, stored(id).outcome, "never_returned"));
}

Test(engine_course, a_week_without_contact_is_given_up)
{
	int64_t id = start("front");

	world_run(6 * 24 * (msec)HOUR);
	is_at(id, JOB_WAITING, WAIT_WAKE);
	world_run(25 * HOUR);
	cr_assert(eq(str, stored(id).outcome, "no_contact"));
}

static void set_clock(int64_t ahead)
{
	loop_set_wall(world.loop, loop_wall(world.loop) + ahead);
}

static const int64_t day = 24 * (int64_t)HOUR;

Test(engine_course, clock_set_forward_is_no_time_of_waiting)
{
	int64_t id = start("front");

	set_clock(60 * day);
	world_run(6 * (msec)day);
	is_at(id, JOB_WAITING, WAIT_WAKE);
	world_run(2 * (msec)day);
	cr_assert(eq(str, stored(id).outcome, "no_contact"));
}

Test(engine_course, clock_set_forward_while_the_lock_installs_is_no_silence)
{
	int64_t id = start("front");

	download(FRONT, id);
	install(FRONT, id);
	set_clock(3 * day);
	adapter_goes(ADAPTER_STARTING);
	adapter_goes(ADAPTER_UP);
	is_at(id, JOB_APPLYING, WAIT_NOTHING);
	lock_announces(FRONT);
	lock_says_version(FRONT, NEW);
	is_at(id, JOB_SUCCEEDED, WAIT_NOTHING);
}

Test(engine_course, clock_set_back_does_not_keep_a_job_for_ever)
{
	int64_t id = start("front");

	download(FRONT, id);
	install(FRONT, id);
	set_clock(-30 * day);
	world_run(25 * HOUR);
	cr_assert(eq(str, stored(id).outcome, "never_returned"));
}

Test(engine_course, job_of_a_clock_that_ran_ahead_ends_after_a_restart)
{
	int64_t id = start("front");

	download(FRONT, id);
	install(FRONT, id);
	world_kill();
	set_clock(-30 * day);
	world_start();
	world_run(25 * HOUR);
	cr_assert(eq(str, stored(id).outcome, "never_returned"));
}

Test(engine_course, set_time_comes_when_the_clock_is_set_past_it)
{
	struct job_request r = request("front");
	struct answer a;

	r.not_before = loop_wall(world.loop) + day;
	ask(&a, &r);
	is_at(a.job.id, JOB_WAITING, WAIT_WINDOW);
	set_clock(day);
	world_run(2 * MINUTE);
	is_at(a.job.id, JOB_WAITING, WAIT_WAKE);
}

Test(engine_course, aborted_by_lock_tries_again_after_backoff)
{
	int64_t id = start("front");

	update(FRONT, id, UPDATE_OFFERED, 0);
	update(FRONT, id, UPDATE_PROGRESS, 100);
	update_ends(FRONT, id, "ota_end", 0x95);
	is_at(id, JOB_WAITING, WAIT_BACKOFF);
	cr_assert(eq(u32, stored(id).attempt, 2));
	world_run(11 * MINUTE);
	is_at(id, JOB_WAITING, WAIT_WAKE);
	cr_assert(eq(u32, world.stick->orders, 2));
}

Test(engine_course, invalid_image_fails_at_once)
{
	int64_t id = start("front");

	update(FRONT, id, UPDATE_OFFERED, 0);
	update_ends(FRONT, id, "ota_end", 0x96);
	world_run(10);
	is_at(id, JOB_FAILED, WAIT_NOTHING);
	cr_assert(eq(str, stored(id).outcome, "invalid_image"));
	cr_assert(eq(i32, stored(id).status, 0x96));
}

Test(engine_course, full_disk_does_not_stop_the_transfer)
{
	int64_t id = start("front");
	struct err why;

	world.disk_full = true;
	download(FRONT, id);
	install(FRONT, id);
	cr_assert(eq(u32, world.stick->finishes, 1));
	world_run(2 * MINUTE);
	cr_assert(not(engine_store_is_well(world.engine, &why)));
	is_at(id, JOB_WAITING, WAIT_WAKE);
	cr_assert(eq(int, active("front")->phase, JOB_WAITING));
	world.disk_full = false;
	world_run(MINUTE);
	is_at(id, JOB_APPLYING, WAIT_NOTHING);
	cr_assert(engine_store_is_well(world.engine, &why));
	cr_assert(
		eq(str, (char *)course(id), "queued checking waiting/wake transferring applying "));
}

Test(engine_course, a_whole_update_while_the_disk_is_full_is_saved_afterwards)
{
	int64_t id = start("front");

	update(FRONT, id, UPDATE_OFFERED, 0);
	world_run(10);
	world.disk_full = true;
	update(FRONT, id, UPDATE_PROGRESS, IMAGE_SIZE);
	install(FRONT, id);
	lock_announces(FRONT);
	lock_says_version(FRONT, NEW);
	is_at(id, JOB_TRANSFERRING, WAIT_NOTHING);
	world.disk_full = false;
	world_run(2 * MINUTE);
	is_at(id, JOB_SUCCEEDED, WAIT_NOTHING);
	cr_assert(eq(str, (char *)course(id),
		"queued checking waiting/wake transferring applying verifying succeeded "));
	cr_assert(eq(ptr, (void *)active("front"), NULL));
}

Test(engine_course, full_disk_refuses_new_jobs)
{
	struct job_request r = request("front");
	struct answer a;

	world.disk_full = true;
	ask(&a, &r);
	cr_assert(eq(int, a.err.code, ERR_NO_SPACE));
	world.disk_full = false;
	ask(&a, &r);
	cr_assert(eq(int, a.kind, JOB_CREATED));
}

Test(engine_course, third_transfer_waits_for_a_slot)
{
	int64_t a = start("front"), b = start("back"), c = start("side");

	update(FRONT, a, UPDATE_OFFERED, 0);
	update(BACK, b, UPDATE_OFFERED, 0);
	update(SIDE, c, UPDATE_OFFERED, 0);
	is_at(c, JOB_WAITING, WAIT_SLOT);
	cr_assert(eq(ptr, (void *)world.stick->order.image.data, NULL));
	world_run(6 * MINUTE);
	is_at(a, JOB_WAITING, WAIT_WAKE);
	is_at(c, JOB_WAITING, WAIT_WAKE);
	update(SIDE, c, UPDATE_PROGRESS, 50);
	is_at(c, JOB_TRANSFERRING, WAIT_NOTHING);
}

Test(engine_course, already_installed_succeeds_without_a_transfer)
{
	int64_t id;

	lock_says_version(FRONT, NEW);
	id = start("front");
	is_at(id, JOB_SUCCEEDED, WAIT_NOTHING);
	cr_assert(eq(str, stored(id).outcome, "already_installed"));
	cr_assert(eq(u32, world.stick->orders, 0));
}

Test(engine_course, downgrade_needs_its_switch)
{
	struct job_request r = request("front");
	struct answer a;

	r.image = OTHER_IMAGE;
	ask(&a, &r);
	world_run(10);
	cr_assert(eq(str, stored(a.job.id).outcome, "downgrade_not_allowed"));
	r.allow_downgrade = true;
	ask(&a, &r);
	is_at(a.job.id, JOB_WAITING, WAIT_WAKE);
}

Test(engine_course, progress_writes_at_most_every_ten_seconds)
{
	int64_t id = start("front");
	unsigned before;

	update(FRONT, id, UPDATE_OFFERED, 0);
	world_run(10);
	before = world.commits;
	for (uint64_t i = 1; i <= 400; i++) {
		update(FRONT, id, UPDATE_PROGRESS, i);
		world_run(100);
	}
	cr_assert(le(u32, world.commits - before, 7));
	cr_assert(lt(u32, 20, world.progress));
	cr_assert(le(u32, world.progress, 42));
}
