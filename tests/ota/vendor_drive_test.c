#include "tests/ota/cloud_house.h"

#include <string.h>

/* Locks whose vendor's cloud can be asked to update them. The numbers are those of the acceptance
 * scenarios in the project's reference on lock clouds. */

static void begin(void)
{
	cloud_begin(DRIVES);
	cloud_add("front");
}

TestSuite(vendor_drive, .init = begin, .fini = cloud_end, .timeout = 60);

static struct cloud_part *front(void)
{
	return &cloud.locks[0].parts[0];
}

static void succeeded(int64_t id, const char *version, const char *evidence)
{
	struct job job = cloud_wait(id, 3);

	cr_assert(eq(str, (char *)job_phase_name(job.phase), "succeeded"), "%s %s", job.outcome,
		job.summary);
	cr_assert(eq(str, job.verified_text, (char *)version));
	cr_assert(eq(str, job.evidence, (char *)evidence));
}

static void failed(int64_t id, const char *code)
{
	struct job job = cloud_wait(id, 24 * 8);

	cr_assert(eq(str, (char *)job_phase_name(job.phase), "failed"), "%s", job.summary);
	cr_assert(eq(str, job.outcome, (char *)code), "%s", job.summary);
}

Test(vendor_drive, s1_one_trigger_progress_and_a_version_read_back)
{
	struct progress progress;
	int64_t id;
	double before = 0;

	cloud_start();
	id = cloud_update("front");
	cloud_run(30 * SECOND);
	for (int i = 0; i < 5; i++) {
		cloud_run(30 * SECOND);
		engine_progress(cloud.engine, id, &progress);
		cr_assert(lt(dbl, before, progress.percent));
		before = progress.percent;
	}
	succeeded(id, "2.0.0", "verified_by_version");
	cr_assert(eq(u32, cloud.triggers, 1));
	cr_assert(eq(str, (char *)cloud_course(id),
		"queued checking transferring applying verifying succeeded "));
	cr_assert(eq(str, cloud_job(id).from_text, "1.0.0"));
	cr_assert(eq(str, cloud_job(id).outcome, "updated"));
	cr_assert(eq(
		str, (char *)engine_lock(cloud.engine, "front")->components[0].installed, "2.0.0"));
}

Test(vendor_drive, s2_components_one_after_another)
{
	int64_t id;
	struct job next;

	cloud_add_part(&cloud.locks[0], "9");
	cloud_start();
	id = cloud_update("front");
	cloud_run(2 * MINUTE);
	cr_assert(eq(u32, cloud.locks[0].parts[1].triggers, 0));
	succeeded(id, "2.0.0", "verified_by_version");
	cloud_run(MINUTE);
	next = cloud_newest();
	cr_assert(eq(str, next.component, "9"));
	cr_assert(eq(i64, next.continues, id));
	succeeded(next.id, "2.0.0", "verified_by_version");
	cr_assert(eq(u32, cloud.triggers, 2));
	cloud_run(MINUTE);
	cr_assert(eq(i64, cloud_newest().id, next.id), "and no more");
	cr_assert(eq(i64, engine_lock(cloud.engine, "front")->follow_up, 0));
}

Test(vendor_drive, s2_a_component_that_fails_leaves_the_lock_partially_updated)
{
	struct cloud_part *nine = cloud_add_part(&cloud.locks[0], "9");
	int64_t id;
	struct job next;

	nine->plan.ends = VENDOR_FAILED;
	cloud_start();
	id = cloud_update("front");
	succeeded(id, "2.0.0", "verified_by_version");
	cloud_run(MINUTE);
	next = cloud_newest();
	failed(next.id, "vendor_failed");
	next = cloud_job(next.id);
	cr_assert(strstr(next.summary, "Partially updated") != NULL, "%s", next.summary);
}

Test(vendor_drive, s2_nothing_follows_a_failure)
{
	int64_t id;

	front()->plan.ends = VENDOR_FAILED;
	cloud_add_part(&cloud.locks[0], "9");
	cloud_start();
	id = cloud_update("front");
	failed(id, "vendor_failed");
	cloud_run(HOUR);
	cr_assert(eq(i64, cloud_newest().id, id));
	cr_assert(eq(u32, cloud.locks[0].parts[1].triggers, 0));
}

