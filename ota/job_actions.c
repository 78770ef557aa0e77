#include "ota/job_actions.h"

#include <string.h>

static bool waits_as(const struct job *job, const char *reason)
{
	return job->phase == JOB_WAITING && strcmp(job->error.reason, reason) == 0;
}

static bool is_too_late(const struct job *job)
{
	if (!job->vendor)
		return job->phase == JOB_APPLYING || job->phase == JOB_VERIFYING ||
		       job->end_response_sent;
	if (job->guided || job->verify_only || job->intent == INTENT_NONE ||
		job->intent == INTENT_REFUSED)
		return false;
	return !waits_as(job, "trigger_unclear");
}

/* Was something begun whose end is not known? */
static bool is_open(const struct job *job)
{
	if (job->verify_only)
		return true;
	if (!job->vendor)
		return job->end_response_sent;
	return job->guided || (job->intent != INTENT_NONE && job->intent != INTENT_REFUSED);
}

unsigned job_actions(const struct job *job)
{
	unsigned actions = 0;

	if (job->phase == JOB_SUCCEEDED)
		return 0;
	if (job_is_over(job->phase))
		return ACTION_RETRY |
		       (job->phase == JOB_FAILED && is_open(job) ? ACTION_VERIFY | ACTION_CONFIRM
								 : 0U);
	if (!is_too_late(job))
		actions |= ACTION_CANCEL;
	if (job->vendor && waits_as(job, "trigger_unclear"))
		actions |= ACTION_RETRY;
	if (job->guided && !job->verify_only)
		actions |= ACTION_CONFIRM;
	if (job->guided && waits_as(job, "follow_guide"))
		actions |= ACTION_STARTED;
	return actions;
}
