/* When a wait goes on, and when it is given up. */
#include "ota/session_steps.h"
#include "ota/vendor_session.h"

#include <string.h>

enum {
	WINDOW_LOOK = 60000, /* somebody may set the clock */
	USER_LOOK = 300000,  /* what the check finds may mend itself */
	SLOT_LOOK = 60000,
};

static const int64_t backoff_ms[SESSION_ATTEMPTS_MAX - 1] = { 600000, 3600000, 21600000 };

int64_t session_backoff_end(const struct session *s)
{
	uint32_t i = s->job.attempt >= 2 ? s->job.attempt - 2 : 0;

	if (i >= SESSION_ATTEMPTS_MAX - 1) /* more attempts: six hours between them */
		i = SESSION_ATTEMPTS_MAX - 2;
	return s->job.changed_at + backoff_ms[i];
}

static int64_t until(const struct check *check, const char *code)
{
	const struct finding *f = code[0] ? check_find(check, code) : NULL;

	return f ? f->until : 0;
}

bool session_is_patient(const struct job *job)
{
	return job->phase == JOB_WAITING &&
	       (job->waiting_for == WAIT_WINDOW || strcmp(job->error.reason, "paused") == 0 ||
		       strcmp(job->error.reason, "outside_window") == 0);
}

int64_t session_gives_up_at(const struct session *s, uint32_t give_up_after_s)
{
	int64_t since = s->job.waiting_since;

	if (s->job.vendor)
		return vendor_gives_up_at(s, give_up_after_s);
	if (s->job.phase != JOB_WAITING || session_is_patient(&s->job))
		return 0;
	if (s->job.verify_only)
		return since + SESSION_DAY_MS;
	if (s->job.last_contact > since)
		since = s->job.last_contact;
	return since + (int64_t)give_up_after_s * 1000;
}

bool session_gave_up(struct session *s, const struct session_world *w)
{
	int64_t at = session_gives_up_at(s, w->give_up_after_s);

	if (!at || w->wall < at)
		return false;
	session_fail(s, w, s->job.verify_only ? "unverified" : "no_contact", "");
	return true;
}

static int64_t stale_at(const struct lock *lock)
{
	int64_t oldest = lock->battery.at;

	if (lock->lock_state_at < oldest)
		oldest = lock->lock_state_at;
	return oldest + CHECK_FRESH_MS;
}

int64_t session_next_at(const struct session *s, const struct session_world *w)
{
	int64_t habit = (int64_t)w->lock->contact_gap_s * 1000;

	if (s->job.phase != JOB_WAITING)
		return 0;
	if (s->job.waiting_for == WAIT_BACKOFF)
		return session_backoff_end(s);
	if (s->job.waiting_for == WAIT_WINDOW && s->job.not_before > w->wall)
		return s->job.not_before;
	if (s->job.waiting_for == WAIT_WAKE)
		return habit && w->lock->last_heard + habit > w->wall ? w->lock->last_heard + habit
								      : 0;
	if (strcmp(s->job.error.reason, "link_unstable") == 0)
		return s->gate_at + SESSION_LINK_HOLD;
	return until(w->check, s->job.error.reason);
}

msec session_wait_deadline(const struct session *s, const struct session_world *w)
{
	msec deadline = 0;

	if (s->job.phase != JOB_WAITING)
		return 0;
	if (s->job.waiting_for == WAIT_WINDOW) {
		if (s->next_at)
			deadline = session_due(w, s->next_at);
		session_sooner(&deadline, w->now + WINDOW_LOOK);
		return deadline;
	}
	if (session_gives_up_at(s, w->give_up_after_s))
		session_sooner(
			&deadline, session_due(w, session_gives_up_at(s, w->give_up_after_s)));
	if (s->job.waiting_for == WAIT_HOLD)
		session_sooner(&deadline, w->now + WINDOW_LOOK);
	if (s->job.waiting_for == WAIT_USER)
		session_sooner(&deadline, w->now + USER_LOOK);
	if (s->job.waiting_for == WAIT_BACKOFF)
		session_sooner(&deadline, session_due(w, session_backoff_end(s)));
	if (s->job.waiting_for == WAIT_SLOT)
		session_sooner(&deadline, w->now + SLOT_LOOK);
	if (s->read_at && w->now - s->read_at < READ_PATIENCE)
		session_sooner(&deadline, s->read_at + READ_PATIENCE);
	if (s->order_at > w->now)
		session_sooner(&deadline, s->order_at);
	if (s->slot_until > w->now)
		session_sooner(&deadline, s->slot_until);
	if (until(w->check, "outside_window") > w->wall)
		session_sooner(&deadline, session_due(w, until(w->check, "outside_window")));
	/* The order must not outlive what it was based on. */
	if (s->ordered && !s->begun && stale_at(w->lock) > w->wall)
		session_sooner(&deadline, session_due(w, stale_at(w->lock)));
	return deadline;
}
