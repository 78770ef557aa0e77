#include "ota/job_actions.h"

#include "server/base/text.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

static struct job waits_as(const char *reason)
{
	struct job job = { .phase = JOB_WAITING, .waiting_for = WAIT_USER, .vendor = true };

	(void)err_because(&job.error, ERR_CONFLICT, reason, "because");
	return job;
}

static void can(const struct job *job, unsigned actions, const char *what)
{
	cr_expect(eq(u32, job_actions(job), actions), "%s", what);
}

Test(job_actions, of_a_transfer_of_ours)
{
	struct job job = { .phase = JOB_TRANSFERRING };

	can(&job, ACTION_CANCEL, "loading");
	job.phase = JOB_APPLYING;
	can(&job, 0, "installing");
	job.phase = JOB_SUCCEEDED;
	can(&job, 0, "done");
	job.phase = JOB_CANCELLED;
	can(&job, ACTION_RETRY, "cancelled");
	job.phase = JOB_FAILED;
	can(&job, ACTION_RETRY, "failed before it was told to install");
	job.end_response_sent = true;
	can(&job, ACTION_RETRY | ACTION_VERIFY | ACTION_CONFIRM, "failed after it");
}

Test(job_actions, of_a_vendors_update)
{
	struct job job = waits_as("lock_offline");

	can(&job, ACTION_CANCEL, "not asked yet");
	job.intent = INTENT_REFUSED;
	can(&job, ACTION_CANCEL, "surely not begun");
	job.intent = INTENT_ACCEPTED;
	can(&job, 0, "the vendor has it");
	job.intent = INTENT_AMBIGUOUS;
	can(&job, 0, "perhaps it has");
	job = waits_as("trigger_unclear");
	job.intent = INTENT_AMBIGUOUS;
	can(&job, ACTION_CANCEL | ACTION_RETRY, "somebody is asked");
	job.phase = JOB_FAILED;
	can(&job, ACTION_RETRY | ACTION_VERIFY | ACTION_CONFIRM, "nobody knows");
}

Test(job_actions, of_a_guided_one)
{
	struct job job = waits_as("follow_guide");

	job.guided = true;
	can(&job, ACTION_CANCEL | ACTION_STARTED | ACTION_CONFIRM, "to be started");
	job.phase = JOB_TRANSFERRING;
	can(&job, ACTION_CANCEL | ACTION_CONFIRM, "started");
	job = waits_as("attest_version");
	job.guided = true;
	can(&job, ACTION_CANCEL | ACTION_CONFIRM, "to be confirmed");
	job.verify_only = true;
	can(&job, ACTION_CANCEL, "only asks");
}
