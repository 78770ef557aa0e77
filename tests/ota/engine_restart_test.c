#include "tests/ota/engine_world.h"

#include <string.h>

/* kill -9 at any moment: the engine is freed without a word and built anew from the store. */

TestSuite(restart, .init = world_begin, .fini = world_end, .timeout = 60);

static void reborn(void)
{
	world_kill();
	world_run(SECOND);
	world_start();
	adapter_goes(ADAPTER_STARTING);
	adapter_goes(ADAPTER_UP);
	world_run(10);
}

Test(restart, waiting_job_waits_on)
{
	int64_t id = start("front");

	reborn();
	is_at(id, JOB_WAITING, WAIT_WAKE);
	cr_assert(eq(u32, world.stick->orders, 1));
	cr_assert(eq(i64, world.stick->order.job, id));
	cr_assert(eq(sz, world.stick->order.image.size, IMAGE_SIZE));
}

Test(restart, lock_in_mid_transfer_is_told_to_wait_before_the_adapter_starts)
{
	int64_t id = start("front");

	update(FRONT, id, UPDATE_OFFERED, 0);
	update(FRONT, id, UPDATE_PROGRESS, 400);
	world_run(11 * SECOND);
	world_kill();
	world_start();
	cr_assert(eq(u32, world.stick->orders_before_start, 1));
	world_run(10);
	cr_assert(eq(u32, world.stick->orders, 2));
	cr_assert(eq(sz, world.stick->order.image.size, IMAGE_SIZE));
	adapter_goes(ADAPTER_STARTING);
	adapter_goes(ADAPTER_UP);
	is_at(id, JOB_TRANSFERRING, WAIT_NOTHING);
	update(FRONT, id, UPDATE_PROGRESS, 350);
	cr_assert(eq(u64, active("front")->bytes_peak, 400));
	is_at(id, JOB_TRANSFERRING, WAIT_NOTHING);
}

Test(restart, transfer_that_does_not_go_on_waits_for_the_lock)
{
	int64_t id = start("front");

	update(FRONT, id, UPDATE_OFFERED, 0);
	update(FRONT, id, UPDATE_PROGRESS, 400);
	reborn();
	world_run(6 * MINUTE);
	is_at(id, JOB_WAITING, WAIT_WAKE);
}

Test(restart, image_that_is_gone_fails_after_a_minute_of_trying)
{
	int64_t id = start("front");

	update(FRONT, id, UPDATE_OFFERED, 0);
	update(FRONT, id, UPDATE_PROGRESS, 400);
	world_run(11 * SECOND);
	world.image_gone = true;
	reborn();
	is_at(id, JOB_TRANSFERRING, WAIT_NOTHING);
	world_run(15 * SECOND);
	is_at(id, JOB_TRANSFERRING, WAIT_NOTHING);
	world_run(2 * MINUTE);
	is_at(id, JOB_FAILED, WAIT_NOTHING);
	cr_assert(eq(str, stored(id).outcome, "image_missing"));
}

Test(restart, image_that_comes_back_is_served)
{
	int64_t id = start("front");

	update(FRONT, id, UPDATE_OFFERED, 0);
	update(FRONT, id, UPDATE_PROGRESS, 400);
	world_run(11 * SECOND);
	world.image_gone = true;
	reborn();
	world.image_gone = false;
	world_run(MINUTE);
	is_at(id, JOB_TRANSFERRING, WAIT_NOTHING);
	cr_assert(eq(sz, world.stick->order.image.size, IMAGE_SIZE));
}

static int64_t applied(void)
{
	int64_t id = start("front");

	update(FRONT, id, UPDATE_OFFERED, 0);
	update(FRONT, id, UPDATE_PROGRESS, IMAGE_SIZE);
	update(FRONT, id, UPDATE_DOWNLOADED, IMAGE_SIZE);
	lock_reads(FRONT, 170, LOCK_LOCKED);
	update(FRONT, id, UPDATE_APPLYING, 0);
	return id;
}

Test(restart, applying_is_verified_at_contact)
{
	int64_t id = applied();

	reborn();
	is_at(id, JOB_APPLYING, WAIT_NOTHING);
	world_run(MINUTE);
	lock_announces(FRONT);
	is_at(id, JOB_VERIFYING, WAIT_NOTHING);
	lock_says_version(FRONT, NEW);
	is_at(id, JOB_SUCCEEDED, WAIT_NOTHING);
}

Test(restart, lock_that_lost_its_end_response_gets_it_again)
{
	int64_t id = applied();

	reborn();
	update(FRONT, id, UPDATE_DOWNLOADED, IMAGE_SIZE);
	cr_assert(eq(u32, world.stick->finishes, 1));
	cr_assert(eq(u32, world.stick->finish_delay, 5));
}