Test(vendor_drive, a_named_component_is_the_only_one)
{
	struct job_request request = { .lock = "front", .component = "9" };
	struct err e = { 0 };
	int64_t id;

	cloud_add_part(&cloud.locks[0], "9");
	cloud_start();
	id = cloud_ask(&request, &e);
	succeeded(id, "2.0.0", "verified_by_version");
	cloud_run(HOUR);
	cr_assert(eq(u32, front()->triggers, 0));
	request.component = "7";
	cr_assert(eq(i64, cloud_ask(&request, &e), 0));
	cr_assert(eq(str, e.reason, "unknown_component"));
}

Test(vendor_drive, s3_a_lost_answer_is_looked_after_and_adopted)
{
	int64_t id;

	front()->plan.answer = VENDOR_AMBIGUOUS;
	cloud_start();
	id = cloud_update("front");
	succeeded(id, "2.0.0", "version_observed");
	cr_assert(eq(u32, cloud.triggers, 1));
	cr_assert(cloud_told(id, "intended"));
	cr_assert(cloud_told(id, "trigger_unclear"));
	cr_assert(cloud_told(id, "adopted"));
}

Test(vendor_drive, s3_no_answer_at_all_is_a_lost_one)
{
	int64_t id;

	front()->plan.silent = true;
	cloud_start();
	id = cloud_update("front");
	succeeded(id, "2.0.0", "version_observed");
	cr_assert(eq(u32, cloud.triggers, 1));
}

Test(vendor_drive, s3_when_nothing_runs_somebody_decides)
{
	int64_t id;

	front()->plan.answer = VENDOR_AMBIGUOUS;
	front()->plan.lost = true;
	cloud_start();
	id = cloud_update("front");
	cloud_run(MINUTE);
	cloud_is(id, JOB_CHECKING, WAIT_NOTHING);
	cloud_run(2 * MINUTE);
	cloud_is(id, JOB_WAITING, WAIT_USER);
	cr_assert(eq(str, cloud_job(id).error.reason, "trigger_unclear"));
	cloud_run(5 * HOUR);
	cr_assert(eq(u32, cloud.triggers, 1), "never by itself");
	failed(id, "trigger_unclear");
}

Test(vendor_drive, s8_a_cloud_that_wants_rest_gets_it)
{
	int64_t id;
	unsigned looks;

	front()->plan.download = 10 * MINUTE;
	cloud_start();
	id = cloud_update("front");
	cloud_run(90 * SECOND);
	cloud_is(id, JOB_TRANSFERRING, WAIT_NOTHING);
	cloud.down = VENDOR_RATE_LIMITED;
	cloud.retry_after_s = 120;
	cloud_run(20 * SECOND);
	looks = cloud.looks;
	cr_assert(engine_hook(cloud.engine, "cloud",
		&(struct vendor_hook){ .body = { (const uint8_t *)"good", 4 } }));
	cloud_run(90 * SECOND);
	cr_assert(eq(u32, cloud.looks, looks));
	cloud_is(id, JOB_TRANSFERRING, WAIT_NOTHING);
	cr_assert(eq(str, cloud_job(id).error.reason, "cloud_rate_limited"));
	cloud.down = VENDOR_OK;
	cloud_run(2 * MINUTE);
	cr_assert(eq(str, cloud_job(id).error.reason, ""));
	succeeded(id, "2.0.0", "verified_by_version");
}

Test(vendor_drive, s9_an_outage_does_not_count)
{
	int64_t id;

	front()->plan.download = 40 * MINUTE;
	cloud_start();
	id = cloud_update("front");
	cloud_run(2 * MINUTE);
	cloud.down = VENDOR_ERROR;
	cloud_run(6 * HOUR);
	cloud_is(id, JOB_TRANSFERRING, WAIT_NOTHING);
	cr_assert(cloud_told(id, "cloud_error"));
	cr_assert(not(cloud_told(id, "vendor_stalled")));
	cloud.down = VENDOR_OK;
	succeeded(id, "2.0.0", "verified_by_version");
}

Test(vendor_drive, s10_offline_at_start_waits_and_is_asked_once_when_back)
{
	int64_t id;

	cloud.locks[0].away = true;
	cloud_start();
	id = cloud_update("front");
	cloud_run(40 * MINUTE);
	cloud_is(id, JOB_WAITING, WAIT_WAKE);
	cr_assert(eq(str, cloud_job(id).error.reason, "lock_offline"));
	cr_assert(eq(u32, cloud.triggers, 0));
	cloud.locks[0].away = false;
	succeeded(id, "2.0.0", "verified_by_version");
	cr_assert(eq(u32, cloud.triggers, 1));
}

