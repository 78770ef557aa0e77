#include "ota/failure.h"
#include "ota/session_steps.h"
#include "server/base/text.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

enum {
	/* The End Response must leave within 1.5 s of the request; an adapter that reads by itself
	 * has spent up to 1 s of it. */
	GATE_READ = 400,
	GATE_RECENT = 5000,
	GATE_AGAIN = 60000,
	STALL = 120000,
	STALL_SLEEPY = 300000,
	SAG_HALF_PERCENT = 20,
};

msec session_stall_after(const struct session_world *w)
{
	return w->lock->facts.sleepy ? STALL_SLEEPY : STALL;
}

void session_stall(struct session *s, const struct session_world *w)
{
	bool starting = s->restarted && w->adapter != ADAPTER_UP;

	if (s->ordered && !s->with_data)
		session_order(s, w);
	if (job_is_over(s->job.phase))
		return;
	if (w->adapter != ADAPTER_UP && !starting)
		session_park(s, w, WAIT_ADAPTER, "adapter_down",
			"The adapter is gone; the transfer goes on when it is back.");
	else if (w->now - s->last_progress >= session_stall_after(w))
		session_park(s, w, starting ? WAIT_ADAPTER : WAIT_WAKE,
			starting ? "adapter_down" : NULL,
			"The lock is silent; it goes on where it stopped when it wakes.");
}

static void begin(struct session *s, const struct session_world *w)
{
	struct job *job = &s->job;

	s->last_progress = w->now;
	s->slot_until = 0;
	if (!s->begun) {
		s->begun = true;
		s->low_told = false;
		if (!job->attempt)
			job->attempt = 1;
		if (!job->from_known && w->lock->facts.known & FACT_VERSION) {
			job->from_known = true;
			job->from_version = w->lock->facts.version;
		}
		if (!job->started_at) {
			job->started_at = w->wall;
			job->battery_before = w->lock->battery.half_percent;
			job->battery_before_at = w->lock->battery.at;
		}
	}
	if (job->phase != JOB_TRANSFERRING)
		session_go(s, w, JOB_TRANSFERRING, "", "The lock downloads the image.");
}

/* The lock asks. False when it may not have anything now. */
static bool resume(struct session *s, const struct session_world *w)
{
	struct session_action *a;

	if (s->job.phase == JOB_TRANSFERRING)
		return true;
	if (s->job.phase != JOB_WAITING || s->job.waiting_for == WAIT_BACKOFF || !s->ordered)
		return false;
	if (w->slot_free) {
		begin(s, w);
		return true;
	}
	if (s->job.waiting_for != WAIT_SLOT) {
		a = session_push(s, SESSION_ORDER);
		a->with_data = s->with_data = false;
		session_park(s, w, WAIT_SLOT, NULL,
			"Other locks are downloading; this one is told to wait.");
	}
	return false;
}

static void progress(
	struct session *s, const struct session_world *w, const struct update_report *r)
{
	struct job *job = &s->job;

	/* It downloads anew: what was read of the old version proves nothing. */
	if (job->phase == JOB_APPLYING) {
		job->version_reads = 0;
		return;
	}
	if (!resume(s, w))
		return;
	s->last_progress = w->now;
	s->gate_until = 0;
	s->block_size = r->block_size;
	job->end_response_sent = false;
	job->bytes_done = r->offset;
	if (job->bytes_done > job->bytes_total)
		job->bytes_done = job->bytes_total;
	if (job->bytes_done > job->bytes_peak)
		job->bytes_peak = job->bytes_done;
	job->blocks++;
	job->repeats = r->repeats;
	meter_block(&s->meter, w->now, r->block_size);
}

static void install(struct session *s, const struct session_world *w)
{
	session_push(s, SESSION_FINISH)->delay_s = w->upgrade_delay_s;
	s->job.end_response_sent = true;
	s->held = false;
	s->changed = true;
}

static void downloaded(struct session *s, const struct session_world *w)
{
	struct job *job = &s->job;

	if (job->phase == JOB_APPLYING || job->phase == JOB_VERIFYING) {
		session_push(s, SESSION_FINISH)->delay_s = w->upgrade_delay_s;
		return;
	}
	if (job->phase != JOB_TRANSFERRING && job->phase != JOB_WAITING)
		return;
	if (job->waiting_for == WAIT_BACKOFF)
		return;
	begin(s, w);
	job->bytes_done = job->bytes_peak = job->bytes_total;
	s->gate_at = w->wall;
	s->gate_until = w->now;
	if (w->wall - w->lock->battery.at > GATE_RECENT && w->capabilities & ADAPTER_READS) {
		s->gate_until += GATE_READ;
		session_read(s, w, READ_BATTERY | READ_LOCK_STATE);
	}
	session_gate(s, w);
}

/* What speaks against telling the lock to install (DECISIONS "Check"). */
static const struct finding *objection(const struct session_world *w)
{
	static const char *const blocks[] = { "battery_alarm", "battery_low", "lock_state_busy" };
	static const char *const unknowns[] = { "battery_unknown", "lock_state_unknown" };
	const struct finding *f;

	for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) {
		f = check_find(w->check, blocks[i]);
		if (f && f->verdict == VERDICT_BLOCK && !f->forced)
			return f;
	}
	for (size_t i = 0; i < sizeof unknowns / sizeof *unknowns; i++) {
		f = check_find(w->check, unknowns[i]);
		if (f && f->verdict != VERDICT_OK && !f->forced)
			return f;
	}
	return NULL;
}

