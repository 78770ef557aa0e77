#include "ota/engine.h"
#include "ota/retraction.h"
#include "tests/ota/engine_world.h"

#include <string.h>

/* Firmware that is withdrawn while the service runs. */

static struct retraction denied;
static struct retractions retractions;

static void withdraw(void)
{
	cr_assert(eq(int, retraction_read(&denied, "0x1234/1/0x11070000 it drains batteries", NULL),
		OK));
	retractions = (struct retractions){ .denied = &denied, .n_denied = 1 };
	engine_firmware_changed(world.engine);
	world_run(20);
}

static void begin(void)
{
	retractions = (struct retractions){ 0 };
	world_begin();
	world_kill();
	world.retractions = &retractions;
	world_start();
	adapter_goes(ADAPTER_UP);
}

TestSuite(engine_retracted, .init = begin, .fini = world_end, .timeout = 60);

Test(engine_retracted, it_is_not_offered_and_says_why)
{
	struct offer offer;
	bool said = false;

	withdraw();
	engine_offer(world.engine, engine_lock(world.engine, "front"), &offer);
	cr_assert(eq(ptr, (void *)offer.image, NULL));
	for (size_t i = 0; i < offer.n_not_offered; i++)
		if (strcmp(offer.not_offered[i].reason, "retracted") == 0) {
			cr_assert(eq(
				str, (char *)offer.not_offered[i].detail, "it drains batteries"));
			said = true;
		}
	cr_assert(said);
}

Test(engine_retracted, a_job_with_it_waits_for_the_user_from_the_start)
{
	int64_t id;

	withdraw();
	id = start("front");
	is_at(id, JOB_WAITING, WAIT_USER);
	cr_assert(eq(str, stored(id).error.reason, "retracted"));
	cr_assert(eq(str, stored(id).error.text, "it drains batteries"));
	cr_assert(eq(u32, world.stick->orders, 0));
}

Test(engine_retracted, a_job_that_waits_for_the_lock_stops_waiting)
{
	int64_t id = start("front");

	is_at(id, JOB_WAITING, WAIT_WAKE);
	withdraw();
	is_at(id, JOB_WAITING, WAIT_USER);
	cr_assert(eq(str, stored(id).error.reason, "retracted"));
	cr_assert(eq(u32, world.stick->cancels, 1));
}

static void force(void)
{
	struct job_request r = request("front");
	struct answer a;

	r.force[0] = "retracted";
	r.n_force = 1;
	ask(&a, &r);
	cr_assert(eq(int, a.kind, JOB_EXISTING));
}

Test(engine_retracted, a_transfer_is_broken_off_and_goes_on_when_it_is_forced)
{
	int64_t id = start("front");

	update(FRONT, id, UPDATE_OFFERED, 0);
	update(FRONT, id, UPDATE_PROGRESS, 100);
	is_at(id, JOB_TRANSFERRING, WAIT_NOTHING);
	withdraw();
	is_at(id, JOB_WAITING, WAIT_USER);
	cr_assert(eq(u32, world.stick->cancels, 1));
	cr_assert(lt(i64, loop_wall(world.loop), world.stick->abort_until),
		"the lock is told to stop");
	force();
	is_at(id, JOB_WAITING, WAIT_WAKE);
	update(FRONT, id, UPDATE_OFFERED, 0);
	update(FRONT, id, UPDATE_PROGRESS, 150);
	is_at(id, JOB_TRANSFERRING, WAIT_NOTHING);
}

Test(engine_retracted, a_lock_that_slept_in_mid_transfer_gets_no_more_of_it)
{
	int64_t id = start("front");

	update(FRONT, id, UPDATE_OFFERED, 0);
	update(FRONT, id, UPDATE_PROGRESS, 100);
	world_run(10 * MINUTE);
	is_at(id, JOB_WAITING, WAIT_WAKE);
	withdraw();
	is_at(id, JOB_WAITING, WAIT_USER);
	cr_assert(lt(i64, loop_wall(world.loop), world.stick->abort_until));
}

Test(engine_retracted, what_is_loaded_is_not_installed)
{
	int64_t id = start("front");

	download(FRONT, id);
	retractions = (struct retractions){ .denied = &denied, .n_denied = 1 };
	cr_assert(eq(int, retraction_read(&denied, "0x1234/1/0x11070000 late", NULL), OK));
	update(FRONT, id, UPDATE_DOWNLOADED, IMAGE_SIZE);
	lock_reads(FRONT, 180, LOCK_LOCKED);
	world_run(SECOND);
	is_at(id, JOB_WAITING, WAIT_HOLD);
	cr_assert(eq(str, stored(id).error.reason, "retracted"));
	cr_assert(eq(u32, world.stick->finish_delay, UINT32_MAX));
}

Test(engine_retracted, what_is_installing_goes_on)
{
	int64_t id = start("front");

	download(FRONT, id);
	install(FRONT, id);
	withdraw();
	is_at(id, JOB_APPLYING, WAIT_NOTHING);
}