Test(vendor_drive, what_the_adapter_hears_by_itself_ends_a_wait_at_once)
{
	int64_t id;

	cloud.locks[0].away = true;
	cloud_start();
	id = cloud_update("front");
	cloud_run(2 * HOUR);
	cloud.locks[0].away = false;
	cloud_poll();
	cloud_run(2 * SECOND);
	cloud_is(id, JOB_TRANSFERRING, WAIT_NOTHING);
}

Test(vendor_drive, s11_a_sleeping_lock_asks_for_a_touch_and_that_is_no_stall)
{
	int64_t id;

	front()->plan.asleep = true;
	cloud_start();
	id = cloud_update("front");
	cloud_run(3 * HOUR);
	cloud_is(id, JOB_WAITING, WAIT_WAKE);
	cr_assert(eq(str, cloud_job(id).error.reason, "lock_asleep"));
	cr_assert(not(cloud_told(id, "vendor_stalled")));
	cloud_touch(&cloud.locks[0]);
	succeeded(id, "2.0.0", "verified_by_version");
	cr_assert(eq(u32, cloud.triggers, 1));
}

Test(vendor_drive, s12_what_the_vendor_blocks_is_not_posted)
{
	int64_t id;

	front()->blocked = true;
	front()->why = "battery below 30 %";
	cloud_start();
	id = cloud_update("front");
	cloud_run(HOUR);
	cloud_is(id, JOB_WAITING, WAIT_BATTERY);
	cr_assert(strstr(cloud_job(id).error.text, "battery below 30 %") != NULL);
	cr_assert(eq(u32, cloud.triggers, 0));
	front()->blocked = false;
	cloud_poll();
	succeeded(id, "2.0.0", "verified_by_version");
}

Test(vendor_drive, a_low_battery_and_a_jammed_bolt_wait)
{
	int64_t id;

	cloud.locks[0].half_percent = 60;
	cloud.locks[0].jammed = true;
	cloud_start();
	id = cloud_update("front");
	cloud_run(MINUTE);
	cloud_is(id, JOB_WAITING, WAIT_BATTERY);
	cloud.locks[0].half_percent = 190;
	cloud_poll();
	cloud_run(MINUTE);
	cloud_is(id, JOB_WAITING, WAIT_USER);
	cr_assert(eq(str, cloud_job(id).error.reason, "lock_state_busy"));
	cr_assert(eq(u32, cloud.triggers, 0));
}

Test(vendor_drive, an_unknown_battery_is_asked_about_and_can_be_forced)
{
	struct job_request request = { .lock = "front" };
	int64_t id;

	cloud.locks[0].no_battery = true;
	cloud_start();
	id = cloud_update("front");
	cloud_run(MINUTE);
	cloud_is(id, JOB_WAITING, WAIT_USER);
	cr_assert(eq(str, cloud_job(id).error.reason, "battery_unknown"));
	request.force[request.n_force++] = "battery_unknown";
	cr_assert(eq(i64, cloud_ask(&request, NULL), id), "the same job");
	succeeded(id, "2.0.0", "verified_by_version");
}

Test(vendor_drive, s13_done_without_a_change_is_no_success)
{
	int64_t id;
	msec before;

	front()->plan.becomes = "1.0.0";
	cloud_start();
	id = cloud_update("front");
	cloud_run(6 * MINUTE);
	cloud_is(id, JOB_VERIFYING, WAIT_NOTHING);
	before = loop_now(cloud.loop);
	failed(id, "version_unchanged");
	cr_assert(lt(u64, 7 * MINUTE, loop_now(cloud.loop) - before), "clouds keep old answers");
	cr_assert(lt(u32, 1, cloud_job(id).version_reads));
	cr_assert(
		eq(str, (char *)engine_lock(cloud.engine, "front")->problem, "version_unchanged"));
}

Test(vendor_drive, s13_a_cloud_that_keeps_the_old_answer_is_waited_for)
{
	int64_t id;

	front()->plan.cached = 7 * MINUTE;
	cloud_start();
	id = cloud_update("front");
	succeeded(id, "2.0.0", "verified_by_version");
}

