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
	LINK_BLOCKS = 100,
	ESCALATED_ATTEMPTS = 2,
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

/* How much of the last hundred blocks came through at the first try. */
static void note_link(struct session *s, uint32_t repeats)
{
	s->link.repeats += repeats > s->link.seen ? repeats - s->link.seen : 0;
	s->link.seen = repeats;
	if (++s->link.blocks < LINK_BLOCKS)
		return;
	s->link.blocks_before = s->link.blocks;
	s->link.repeats_before = s->link.repeats;
	s->link.blocks = s->link.repeats = 0;
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
	note_link(s, r->repeats);
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
	static const char *const blocks[] = { "battery_alarm", "battery_low", "lock_state_busy",
		"retracted", "paused", "outside_window" };
	static const char *const unknowns[] = { "battery_unknown", "lock_state_unknown",
		"host_uptime" };
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

static bool is_forced(const struct job *job, const char *code)
{
	for (uint8_t i = 0; i < job->n_force; i++)
		if (strcmp(job->force[i], code) == 0)
			return true;
	return false;
}

/* Less than 90 % at the first try; an answer to what was read at the end proves it well enough, and
 * a storm is given two minutes to pass. */
static bool link_is_unstable(const struct session *s, const struct session_world *w)
{
	uint32_t blocks = s->link.blocks + s->link.blocks_before;
	uint32_t repeats = s->link.repeats + s->link.repeats_before;
	bool answered = w->lock->battery.at + GATE_RECENT >= s->gate_at;

	if (w->wall - s->gate_at >= SESSION_LINK_HOLD)
		return false;
	return blocks >= LINK_BLOCKS && repeats * 10 > blocks && !answered &&
	       !is_forced(&s->job, "link_unstable");
}

/* Must the lock wait with installing? (DECISIONS "Check", the safety list.) */
static bool must_hold(const struct session *s, const struct session_world *w)
{
	return objection(w) || is_stale(w) || link_is_unstable(s, w);
}

static void hold(struct session *s, const struct session_world *w)
{
	const struct finding *f = objection(w);

	if (f)
		session_park(s, w, WAIT_HOLD, f->code, f->evidence);
	else if (is_stale(w))
		session_park(s, w, WAIT_HOLD, "lock_state_unknown",
			"what is known of battery and bolt is older than a day");
	else
		session_park(s, w, WAIT_HOLD, "link_unstable",
			"more than a tenth of the last blocks came again");
}

void session_gate(struct session *s, const struct session_world *w)
{
	bool answered = w->lock->battery.at >= s->gate_at && w->lock->lock_state_at >= s->gate_at;

	if (!answered && w->now < s->gate_until)
		return;
	s->gate_until = 0;
	note_sag(s, w);
	if (must_hold(s, w)) {
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
	if (must_hold(s, w)) {
		hold(s, w);
		if (!session_is_patient(&s->job) && session_is_awake(s, w) &&
			w->now - s->read_at >= GATE_AGAIN)
			session_read(s, w, READ_BATTERY | READ_LOCK_STATE);
		return;
	}
	/* Held before a restart: the adapter does not know; the lock asks again within the hour. */
	if (!s->held) {
		session_park(s, w, WAIT_HOLD, NULL,
			"What stood in the way is gone; the lock is told when it asks again.");
		return;
	}
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

/* What may mean that the lock itself is worn is not tried for ever. */
static uint32_t attempts(const struct session_world *w, const struct failure *failure)
{
	uint32_t most = w->max_attempts ? w->max_attempts : SESSION_ATTEMPTS_MAX;

	return failure->escalate && most > ESCALATED_ATTEMPTS ? ESCALATED_ATTEMPTS : most;
}

/* What each attempt leaves in the history. */
static void note_attempt(struct session *s, const struct update_report *r, const char *code)
{
	const struct job *job = &s->job;
	char status[40] = "";

	if (r->status >= 0 && r->space)
		(void)snprintf(
			status, sizeof status, ", %.11s 0x%02x", r->space, (unsigned)r->status);
	session_note(s, "attempt_ended",
		"Attempt %u ended at %llu of %llu bytes, %u blocks, %u repeats%s: %s.",
		job->attempt ? job->attempt : 1, (unsigned long long)job->bytes_done,
		(unsigned long long)job->bytes_total, job->blocks, job->repeats, status, code);
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
	note_attempt(s, r, code);
	if (!failure->retryable || s->job.attempt >= attempts(w, failure)) {
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
