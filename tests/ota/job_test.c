#include "ota/job.h"

#include "ota/event.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <string.h>

/* One row per phase: the letters of the phases it may go to, in the order of enum job_phase. */
static const char letters[] = "qcwtavSFX";
static const char *const edges[JOB_PHASES] = {
	[JOB_QUEUED] = "cwSFX",
	[JOB_CHECKING] = "wtSFX",
	[JOB_WAITING] = "ctavSFX",
	[JOB_TRANSFERRING] = "wavFX",
	[JOB_APPLYING] = "vSFX",
	[JOB_VERIFYING] = "SFX",
	[JOB_SUCCEEDED] = "",
	[JOB_FAILED] = "",
	[JOB_CANCELLED] = "",
};

Test(job, goes_only_along_the_edges)
{
	for (unsigned from = 0; from < JOB_PHASES; from++) {
		for (unsigned to = 0; to < JOB_PHASES; to++) {
			bool want = strchr(edges[from], letters[to]) != NULL;

			cr_expect(eq(int, job_may_go(from, to), want), "%s to %s",
				job_phase_name(from), job_phase_name(to));
		}
	}
}

Test(job, is_over_in_the_last_three)
{
	for (unsigned phase = 0; phase < JOB_PHASES; phase++)
		cr_expect(eq(int, job_is_over(phase), phase >= JOB_SUCCEEDED));
}

Test(job, names_are_those_of_the_contract)
{
	static const char *const names[] = { "queued", "checking", "waiting", "transferring",
		"applying", "verifying", "succeeded", "failed", "cancelled" };
	static const char *const waits[] = { "", "wake", "window", "slot", "adapter", "owner",
		"battery", "user", "backoff", "hold" };
	enum job_phase phase;
	enum job_wait wait;

	for (unsigned i = 0; i < JOB_PHASES; i++) {
		cr_expect(eq(str, (char *)job_phase_name(i), (char *)names[i]));
		cr_expect(job_phase_parse(&phase, names[i]) && phase == i);
	}
	for (unsigned i = 0; i < JOB_WAITS; i++) {
		cr_expect(eq(str, (char *)job_wait_name(i), (char *)waits[i]));
		cr_expect(job_wait_parse(&wait, waits[i]) && wait == i);
	}
}

Test(job, unknown_names_leave_the_output_alone)
{
	enum job_phase phase = JOB_APPLYING;
	enum job_wait wait = WAIT_HOLD;
	enum event_kind kind = EVENT_CHECK;

	cr_expect(not(job_phase_parse(&phase, "Queued")));
	cr_expect(not(job_phase_parse(&phase, "")));
	cr_expect(not(job_wait_parse(&wait, "wak")));
	cr_expect(not(event_kind_parse(&kind, "jobs")));
	cr_expect(eq(int, phase, JOB_APPLYING));
	cr_expect(eq(int, wait, WAIT_HOLD));
	cr_expect(eq(int, kind, EVENT_CHECK));
}

Test(job, event_kinds_have_names)
{
	enum event_kind kind;

	for (unsigned i = 0; i < EVENT_KINDS; i++)
		cr_expect(event_kind_parse(&kind, event_kind_name(i)) && kind == i);
	cr_expect(eq(str, (char *)event_kind_name(EVENT_ADAPTER), "adapter"));
}
