/* Somebody updates the lock in the vendor's app: told how, watched, and believed only as far as the
 * record says. */
#include "ota/vendor_class.h"
#include "ota/vendor_steps.h"
#include "ota/vendor_version.h"
#include "server/base/text.h"

#include <stdio.h>

enum { PATIENCE = 30 * 60000, ATTEST = 24 * 3600 * 1000 };

static bool is_readable(const struct session *s, const struct session_world *w)
{
	return w->capabilities & ADAPTER_VERSIONS && vendor_installed(s, w)[0];
}

int64_t vendor_guide_ends(const struct job *job)
{
	if (!job->guided || !job->intent_at)
		return 0;
	if (vendor_waits_as(job, "follow_guide"))
		return job->intent_at + PATIENCE;
	return vendor_waits_as(job, "attest_version") ? job->waiting_since + ATTEST : 0;
}

static void ask_to_start(struct session *s, const struct session_world *w)
{
	const char *steps = w->guide_steps ? w->guide_steps : "";
	char text[200], *end;

	if (vendor_waits_as(&s->job, "follow_guide"))
		return;
	if (vendor_needs_user(s->job.error.reason) && !vendor_is_fresh(s, w))
		return; /* the account comes first */
	(void)snprintf(text, sizeof text, "Start the update in %.60s: %.100s",
		w->guide_app ? w->guide_app : "the vendor's app", steps);
	end = strlen(steps) > 100 ? strrchr(text, '.')
				  : NULL; /* whole sentences; all are in the guide */
	if (end)
		end[1] = '\0';
	for (char *line = strchr(text, '\n'); line; line = strchr(line, '\n'))
		*line = ' ';
	session_park(s, w, WAIT_USER, "follow_guide", text);
}

static void ask_for_version(struct session *s, const struct session_world *w)
{
	if (vendor_waits_as(&s->job, "attest_version"))
		return;
	session_park(s, w, WAIT_USER, "attest_version",
		"When it is updated, say which version the app shows.");
	s->job.waiting_since = w->wall;
}

void vendor_guide(struct session *s, const struct session_world *w)
{
	s->job.intent_at = w->wall;
	s->vendor.moved_at = s->vendor.follow_from = w->now;
	ask_to_start(s, w);
	vendor_look(s, w);
}

static void watch(struct session *s, const struct session_world *w, const char *text)
{
	if (s->job.phase != JOB_WAITING)
		return;
	s->job.started_at = w->wall;
	s->vendor.moved_at = w->now;
	session_go(s, w, JOB_TRANSFERRING, "", text);
}

void vendor_started(struct session *s, const struct session_world *w)
{
	if (!s->job.intent_at || s->job.phase != JOB_WAITING)
		return;
	if (is_readable(s, w))
		watch(s, w, "Somebody started it in the vendor's app; it is watched.");
	else
		ask_for_version(s, w);
}

/* Is what was said, or read, an update? */
static bool is_update(const struct job *job, const char *version)
{
	enum arrival arrival = vendor_version_judge(job->from_text, version, job->to_text);

	if (job->to_text[0])
		return arrival == ARRIVAL_AS_WANTED || arrival == ARRIVAL_ABOVE;
	return !job->from_text[0] || vendor_version_order(version, job->from_text) != ORDER_OLDER;
}

static void conclude(
	struct session *s, const struct session_world *w, const char *outcome, const char *evidence)
{
	struct job *job = &s->job;
	const char *version = job->verified_text;

	job->verified_known = true;
	if (job->from_text[0] && vendor_version_order(version, job->from_text) == ORDER_SAME &&
		(!job->to_text[0] || vendor_version_order(version, job->to_text) != ORDER_SAME)) {
		session_fail(s, w, "version_unchanged", "");
	} else if (!is_update(job, version)) {
		vendor_fail_unexpected(s, w);
	} else {
		job->target_moved = job->to_text[0] &&
				    vendor_version_order(version, job->to_text) == ORDER_NEWER;
		vendor_succeed(s, w, outcome, evidence);
	}
}

/* Two reads, a minute apart, with the lock there. */
static void another_version(struct session *s, const struct session_world *w, const char *now)
{
	struct vendor_course *v = &s->vendor;
	struct job *job = &s->job;

	if (!v->changed_at || strcmp(now, job->verified_text) != 0) {
		v->changed_at = v->fresh_at;
		(void)text_copy(job->verified_text, sizeof job->verified_text, now);
		if (job->phase != JOB_VERIFYING)
			session_go(s, w, JOB_VERIFYING, "",
				"The lock tells another version; it is read once more.");
	} else if (v->fresh_at - v->changed_at >= VENDOR_REREAD && !vendor_is_offline(w)) {
		conclude(s, w, "updated", "version_observed");
	}
}

