#include "ota/session.h"

#include "ota/session_steps.h"
#include "ota/vendor_session.h"
#include "server/base/text.h"

#include <assert.h>
#include <string.h>

enum { AWAKE = 5000, ORDER_AGAIN = 30000 };

void session_init(struct session *s, const struct job *job)
{
	*s = (struct session){ .job = *job };
	s->begun = !job->vendor && job->started_at && job->waiting_for != WAIT_BACKOFF &&
		   (job->bytes_peak || job->phase == JOB_TRANSFERRING);
}

bool session_is_awake(const struct session *s, const struct session_world *w)
{
	return s->awake_until > w->now;
}

static void contact(struct session *s, const struct session_world *w)
{
	s->awake_until = w->now + AWAKE;
	s->job.last_contact = w->wall;
	s->progressed = true;
}

/* Withdrawn while it loads: a lock may install by itself what it has, so it gets no more of it. */
static bool was_retracted(struct session *s, const struct session_world *w)
{
	const struct finding *f = check_find(w->check, "retracted");
	bool loads = s->job.phase == JOB_TRANSFERRING ||
		     (s->job.phase == JOB_WAITING && s->job.waiting_for != WAIT_HOLD);

	if (!f || f->verdict != VERDICT_BLOCK || f->forced || !s->begun || s->gate_until || !loads)
		return false;
	session_withdraw(s, w->wall + SESSION_DAY_MS);
	s->begun = false;
	session_park(s, w, WAIT_USER, f->code, f->evidence);
	return true;
}

/* Looks again, whatever the phase. */
static void look(struct session *s, const struct session_world *w)
{
	if (was_retracted(s, w))
		return;
	switch (s->job.phase) {
	case JOB_QUEUED:
	case JOB_CHECKING:
	case JOB_WAITING:
		session_settle(s, w);
		return;
	case JOB_TRANSFERRING:
		if (s->gate_until)
			session_gate(s, w);
		else
			session_stall(s, w);
		return;
	case JOB_APPLYING:
	case JOB_VERIFYING:
		session_verify_tick(s, w);
		return;
	case JOB_SUCCEEDED:
	case JOB_FAILED:
	case JOB_CANCELLED:
	case JOB_PHASES:
		return;
	}
}

static void tell_low_battery(struct session *s, const struct session_world *w)
{
	const struct finding *f = check_find(w->check, "battery_low");

	if (!f || f->verdict != VERDICT_BLOCK)
		f = check_find(w->check, "battery_alarm");
	if (s->low_told || s->job.phase != JOB_TRANSFERRING || !f || f->verdict != VERDICT_BLOCK)
		return;
	s->low_told = true;
	session_note(s, f->code, "%s; the download goes on, installing will wait.", f->evidence);
}

static void seen(struct session *s, const struct session_world *w, const struct lock_seen *seen)
{
	if (seen->awake || seen->announced)
		contact(s, w);
	tell_low_battery(s, w);
	if (seen->facts.known & FACT_VERSION)
		session_version(s, w, seen);
	if (s->job.phase == JOB_APPLYING || s->job.phase == JOB_VERIFYING)
		session_returned(s, w, seen);
	else
		look(s, w);
}

static void restart(struct session *s, const struct session_world *w)
{
	s->restarted = true;
	s->last_progress = w->now;
	if (s->job.version_reads)
		s->unchanged_at = w->wall;
	/* A lock whose End Response was lost asks for it again: the order must stand. */
	if (s->job.phase == JOB_VERIFYING)
		return;
	if (s->job.phase == JOB_APPLYING || s->job.phase == JOB_TRANSFERRING || s->begun) {
		session_push(s, SESSION_ORDER);
		s->ordered = true;
		if (w->image == SESSION_IMAGE_ABSENT)
			session_push(s, SESSION_LOAD);
	} else {
		look(s, w);
	}
}