Test(vendor_drive, s14_a_newer_version_than_announced_is_success_and_noted)
{
	int64_t id;

	front()->plan.becomes = "2.0.1";
	cloud_start();
	id = cloud_update("front");
	succeeded(id, "2.0.1", "verified_by_version");
	cr_assert(cloud_job(id).target_moved);
	cr_assert(eq(str, cloud_job(id).to_text, "2.0.0"));
}

Test(vendor_drive, another_version_is_unexpected)
{
	int64_t id;

	front()->plan.becomes = "1.5.0";
	cloud_start();
	id = cloud_update("front");
	failed(id, "version_unexpected");
	cr_assert(eq(str, cloud_job(id).verified_text, "1.5.0"));
}

Test(vendor_drive, a_version_counts_even_when_the_vendor_says_failed)
{
	int64_t id;

	front()->plan.ends = VENDOR_FAILED;
	front()->plan.becomes = "2.0.0";
	cloud_start();
	id = cloud_update("front");
	succeeded(id, "2.0.0", "verified_by_version");
	cr_assert(cloud_told(id, "vendor_failed"));
}

Test(vendor_drive, a_time_out_of_the_vendor_is_named)
{
	int64_t id;

	front()->plan.ends = VENDOR_TIMED_OUT;
	cloud_start();
	id = cloud_update("front");
	failed(id, "vendor_timed_out");
}

Test(vendor_drive, yesterdays_failure_is_not_todays)
{
	int64_t id;

	front()->rests = VENDOR_FAILED;
	front()->plan.queue = 0;
	cloud_start();
	id = cloud_update("front");
	succeeded(id, "2.0.0", "verified_by_version");
}

Test(vendor_drive, a_stall_is_told_and_watched_for_a_day)
{
	int64_t id;

	front()->plan.queue = 20 * HOUR;
	cloud_start();
	id = cloud_update("front");
	cloud_run(HOUR);
	cr_assert(cloud_told(id, "vendor_stalled"));
	cloud_is(id, JOB_TRANSFERRING, WAIT_NOTHING);
	cloud_run(20 * HOUR);
	succeeded(id, "2.0.0", "verified_by_version");
}

Test(vendor_drive, a_stall_of_a_day_is_the_end)
{
	int64_t id;

	front()->plan.queue = 200 * HOUR;
	cloud_start();
	id = cloud_update("front");
	failed(id, "vendor_stalled");
	cr_assert(eq(u32, cloud.triggers, 1));
}

Test(vendor_drive, what_runs_already_is_adopted)
{
	int64_t id;

	front()->begun = 1;
	front()->plan.queue = HOUR;
	cloud_start();
	id = cloud_update("front");
	cloud_run(MINUTE);
	cloud_is(id, JOB_TRANSFERRING, WAIT_NOTHING);
	cr_assert(eq(int, cloud_job(id).intent, INTENT_ADOPTED));
	succeeded(id, "2.0.0", "version_observed");
	cr_assert(eq(u32, cloud.triggers, 0));
}

Test(vendor_drive, a_refusal_for_want_of_rest_is_asked_once_more)
{
	int64_t id;

	front()->plan.answer = VENDOR_REFUSED;
	front()->plan.class = VENDOR_RATE_LIMITED;
	front()->plan.refusals = 1;
	cloud.retry_after_s = 300;
	cloud_start();
	id = cloud_update("front");
	cloud_run(4 * MINUTE);
	cloud_is(id, JOB_WAITING, WAIT_BACKOFF);
	cr_assert(eq(u32, cloud.triggers, 1));
	cloud.retry_after_s = -1;
	succeeded(id, "2.0.0", "verified_by_version");
	cr_assert(eq(u32, cloud.triggers, 2));
}

Test(vendor_drive, refusals_are_bounded)
{
	int64_t id;

	front()->plan.answer = VENDOR_REFUSED;
	front()->plan.class = VENDOR_STRANGE;
	front()->plan.refusals = -1;
	cloud_start();
	id = cloud_update("front");
	failed(id, "cloud_strange");
	cr_assert(eq(u32, cloud.triggers, 4));
}

Test(vendor_drive, an_offline_refusal_waits_for_the_lock_with_ever_longer_pauses)
{
	int64_t id;

	front()->plan.answer = VENDOR_REFUSED;
	front()->plan.class = VENDOR_DEVICE_OFFLINE;
	front()->plan.refusals = -1;
	cloud_start();
	id = cloud_update("front");
	cloud_run(20 * HOUR);
	cloud_is(id, JOB_WAITING, WAIT_WAKE);
	cr_assert(lt(u32, cloud.triggers, 8));
	cr_assert(lt(u32, 2, cloud.triggers));
}

