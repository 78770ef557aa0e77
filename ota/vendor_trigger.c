/* At most once, then look: the intent, the order to the vendor, and what its answer means. */
#include "ota/vendor_class.h"
#include "ota/vendor_steps.h"
#include "ota/vendor_version.h"

#include <stdio.h>

enum {
	ANSWER_PATIENCE = 60000,
	UNCLEAR = 120000, /* so long it is looked whether it runs after all */
};

void vendor_intend(struct session *s, const struct session_world *w)
{
	struct job *job = &s->job;

	if (job->phase == JOB_WAITING)
		session_go(s, w, JOB_CHECKING, "", "The lock is ready.");
	job->intent = INTENT_INTENDED;
	job->intent_at = w->wall;
	job->attempt++;
	s->vendor.may_trigger = true;
	session_note(s, "intended", "The vendor is asked to update%s%.24s from %.60s to %.60s.",
		job->component[0] ? " component " : "", job->component,
		job->from_text[0] ? job->from_text : "an unknown version",
		job->to_text[0] ? job->to_text : "what it has");
}

/* While the row went to disk things may have changed: nothing was sent, so it can be taken back. */
static void take_back(struct session *s)
{
	s->job.intent = INTENT_NONE;
	s->job.attempt--;
	s->vendor.may_trigger = false;
	session_note(s, "not_asked", "The vendor was not asked: something changed meanwhile.");
}

/* Somebody else was faster, or the vendor offers another version by now. */
static bool has_moved(const struct session *s, const struct session_world *w)
{
	const struct lock_component *part = vendor_part(s, w);
	const struct job *job = &s->job;

	if (!part)
		return job->component[0];
	if (vendor_state_runs(part->state) ||
		(part->installed[0] &&
			vendor_version_order(part->installed, job->from_text) != ORDER_SAME))
		return true;
	return w->capabilities & ADAPTER_OFFERS && !job->version_chosen &&
	       strcmp(lock_part_offer(part), job->to_text) != 0;
}

void vendor_saved(struct session *s, const struct session_world *w)
{
	struct vendor_course *v = &s->vendor;
	const struct job *job = &s->job;

	if (job->intent != INTENT_INTENDED || !v->may_trigger ||
		w->durable->intent != INTENT_INTENDED || w->durable->intent_at != job->intent_at)
		return;
	if (!vendor_is_fresh(s, w) || w->adapter != ADAPTER_UP || !w->slot_free ||
		vendor_is_blocked(w->check) || has_moved(s, w)) {
		take_back(s);
		vendor_proceed(s, w);
		return;
	}
	v->may_trigger = false;
	v->not_sent = false;
	v->triggered_at = w->now;
	session_push(s, SESSION_TRIGGER);
}

void vendor_trigger_refused(struct session *s, msec now)
{
	s->vendor.triggered_at = 0;
	s->vendor.not_sent = true;
	s->deadline = now + 1;
}

static void begin_following(struct session *s, const struct session_world *w)
{
	struct vendor_course *v = &s->vendor;

	v->follow_from = v->moved_at = w->now;
	v->ran = v->stalled = v->elsewhere = false;
	v->state = VENDOR_UNKNOWN;
	v->look_at = w->now;
	v->fresh_at = 0;
	s->job.started_at = w->wall;
	s->job.percent = -1;
	s->job.version_reads = 0;
}

void vendor_adopt(struct session *s, const struct session_world *w, const char *text)
{
	const struct lock_component *part = vendor_part(s, w);

	begin_following(s, w);
	s->job.intent = INTENT_ADOPTED;
	s->vendor.ran = part && vendor_state_runs(part->state);
	session_go(s, w, JOB_TRANSFERRING, "adopted", text);
	vendor_look(s, w);
}

static void accepted(struct session *s, const struct session_world *w)
{
	begin_following(s, w);
	s->job.intent = INTENT_ACCEPTED;
	session_go(s, w, JOB_TRANSFERRING, "accepted", "The vendor has taken the order.");
	vendor_look(s, w);
}

static void ambiguous(struct session *s, const struct session_world *w, const char *why)
{
	begin_following(s, w);
	s->job.started_at = 0;
	s->job.intent = INTENT_AMBIGUOUS;
	session_note(s, "trigger_unclear",
		"%.120s It is not known whether the update was started; it is looked for.", why);
	vendor_look(s, w);
}

