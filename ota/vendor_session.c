#include "ota/vendor_session.h"

#include "ota/failure.h"
#include "ota/vendor_class.h"
#include "ota/vendor_steps.h"
#include "server/base/text.h"

#include <string.h>

enum {
	LOOK_AGAIN = 60000, /* what depends on the wall's clock is looked at so often */
	OVERDUE = 1000,
	POKE_GAP = 5000,
	BLIND = 3, /* failed looks before a job that has not begun waits */
};

const struct lock_component *vendor_part(const struct session *s, const struct session_world *w)
{
	return s->job.component[0] ? lock_part(w->lock, s->job.component) : NULL;
}

const char *vendor_installed(const struct session *s, const struct session_world *w)
{
	const struct lock_component *part = vendor_part(s, w);

	return part ? part->installed : "";
}

bool vendor_is_offline(const struct session_world *w)
{
	return w->lock->facts.known & FACT_ONLINE && !w->lock->facts.online;
}

bool vendor_state_runs(enum vendor_state state)
{
	return state == VENDOR_QUEUED || state == VENDOR_WAITS_FOR_WAKE ||
	       state == VENDOR_DOWNLOADING || state == VENDOR_INSTALLING;
}

bool vendor_has_it(const struct job *job)
{
	return job->intent == INTENT_ACCEPTED || job->intent == INTENT_ADOPTED;
}

bool vendor_waits_as(const struct job *job, const char *reason)
{
	return job->phase == JOB_WAITING && strcmp(job->error.reason, reason) == 0;
}

bool vendor_is_out(struct session *s, const struct session_world *w)
{
	const struct err *why = w->adapter_why;
	bool told = why && why->code && failure_find(why->reason), user;

	if (w->adapter == ADAPTER_UP)
		return false;
	s->vendor.asked = 0;
	s->vendor.fresh_at = 0;
	if (!s->vendor.blind_from)
		s->vendor.blind_from = w->now;
	if (s->job.phase != JOB_WAITING && !job_may_go(s->job.phase, JOB_WAITING))
		return true;
	user = told && (w->adapter == ADAPTER_REFUSED || vendor_needs_user(why->reason));
	if (told)
		session_park(s, w, user ? WAIT_USER : WAIT_ADAPTER, why->reason, why->text);
	else
		session_park(s, w, WAIT_ADAPTER, "adapter_down", "The adapter is not running.");
	return true;
}

/* What has begun does not wait by name while nobody can be asked; it has the same limit. */
static bool is_lost_sight_of(const struct session *s, const struct session_world *w)
{
	return s->vendor.blind_from && s->job.phase != JOB_WAITING &&
	       w->now - s->vendor.blind_from >= (msec)w->give_up_after_s * 1000;
}

static bool gave_up(struct session *s, const struct session_world *w)
{
	int64_t at = vendor_gives_up_at(s, w->give_up_after_s);
	const char *reason = s->job.error.reason;
	bool over = at && w->wall >= at && !vendor_guide_ends(&s->job);

	if (!over && !is_lost_sight_of(s, w))
		return false;
	session_fail(s, w, reason[0] && failure_find(reason) ? reason : "no_contact", "");
	return true;
}

int64_t vendor_gives_up_at(const struct session *s, uint32_t give_up_after_s)
{
	const struct job *job = &s->job;

	if (job->verify_only)
		return job_is_over(job->phase) ? 0 : job->created_at + SESSION_DAY_MS;
	if (vendor_guide_ends(job))
		return vendor_guide_ends(job);
	if (job->phase != JOB_WAITING || session_is_patient(job))
		return 0;
	return job->waiting_since + (int64_t)give_up_after_s * 1000;
}

void vendor_proceed(struct session *s, const struct session_world *w)
{
	const struct job *job = &s->job;

	if (job_is_over(job->phase) || gave_up(s, w))
		return;
	if (job->verify_only)
		vendor_only(s, w);
	else if (job->guided && job->intent_at)
		vendor_observe(s, w);
	else if (vendor_has_it(job))
		vendor_follow(s, w);
	else if (job->intent == INTENT_INTENDED)
		vendor_await(s, w);
	else if (job->intent == INTENT_AMBIGUOUS)
		vendor_unclear(s, w);
	else
		vendor_settle(s, w);
}

