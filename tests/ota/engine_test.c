#include "tests/ota/engine_world.h"

#include <string.h>

TestSuite(engine, .init = world_begin, .fini = world_end, .timeout = 60);

/* Up to the last block. */
static void download(const char *address, int64_t id)
{
	update(address, id, UPDATE_OFFERED, 0);
	for (uint64_t at = 50; at <= IMAGE_SIZE; at += 50) {
		update(address, id, UPDATE_PROGRESS, at);
		world_run(500);
	}
}

static void install(const char *address, int64_t id)
{
	update(address, id, UPDATE_DOWNLOADED, IMAGE_SIZE);
	lock_reads(address, 170, LOCK_LOCKED);
	update(address, id, UPDATE_APPLYING, 0);
}

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
		cr_assert(gt(i64, world.events[i].seq, world.events[i - 1].seq));
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
	cr_assert(gt(i64, world.stick->abort_until, loop_wall(world.loop) + 23 * HOUR));
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
	cr_assert(gt(i64, b.job.id, id));
	cr_assert(eq(i64, b.job.retry_of, id));
}

Test(engine, low_battery_waits_and_goes_on_by_itself)
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

Test(engine, stale_facts_are_read_at_contact_before_the_order)
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

Test(engine, held_at_the_end_until_the_bolt_is_known)
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

Test(engine, end_response_does_not_wait_for_answers_longer_than_1500_ms)
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

Test(engine, version_unchanged_after_two_reads_ten_minutes_apart)
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

Test(engine, another_version_is_unexpected)
{
	int64_t id = start("front");

	download(FRONT, id);
	install(FRONT, id);
	lock_announces(FRONT);
	lock_says_version(FRONT, OLD + 1);
	world_run(10);
	cr_assert(eq(str, stored(id).outcome, "version_unexpected"));
}

Test(engine, silence_after_applying_for_a_day_is_never_returned)
{
	int64_t id = start("front");

	download(FRONT, id);
	install(FRONT, id);
	world_run(23 * HOUR);
	is_at(id, JOB_APPLYING, WAIT_NOTHING);
	world_run(2 * HOUR);
	cr_assert(eq(str, stored(id).outcome, "never_returned"));
}

Test(engine, a_week_without_contact_is_given_up)
{
	int64_t id = start("front");

	world_run(6 * 24 * (msec)HOUR);
	is_at(id, JOB_WAITING, WAIT_WAKE);
	world_run(25 * HOUR);
	cr_assert(eq(str, stored(id).outcome, "no_contact"));
}

Test(engine, aborted_by_lock_tries_again_after_backoff)
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

Test(engine, invalid_image_fails_at_once)
{
	int64_t id = start("front");

	update(FRONT, id, UPDATE_OFFERED, 0);
	update_ends(FRONT, id, "ota_end", 0x96);
	world_run(10);
	is_at(id, JOB_FAILED, WAIT_NOTHING);
	cr_assert(eq(str, stored(id).outcome, "invalid_image"));
	cr_assert(eq(i32, stored(id).status, 0x96));
}

Test(engine, full_disk_does_not_stop_the_transfer)
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

Test(engine, a_whole_update_while_the_disk_is_full_is_saved_afterwards)
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

Test(engine, full_disk_refuses_new_jobs)
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

Test(engine, third_transfer_waits_for_a_slot)
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

Test(engine, already_installed_succeeds_without_a_transfer)
{
	int64_t id;

	lock_says_version(FRONT, NEW);
	id = start("front");
	is_at(id, JOB_SUCCEEDED, WAIT_NOTHING);
	cr_assert(eq(str, stored(id).outcome, "already_installed"));
	cr_assert(eq(u32, world.stick->orders, 0));
}

Test(engine, downgrade_needs_its_switch)
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

Test(engine, progress_writes_at_most_every_ten_seconds)
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
	cr_assert(gt(u32, world.progress, 20));
	cr_assert(le(u32, world.progress, 42));
}
