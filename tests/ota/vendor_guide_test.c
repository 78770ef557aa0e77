#include "tests/ota/cloud_house.h"

#include <string.h>

/* Locks that somebody updates in the vendor's app: guided, watched, and believed as the evidence
 * says. Nothing is ever asked of the vendor but facts. */

static void none(void)
{
}

TestSuite(vendor_guide, .init = none, .fini = cloud_end, .timeout = 60);

static void house(unsigned capabilities)
{
	cloud_begin(capabilities);
	cloud_add("bolt");
	cloud_start();
}

static struct cloud_part *bolt(void)
{
	return &cloud.locks[0].parts[0];
}

static void answered(
	void *owner, const struct err *e, const struct job *job, enum job_answer answer)
{
	(void)answer;
	(void)job;
	*(struct err *)owner = e ? *e : (struct err){ .code = OK };
}

static struct err confirm(int64_t id, const char *version)
{
	static struct err e;

	e = (struct err){ .code = ERR_INTERNAL };
	engine_verify_job(cloud.engine, id, version, "test", answered, &e);
	cloud_run(50);
	return e;
}

static void i_started_it(void)
{
	struct err e = { 0 };

	cr_assert(eq(int, engine_wake_now(cloud.engine, "bolt", &e), OK), "%s", e.text);
	cloud_run(300);
}

static struct job over(int64_t id, const char *phase)
{
	static struct job job;

	job = cloud_wait(id, 30);
	cr_assert(eq(str, (char *)job_phase_name(job.phase), (char *)phase), "%s", job.summary);
	cr_assert(eq(u32, cloud.triggers, 0));
	return job;
}

static const char *installed(void)
{
	const struct lock *lock = engine_lock(cloud.engine, "bolt");

	cloud_run(20 * SECOND); /* facts are saved together */
	lock = engine_lock(cloud.engine, "bolt");
	return lock_installed(lock, lock_part(lock, NULL));
}

Test(vendor_guide, s17_not_readable_and_confirmed)
{
	int64_t id;
	struct job job;

	house(BLIND);
	id = cloud_update("bolt");
	cloud_run(MINUTE);
	cloud_is(id, JOB_WAITING, WAIT_USER);
	job = cloud_job(id);
	cr_assert(job.guided);
	cr_assert(eq(str, job.error.reason, "follow_guide"));
	cr_assert(strstr(job.error.text, "Bolt App") != NULL, "%s", job.error.text);
	i_started_it();
	cr_assert(eq(str, cloud_job(id).error.reason, "attest_version"));
	cr_assert(eq(int, confirm(id, "2.0.0").code, OK));
	job = over(id, "succeeded");
	cr_assert(eq(str, job.evidence, "user_attested"));
	cr_assert(eq(str, job.evidence_source, "user"));
	cr_assert(eq(str, job.verified_text, "2.0.0"));
	cr_assert(eq(str, (char *)installed(), "2.0.0"));
	cloud_poll();
	cr_assert(eq(str, (char *)installed(), "2.0.0"), "the cloud says nothing against it");
	cloud_kill();
	cloud_start();
	cr_assert(eq(str, (char *)installed(), "2.0.0"), "after a restart, too");
	cloud.capabilities = OBSERVES;
	cloud_poll();
	cr_assert(eq(str, (char *)installed(), "1.0.0"), "what is read counts more");
	cloud.capabilities = BLIND;
	cloud_poll();
	cr_assert(eq(str, (char *)installed(), ""));
}

Test(vendor_guide, s17_not_readable_and_never_confirmed)
{
	int64_t id;
	struct job job;

	house(BLIND);
	id = cloud_update("bolt");
	cloud_run(31 * MINUTE);
	cr_assert(eq(str, cloud_job(id).error.reason, "attest_version"));
	cloud_run(23 * HOUR);
	cloud_is(id, JOB_WAITING, WAIT_USER);
	job = over(id, "failed");
	cr_assert(eq(str, job.outcome, "unverified"));
	cr_assert(eq(str, job.evidence, "unverified"));
}

Test(vendor_guide, what_ended_unverified_can_still_be_confirmed)
{
	int64_t id;
	struct job job;

	house(BLIND);
	id = cloud_update("bolt");
	over(id, "failed");
	cr_assert(eq(int, confirm(id, "2.0.0").code, OK));
	job = cloud_newest();
	cr_assert(eq(i64, job.retry_of, id));
	job = over(job.id, "succeeded");
	cr_assert(eq(str, job.evidence, "user_attested"));
	cr_assert(eq(str, job.outcome, "verified"));
	cr_assert(eq(str, (char *)engine_lock(cloud.engine, "bolt")->problem, ""));
}