Test(vendor_drive, what_may_not_be_done_fails_at_once)
{
	int64_t id;

	front()->plan.answer = VENDOR_REFUSED;
	front()->plan.class = VENDOR_FORBIDDEN;
	front()->plan.refusals = -1;
	cloud_start();
	id = cloud_update("front");
	cloud_run(MINUTE);
	failed(id, "cloud_forbidden");
	cr_assert(eq(u32, cloud.triggers, 1));
}

Test(vendor_drive, s22_a_quota_is_no_fault_of_the_lock)
{
	int64_t id;
	unsigned looks;

	cloud_start();
	cloud.down = VENDOR_QUOTA_EXHAUSTED;
	id = cloud_update("front");
	cloud_run(MINUTE);
	cloud_is(id, JOB_WAITING, WAIT_USER);
	cr_assert(eq(str, cloud_job(id).error.reason, "cloud_quota"));
	looks = cloud.looks;
	cloud_run(30 * MINUTE);
	cr_assert(lt(u32, cloud.looks - looks, 12));
	cloud.down = VENDOR_OK;
	succeeded(id, "2.0.0", "verified_by_version");
}

Test(vendor_drive, an_account_in_trouble_is_named_while_it_is_tried_again)
{
	int64_t id;

	cloud_start();
	cloud_adapter(ADAPTER_STARTING, "cloud_quota");
	id = cloud_update("front");
	cloud_run(MINUTE);
	cloud_is(id, JOB_WAITING, WAIT_USER);
	cr_assert(eq(str, cloud_job(id).error.reason, "cloud_quota"));
	cloud_adapter(ADAPTER_STARTING, "cloud_tls");
	cloud_run(MINUTE);
	cloud_is(id, JOB_WAITING, WAIT_ADAPTER);
	cr_assert(eq(str, cloud_job(id).error.reason, "cloud_tls"));
	cloud_adapter(ADAPTER_UP, NULL);
	succeeded(id, "2.0.0", "verified_by_version");
}

Test(vendor_drive, who_asks_for_a_check_makes_the_vendor_be_asked)
{
	struct check check;
	struct err e;
	unsigned looks;

	cloud_start();
	cloud_run(MINUTE);
	looks = cloud.looks;
	cr_assert(eq(int, engine_check(cloud.engine, "front", &check, &e), OK), "%s", e.text);
	cloud_run(SECOND);
	cr_assert(eq(u32, cloud.looks, looks + 1));
	cr_assert(eq(int, engine_check(cloud.engine, "front", &check, &e), OK));
	cloud_run(SECOND);
	cr_assert(eq(u32, cloud.looks, looks + 1), "not again so soon: it costs of the budget");
}

Test(vendor_drive, s7_an_account_that_must_log_in_pauses_the_jobs)
{
	int64_t id;

	front()->plan.download = HOUR;
	cloud_start();
	id = cloud_update("front");
	cloud_run(2 * MINUTE);
	cloud_adapter(ADAPTER_REFUSED, "cloud_login");
	cloud_is(id, JOB_WAITING, WAIT_USER);
	cr_assert(eq(str, cloud_job(id).error.reason, "cloud_login"));
	cloud_run(10 * HOUR);
	cloud_adapter(ADAPTER_STARTING, NULL);
	cloud_adapter(ADAPTER_UP, NULL);
	succeeded(id, "2.0.0", "verified_by_version");
	cr_assert(eq(u32, cloud.triggers, 1));
}

Test(vendor_drive, s15_locks_take_turns_and_one_offline_does_not_hold_the_others)
{
	int64_t a, b, c;

	cloud_add("back");
	cloud_add("side");
	cloud.locks[1].away = true;
	cloud_start();
	a = cloud_update("back");
	b = cloud_update("front");
	c = cloud_update("side");
	cloud_run(2 * MINUTE);
	cloud_is(a, JOB_WAITING, WAIT_WAKE);
	cloud_is(b, JOB_TRANSFERRING, WAIT_NOTHING);
	cloud_is(c, JOB_WAITING, WAIT_SLOT);
	succeeded(b, "2.0.0", "verified_by_version");
	cloud_run(2 * MINUTE);
	cloud_is(c, JOB_TRANSFERRING, WAIT_NOTHING);
	succeeded(c, "2.0.0", "verified_by_version");
	cr_assert(eq(u32, cloud.triggers, 2));
}