static bool is_stale(const struct session_world *w)
{
	return (w->check->pending & READ_BATTERY && !check_find(w->check, "battery_unknown")) ||
	       (w->check->pending & READ_LOCK_STATE && !check_find(w->check, "lock_state_unknown"));
}

static void note_sag(struct session *s, const struct session_world *w)
{
	struct job *job = &s->job;

	if (w->lock->battery.at <= job->battery_before_at)
		return;
	job->battery_after = w->lock->battery.half_percent;
	if (job->battery_before >= 0 && job->battery_after >= 0 &&
		job->battery_before - job->battery_after >= SAG_HALF_PERCENT)
		session_note(s, "battery_sag", "The battery fell from %d %% to %d %% meanwhile.",
			job->battery_before / 2, job->battery_after / 2);
}

static void hold(struct session *s, const struct session_world *w)
{
	const struct finding *f = objection(w);

	session_park(s, w, WAIT_HOLD, f ? f->code : "lock_state_unknown",
		f ? f->evidence : "what is known of battery and bolt is older than a day");
}

void session_gate(struct session *s, const struct session_world *w)
{
	bool answered = w->lock->battery.at >= s->gate_at && w->lock->lock_state_at >= s->gate_at;

	if (!answered && w->now < s->gate_until)
		return;
	s->gate_until = 0;
	note_sag(s, w);
	if (objection(w) || is_stale(w)) {
		session_push(s, SESSION_FINISH)->delay_s = UINT32_MAX;
		s->held = true;
		hold(s, w);
	} else {
		install(s, w);
	}
}

void session_hold(struct session *s, const struct session_world *w)
{
	session_order(s, w);
	if (job_is_over(s->job.phase))
		return;
	if (objection(w) || is_stale(w)) {
		hold(s, w);
		if (session_is_awake(s, w) && w->now - s->read_at >= GATE_AGAIN)
			session_read(s, w, READ_BATTERY | READ_LOCK_STATE);
		return;
	}
	/* Held before a restart: the adapter does not know; the lock asks again within the hour. */
	if (!s->held)
		return;
	s->last_progress = w->now;
	session_go(s, w, JOB_TRANSFERRING, "", "What stood in the way is gone.");
	install(s, w);
}

static void applying(struct session *s, const struct session_world *w, uint32_t delay_s)
{
	char text[64];

	if (s->job.phase == JOB_APPLYING || s->job.phase == JOB_VERIFYING)
		return;
	if (s->job.phase != JOB_TRANSFERRING)
		begin(s, w);
	s->job.end_response_sent = true;
	s->job.version_reads = 0;
	s->gate_until = 0;
	(void)snprintf(text, sizeof text, "The lock installs in %u s and restarts.", delay_s);
	session_go(s, w, JOB_APPLYING, "", text);
}

static bool is_definite(const struct err *e)
{
	return e->code && strcmp(e->reason, err_name(e->code)) != 0 &&
	       strcmp(e->reason, "lock_refused") != 0 && failure_find(e->reason);
}

static const char *failure_code(const struct update_report *r)
{
	if (is_definite(&r->error))
		return r->error.reason;
	return r->status < 0 ? "transfer_failed" : failure_of_status(r->space, r->status);
}

static void ended(struct session *s, const struct session_world *w, const struct update_report *r)
{
	const char *code = failure_code(r);
	const struct failure *failure = failure_find(code);
	bool installing = s->job.phase == JOB_APPLYING || s->job.phase == JOB_VERIFYING;

	assert(failure);
	s->ordered = s->with_data = false;
	s->gate_until = 0;
	s->job.status = r->status;
	text_copy(s->job.space, sizeof s->job.space, r->space && r->status >= 0 ? r->space : "");
	if (installing && failure->retryable) {
		session_note(s, code, "%s", r->error.text);
		return;
	}
	if (s->job.phase < JOB_WAITING)
		return;
	s->job.end_response_sent = installing;
	if (!failure->retryable || s->job.attempt >= SESSION_ATTEMPTS_MAX) {
		session_fail(s, w, code, r->error.text);
		return;
	}
	s->begun = false;
	s->job.attempt = s->job.attempt ? s->job.attempt + 1 : 2;
	s->job.bytes_done = s->job.bytes_peak = 0;
	session_park(s, w, WAIT_BACKOFF, code, failure->meaning);
}

void session_report(
	struct session *s, const struct session_world *w, const struct update_report *report)
{
	switch (report->step) {
	case UPDATE_OFFERED:
		(void)resume(s, w); /* not now: the adapter has been told */
		return;
	case UPDATE_PROGRESS:
		progress(s, w, report);
		return;
	case UPDATE_DOWNLOADED:
		downloaded(s, w);
		return;
	case UPDATE_APPLYING:
		applying(s, w, report->delay_s);
		return;
	case UPDATE_HELD:
		session_note(
			s, "held", "The lock was told to wait; some install by themselves later.");
		return;
	case UPDATE_ENDED:
		ended(s, w, report);
		return;
	}
}