Test(vendor_guide, s18_two_reads_a_minute_apart)
{
	int64_t id;
	struct job job;

	house(OBSERVES);
	id = cloud_update("bolt");
	cloud_run(5 * MINUTE);
	cloud_is(id, JOB_WAITING, WAIT_USER);
	strcpy(bolt()->installed, "1.1.0");
	engine_hook(cloud.engine, "cloud",
		&(struct vendor_hook){ .body = { (const uint8_t *)"good", 4 } });
	cloud_run(SECOND);
	cloud_is(id, JOB_VERIFYING, WAIT_NOTHING);
	cloud_run(30 * SECOND);
	cloud_is(id, JOB_VERIFYING, WAIT_NOTHING);
	job = over(id, "succeeded");
	cr_assert(eq(str, job.evidence, "version_observed"));
	cr_assert(eq(str, job.from_text, "1.0.0"));
	cr_assert(eq(str, job.verified_text, "1.1.0"));
}

Test(vendor_guide, a_version_that_flickers_is_no_update)
{
	int64_t id;
	struct job job;

	house(OBSERVES);
	id = cloud_update("bolt");
	cloud_run(MINUTE);
	strcpy(bolt()->installed, "1.1.0");
	cloud_run(70 * SECOND);
	cloud_is(id, JOB_VERIFYING, WAIT_NOTHING);
	strcpy(bolt()->installed, "1.0.0");
	job = over(id, "failed");
	cr_assert(eq(str, job.outcome, "version_unchanged"));
}

Test(vendor_guide, nobody_started_it)
{
	int64_t id;
	struct job job;
	unsigned looks;

	house(OBSERVES);
	id = cloud_update("bolt");
	cloud_run(MINUTE);
	looks = cloud.looks;
	cloud_run(20 * MINUTE);
	cr_assert(lt(u32, cloud.looks - looks, 21), "no faster than once a minute");
	job = over(id, "failed");
	cr_assert(eq(str, job.outcome, "not_started"));
	cr_assert(lt(i64, job.ended_at - job.created_at, 33 * MINUTE));
}

Test(vendor_guide, started_but_nothing_changed)
{
	struct progress progress;
	int64_t id;
	struct job job;

	house(OBSERVES);
	id = cloud_update("bolt");
	cloud_run(MINUTE);
	i_started_it();
	cloud_is(id, JOB_TRANSFERRING, WAIT_NOTHING);
	engine_progress(cloud.engine, id, &progress);
	cr_assert(lt(dbl, progress.percent, 0), "nobody knows how far it is");
	job = over(id, "failed");
	cr_assert(eq(str, job.outcome, "version_unchanged"));
}

Test(vendor_guide, a_lock_that_goes_away_is_a_sign)
{
	int64_t id;

	house(OBSERVES);
	id = cloud_update("bolt");
	cloud_run(MINUTE);
	cloud.locks[0].away = true;
	cloud_run(2 * MINUTE);
	cloud_is(id, JOB_TRANSFERRING, WAIT_NOTHING);
	cloud.locks[0].away = false;
	strcpy(bolt()->installed, "1.1.0");
	over(id, "succeeded");
}

Test(vendor_guide, check_only_knows_the_target)
{
	int64_t id;
	struct job job;

	house(CHECK_ONLY);
	id = cloud_update("bolt");
	cloud_run(MINUTE);
	cr_assert(eq(str, cloud_job(id).to_text, "2.0.0"));
	strcpy(bolt()->installed, "1.5.0");
	job = over(id, "failed");
	cr_assert(eq(str, job.outcome, "version_unexpected"));
	strcpy(bolt()->installed, "1.5.0");
	id = cloud_update("bolt");
	cloud_run(MINUTE);
	strcpy(bolt()->installed, "2.0.0");
	job = over(id, "succeeded");
	cr_assert(eq(str, job.evidence, "version_observed"));
	cr_assert(eq(str, job.from_text, "1.5.0"));
}

Test(vendor_guide, somebody_may_say_to_which_version)
{
	struct job_request request = { .lock = "bolt", .version_text = "3.0" };
	int64_t id;
	struct job job;

	house(OBSERVES);
	id = cloud_ask(&request, NULL);
	cloud_run(MINUTE);
	strcpy(bolt()->installed, "2.9");
	job = over(id, "failed");
	cr_assert(eq(str, job.outcome, "version_unexpected"));
}