static void answered(
	void *owner, const struct err *e, const struct job *job, enum job_answer answer)
{
	(void)answer;
	(void)job;
	*(struct err *)owner = e ? *e : (struct err){ .code = OK };
}

static struct err cancel(int64_t id)
{
	static struct err e;

	e = (struct err){ .code = ERR_INTERNAL };
	engine_cancel_job(cloud.engine, id, answered, &e);
	cloud_run(50);
	return e;
}

Test(vendor_drive, cancelling_is_possible_until_the_vendor_was_asked)
{
	int64_t id;

	cloud.locks[0].away = true;
	cloud_start();
	id = cloud_update("front");
	cr_assert(eq(int, cancel(id).code, OK));
	cloud.locks[0].away = false;
	cloud_run(HOUR);
	cr_assert(eq(u32, cloud.triggers, 0));
	cloud_is(id, JOB_CANCELLED, WAIT_NOTHING);
	id = cloud_update("front");
	cloud_run(MINUTE);
	cr_assert(eq(str, cancel(id).reason, "too_late"));
	succeeded(id, "2.0.0", "verified_by_version");
	cr_assert(eq(str, cancel(id).reason, "already_over"));
}

static struct err again(int64_t id)
{
	static struct err e;

	e = (struct err){ .code = ERR_INTERNAL };
	engine_retry_job(cloud.engine, id, "test", answered, &e);
	cloud_run(50);
	return e;
}

Test(vendor_drive, only_somebodys_word_makes_it_ask_twice)
{
	int64_t id;

	front()->plan.answer = VENDOR_AMBIGUOUS;
	front()->plan.lost = true;
	cloud_start();
	id = cloud_update("front");
	cloud_run(MINUTE);
	cr_assert(eq(str, again(id).reason, "not_over"));
	cloud_run(3 * MINUTE);
	front()->plan.lost = false;
	front()->plan.answer = VENDOR_ACCEPTED;
	cr_assert(eq(int, again(id).code, OK));
	succeeded(id, "2.0.0", "verified_by_version");
	cr_assert(eq(u32, cloud.triggers, 2));
	cr_assert(eq(u32, cloud_job(id).attempt, 2));
}

Test(vendor_drive, while_unclear_it_can_be_cancelled_only_when_somebody_is_asked)
{
	int64_t id;

	front()->plan.answer = VENDOR_AMBIGUOUS;
	front()->plan.lost = true;
	cloud_start();
	id = cloud_update("front");
	cloud_run(MINUTE);
	cr_assert(eq(str, cancel(id).reason, "too_late"));
	cloud_run(3 * MINUTE);
	cr_assert(eq(int, cancel(id).code, OK));
}

Test(vendor_drive, nothing_offered_is_nothing_to_do)
{
	struct job_request request = { .lock = "front" };
	struct err e = { 0 };

	front()->available[0] = '\0';
	cloud_start();
	cr_assert(eq(i64, cloud_ask(&request, &e), 0));
	cr_assert(eq(str, e.reason, "no_update"));
	request.version_text = "3.0.0";
	cr_assert(eq(i64, cloud_ask(&request, &e), 0));
	cr_assert(eq(str, e.reason, "version_not_selectable"));
	request.version_text = NULL;
	request.image = "0123";
	cr_assert(eq(i64, cloud_ask(&request, &e), 0));
	cr_assert(eq(str, e.reason, "not_an_image"));
}

Test(vendor_drive, an_offer_that_is_withdrawn_before_the_order)
{
	int64_t id;

	cloud.locks[0].away = true;
	cloud_start();
	id = cloud_update("front");
	cloud_run(MINUTE);
	front()->available[0] = '\0';
	cloud.locks[0].away = false;
	failed(id, "update_withdrawn");
	cr_assert(eq(u32, cloud.triggers, 0));
}

Test(vendor_drive, an_offer_that_moves_before_the_order_moves_the_target)
{
	int64_t id;

	cloud.locks[0].away = true;
	cloud_start();
	id = cloud_update("front");
	cloud_run(MINUTE);
	strcpy(front()->available, "2.1.0");
	cloud.locks[0].away = false;
	succeeded(id, "2.1.0", "verified_by_version");
	cr_assert(eq(str, cloud_job(id).to_text, "2.1.0"));
	cr_assert(cloud_told(id, "target_moved"));
}