/* It has all it needs; only a lock that asks anew would need the file. */
Test(restart, image_that_is_gone_does_not_fail_what_the_lock_is_installing)
{
	int64_t id = applied();

	world.image_gone = true;
	reborn();
	world_run(5 * MINUTE);
	is_at(id, JOB_APPLYING, WAIT_NOTHING);
	lock_announces(FRONT);
	lock_says_version(FRONT, NEW);
	is_at(id, JOB_SUCCEEDED, WAIT_NOTHING);
}

Test(restart, verifying_goes_on_without_an_order)
{
	int64_t id = applied();

	world_run(10 * SECOND);
	lock_announces(FRONT);
	reborn();
	is_at(id, JOB_VERIFYING, WAIT_NOTHING);
	cr_assert(eq(u32, world.stick->orders, 0));
	lock_wakes(FRONT);
	cr_assert(ne(u32, world.stick->read_what & READ_VERSION, 0));
	lock_says_version(FRONT, NEW);
	is_at(id, JOB_SUCCEEDED, WAIT_NOTHING);
}

Test(restart, end_response_never_seen_as_sent_but_version_changed)
{
	int64_t id = start("front");

	update(FRONT, id, UPDATE_OFFERED, 0);
	update(FRONT, id, UPDATE_PROGRESS, IMAGE_SIZE);
	reborn();
	lock_says_version(FRONT, NEW);
	is_at(id, JOB_SUCCEEDED, WAIT_NOTHING);
	cr_assert(eq(str, stored(id).evidence, "version_observed"));
}

Test(restart, held_job_keeps_its_order_and_is_released)
{
	int64_t id = start("front");

	update(FRONT, id, UPDATE_OFFERED, 0);
	update(FRONT, id, UPDATE_PROGRESS, IMAGE_SIZE);
	world_run(10 * SECOND);
	update(FRONT, id, UPDATE_DOWNLOADED, IMAGE_SIZE);
	lock_reads(FRONT, 40, LOCK_LOCKED);
	is_at(id, JOB_WAITING, WAIT_HOLD);
	world_run(11 * SECOND);
	reborn();
	is_at(id, JOB_WAITING, WAIT_HOLD);
	cr_assert(ge(u32, world.stick->orders, 1));
	lock_reads(FRONT, 200, LOCK_LOCKED);
	cr_assert(eq(u32, world.stick->finishes, 0), "the adapter was never asked by the lock");
	update(FRONT, id, UPDATE_DOWNLOADED, IMAGE_SIZE);
	cr_assert(eq(u32, world.stick->finish_delay, 5));
}

Test(restart, back_off_is_kept)
{
	int64_t id = start("front");

	update(FRONT, id, UPDATE_OFFERED, 0);
	update_ends(FRONT, id, "ota_end", 0x95);
	reborn();
	is_at(id, JOB_WAITING, WAIT_BACKOFF);
	cr_assert(eq(u32, world.stick->orders, 0));
	world_run(11 * MINUTE);
	is_at(id, JOB_WAITING, WAIT_WAKE);
	cr_assert(eq(u32, world.stick->orders, 1));
}

Test(restart, cancelled_job_still_aborts)
{
	int64_t id = start("front");
	struct answer a;

	update(FRONT, id, UPDATE_OFFERED, 0);
	cancel(&a, id);
	reborn();
	cr_assert(eq(u32, world.stick->cancels, 1));
	cr_assert(eq(i64, world.stick->abort_until, a.job.abort_until));
	cr_assert(eq(str, world.stick->cancelled, FRONT));
	cr_assert(eq(ptr, (void *)active("front"), NULL));
}

/* What the lock does; each step is repeated by a lock whose server was away. */
static void act(unsigned step, int64_t id)
{
	switch (step) {
	case 0:
		update(FRONT, id, UPDATE_OFFERED, 0);
		return;
	case 1:
	case 2:
	case 3:
		update(FRONT, id, UPDATE_PROGRESS, step * 300);
		return;
	case 4:
		update(FRONT, id, UPDATE_DOWNLOADED, IMAGE_SIZE);
		return;
	case 5:
		lock_reads(FRONT, 160, LOCK_LOCKED);
		return;
	case 6:
		update(FRONT, id, UPDATE_APPLYING, 0);
		return;
	case 7:
		lock_announces(FRONT);
		return;
	default:
		lock_says_version(FRONT, NEW);
		return;
	}
}

enum { STEPS = 9 };

/* One kill after each step, with and without time for the commit. */
Test(restart, killed_after_any_step_it_succeeds)
{
	for (unsigned kill = 0; kill < 2 * STEPS; kill++) {
		int64_t id;

		lock_says_version(FRONT, OLD);
		id = start("front");
		for (unsigned step = 0; step < STEPS; step++) {
			act(step, id);
			world_run(kill < STEPS ? 11 * SECOND : 0);
			if (step != kill % STEPS)
				continue;
			reborn();
			/* An End Request without an answer is sent again. */
			if (step == 4 || step == 5)
				act(4, id);
		}
		world_run(10);
		cr_assert(eq(str, stored(id).outcome, "updated"), "killed after step %u", kill);
	}
}
