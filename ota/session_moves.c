/* What a step may do to a job: go to a phase, wait, say something, end. */
#include "ota/aftermath.h"
#include "ota/failure.h"
#include "ota/session_steps.h"
#include "ota/version.h"
#include "server/base/text.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct session_action *session_push(struct session *s, enum session_do what)
{
	struct session_action *a = &s->actions[s->n_actions];

	assert(s->n_actions < SESSION_ACTIONS_MAX);
	s->n_actions++;
	*a = (struct session_action){ .what = what };
	return a;
}

void session_note(struct session *s, const char *code, const char *text, ...)
{
	struct session_action *a = session_push(s, SESSION_NOTE);
	va_list args;

	text_copy(a->code, sizeof a->code, code);
	va_start(args, text);
	(void)vsnprintf(a->text, sizeof a->text, text, args);
	va_end(args);
	s->changed = true;
}

static void enter(struct session *s, const struct session_world *w, enum job_wait wait,
	const char *code, const char *text)
{
	struct session_action *a = session_push(s, SESSION_PHASE);

	s->job.waiting_for = wait;
	s->job.changed_at = w->wall;
	s->changed = true;
	a->phase = s->job.phase;
	a->wait = wait;
	text_copy(a->code, sizeof a->code, code);
	text_copy(a->text, sizeof a->text, text);
}

void session_go(struct session *s, const struct session_world *w, enum job_phase phase,
	const char *code, const char *text)
{
	assert(job_may_go(s->job.phase, phase));
	s->job.phase = phase;
	if (job_is_over(phase))
		s->job.ended_at = w->wall;
	else
		s->job.error = (struct err){ 0 };
	enter(s, w, WAIT_NOTHING, code, text);
}

void session_set_reason(struct session *s, const char *reason, const char *text)
{
	s->job.error = (struct err){ 0 };
	if (!reason)
		return;
	s->job.error.code = ERR_CONFLICT;
	text_copy(s->job.error.reason, sizeof s->job.error.reason, reason);
	text_copy(s->job.error.text, sizeof s->job.error.text, text);
}

/* What to do about it, and by when, in the event itself. */
static void ask_for_key(
	char out[216], const struct session *s, const struct session_world *w, const char *text)
{
	char until[TEXT_TIME_SIZE];

	text_time(until, session_gives_up_at(s, w->give_up_after_s));
	(void)snprintf(out, 216,
		"%.100s Press a key on it now; without contact it is given up on %.16sZ.", text,
		until);
}

void session_park(struct session *s, const struct session_world *w, enum job_wait wait,
	const char *reason, const char *text)
{
	const char *now = reason ? reason : "";
	bool asks = wait == WAIT_WAKE && strcmp(now, "gateway_offline") != 0;
	char line[216];

	if (s->job.phase == JOB_WAITING && s->job.waiting_for == wait &&
		strcmp(s->job.error.reason, now) == 0)
		return;
	if (s->job.phase != JOB_WAITING || session_is_patient(&s->job))
		s->job.waiting_since = w->wall;
	if (s->job.phase != JOB_WAITING) {
		assert(job_may_go(s->job.phase, JOB_WAITING));
		meter_pause(&s->meter);
	}
	s->job.phase = JOB_WAITING;
	s->job.waiting_for = wait;
	session_set_reason(s, reason, text);
	if (asks)
		ask_for_key(line, s, w, text);
	enter(s, w, wait, now, asks ? line : text);
}

void session_withdraw(struct session *s, int64_t abort_until)
{
	if (s->ordered || abort_until)
		session_push(s, SESSION_WITHDRAW)->abort_until = abort_until;
	s->ordered = s->with_data = false;
}

void session_read(struct session *s, const struct session_world *w, unsigned reads)
{
	if (!reads || !(w->capabilities & ADAPTER_READS) || w->adapter != ADAPTER_UP)
		return;
	session_push(s, SESSION_READ)->reads = reads;
	s->read_at = w->now;
}

void session_problem(struct session *s, const char *code, const char *text)
{
	struct session_action *a = session_push(s, SESSION_PROBLEM);

	text_copy(a->code, sizeof a->code, code);
	text_copy(a->text, sizeof a->text, text);
}

static void say_aftermath(struct session *s)
{
	size_t n = strlen(s->job.summary);
	char text[AFTERMATH_TEXT_SIZE];
	struct aftermath after;

	job_aftermath(&after, &s->job);
	aftermath_text(text, &after);
	(void)snprintf(s->job.summary + n, sizeof s->job.summary - n, "%s %s",
		n && s->job.summary[n - 1] != '.' ? "." : "", text);
}

void session_fail(
	struct session *s, const struct session_world *w, const char *code, const char *text)
{
	const struct failure *failure = failure_find(code);
	bool abort = s->begun && !s->job.end_response_sent;

	assert(failure);
	session_withdraw(s, abort ? w->wall + SESSION_DAY_MS : 0);
	s->job.error.code = ERR_REFUSED;
	text_copy(s->job.error.reason, sizeof s->job.error.reason, code);
	(void)snprintf(s->job.error.text, sizeof s->job.error.text, "%s%s%s%s",
		s->job.continues ? "Partially updated: " : "", failure->meaning, *text ? " " : "",
		text);
	text_copy(s->job.outcome, sizeof s->job.outcome, code);
	text_copy(s->job.summary, sizeof s->job.summary, s->job.error.text);
	session_problem(s, code, s->job.error.text);
	say_aftermath(s);
	session_go(s, w, JOB_FAILED, code, s->job.summary);
}

void session_succeed(struct session *s, const struct session_world *w, const char *outcome,
	const char *evidence, const char *source)
{
	char from[VERSION_TEXT_SIZE], now[VERSION_TEXT_SIZE];
	struct job *job = &s->job;

	version_text(from, job->from_version);
	version_text(now, job->verified_version);
	text_copy(job->outcome, sizeof job->outcome, outcome);
	text_copy(job->evidence, sizeof job->evidence, evidence);
	text_copy(job->evidence_source, sizeof job->evidence_source, source);
	if (strcmp(outcome, "already_installed") == 0)
		(void)snprintf(job->summary, sizeof job->summary,
			"The lock already runs %s; it says so itself.", now);
	else if (job->from_known && job->from_version != job->verified_version)
		(void)snprintf(job->summary, sizeof job->summary,
			"Updated from %s to %s; the lock reports the new version itself.", from,
			now);
	else
		(void)snprintf(job->summary, sizeof job->summary,
			"Installed %s; the lock reports this version itself.", now);
	job->error = (struct err){ 0 };
	session_withdraw(s, 0);
	session_problem(s, "", "");
	session_go(s, w, JOB_SUCCEEDED, outcome, job->summary);
}
