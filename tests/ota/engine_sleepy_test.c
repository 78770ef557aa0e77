#include "tests/ota/engine_house.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <string.h>

/* Whole updates of locks that sleep in every way, with sticks of both families. */

static uint8_t ezsp; /* each on a ZNP stick and on one that speaks EZSP 13 */

#define ON_BOTH for (ezsp = 0; ezsp <= 13; ezsp += 13)

static void begin_with(struct sim_lock_options lock, bool radio_timing)
{
	house_begin(&(struct house_options){
		.radio_timing = radio_timing, .ezsp = ezsp, .stack = SIM_ZSTACK_3X0 });
	house_add(lock);
	house_start();
	house_run(HOUSE_MINUTE);
}

static struct sim_lock_state state_of(size_t lock)
{
	struct sim_lock_state state;

	sim_lock_state(house.locks[lock], &state);
	return state;
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

TestSuite(engine_sleepy, .timeout = 120);

/* Deaf and mute for 25 of each 30 seconds, in the middle of the transfer, too. */
Test(engine_sleepy, a_lock_that_wakes_five_seconds_in_thirty_finishes)
{
	ON_BOTH
	{
		struct job job;

		begin_with((struct sim_lock_options){ .awake_ms = 5000, .asleep_ms = 25000 }, true);
		job = house_wait(house_update(0), 24);
		succeeded(&job);
		house_end();
	}
}

/* Nobody presses a key, it never asks by itself, and it polls too seldom for anything sent: the
 * check-in, once an hour, is the only moment. */
Test(engine_sleepy, a_lock_that_listens_only_at_its_hourly_check_in_finishes)
{
	ON_BOTH
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
}

Test(engine_sleepy, a_lock_that_sleeps_five_minutes_in_mid_transfer_finishes)
{
	ON_BOTH
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
		cr_assert(
			lt(i64, loop_wall(house.loop), progress.deadline), "a wait has a deadline");
		job = house_wait(id, 24);
		succeeded(&job);
		cr_assert(eq(u32, job.attempt, 1));
		house_end();
	}
}

static void ignore(void *owner, const struct err *e, const struct job *job, enum job_answer answer)
{
	(void)owner;
	(void)job;
	(void)answer;
	cr_assert(not(e && e->code), "%s", e ? e->text : "");
}

/* It polls once in five minutes and never asks by itself; its router throws away what it does not
 * fetch in time, and only an acknowledgement could tell. */
Test(engine_sleepy, one_key_is_enough_however_often_it_was_called_in_its_sleep)
{
	ON_BOTH
	{
		int64_t id;

		begin_with((struct sim_lock_options){ .parent = 0x1112131415161718,
				   .query_interval_ms = 30 * 24 * 3600000U,
				   .long_poll_ms = 300000 },
			true);
		sim_lock_press_key(house.locks[0]);
		house_run(15 * HOUSE_MINUTE);
		id = house_update(0);
		house_run(3000);
		engine_cancel_job(house.engine, id, ignore, NULL);
		house_run(1000);
		(void)house_update(0);
		house_run(10000);
		cr_assert(eq(u32, state_of(0).blocks, 0));
		sim_lock_press_key(house.locks[0]);
		house_run(10000);
		cr_assert(lt(u32, 0, state_of(0).blocks), "stick %u", ezsp);
		house_end();
	}
}

/* Its router is gone; it comes back somewhere else under another address, unannounced to us until
 * it speaks. */
Test(engine_sleepy, a_lock_that_loses_its_parent_and_comes_back_elsewhere_finishes)
{
	ON_BOTH
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
}

Test(engine_sleepy, a_battery_below_the_floor_never_starts)
{
	ON_BOTH
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
}
