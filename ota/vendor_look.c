/* When the vendor's cloud is looked at (lock-clouds: polling), and what its silence means. */
#include "ota/vendor_class.h"
#include "ota/vendor_steps.h"

#include <stdio.h>

enum {
	SECOND = 1000,
	MINUTE = 60 * SECOND,
	HOUR_S = 3600,
	ANSWER_PATIENCE = 90 * SECOND,
	BACKOFF_FIRST = 2 * SECOND,
	BACKOFF_MOST = 10 * MINUTE,
	TELL_AFTER = 3, /* failed looks: one may be bad luck */
};

/* Looks of several jobs and houses must not come at the same moment. */
static msec spread(const struct session *s, msec span)
{
	uint64_t x = (uint64_t)s->job.id * 0x9E3779B97F4A7C15 + s->vendor.looks;

	x *= 0xBF58476D1CE4E5B9;
	x ^= x >> 31;
	return span ? (msec)(x % (uint64_t)span) : 0;
}

bool vendor_is_fresh(const struct session *s, const struct session_world *w)
{
	return s->vendor.fresh_at && w->now - s->vendor.fresh_at < VENDOR_FRESH;
}

static msec while_it_runs(const struct session *s, const struct session_world *w)
{
	msec age = w->now - s->vendor.follow_from;

	if (s->vendor.stalled || age >= 30 * MINUTE)
		return 2 * MINUTE;
	if (age >= 5 * MINUTE)
		return 30 * SECOND;
	return age >= MINUTE ? 15 * SECOND : 5 * SECOND;
}

static msec while_it_waits(const struct session *s, const struct session_world *w)
{
	int64_t age = w->wall - s->job.waiting_since;

	if (s->job.waiting_for != WAIT_WAKE)
		return s->job.waiting_for == WAIT_BACKOFF ? MINUTE : 15 * MINUTE;
	if (age < 5 * MINUTE)
		return MINUTE;
	return age < 50 * MINUTE ? (msec)(age / 5) : 10 * MINUTE;
}

static msec interval(const struct session *s, const struct session_world *w)
{
	const struct job *job = &s->job;

	if (job->guided && job->intent_at)
		return MINUTE;
	if (job->phase == JOB_VERIFYING || job->verify_only)
		return 30 * SECOND;
	if (vendor_has_it(job) || job->phase != JOB_WAITING)
		return while_it_runs(s, w);
	return while_it_waits(s, w);
}

static bool needs_no_look(const struct job *job)
{
	return job->phase == JOB_WAITING && !vendor_has_it(job) &&
	       (session_is_patient(job) || job->waiting_for == WAIT_SLOT);
}

msec vendor_look_due(const struct session *s, const struct session_world *w)
{
	const struct vendor_course *v = &s->vendor;
	msec every, due;

	if (v->asked)
		return v->asked_at + ANSWER_PATIENCE;
	if (w->adapter != ADAPTER_UP || needs_no_look(&s->job))
		return 0;
	every = interval(s, w);
	due = v->fresh_at ? v->fresh_at + every + spread(s, every / 5) : w->now;
	return due > v->look_at ? due : v->look_at;
}

static unsigned wanted(const struct session *s)
{
	const struct job *job = &s->job;
	bool follows = vendor_has_it(job) || job->intent == INTENT_AMBIGUOUS;

	return LOOK_STATUS | LOOK_VERSIONS |
	       (follows && job->component[0] && !s->vendor.no_progress ? LOOK_PROGRESS : 0U);
}

void vendor_look(struct session *s, const struct session_world *w)
{
	struct vendor_course *v = &s->vendor;

	msec due;

	if (job_is_over(s->job.phase) || w->adapter != ADAPTER_UP)
		return;
	if (v->asked && w->now - v->asked_at >= ANSWER_PATIENCE)
		v->asked = 0; /* lost */
	due = vendor_look_due(s, w);
	if (v->asked || !due || due > w->now)
		return;
	v->asked = wanted(s);
	v->asked_at = w->now;
	v->looks++;
	session_push(s, SESSION_LOOK)->reads = v->asked;
}

/* A cloud that wants to be left alone is. */
void vendor_look_soon(struct session *s, const struct session_world *w)
{
	if (s->vendor.failures)
		return;
	s->vendor.look_at = w->now;
	s->vendor.fresh_at = 0;
}

msec vendor_pause(const struct session *s, int64_t retry_after_s)
{
	unsigned n = s->vendor.failures < 10 ? s->vendor.failures : 10;
	msec pause = (msec)BACKOFF_FIRST << n, asked = 0;

	if (pause > BACKOFF_MOST)
		pause = BACKOFF_MOST;
	pause = pause / 2 + spread(s, pause / 2);
	if (retry_after_s > 0)
		asked = (msec)(retry_after_s < HOUR_S ? retry_after_s : HOUR_S) * SECOND;
	return asked > pause ? asked : pause;
}

/* Time in which nothing could be seen does not count against the update, up to a day. */
static void see_again(struct session *s, const struct session_world *w)
{
	struct vendor_course *v = &s->vendor;
	msec blind = v->blind_from ? w->now - v->blind_from : 0;

	if (blind > SESSION_DAY_MS)
		blind = SESSION_DAY_MS;
	v->moved_at = v->moved_at + blind < w->now ? v->moved_at + blind : w->now;
	if (s->job.guided && s->job.intent_at)
		s->job.intent_at += (int64_t)blind;
	v->blind_from = 0;
	v->failures = 0;
	v->told = false;
	if (s->job.error.code && s->job.phase != JOB_WAITING) {
		session_set_reason(s, NULL, "");
		s->changed = true;
	}
}

static void tell(struct session *s, const struct vendor_report *report)
{
	const struct vendor_meaning *meaning = vendor_meaning(report->class);
	const char *text = report->error.text;

	if (s->vendor.told || (s->vendor.failures < TELL_AFTER && meaning->remedy == REMEDY_LATER &&
				      report->class != VENDOR_RATE_LIMITED))
		return;
	s->vendor.told = true;
	session_note(s, meaning->code, "%.200s", text);
	if (s->job.phase != JOB_WAITING)
		session_set_reason(s, meaning->code, text);
}

static void failed(
	struct session *s, const struct session_world *w, const struct vendor_report *report)
{
	struct vendor_course *v = &s->vendor;

	if (report->class == VENDOR_UNSUPPORTED && report->what & LOOK_PROGRESS &&
		!v->no_progress) {
		v->no_progress = true;
		return;
	}
	if (!v->blind_from)
		v->blind_from = v->fresh_at ? v->fresh_at : w->now;
	v->failures++;
	v->look_at = w->now + vendor_pause(s, report->retry_after_s);
	tell(s, report);
}

bool vendor_looked(
	struct session *s, const struct session_world *w, const struct vendor_report *report)
{
	struct vendor_course *v = &s->vendor;

	v->asked = 0;
	if (report->step == VENDOR_NO_ANSWER) {
		failed(s, w, report);
		return false;
	}
	see_again(s, w);
	v->fresh_at = w->now;
	v->look_at = 0;
	if (report->what & LOOK_PROGRESS)
		vendor_moved(s, w, report);
	return true;
}

void vendor_look_refused(struct session *s, msec now)
{
	s->vendor.asked = 0;
	s->vendor.failures++;
	s->vendor.look_at = now + vendor_pause(s, -1);
	s->deadline = s->vendor.look_at;
}
