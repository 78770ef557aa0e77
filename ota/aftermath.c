#include "ota/aftermath.h"

#include "ota/version.h"
#include "server/base/text.h"

#include <stdio.h>
#include <string.h>

/* Failures after the lock was told to install that leave its state open. */
static enum lock_works after_install(const char *outcome)
{
	if (strcmp(outcome, "boot_loop") == 0)
		return LOCK_DOES_NOT_WORK;
	if (strcmp(outcome, "never_returned") == 0 || strcmp(outcome, "lock_replaced") == 0)
		return LOCK_PERHAPS_WORKS;
	return LOCK_WORKS; /* it has spoken since */
}

/* A vendor's lock was not asked to restart by us; what it said last is what is known. */
static void vendor_aftermath(struct aftermath *out, const struct job *job)
{
	bool touched = job->intent != INTENT_NONE && job->intent != INTENT_REFUSED;
	bool unchanged = strcmp(job->outcome, "version_unchanged") == 0;
	const char *text = job->verified_known ? job->verified_text : "";

	if (!job->verified_known && !job->verify_only && !job->guided && (!touched || unchanged))
		text = job->from_text;
	out->version_known = text[0];
	(void)text_copy(out->text, sizeof out->text, text);
	if (job->verified_known)
		return;
	if (strcmp(job->outcome, "never_returned") == 0 || job->verify_only ||
		strcmp(job->outcome, "unverified") == 0 || (touched && !unchanged))
		out->works = LOCK_PERHAPS_WORKS;
}

void job_aftermath(struct aftermath *out, const struct job *job)
{
	*out = (struct aftermath){ .works = LOCK_WORKS };
	if (job->vendor) {
		vendor_aftermath(out, job);
		return;
	}
	if (job->verified_known) {
		out->version_known = true;
		out->version = job->verified_version;
	} else if (job->from_known && !job->verify_only &&
		   (!job->end_response_sent || strcmp(job->outcome, "version_unchanged") == 0)) {
		out->version_known = true;
		out->version = job->from_version;
	}
	if (job->end_response_sent)
		out->works = after_install(job->outcome);
	else if (job->verify_only && !job->verified_known)
		out->works = LOCK_PERHAPS_WORKS;
	if (out->version_known)
		version_text(out->text, out->version);
}

void aftermath_text(char out[AFTERMATH_TEXT_SIZE], const struct aftermath *a)
{
	static const char *const states[] = { [LOCK_WORKS] = "The lock works",
		[LOCK_PERHAPS_WORKS] = "Whether the lock works is not known",
		[LOCK_DOES_NOT_WORK] = "The lock does not work reliably" };

	if (a->version_known)
		(void)snprintf(
			out, AFTERMATH_TEXT_SIZE, "%s; it runs %s.", states[a->works], a->text);
	else
		(void)snprintf(out, AFTERMATH_TEXT_SIZE, "%s; which version it runs is not known.",
			states[a->works]);
}
