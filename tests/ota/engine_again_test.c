#include "tests/ota/engine_world.h"

#include <string.h>

/* What can be done about a job that is over. */

TestSuite(engine_again, .init = world_begin, .fini = world_end, .timeout = 60);

static struct answer verify(int64_t id, const char *attested)
{
	struct answer a = { 0 };

	engine_verify_job(world.engine, id, attested, "me", answered, &a);
	cr_assert(eq(u32, a.calls, 0), "answered from inside the question");
	world_run(30);
	cr_assert(eq(u32, a.calls, 1));
	return a;
}

/* A job whose lock was told to install and never said what it runs since. */
static int64_t never_said(void)
{
	int64_t id = start("front");

	download(FRONT, id);
	install(FRONT, id);
	world_run(20 * SECOND);
	lock_announces(FRONT);
	world_run(25 * HOUR);
	cr_assert(eq(str, stored(id).outcome, "unverified"));
	return id;
}

Test(engine_again, verify_again_asks_the_lock_and_transfers_nothing)
{
	int64_t id = never_said();
	unsigned orders = world.stick->orders;
	struct answer a = verify(id, NULL);

	cr_assert(a.has_job, "%s", a.err.text);
	cr_assert(eq(i64, a.job.retry_of, id));
	is_at(a.job.id, JOB_WAITING, WAIT_WAKE);
	lock_wakes(FRONT);
	cr_assert(ne(u32, world.stick->read_what & READ_VERSION, 0));
	lock_says_version(FRONT, NEW);
	world_run(20);
	is_at(a.job.id, JOB_SUCCEEDED, WAIT_NOTHING);
	cr_assert(eq(str, stored(a.job.id).evidence, "version_observed"));
	cr_assert(eq(u32, world.stick->orders, orders));
	cr_assert(eq(str, (char *)engine_lock(world.engine, "front")->problem, ""),
		"the problem is solved");
	cr_assert(eq(str, stored(id).outcome, "unverified"), "what is over stays over");
}

Test(engine_again, a_confirmed_version_counts_as_somebodys_word)
{
	const char *const new = "17.7.0.0", *const old = "17.4.0.0";
	int64_t id = never_said();
	struct answer a = verify(id, old);

	world_run(20);
	is_at(a.job.id, JOB_FAILED, WAIT_NOTHING);
	cr_assert(eq(str, stored(a.job.id).outcome, "version_unchanged"));
	a = verify(id, new);
	world_run(20);
	is_at(a.job.id, JOB_SUCCEEDED, WAIT_NOTHING);
	cr_assert(eq(str, stored(a.job.id).evidence, "user_attested"));
	cr_assert(eq(str, stored(a.job.id).requested_by, "me"));
}

Test(engine_again, a_clock_set_forward_is_no_silence_of_the_lock)
{
	struct answer a = verify(never_said(), NULL);

	loop_set_wall(world.loop, loop_wall(world.loop) + 60 * 24 * (int64_t)HOUR);
	world_run(HOUR);
	lock_wakes(FRONT);
	is_at(a.job.id, JOB_WAITING, WAIT_WAKE);
	lock_says_version(FRONT, NEW);
	is_at(a.job.id, JOB_SUCCEEDED, WAIT_NOTHING);
}

Test(engine_again, not_while_a_job_is_active_nor_for_one_that_never_was)
{
	int64_t id = start("front"), again;
	struct answer a = verify(id, NULL);

	cr_assert(eq(str, a.err.reason, "not_over"));
	cancel(&a, id);
	again = start("front");
	a = verify(id, NULL);
	cr_assert(eq(str, a.err.reason, "lock_busy"));
	cr_assert(lt(i64, id, again));
	a = verify(999, NULL);
	cr_assert(eq(str, a.err.reason, "not_found"));
}

Test(engine_again, a_verifying_job_survives_a_restart_and_its_retry_verifies)
{
	int64_t id = never_said();
	struct answer a = verify(id, NULL), b = { 0 };

	world_kill();
	world_start();
	adapter_goes(ADAPTER_UP);
	is_at(a.job.id, JOB_WAITING, WAIT_WAKE);
	cancel(&b, a.job.id);
	b = (struct answer){ 0 };
	engine_retry_job(world.engine, a.job.id, "me", answered, &b);
	world_run(30);
	cr_assert(b.has_job && b.job.verify_only, "%s", b.err.text);
}