/* A look failed before anything was asked of the vendor. */
static void cannot_look(
	struct session *s, const struct session_world *w, const struct vendor_report *report)
{
	const struct vendor_meaning *meaning = vendor_meaning(report->class);
	bool often = s->vendor.failures >= BLIND;
	bool begun = s->job.intent_at && (s->job.guided || (s->job.intent != INTENT_REFUSED &&
								   s->job.intent != INTENT_NONE));

	if (s->vendor.no_progress && !s->vendor.failures)
		return;
	if (meaning->remedy == REMEDY_NONE && often) {
		session_fail(s, w, meaning->code, report->error.text);
	} else if (meaning->remedy == REMEDY_USER &&
		   (s->job.phase == JOB_WAITING || job_may_go(s->job.phase, JOB_WAITING))) {
		session_park(s, w, WAIT_USER, meaning->code, report->error.text);
	} else if (!begun && meaning->remedy != REMEDY_NONE &&
		   (often || meaning->remedy == REMEDY_DEVICE ||
			   report->class == VENDOR_RATE_LIMITED)) {
		session_park(s, w, meaning->wait, meaning->code, report->error.text);
	}
}

static void on_report(
	struct session *s, const struct session_world *w, const struct vendor_report *report)
{
	if (report->step == VENDOR_LOOKED || report->step == VENDOR_NO_ANSWER) {
		if (!s->vendor.asked)
			return;
		if (!vendor_looked(s, w, report))
			cannot_look(s, w, report);
		vendor_proceed(s, w);
	} else {
		vendor_outcome(s, w, report);
	}
}

/* News may be what the job waits for; it is confirmed by a look of its own. */
static void on_seen(struct session *s, const struct session_world *w, const struct lock_seen *seen)
{
	bool online = seen->facts.known & FACT_ONLINE && seen->facts.online;

	if (online || seen->awake) {
		s->job.last_contact = w->wall;
		s->progressed = true;
	}
	if (seen->facts.known && s->job.phase == JOB_WAITING && !vendor_is_fresh(s, w) &&
		!s->job.guided && !vendor_has_it(&s->job) && !vendor_is_blocked(w->check))
		vendor_look_soon(s, w);
	/* A look's own facts come just before its report. */
	if (!s->vendor.asked)
		vendor_proceed(s, w);
}

static void on_restart(struct session *s, const struct session_world *w)
{
	s->vendor.follow_from = s->vendor.moved_at = w->now;
	s->vendor.state = VENDOR_UNKNOWN;
	s->vendor.ran = s->job.phase == JOB_APPLYING || s->job.phase == JOB_VERIFYING;
	vendor_proceed(s, w);
}

static void poked(struct session *s, const struct session_world *w)
{
	if (s->vendor.asked || s->vendor.failures) /* a cloud that wants rest gets it */
		return;
	vendor_look_soon(s, w);
	/* Not lost when it comes too early, only later. */
	if (s->vendor.asked_at && w->now - s->vendor.asked_at < POKE_GAP)
		s->vendor.look_at = s->vendor.asked_at + POKE_GAP;
	vendor_proceed(s, w);
}

static void by_user(struct session *s, const struct session_world *w)
{
	s->vendor.failures = 0;
	vendor_look_soon(s, w);
	if (s->job.guided && !s->job.verify_only)
		vendor_started(s, w);
	vendor_proceed(s, w);
}

