#include "tests/ota/session_bench.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <string.h>

/* Jobs that transfer nothing. */

static void setup(void)
{
	session_setup();
	s.job.verify_only = true;
	s.job.created_at = w.wall;
}

TestSuite(session_only, .init = setup);

Test(session_only, asks_when_the_lock_wakes_and_never_orders)
{
	step(SESSION_START);
	session_is(JOB_WAITING, WAIT_WAKE);
	cr_assert(eq(ptr, (void *)did(SESSION_ORDER), NULL));
	pass(MINUTE);
	seen(&(struct lock_seen){ .awake = true });
	cr_assert(eq(u32, did(SESSION_READ)->reads, READ_VERSION));
	says(NEW, false);
	session_is(JOB_SUCCEEDED, WAIT_NOTHING);
	cr_assert(eq(str, s.job.outcome, "verified"));
	cr_assert(eq(str, s.job.evidence, "version_observed"));
	cr_assert(eq(u32, s.job.verified_version, NEW));
}

Test(session_only, says_when_it_is_the_old_version_or_another)
{
	step(SESSION_START);
	says(OLD, false);
	session_is(JOB_FAILED, WAIT_NOTHING);
	cr_assert(eq(str, s.job.outcome, "version_unchanged"));
	setup();
	step(SESSION_START);
	says(OLD + 1, false);
	cr_assert(eq(str, s.job.outcome, "version_unexpected"));
}

Test(session_only, a_day_of_silence_stays_unverified)
{
	step(SESSION_START);
	pass(23 * 60 * MINUTE);
	step(SESSION_TICK);
	session_is(JOB_WAITING, WAIT_WAKE);
	pass(61 * MINUTE);
	step(SESSION_TICK);
	session_is(JOB_FAILED, WAIT_NOTHING);
	cr_assert(eq(str, s.job.outcome, "unverified"));
}

Test(session_only, what_somebody_attests_counts_at_once_and_is_named)
{
	s.job.attested = true;
	s.job.attested_version = NEW;
	step(SESSION_START);
	session_is(JOB_SUCCEEDED, WAIT_NOTHING);
	cr_assert(eq(str, s.job.evidence, "user_attested"));
	setup();
	s.job.attested = true;
	s.job.attested_version = OLD;
	step(SESSION_START);
	session_is(JOB_FAILED, WAIT_NOTHING);
	cr_assert(eq(str, s.job.outcome, "version_unchanged"));
}

Test(session_only, a_missing_adapter_is_waited_for)
{
	w.adapter = ADAPTER_STARTING;
	step(SESSION_START);
	session_is(JOB_WAITING, WAIT_ADAPTER);
	w.adapter = ADAPTER_UP;
	step(SESSION_CHANGED);
	session_is(JOB_WAITING, WAIT_WAKE);
}
