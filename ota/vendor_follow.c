/* After the vendor was asked: what it says is shown, what the lock says counts. */
#include "ota/vendor_class.h"
#include "ota/vendor_steps.h"
#include "ota/vendor_version.h"
#include "server/base/text.h"

#include <stdio.h>

enum {
	STALLED = 30 * 60000, /* without a change, at least */
	STALE = 120000, /* so long "finished" and "failed" may be those of an earlier update */
	AFTER_FAILURE = 120000,
	READS = 2,
};

static msec patience(const struct session *s, const struct session_world *w)
{
	const struct lock_component *part = vendor_part(s, w);
	msec twice = part ? (msec)part->timeout_s * 2000 : 0;

	return twice > STALLED ? twice : STALLED;
}

/* In the words of people; evidence says who says so. */
static void summarize(struct job *job, const char *outcome, const char *evidence)
{
	bool self = strcmp(evidence, "user_attested") != 0;
	const char *who = self ? "the lock's cloud reports the version" : "somebody confirmed it";

	if (strcmp(outcome, "already_installed") == 0)
		(void)snprintf(job->summary, sizeof job->summary,
			"The lock already runs %.64s; its cloud says so.", job->verified_text);
	else if (job->from_text[0] && strcmp(job->from_text, job->verified_text) != 0)
		(void)snprintf(job->summary, sizeof job->summary,
			"Updated from %.64s to %.64s; %s.", job->from_text, job->verified_text,
			who);
	else
		(void)snprintf(job->summary, sizeof job->summary, "The lock runs %.64s; %s.",
			job->verified_text, who);
}

void vendor_succeed(
	struct session *s, const struct session_world *w, const char *outcome, const char *evidence)
{
	struct job *job = &s->job;
	bool user = strcmp(evidence, "user_attested") == 0;

	job->verified_known = true;
	(void)text_copy(job->outcome, sizeof job->outcome, outcome);
	(void)text_copy(job->evidence, sizeof job->evidence, evidence);
	(void)text_copy(job->evidence_source, sizeof job->evidence_source, user ? "user" : "cloud");
	summarize(job, outcome, evidence);
	session_set_reason(s, NULL, "");
	session_problem(s, "", "");
	if (job->phase == JOB_TRANSFERRING || job->phase == JOB_APPLYING)
		session_go(s, w, JOB_VERIFYING, "", "The lock tells another version.");
	session_go(s, w, JOB_SUCCEEDED, outcome, job->summary);
}

void vendor_fail_unexpected(struct session *s, const struct session_world *w)
{
	char text[160];

	(void)snprintf(text, sizeof text, "It runs %.60s instead of %.60s.", s->job.verified_text,
		s->job.to_text[0] ? s->job.to_text : "a newer version");
	s->job.verified_known = true;
	session_fail(s, w, "version_unexpected", text);
}

/* The vendor's word alone is no proof (DECISIONS "Jobs"). */
void vendor_fail_unverified(struct session *s, const struct session_world *w)
{
	bool reported = s->vendor.state == VENDOR_SUCCEEDED;

	(void)text_copy(s->job.evidence, sizeof s->job.evidence,
		reported ? "vendor_reported" : "unverified");
	session_fail(s, w, "unverified", reported ? "The vendor says that it is done." : "");
}

static enum vendor_state merged(const struct session *s, const struct session_world *w)
{
	const struct lock_component *part = vendor_part(s, w);

	if (s->vendor.state != VENDOR_UNKNOWN)
		return s->vendor.state;
	return part ? part->state : VENDOR_UNKNOWN;
}

void vendor_moved(
	struct session *s, const struct session_world *w, const struct vendor_report *report)
{
	struct vendor_course *v = &s->vendor;
	bool moved = report->state != v->state;

	v->state = report->state;
	if (report->percent > s->job.percent && report->percent <= 100) {
		s->job.percent = (int8_t)report->percent;
		s->progressed = true;
		moved = true;
	}
	if (moved) {
		v->moved_at = w->now;
		v->stalled = false;
	}
}

/* Both the word for the lock's state and its being away say: it installs. */
static void show(
	struct session *s, const struct session_world *w, enum job_phase phase, const char *text)
{
	enum job_phase now = s->job.phase;

	if (now == phase || now == JOB_VERIFYING || now == JOB_APPLYING)
		return;
	session_go(s, w, phase, "", text);
}

/* Some vendors have one word for loading and installing, but tell how far it is. */
static bool counts_on(const struct session *s, const struct session_world *w)
{
	return w->capabilities & ADAPTER_PERCENT && !s->vendor.no_progress && s->job.percent < 100;
}

static void ask_for_touch(struct session *s, const struct session_world *w)
{
	s->vendor.moved_at = w->now; /* it is no stall */
	if (s->job.phase == JOB_TRANSFERRING || s->job.phase == JOB_WAITING)
		session_park(s, w, WAIT_WAKE, "lock_asleep",
			"The lock sleeps: touch its keypad, then the update goes on.");
}

static void ended(struct session *s, const struct session_world *w, const char *text)
{
	const struct vendor_course *v = &s->vendor;

	/* Right after the order a cloud may still tell how the update before it ended. */
	if (v->ran || w->now - v->follow_from >= STALE)
		show(s, w, JOB_VERIFYING, text);
	if (s->job.phase == JOB_APPLYING)
		session_go(s, w, JOB_VERIFYING, "", text);
}