static void dispatch(
	struct session *s, const struct session_world *w, const struct session_input *input)
{
	switch (input->kind) {
	case SESSION_RESTART:
		on_restart(s, w);
		return;
	case SESSION_SEEN:
		on_seen(s, w, input->seen);
		return;
	case SESSION_VENDOR:
		on_report(s, w, input->vendor);
		return;
	case SESSION_SAVED:
		vendor_saved(s, w);
		return;
	case SESSION_POKED:
		poked(s, w);
		return;
	case SESSION_USER:
		by_user(s, w);
		return;
	case SESSION_AGAIN:
		vendor_again(s, w);
		return;
	case SESSION_ATTEST:
		vendor_attest(s, w, input->version);
		return;
	case SESSION_START:
		s->vendor.follow_from = w->now;
		vendor_proceed(s, w);
		return;
	case SESSION_CHANGED:
	case SESSION_TICK:
	case SESSION_REPORT: /* of a transfer of ours: there is none */
		vendor_proceed(s, w);
		return;
	}
}

static void set_deadline(struct session *s, const struct session_world *w)
{
	const struct job *job = &s->job;
	bool waits = job->phase == JOB_WAITING;
	msec look = vendor_look_due(s, w);

	s->deadline = 0;
	s->next_at = 0;
	if (job_is_over(job->phase))
		return;
	s->deadline = w->now + LOOK_AGAIN;
	/* One that is overdue is not planned in this state: no need to hurry. */
	session_sooner(&s->deadline, look && look <= w->now ? w->now + OVERDUE : look);
	if (vendor_gives_up_at(s, w->give_up_after_s))
		session_sooner(
			&s->deadline, session_due(w, vendor_gives_up_at(s, w->give_up_after_s)));
	if (waits && job->waiting_for == WAIT_WINDOW)
		s->next_at = session_next_at(s, w);
	if (waits && job->waiting_for == WAIT_BACKOFF && look > w->now)
		s->next_at = w->wall + (int64_t)(look - w->now);
	if (s->next_at)
		session_sooner(&s->deadline, session_due(w, s->next_at));
	if (s->deadline <= w->now)
		s->deadline = w->now + 1;
}

static void begin_step(struct session *s)
{
	s->n_actions = 0;
	s->changed = s->progressed = false;
}

void vendor_step(
	struct session *s, const struct session_world *w, const struct session_input *input)
{
	begin_step(s);
	if (job_is_over(s->job.phase))
		return;
	dispatch(s, w, input);
	set_deadline(s, w);
}

static bool is_too_late(const struct session *s)
{
	const struct job *job = &s->job;

	if (job->guided || job->verify_only)
		return false;
	if (job->intent == INTENT_AMBIGUOUS)
		return !vendor_waits_as(job, "trigger_unclear");
	return vendor_has_it(job) || (job->intent == INTENT_INTENDED && !s->vendor.may_trigger);
}

enum err_code vendor_cancel(struct session *s, const struct session_world *w, struct err *e)
{
	struct job *job = &s->job;
	bool unclear = job->intent == INTENT_AMBIGUOUS;

	begin_step(s);
	if (job_is_over(job->phase))
		return err_because(e, ERR_CONFLICT, "already_over", "job %lld is already %s",
			(long long)job->id, job_phase_name(job->phase));
	if (is_too_late(s))
		return err_because(e, ERR_CONFLICT, "too_late",
			"job %lld: the vendor has the order and cannot take it back",
			(long long)job->id);
	if (job->intent == INTENT_INTENDED)
		job->intent = INTENT_NONE; /* nothing was sent */
	(void)text_copy(job->outcome, sizeof job->outcome, "cancelled");
	if (job->guided)
		(void)text_copy(job->summary, sizeof job->summary,
			"Cancelled; what was started in the vendor's app goes on.");
	else
		(void)text_copy(job->summary, sizeof job->summary,
			unclear ? "Cancelled; the vendor may have started the update all the same."
				: "Cancelled; the vendor was not asked.");
	session_go(s, w, JOB_CANCELLED, "cancelled", job->summary);
	s->deadline = 0;
	return OK;
}

bool vendor_holds_slot(const struct session *s)
{
	const struct job *job = &s->job;

	return !job->guided && !job->verify_only && !job_is_over(job->phase) &&
	       (vendor_has_it(job) || job->intent == INTENT_INTENDED ||
		       (job->intent == INTENT_AMBIGUOUS && job->phase != JOB_WAITING));
}