Test(vendor_guide, what_is_confirmed_must_be_an_update)
{
	int64_t id;
	struct job job;

	house(OBSERVES);
	id = cloud_update("bolt");
	cloud_run(MINUTE);
	cr_assert(eq(int, confirm(id, "1.0.0").code, OK));
	job = over(id, "failed");
	cr_assert(eq(str, job.outcome, "version_unchanged"));
	id = cloud_update("bolt");
	cloud_run(MINUTE);
	cr_assert(eq(int, confirm(id, "0.9").code, OK));
	job = over(id, "failed");
	cr_assert(eq(str, job.outcome, "version_unexpected"));
}

Test(vendor_guide, s7_the_time_stands_still_while_the_account_is_locked_out)
{
	int64_t id;

	house(OBSERVES);
	id = cloud_update("bolt");
	cloud_run(10 * MINUTE);
	cloud_adapter(ADAPTER_REFUSED, "cloud_login");
	cloud_is(id, JOB_WAITING, WAIT_USER);
	cr_assert(eq(str, cloud_job(id).error.reason, "cloud_login"));
	cloud_run(5 * HOUR);
	cloud_adapter(ADAPTER_UP, NULL);
	cloud_run(15 * MINUTE);
	cr_assert(eq(str, cloud_job(id).error.reason, "follow_guide"));
	cloud_run(10 * MINUTE);
	cloud_is(id, JOB_FAILED, WAIT_NOTHING);
}

Test(vendor_guide, it_can_be_cancelled_at_any_time)
{
	struct err e = { .code = ERR_INTERNAL };
	int64_t id;

	house(OBSERVES);
	id = cloud_update("bolt");
	cloud_run(MINUTE);
	i_started_it();
	engine_cancel_job(cloud.engine, id, answered, &e);
	cloud_run(50);
	cr_assert(eq(int, e.code, OK));
	cr_assert(strstr(cloud_job(id).summary, "goes on") != NULL);
}

Test(vendor_guide, a_restart_goes_on_watching)
{
	int64_t id;

	house(OBSERVES);
	id = cloud_update("bolt");
	cloud_run(5 * MINUTE);
	cloud_kill();
	cloud_start();
	cloud_run(MINUTE);
	cr_assert(eq(str, cloud_job(id).error.reason, "follow_guide"));
	strcpy(bolt()->installed, "1.1.0");
	over(id, "succeeded");
}

Test(vendor_guide, verify_again_reads_once_more)
{
	int64_t id;
	struct job job;

	house(OBSERVES);
	id = cloud_update("bolt");
	over(id, "failed");
	strcpy(bolt()->installed, "1.1.0");
	cr_assert(eq(int, confirm(id, NULL).code, OK));
	cloud_run(MINUTE);
	job = cloud_newest();
	job = over(job.id, "succeeded");
	cr_assert(eq(str, job.evidence, "version_observed"));
	cr_assert(eq(str, job.outcome, "verified"));
}

Test(vendor_guide, a_low_battery_waits_unless_forced)
{
	struct job_request request = { .lock = "bolt", .force = { "battery_low" }, .n_force = 1 };
	int64_t id;

	cloud_begin(BLIND);
	cloud_add("bolt")->half_percent = 60;
	cloud_start();
	id = cloud_update("bolt");
	cloud_run(MINUTE);
	cloud_is(id, JOB_WAITING, WAIT_BATTERY);
	cr_assert(eq(i64, cloud_ask(&request, NULL), id));
	cloud_run(MINUTE);
	cr_assert(eq(str, cloud_job(id).error.reason, "follow_guide"));
}

static unsigned events_of(int64_t id)
{
	unsigned n = 0;

	for (size_t i = 0; i < cloud.n_events; i++)
		n += cloud.events[i].job == id;
	return n;
}

Test(vendor_guide, s7_a_login_that_is_missing_is_asked_for_once)
{
	unsigned before;
	int64_t id;

	house(OBSERVES);
	id = cloud_update("bolt");
	cloud_run(MINUTE);
	before = events_of(id);
	cloud.down = VENDOR_AUTH_EXPIRED;
	cloud_run(2 * HOUR);
	cloud_is(id, JOB_WAITING, WAIT_USER);
	cr_assert(eq(str, cloud_job(id).error.reason, "cloud_login"));
	cr_assert(lt(u32, events_of(id), before + 4));
	cloud.down = VENDOR_OK;
	cloud_run(15 * MINUTE);
	cr_assert(eq(str, cloud_job(id).error.reason, "follow_guide"));
}

Test(vendor_guide, without_a_word_nobody_says_that_the_lock_works)
{
	int64_t id;
	struct job job;

	house(BLIND);
	id = cloud_update("bolt");
	job = over(id, "failed");
	cr_assert(strstr(job.summary, "The lock works") == NULL, "%s", job.summary);
}
