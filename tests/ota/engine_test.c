#include "tests/ota/engine_world.h"

#include <string.h>

TestSuite(engine, .init = world_begin, .fini = world_end, .timeout = 60);

Test(engine, happy_path_is_durable_step_by_step)
{
	int64_t id = start("front");

	is_at(id, JOB_WAITING, WAIT_WAKE);
	cr_assert(eq(u32, world.stick->orders, 1));
	cr_assert(eq(sz, world.stick->order.image.size, IMAGE_SIZE));
	download(FRONT, id);
	is_at(id, JOB_TRANSFERRING, WAIT_NOTHING);
	install(FRONT, id);
	is_at(id, JOB_APPLYING, WAIT_NOTHING);
	cr_assert(eq(u32, world.stick->finish_delay, 5));
	world_run(20 * SECOND);
	lock_announces(FRONT);
	is_at(id, JOB_VERIFYING, WAIT_NOTHING);
	cr_assert(ne(u32, world.stick->read_what & READ_VERSION, 0));
	lock_says_version(FRONT, NEW);
	world_run(10);
	is_at(id, JOB_SUCCEEDED, WAIT_NOTHING);
	cr_assert(eq(str, stored(id).evidence, "verified_by_version"));
	cr_assert(eq(str, (char *)course(id),
		"queued checking waiting/wake transferring applying verifying succeeded "));
	cr_assert(eq(ptr, (void *)active("front"), NULL));
	cr_assert(eq(u32, engine_lock(world.engine, "front")->facts.version, NEW));
	for (size_t i = 1; i < world.n_events; i++)
		cr_assert(lt(i64, world.events[i - 1].seq, world.events[i].seq));
}

Test(engine, nothing_is_visible_before_it_is_on_disk)
{
	struct job_request r = request("front");
	struct answer a = { 0 };

	engine_create_job(world.engine, &r, answered, &a);
	cr_assert(eq(ptr, (void *)active("front"), NULL));
	cr_assert(eq(sz, engine_active_count(world.engine), 0));
	world_run(20);
	cr_assert(eq(u32, a.calls, 1));
	cr_assert(eq(int, a.kind, JOB_CREATED));
	cr_assert(ne(ptr, (void *)active("front"), NULL));
}

Test(engine, stall_waits_and_any_request_goes_on)
{
	int64_t id = start("front");
	struct progress p;

	update(FRONT, id, UPDATE_OFFERED, 0);
	update(FRONT, id, UPDATE_PROGRESS, 500);
	world_run(6 * MINUTE);
	is_at(id, JOB_WAITING, WAIT_WAKE);
	update(FRONT, id, UPDATE_PROGRESS, 350);
	is_at(id, JOB_TRANSFERRING, WAIT_NOTHING);
	engine_progress(world.engine, id, &p);
	cr_assert(eq(u64, p.bytes_done, 350));
	cr_assert(eq(dbl, p.percent, 50.0), "percent must not fall");
}

Test(engine, a_silent_wait_is_not_in_progress_until_contact)
{
	int64_t id = start("front");
	struct progress p;

	world_run(11 * MINUTE);
	engine_progress(world.engine, id, &p);
	cr_assert(not(p.in_progress));
	lock_wakes(FRONT);
	engine_progress(world.engine, id, &p);
	cr_assert(p.in_progress);
}

Test(engine, adapter_loss_waits_and_comes_back)
{
	int64_t id = start("front");

	update(FRONT, id, UPDATE_OFFERED, 0);
	update(FRONT, id, UPDATE_PROGRESS, 100);
	adapter_goes(ADAPTER_STARTING);
	world_run(10);
	is_at(id, JOB_WAITING, WAIT_ADAPTER);
	adapter_goes(ADAPTER_UP);
	world_run(10);
	is_at(id, JOB_WAITING, WAIT_WAKE);
	update(FRONT, id, UPDATE_PROGRESS, 150);
	is_at(id, JOB_TRANSFERRING, WAIT_NOTHING);
}

Test(engine, one_lock_one_job)
{
	int64_t id = start("front");
	struct job_request r = request("front");
	struct answer a;

	ask(&a, &r);
	cr_assert(eq(int, a.kind, JOB_EXISTING));
	cr_assert(eq(i64, a.job.id, id));
	r.image = OTHER_IMAGE;
	ask(&a, &r);
	cr_assert(eq(str, a.err.reason, "lock_busy"));
	cr_assert(eq(int, a.err.code, ERR_CONFLICT));
}

Test(engine, two_requests_of_one_turn_get_one_job)
{
	struct job_request r = request("front"), other = request("front");
	struct answer a = { 0 }, b = { 0 }, c = { 0 };

	other.image = OTHER_IMAGE;
	engine_create_job(world.engine, &r, answered, &a);
	engine_create_job(world.engine, &r, answered, &b);
	engine_create_job(world.engine, &other, answered, &c);
	world_run(20);
	cr_assert(eq(i64, a.job.id, b.job.id));
	cr_assert(eq(int, a.kind, JOB_CREATED));
	cr_assert(eq(int, b.kind, JOB_EXISTING));
	cr_assert(eq(str, c.err.reason, "lock_busy"));
}