static void set_deadline(struct session *s, const struct session_world *w)
{
	s->deadline = s->gate_until;
	if (s->job.phase == JOB_WAITING || s->job.phase == JOB_CHECKING)
		session_sooner(&s->deadline, session_wait_deadline(s, w));
	if (s->job.phase == JOB_TRANSFERRING)
		session_sooner(&s->deadline, s->last_progress + session_stall_after(w));
	if (s->job.phase == JOB_APPLYING || s->job.phase == JOB_VERIFYING)
		session_sooner(&s->deadline, session_verify_deadline(s, w));
	if (s->load_at > w->now)
		session_sooner(&s->deadline, s->load_at);
	if (job_is_over(s->job.phase))
		s->deadline = 0;
	else if (s->deadline && s->deadline <= w->now)
		s->deadline = w->now + 1;
}

static void begin_step(struct session *s, const struct session_world *w)
{
	s->n_actions = 0;
	s->changed = s->progressed = false;
	if (w->adapter == ADAPTER_UP || w->adapter == ADAPTER_REFUSED)
		s->restarted = false;
}

void session_step(
	struct session *s, const struct session_world *w, const struct session_input *input)
{
	if (s->job.vendor) {
		vendor_step(s, w, input);
		return;
	}
	begin_step(s, w);
	if (job_is_over(s->job.phase))
		return;
	switch (input->kind) {
	case SESSION_START:
	case SESSION_CHANGED:
	case SESSION_TICK:
		look(s, w);
		break;
	case SESSION_RESTART:
		restart(s, w);
		break;
	case SESSION_SEEN:
		seen(s, w, input->seen);
		break;
	case SESSION_REPORT:
		contact(s, w);
		session_report(s, w, input->report);
		break;
	case SESSION_USER:
		s->awake_until = w->now + AWAKE;
		s->with_data = false; /* the order is given again, with notifies */
		s->reads = 0;
		look(s, w);
		break;
	case SESSION_SAVED:
	case SESSION_VENDOR:
	case SESSION_POKED:
	case SESSION_AGAIN:
	case SESSION_ATTEST:
		break; /* not of ours */
	}
	s->next_at = session_next_at(s, w);
	set_deadline(s, w);
}

enum err_code session_cancel(struct session *s, const struct session_world *w, struct err *e)
{
	enum job_phase phase = s->job.phase;

	if (s->job.vendor)
		return vendor_cancel(s, w, e);
	begin_step(s, w);
	if (job_is_over(phase))
		return err_because(e, ERR_CONFLICT, "already_over", "job %lld is already %s",
			(long long)s->job.id, job_phase_name(phase));
	if (phase == JOB_APPLYING || phase == JOB_VERIFYING || s->job.end_response_sent)
		return err_because(e, ERR_CONFLICT, "too_late",
			"job %lld: the lock has been told to install", (long long)s->job.id);
	s->job.abort_until = w->wall + SESSION_DAY_MS;
	s->gate_until = 0;
	session_withdraw(s, s->job.abort_until);
	text_copy(s->job.outcome, sizeof s->job.outcome, "cancelled");
	text_copy(s->job.summary, sizeof s->job.summary,
		s->job.waiting_for == WAIT_HOLD
			? "Cancelled; the lock has the whole image and may still install it."
			: "Cancelled; the lock keeps the version it has.");
	session_go(s, w, JOB_CANCELLED, "cancelled", s->job.summary);
	s->deadline = 0;
	return OK;
}

void session_replaced(struct session *s, const struct session_world *w)
{
	begin_step(s, w);
	if (job_is_over(s->job.phase))
		return;
	s->ordered = s->begun = false; /* the new one has nothing to give back or to abort */
	s->gate_until = 0;
	session_fail(s, w, "lock_replaced", "");
	s->deadline = 0;
}

void session_order_refused(struct session *s, msec now)
{
	s->ordered = s->with_data = false;
	s->order_at = now + ORDER_AGAIN;
}

bool session_holds_slot(const struct session *s, msec now)
{
	if (s->job.vendor)
		return vendor_holds_slot(s);
	return s->job.phase == JOB_TRANSFERRING ||
	       (s->job.phase == JOB_WAITING && s->slot_until > now);
}