/* Surely nothing was started. */
static void refused(struct session *s, const struct session_world *w, enum vendor_class class,
	const struct vendor_report *report)
{
	const struct vendor_meaning *meaning = vendor_meaning(class);
	const char *text = report && report->error.code ? report->error.text : "";
	int64_t pause = report ? report->retry_after_s : -1;
	msec least;

	s->job.intent = INTENT_REFUSED;
	s->changed = true;
	s->vendor.failures++;
	/* As after a broken transfer: ten minutes, an hour, six hours. */
	s->job.changed_at = w->wall;
	least = (msec)(session_backoff_end(s) - w->wall);
	s->vendor.look_at = w->now + vendor_pause(s, pause);
	if (s->job.attempt > 1 && meaning->remedy != REMEDY_USER &&
		s->vendor.look_at < w->now + least)
		s->vendor.look_at = w->now + least;
	s->vendor.fresh_at = 0;
	if (meaning->remedy == REMEDY_NONE ||
		(meaning->remedy == REMEDY_LATER && class != VENDOR_RATE_LIMITED &&
			s->job.attempt >= w->max_attempts))
		session_fail(s, w, meaning->code, text);
	else
		session_park(s, w, meaning->wait, meaning->code,
			*text ? text : "The vendor did not take the order.");
}

void vendor_outcome(
	struct session *s, const struct session_world *w, const struct vendor_report *report)
{
	struct vendor_course *v = &s->vendor;

	if (s->job.intent != INTENT_INTENDED || v->may_trigger || !v->triggered_at)
		return;
	v->triggered_at = 0;
	if (report->step == VENDOR_ACCEPTED)
		accepted(s, w);
	else if (report->class == VENDOR_IN_PROGRESS && report->step == VENDOR_REFUSED)
		vendor_adopt(s, w, "The vendor says that an update runs already; it is followed.");
	else if (report->step == VENDOR_REFUSED)
		refused(s, w, report->class, report);
	else
		ambiguous(s, w, "The vendor's answer was lost.");
}

void vendor_await(struct session *s, const struct session_world *w)
{
	struct vendor_course *v = &s->vendor;

	if (v->may_trigger)
		return; /* the row is on its way to disk */
	if (v->not_sent) {
		v->not_sent = false;
		refused(s, w, VENDOR_ERROR, NULL);
	} else if (!v->triggered_at) {
		ambiguous(s, w, "The service was restarted while the vendor was asked.");
	} else if (w->now - v->triggered_at >= ANSWER_PATIENCE) {
		v->triggered_at = 0;
		ambiguous(s, w, "The vendor did not answer.");
	}
}

static bool has_begun(const struct session *s, const struct session_world *w)
{
	const struct lock_component *part = vendor_part(s, w);
	const char *installed = vendor_installed(s, w);

	return vendor_state_runs(s->vendor.state) || (part && vendor_state_runs(part->state)) ||
	       (installed[0] && s->job.from_text[0] && strcmp(installed, s->job.from_text) != 0);
}

void vendor_unclear(struct session *s, const struct session_world *w)
{
	const struct lock_component *part = vendor_part(s, w);
	msec patience = UNCLEAR;

	if (!vendor_may_retry(&s->job) && vendor_is_out(s, w))
		return;
	if (part && part->timeout_s > UNCLEAR / 1000)
		patience = (msec)part->timeout_s * 1000;
	if (vendor_is_fresh(s, w) && has_begun(s, w)) {
		vendor_adopt(s, w, "The update runs; the vendor had started it.");
		return;
	}
	if (vendor_is_fresh(s, w) && s->vendor.fresh_at - s->vendor.follow_from >= patience)
		session_park(s, w, WAIT_USER, "trigger_unclear",
			"The vendor was asked once, its answer was lost, and no update is seen.");
	else if (vendor_is_fresh(s, w) && s->job.phase == JOB_WAITING && !vendor_may_retry(&s->job))
		session_go(s, w, JOB_CHECKING, "", "The vendor can be asked again; looking.");
	vendor_look(s, w);
}

bool vendor_may_retry(const struct job *job)
{
	return job->vendor && job->intent == INTENT_AMBIGUOUS &&
	       vendor_waits_as(job, "trigger_unclear");
}

void vendor_again(struct session *s, const struct session_world *w)
{
	if (!vendor_may_retry(&s->job))
		return;
	s->job.intent = INTENT_NONE;
	session_note(s, "retry", "Somebody says that no update runs: the vendor is asked again.");
	session_go(s, w, JOB_CHECKING, "", "Checking what makes updates fail.");
	s->vendor.failures = 0;
	vendor_look_soon(s, w);
	vendor_proceed(s, w);
}
