#include "tests/ota/engine_world.h"

#include <string.h>

/* No job waits for what cannot come, and none goes on past what it would have waited for. */

TestSuite(engine_waiting, .init = world_begin, .fini = world_end, .timeout = 60);

static void behind_one_parent(const char *address)
{
	struct lock_seen seen = { .address = address,
		.facts = { .known = FACT_NETWORK,
			.network_address = 1,
			.parent = 0x7B01,
			.endpoint = 1,
			.sleepy = true } };

	world.stick->adapter.to->seen(world.engine, &world.stick->adapter, &seen);
	world_run(10);
}

static void up(void)
{
	adapter_goes(ADAPTER_STARTING);
	adapter_goes(ADAPTER_UP);
}

static void restart(void)
{
	world_kill();
	world_start();
	up();
}

static void done(void *owner, const struct err *e, const struct lock *lock)
{
	(void)owner;
	(void)lock;
	cr_assert(not(e && e->code), "%s", e ? e->text : "");
}

static void patch(const char *id, unsigned parts, const struct policy *policy)
{
	struct lock_patch p = {
		.min_battery_percent = -1, .policy_parts = parts, .policy = *policy
	};

	engine_put_lock(world.engine, id, &p, false, done, NULL);
	world_run(20);
}

static void paused(void *owner, const struct err *e)
{
	(void)owner;
	cr_assert(not(e && e->code), "%s", e ? e->text : "");
}

static void pause_all(bool pause)
{
	engine_pause(world.engine, pause, paused, NULL);
	world_run(20);
	cr_assert(eq(int, engine_is_paused(world.engine), pause));
}

Test(engine_waiting, who_waited_for_a_slot_is_checked_before_it_begins)
{
	int64_t front, back;

	behind_one_parent(FRONT);
	behind_one_parent(BACK);
	front = start("front");
	back = start("back");
	update(FRONT, front, UPDATE_OFFERED, 0);
	update(BACK, back, UPDATE_OFFERED, 0);
	is_at(back, JOB_WAITING, WAIT_SLOT);
	pause_all(true);
	world_run(20);
	update_ends(FRONT, front, "ota_end", 0x96);
	world_run(20);
	update(BACK, back, UPDATE_OFFERED, 0);
	is_at(back, JOB_WAITING, WAIT_USER);
	cr_assert(eq(str, stored(back).error.reason, "paused"));
	pause_all(false);
	world_run(20);
	update(BACK, back, UPDATE_OFFERED, 0);
	is_at(back, JOB_TRANSFERRING, WAIT_NOTHING);
}

Test(engine_waiting, a_hold_of_an_earlier_life_does_not_name_what_is_gone)
{
	int64_t id = start("front");

	download(FRONT, id);
	pause_all(true);
	update(FRONT, id, UPDATE_DOWNLOADED, IMAGE_SIZE);
	lock_reads(FRONT, 170, LOCK_LOCKED);
	is_at(id, JOB_WAITING, WAIT_HOLD);
	cr_assert(eq(str, stored(id).error.reason, "paused"));
	restart();
	pause_all(false);
	world_run(2 * MINUTE);
	is_at(id, JOB_WAITING, WAIT_HOLD);
	cr_assert(ne(str, stored(id).error.reason, "paused"));
	world_run(8 * 24 * (msec)HOUR);
	is_at(id, JOB_FAILED, WAIT_NOTHING);
	cr_assert(eq(str, stored(id).outcome, "no_contact"));
}

Test(engine_waiting, a_wish_without_a_version_means_what_is_offered)
{
	struct job_request r = { .lock = "front", .requested_by = "test" };
	struct answer a;

	patch("front", POLICY_SKIPPED, &(struct policy){ .skipped_version = NEW });
	ask(&a, &r);
	cr_assert(not(a.has_job), "the skipped version was installed");
	cr_assert(eq(str, a.err.reason, "no_image"));
	patch("front", POLICY_SKIPPED | POLICY_PINNED, &(struct policy){ .pinned_version = NEW });
	world.fetched = true; /* a newer one than the pinned is there as well */
	ask(&a, &r);
	cr_assert(a.has_job, "%s", a.err.text);
	cr_assert(eq(u32, a.job.to_version, NEW));
}