Test(vendor_drive, somebody_else_was_faster)
{
	int64_t id;

	cloud.locks[0].away = true;
	cloud_start();
	id = cloud_update("front");
	cloud_run(MINUTE);
	strcpy(front()->installed, "2.0.0");
	front()->available[0] = '\0';
	cloud.locks[0].away = false;
	succeeded(id, "2.0.0", "version_observed");
	cr_assert(eq(u32, cloud.triggers, 0));
}

Test(vendor_drive, the_same_again_is_the_same_job)
{
	struct job_request other = { .lock = "front", .component = "9" };
	struct err e = { 0 };
	int64_t id;

	cloud_add_part(&cloud.locks[0], "9");
	cloud_start();
	id = cloud_update("front");
	cr_assert(eq(i64, cloud_update("front"), id));
	cr_assert(eq(i64, cloud_ask(&other, &e), 0));
	cr_assert(eq(str, e.reason, "lock_busy"));
}

Test(vendor_drive, word_of_the_vendor_makes_it_look_sooner)
{
	const struct vendor_hook good = { .body = { (const uint8_t *)"good", 4 } };
	const struct vendor_hook bad = { .body = { (const uint8_t *)"goot", 4 } };
	int64_t id;
	unsigned looks;

	front()->plan.download = 2 * HOUR;
	cloud_start();
	id = cloud_update("front");
	cloud_run(40 * MINUTE);
	for (looks = cloud.looks; cloud.looks == looks;)
		cloud_run(SECOND);
	cloud_run(6 * SECOND);
	looks = cloud.looks;
	cr_assert(not(engine_hook(cloud.engine, "cloud", &bad)));
	cr_assert(not(engine_hook(cloud.engine, "none", &good)));
	cloud_run(100);
	cr_assert(eq(u32, cloud.looks, looks));
	cr_assert(engine_hook(cloud.engine, "cloud", &good));
	cloud_run(100);
	cr_assert(eq(u32, cloud.looks, looks + 1));
	cr_assert(engine_hook(cloud.engine, "cloud", &good));
	cloud_run(300);
	cr_assert(eq(u32, cloud.looks, looks + 1), "but not more often than every 5 s");
	(void)id;
}

Test(vendor_drive, polling_is_about_as_often_as_said)
{
	int64_t id;
	unsigned looks;

	front()->plan.download = 12 * MINUTE;
	cloud_start();
	looks = cloud.looks;
	id = cloud_update("front");
	cloud_run(10 * MINUTE);
	cr_assert(lt(u32, 25, cloud.looks - looks));
	cr_assert(lt(u32, cloud.looks - looks, 45));
	(void)id;
}

static unsigned told_of_lock(const char *code)
{
	unsigned n = 0;

	for (size_t i = 0; i < cloud.n_events; i++)
		n += cloud.events[i].kind == EVENT_LOCK && strcmp(cloud.events[i].code, code) == 0;
	return n;
}

Test(vendor_drive, whether_it_is_there_is_told_when_it_changes)
{
	cloud_start();
	cloud_poll();
	cr_assert(eq(u32, told_of_lock("online"), 1));
	cloud.locks[0].away = true;
	cloud_poll();
	cloud_poll();
	cloud_run(SECOND);
	cr_assert(eq(u32, told_of_lock("offline"), 1));
	cr_assert(eq(u32, told_of_lock("online"), 1));
	cloud_kill();
	cloud_start();
	cr_assert(eq(u32, told_of_lock("offline"), 1), "what was known stays known");
}

Test(vendor_drive, a_hub_that_is_away_is_not_woken_at_the_keypad)
{
	int64_t id;

	front()->plan.answer = VENDOR_REFUSED;
	front()->plan.class = VENDOR_GATEWAY_UNREACHABLE;
	front()->plan.refusals = -1;
	cloud_start();
	id = cloud_update("front");
	cloud_run(MINUTE);
	cloud_is(id, JOB_WAITING, WAIT_WAKE);
	cr_assert(cloud_told(id, "gateway_offline"));
	for (size_t i = 0; i < cloud.n_events; i++)
		cr_assert(strstr(cloud.events[i].text, "Press a key") == NULL, "%s",
			cloud.events[i].text);
}
