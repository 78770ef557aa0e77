#include "tests/ota/engine_house.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <string.h>

/* Whole updates, with locks that sleep as locks do. */

static void begin_with(struct sim_lock_options lock, bool radio_timing)
{
	house_begin(
		&(struct house_options){ .radio_timing = radio_timing, .stack = SIM_ZSTACK_3X0 });
	house_add(lock);
	house_start();
	house_run(HOUSE_MINUTE);
}

static void begin(enum sim_install install)
{
	begin_with((struct sim_lock_options){ .install = install }, false);
}

static struct sim_lock_state state_of(size_t lock)
{
	struct sim_lock_state state;

	sim_lock_state(house.locks[lock], &state);
	return state;
}

static struct job press_and_wait(unsigned hours)
{
	int64_t id = house_update(0);

	sim_lock_press_key(house.locks[0]);
	return house_wait(id, hours);
}

/* Success is what the lock runs, to the byte. */
static void succeeded(const struct job *job)
{
	struct sim_lock_state state = state_of(0);

	cr_assert(eq(str, (char *)job_phase_name(job->phase), "succeeded"), "%s %s/%s",
		job->summary, job_phase_name(job->phase), job_wait_name(job->waiting_for));
	cr_assert(eq(u32, state.version, HOUSE_NEW));
	cr_assert(eq(u32, state.received_size, HOUSE_IMAGE_SIZE));
	cr_assert(eq(int, memcmp(state.received, house_image(), HOUSE_IMAGE_SIZE), 0));
}

TestSuite(engine_sim, .timeout = 120);

Test(engine_sim, sleepy_lock_is_updated_and_proves_it)
{
	struct job job;

	begin(SIM_INSTALLS);
	job = press_and_wait(2);
	succeeded(&job);
	cr_assert(eq(str, job.evidence, "verified_by_version"));
	house_end();
}

Test(engine_sim, lock_that_keeps_its_version_is_found_out)
{
	begin(SIM_KEEPS_OLD);
	cr_assert(eq(str, press_and_wait(26).outcome, "version_unchanged"));
	house_end();
}

Test(engine_sim, lock_that_rejects_the_image)
{
	begin(SIM_REJECTS_IMAGE);
	cr_assert(eq(str, press_and_wait(2).outcome, "invalid_image"));
	house_end();
}

Test(engine_sim, lock_that_never_returns)
{
	begin(SIM_NEVER_RETURNS);
	cr_assert(eq(str, press_and_wait(26).outcome, "never_returned"));
	house_end();
}

/* kill -9: the engine is freed without a word, with its adapter; lock and stick live on. */
Test(engine_sim, restart_in_mid_transfer_goes_on_where_the_lock_is)
{
	struct sim_lock_state before, after;
	struct job job;
	int64_t id;

	begin_with((struct sim_lock_options){ .install = SIM_INSTALLS }, true);
	id = house_update(0);
	sim_lock_press_key(house.locks[0]);
	do {
		house_run(100);
		before = state_of(0);
	} while (before.offset < 1000 && !job_is_over(house_job(id).phase));
	cr_assert(lt(u32, before.offset, HOUSE_IMAGE_SIZE));
	house_kill();
	house_run(2000);
	house_start();
	job = house_wait(id, 2);
	succeeded(&job);
	cr_assert(eq(u32, job.attempt, 1));
	after = state_of(0);
	cr_assert(
		le(u32, after.blocks, before.blocks + (HOUSE_IMAGE_SIZE - before.offset) / 30 + 3));
	house_end();
}

/* Deaf and mute for 25 of each 30 seconds, in the middle of the transfer, too. */
Test(engine_sim, a_lock_that_wakes_five_seconds_in_thirty_finishes)
{
	struct job job;

	begin_with((struct sim_lock_options){ .awake_ms = 5000, .asleep_ms = 25000 }, true);
	job = house_wait(house_update(0), 24);
	succeeded(&job);
	house_end();
}

/* Nobody presses a key, it never asks by itself, and it polls too seldom for anything sent: the
 * check-in, once an hour, is the only moment. */
Test(engine_sim, a_lock_that_listens_only_at_its_hourly_check_in_finishes)
{
	struct job job;

	begin_with((struct sim_lock_options){ .check_in_ms = 3600000,
			   .query_interval_ms = 30 * 24 * 3600000U,
			   .long_poll_ms = 300000 },
		true);
	job = house_wait(house_update(0), 24);
	succeeded(&job);
	house_end();
}

Test(engine_sim, a_lock_that_sleeps_five_minutes_in_mid_transfer_finishes)
{
	struct progress progress;
	struct job job;
	int64_t id;

	begin_with((struct sim_lock_options){ 0 }, true);
	id = house_update(0);
	sim_lock_press_key(house.locks[0]);
	while (state_of(0).offset < 1500)
		house_run(100);
	sim_lock_sleep(house.locks[0], 5 * HOUSE_MINUTE + 10000);
	house_run(5 * HOUSE_MINUTE + 5000);
	job = house_job(id);
	cr_assert(eq(str, (char *)job_wait_name(job.waiting_for), "wake"));
	engine_progress(house.engine, id, &progress);
	cr_assert(gt(i64, progress.deadline, loop_wall(house.loop)), "a wait has a deadline");
	job = house_wait(id, 24);
	succeeded(&job);
	cr_assert(eq(u32, job.attempt, 1));
	house_end();
}

/* Its router is gone; it comes back somewhere else under another address, unannounced to us until
 * it speaks. */
Test(engine_sim, a_lock_that_loses_its_parent_and_comes_back_elsewhere_finishes)
{
	struct job job;
	int64_t id;

	begin_with((struct sim_lock_options){ .parent = 0x1112131415161718 }, true);
	id = house_update(0);
	sim_lock_press_key(house.locks[0]);
	while (state_of(0).offset < 1500)
		house_run(100);
	sim_lock_sleep(house.locks[0], 90000);
	house_run(60000);
	sim_lock_rejoin(house.locks[0], 0x7777);
	job = house_wait(id, 24);
	succeeded(&job);
	cr_assert(eq(u32, job.attempt, 1));
	house_end();
}

Test(engine_sim, a_battery_below_the_floor_never_starts)
{
	struct job job;
	int64_t id;

	begin_with((struct sim_lock_options){ .battery_half_percent = 98 }, false);
	id = house_update(0);
	for (int i = 0; i < 40; i++) {
		sim_lock_press_key(house.locks[0]);
		house_run(10 * HOUSE_MINUTE);
		cr_assert(eq(u32, state_of(0).blocks, 0));
	}
	job = house_job(id);
	cr_assert(eq(str, (char *)job_wait_name(job.waiting_for), "battery"));
	sim_lock_set_battery(house.locks[0], 200);
	job = house_wait(id, 24);
	succeeded(&job);
	house_end();
}
