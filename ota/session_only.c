#include "ota/session_steps.h"
#include "ota/version.h"

#include <stdio.h>

enum { READ_GAP = 60000 };

static void unexpected(struct session *s, const struct session_world *w, uint32_t version)
{
	char got[VERSION_TEXT_SIZE], want[VERSION_TEXT_SIZE], text[64];

	version_text(got, version);
	version_text(want, s->job.to_version);
	(void)snprintf(text, sizeof text, "It runs %s instead of %s.", got, want);
	session_fail(s, w, "version_unexpected", text);
}

static void conclude(
	struct session *s, const struct session_world *w, const char *evidence, const char *source)
{
	struct job *job = &s->job;
	uint32_t version = job->verified_version;

	job->verified_known = true;
	job->target_moved = version > job->to_version;
	if (version == job->to_version || (version > job->to_version && !job->allow_downgrade))
		session_succeed(s, w, "verified", evidence, source);
	else if (job->from_known && version == job->from_version)
		session_fail(s, w, "version_unchanged", "");
	else
		unexpected(s, w, version);
}

void session_only_settle(struct session *s, const struct session_world *w)
{
	if (s->job.attested) {
		s->job.verified_version = s->job.attested_version;
		conclude(s, w, "user_attested", "user");
		return;
	}
	if (s->job.phase == JOB_QUEUED)
		session_go(s, w, JOB_CHECKING, "", "Asking the lock which version it runs.");
	if (w->adapter != ADAPTER_UP) {
		session_park(s, w, WAIT_ADAPTER, "adapter_down", "The adapter is not running.");
		return;
	}
	session_park(s, w, WAIT_WAKE, NULL, "Waiting for the lock to wake and say its version.");
	session_read_if_awake(s, w, READ_VERSION, READ_GAP);
}

void session_only_version(struct session *s, const struct session_world *w, uint32_t version)
{
	s->job.verified_version = version;
	session_go(s, w, JOB_VERIFYING, "", "The lock says which version it runs.");
	conclude(s, w, "version_observed",
		w->lock->facts.version_source == VERSION_ATTRIBUTE ? "attribute"
								   : "query_next_image");
}