static void track(struct session *s, const struct session_world *w)
{
	enum vendor_state state = merged(s, w);
	struct vendor_course *v = &s->vendor;

	v->ran = v->ran || vendor_state_runs(state);
	switch (state) {
	case VENDOR_WAITS_FOR_WAKE:
		ask_for_touch(s, w);
		return;
	case VENDOR_QUEUED:
		show(s, w, JOB_TRANSFERRING, "The vendor has the update in its queue.");
		break;
	case VENDOR_DOWNLOADING:
		show(s, w, JOB_TRANSFERRING, "The lock downloads the update.");
		break;
	case VENDOR_INSTALLING:
		if (counts_on(s, w))
			show(s, w, JOB_TRANSFERRING, "The lock makes the update.");
		else
			show(s, w, JOB_APPLYING, "The lock installs the update.");
		break;
	case VENDOR_SUCCEEDED:
		ended(s, w, "The vendor says that it is done; the version is read.");
		return;
	case VENDOR_FAILED:
	case VENDOR_TIMED_OUT:
		ended(s, w, "The vendor says that it failed; the version is read.");
		return;
	case VENDOR_IDLE:
	case VENDOR_AVAILABLE:
		if (v->ran)
			ended(s, w, "No update runs any more; the version is read.");
		break;
	case VENDOR_UNKNOWN:
		break;
	}
	if (s->job.phase == JOB_WAITING)
		session_go(s, w, JOB_TRANSFERRING, "", "The update goes on.");
	if (vendor_is_offline(w))
		show(s, w, JOB_APPLYING, "The lock is away; it may be restarting.");
}

static void look_for_stall(struct session *s, const struct session_world *w)
{
	struct vendor_course *v = &s->vendor;
	msec still = v->blind_from ? 0 : w->now - v->moved_at;

	if (!v->stalled && still >= patience(s, w)) {
		v->stalled = true;
		session_note(s, "vendor_stalled",
			"No progress for %lld min; it is watched for a day.",
			(long long)(still / 60000));
	}
	if (still >= SESSION_DAY_MS)
		session_fail(s, w, vendor_is_offline(w) ? "never_returned" : "vendor_stalled", "");
}

static bool judge(struct session *s, const struct session_world *w)
{
	const char *now = vendor_installed(s, w);
	struct job *job = &s->job;
	enum vendor_state state = merged(s, w);
	enum arrival arrival = vendor_version_judge(job->from_text, now, job->to_text);

	if (!now[0] || !vendor_is_fresh(s, w))
		return false;
	if (arrival == ARRIVAL_NONE) {
		s->vendor.elsewhere = false;
		s->vendor.changed_at = 0;
		return false;
	}
	if (!job->to_text[0] && job->from_text[0] &&
		vendor_version_order(now, job->from_text) != ORDER_OLDER)
		arrival = ARRIVAL_AS_WANTED; /* nobody said what would come */
	(void)text_copy(job->verified_text, sizeof job->verified_text, now);
	s->vendor.elsewhere =
		arrival == ARRIVAL_ELSEWHERE || (arrival == ARRIVAL_ABOVE && job->version_chosen);
	if (s->vendor.elsewhere) {
		show(s, w, JOB_VERIFYING, "The lock tells a version that was not expected.");
		return false;
	}
	if (!s->vendor.changed_at)
		s->vendor.changed_at = w->now;
	/* It may not be through yet; but some clouds never notice the end. */
	if (vendor_state_runs(state) && w->now - s->vendor.changed_at < VENDOR_SETTLES)
		return false;
	job->target_moved = arrival == ARRIVAL_ABOVE;
	if (state == VENDOR_FAILED || state == VENDOR_TIMED_OUT)
		session_note(s, "vendor_failed", "The vendor calls it failed; the lock runs %.64s.",
			now);
	vendor_succeed(s, w, "updated",
		job->intent == INTENT_ACCEPTED ? "verified_by_version" : "version_observed");
	return true;
}

/* Reads that come too soon after each other are one. */
static void count_read(struct session *s, const struct session_world *w)
{
	struct vendor_course *v = &s->vendor;

	if (!vendor_is_fresh(s, w) || v->fresh_at == v->counted_at || vendor_is_offline(w) ||
		(v->counted_at && v->fresh_at - v->counted_at < VENDOR_REREAD))
		return;
	v->counted_at = v->fresh_at;
	s->job.version_reads++;
	s->changed = true;
}

static void verdict(struct session *s, const struct session_world *w)
{
	enum vendor_state state = merged(s, w);

	if (s->vendor.elsewhere)
		vendor_fail_unexpected(s, w);
	else if (!vendor_installed(s, w)[0])
		vendor_fail_unverified(s, w);
	else if (state == VENDOR_FAILED)
		session_fail(s, w, "vendor_failed", "The version did not change.");
	else if (state == VENDOR_TIMED_OUT)
		session_fail(s, w, "vendor_timed_out", "The version did not change.");
	else
		session_fail(s, w, "version_unchanged", "");
}

static void verify(struct session *s, const struct session_world *w)
{
	int64_t since = w->wall - s->job.changed_at;
	enum vendor_state state = merged(s, w);
	bool bad = state == VENDOR_FAILED || state == VENDOR_TIMED_OUT;
	bool readable = vendor_installed(s, w)[0];

	count_read(s, w);
	if (s->job.version_reads >= READS &&
		since >= (bad || !readable ? AFTER_FAILURE : VENDOR_SETTLES))
		verdict(s, w);
	else if (since >= SESSION_DAY_MS)
		session_fail(s, w, vendor_is_offline(w) ? "never_returned" : "unverified", "");
}

void vendor_follow(struct session *s, const struct session_world *w)
{
	if (vendor_is_out(s, w) || judge(s, w))
		return;
	if (s->job.phase == JOB_VERIFYING) {
		verify(s, w);
	} else {
		if (vendor_is_fresh(s, w))
			track(s, w);
		look_for_stall(s, w);
	}
	vendor_look(s, w);
}