static void read_version(struct session *s, const struct session_world *w)
{
	const char *now = vendor_installed(s, w);
	struct job *job = &s->job;

	if (!vendor_is_fresh(s, w) || !now[0])
		return;
	if (!job->from_text[0]) {
		(void)text_copy(job->from_text, sizeof job->from_text, now);
		s->changed = true;
	} else if (vendor_version_order(now, job->from_text) != ORDER_SAME) {
		another_version(s, w, now);
	} else if (job->phase == JOB_VERIFYING) {
		s->vendor.changed_at = 0;
		if (w->wall - job->changed_at >= VENDOR_SETTLES)
			session_fail(s, w, "version_unchanged", "");
	}
}

static void look_for_signs(struct session *s, const struct session_world *w)
{
	const struct lock_component *part = vendor_part(s, w);
	bool runs = part && vendor_state_runs(part->state);

	if (!vendor_is_fresh(s, w))
		return;
	if (runs)
		watch(s, w, "The vendor says that an update runs; it is watched.");
	else if (vendor_is_offline(w) && vendor_waits_as(&s->job, "follow_guide") &&
		 is_readable(s, w))
		watch(s, w, "The lock went away, perhaps to restart; it is watched.");
	if (runs && part->state != s->vendor.state) {
		s->vendor.state = part->state;
		s->vendor.moved_at = w->now;
	}
}

static void look_at_time(struct session *s, const struct session_world *w)
{
	int64_t ends = vendor_guide_ends(&s->job);
	const struct lock_component *part = vendor_part(s, w);
	msec limit = part ? (msec)part->timeout_s * 2000 : 0;

	if (limit < PATIENCE)
		limit = PATIENCE;
	if (s->job.phase == JOB_WAITING) {
		if (!ends || w->wall < ends || s->vendor.blind_from)
			return;
		if (vendor_waits_as(&s->job, "attest_version"))
			vendor_fail_unverified(s, w);
		else if (is_readable(s, w))
			session_fail(s, w, "not_started", "");
		else
			ask_for_version(s, w);
	} else if (s->job.phase == JOB_TRANSFERRING && !s->vendor.blind_from &&
		   w->now - s->vendor.moved_at >= limit) {
		if (is_readable(s, w))
			session_fail(s, w, "version_unchanged", "");
		else
			ask_for_version(s, w);
	} else if (s->job.phase == JOB_VERIFYING && w->wall - s->job.changed_at >= SESSION_DAY_MS) {
		vendor_fail_unverified(s, w);
	}
}

void vendor_observe(struct session *s, const struct session_world *w)
{
	if (vendor_is_out(s, w))
		return;
	if (s->job.phase == JOB_WAITING && !vendor_waits_as(&s->job, "attest_version"))
		ask_to_start(s, w);
	read_version(s, w);
	if (!job_is_over(s->job.phase))
		look_for_signs(s, w);
	if (!job_is_over(s->job.phase))
		look_at_time(s, w);
	vendor_look(s, w);
}

void vendor_attest(struct session *s, const struct session_world *w, const char *version)
{
	struct job *job = &s->job;

	job->attested = true;
	(void)text_copy(job->attested_text, sizeof job->attested_text, version);
	(void)text_copy(job->verified_text, sizeof job->verified_text, version);
	conclude(s, w, job->verify_only ? "verified" : "updated", "user_attested");
}

/* Verify again: nothing is asked of the vendor but the version. */
void vendor_only(struct session *s, const struct session_world *w)
{
	const char *now = vendor_installed(s, w);
	struct job *job = &s->job;

	if (job->attested) {
		vendor_attest(s, w, job->attested_text);
		return;
	}
	if (job->phase == JOB_QUEUED)
		session_go(s, w, JOB_CHECKING, "", "Asking the cloud which version the lock runs.");
	if (vendor_is_out(s, w))
		return;
	if (vendor_is_fresh(s, w) && now[0] && !vendor_is_offline(w)) {
		(void)text_copy(job->verified_text, sizeof job->verified_text, now);
		conclude(s, w, "verified", "version_observed");
	} else if (vendor_is_fresh(s, w) && !(w->capabilities & ADAPTER_VERSIONS)) {
		vendor_fail_unverified(s, w);
	} else {
		vendor_look(s, w);
	}
}