Test(engine, idempotency_key_finds_the_job_even_when_it_is_over)
{
	struct job_request r = request("front");
	struct answer a, b, c;

	r.idempotency_key = "k1";
	r.request_digest = "d1";
	ask(&a, &r);
	ask(&b, &r);
	cr_assert(eq(i64, b.job.id, a.job.id));
	cancel(&c, a.job.id);
	ask(&b, &r);
	cr_assert(eq(i64, b.job.id, a.job.id));
	cr_assert(eq(int, b.job.phase, JOB_CANCELLED));
	r.request_digest = "d2";
	ask(&b, &r);
	cr_assert(eq(str, b.err.reason, "idempotency_mismatch"));
}

Test(engine, same_key_twice_in_one_turn)
{
	struct job_request r = request("front");
	struct answer a = { 0 }, b = { 0 };

	r.idempotency_key = "k1";
	r.request_digest = "d1";
	engine_create_job(world.engine, &r, answered, &a);
	engine_create_job(world.engine, &r, answered, &b);
	world_run(30);
	cr_assert(a.has_job && b.has_job);
	cr_assert(eq(i64, a.job.id, b.job.id));
	cr_assert(eq(int, b.kind, JOB_EXISTING));
}

Test(engine, force_takes_only_forcible_findings)
{
	struct job_request r = request("front");
	struct answer a;

	r.n_force = 1;
	r.force[0] = "image_type_mismatch";
	ask(&a, &r);
	cr_assert(eq(str, a.err.reason, "not_forcible"));
	r.force[0] = "nonsense";
	ask(&a, &r);
	cr_assert(eq(str, a.err.reason, "unknown_finding"));
}

Test(engine, cancel_before_the_end_response_aborts_at_once)
{
	int64_t id = start("front");
	struct answer a;

	update(FRONT, id, UPDATE_OFFERED, 0);
	cancel(&a, id);
	cr_assert(a.has_job);
	is_at(id, JOB_CANCELLED, WAIT_NOTHING);
	cr_assert(lt(i64, loop_wall(world.loop) + 23 * HOUR, world.stick->abort_until));
	cancel(&a, id);
	cr_assert(eq(str, a.err.reason, "already_over"));
}

Test(engine, cancel_after_the_end_response_is_too_late)
{
	int64_t id = start("front");
	struct answer a;

	download(FRONT, id);
	install(FRONT, id);
	cancel(&a, id);
	cr_assert(eq(str, a.err.reason, "too_late"));
	is_at(id, JOB_APPLYING, WAIT_NOTHING);
}

Test(engine, retry_makes_a_new_job)
{
	int64_t id = start("front");
	struct answer a, b = { 0 };

	engine_retry_job(world.engine, id, "me", answered, &b);
	world_run(20);
	cr_assert(eq(str, b.err.reason, "not_over"));
	cancel(&a, id);
	b = (struct answer){ 0 };
	engine_retry_job(world.engine, id, "me", answered, &b);
	world_run(30);
	cr_assert(b.has_job, "%s", b.err.text);
	cr_assert(lt(i64, id, b.job.id));
	cr_assert(eq(i64, b.job.retry_of, id));
}

/* What an adapter tells while the commit of the step before is still under way. */
static void tell(int64_t id, enum update_step step)
{
	struct adapter *a = &world.stick->adapter;
	struct update_report r = {
		.address = FRONT, .job = id, .step = step, .block_size = 50, .status = -1
	};

	a->to->update(a->owner, a, &r);
}

Test(engine, an_answer_waits_for_its_own_commit)
{
	int64_t id = start("front");
	struct answer a = { 0 };

	tell(id, UPDATE_OFFERED);
	engine_cancel_job(world.engine, id, answered, &a);
	world_run(20);
	cr_assert(eq(u32, a.calls, 1));
	cr_assert(eq(int, a.job.phase, JOB_CANCELLED), "told before it was on disk");
	cr_assert(eq(int, stored(id).phase, JOB_CANCELLED));
}

Test(engine, findings_forced_during_a_commit_are_answered_with_their_own)
{
	struct job_request r = request("front");
	int64_t id = start("front");
	struct answer a = { 0 };

	r.force[r.n_force++] = "battery_low";
	tell(id, UPDATE_OFFERED);
	engine_create_job(world.engine, &r, answered, &a);
	world_run(20);
	cr_assert(eq(u32, a.calls, 1));
	cr_assert(eq(u8, a.job.n_force, 1), "told before it was on disk");
}

Test(engine, a_wish_that_meets_a_full_disk_is_answered_when_it_is_saved)
{
	int64_t id = start("front");
	struct answer a = { 0 };

	tell(id, UPDATE_OFFERED);
	world.disk_full = true;
	engine_cancel_job(world.engine, id, answered, &a);
	world_run(MINUTE);
	cr_assert(eq(u32, a.calls, 0));
	world.disk_full = false;
	world_run(MINUTE);
	cr_assert(eq(u32, a.calls, 1));
	cr_assert(eq(int, a.job.phase, JOB_CANCELLED));
}

Test(engine, a_job_that_could_not_be_saved_leaves_the_problem_where_it_was)
{
	int64_t id = start("front");
	struct job_request r = request("front");
	struct answer a;

	download(FRONT, id);
	update_ends(FRONT, id, "ota_end", 0x96);
	world_run(20);
	cr_assert(eq(str, (char *)engine_lock(world.engine, "front")->problem, "invalid_image"));
	world.disk_full = true;
	ask(&a, &r);
	cr_assert(eq(int, a.err.code, ERR_NO_SPACE));
	world.disk_full = false;
	lock_says_version(FRONT, OLD - 1); /* something else is saved */
	world_run(MINUTE);
	cr_assert(eq(str, (char *)engine_lock(world.engine, "front")->problem, "invalid_image"));
}
