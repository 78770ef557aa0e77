/* session_steps.h: the parts of session*.c among themselves. */
#pragma once

#include "ota/session.h"
#include "server/base/check.h"

/* session.c */
struct session_action *session_push(struct session *s, enum session_do what);
void session_note(struct session *s, const char *code, const char *text, ...) PRINTF_LIKE(3, 4);
void session_go(struct session *s, const struct session_world *w, enum job_phase phase,
	const char *code, const char *text);
/* Into the wait, or only its reason brought up to date; reason NULL: nothing stands in the way. */
void session_park(struct session *s, const struct session_world *w, enum job_wait wait,
	const char *reason, const char *text);
void session_withdraw(struct session *s, int64_t abort_until);
void session_read(struct session *s, const struct session_world *w, unsigned reads);
void session_fail(
	struct session *s, const struct session_world *w, const char *code, const char *text);
void session_succeed(struct session *s, const struct session_world *w, const char *outcome,
	const char *evidence, const char *source);
/* What stands in the way, or nothing. */
void session_set_reason(struct session *s, const char *reason, const char *text);
void session_problem(struct session *s, const char *code, const char *text);
bool session_is_awake(const struct session *s, const struct session_world *w);

/* session_wait.c: from the request to the first block, and between blocks */
void session_settle(struct session *s, const struct session_world *w);
/* Places the order as far as the image is in memory; may end the job with image_missing. */
void session_order(struct session *s, const struct session_world *w);
void session_read_if_awake(
	struct session *s, const struct session_world *w, unsigned reads, msec gap);
bool session_gave_up(struct session *s, const struct session_world *w);
enum {
	READ_PATIENCE = 15000,      /* for the answers to a read */
	SESSION_LINK_HOLD = 120000, /* at most, for a link that is unstable */
};

/* session_time.c: when a wait goes on, and when it is given up */
int64_t session_backoff_end(const struct session *s);
/* Does the wait end by the clock or by the user's word, however long that takes? */
bool session_is_patient(const struct job *job);
int64_t session_next_at(const struct session *s, const struct session_world *w);
msec session_wait_deadline(const struct session *s, const struct session_world *w);

/* session_transfer.c: while the lock asks for blocks, and the gate at their end */
void session_report(
	struct session *s, const struct session_world *w, const struct update_report *report);
void session_gate(struct session *s, const struct session_world *w);
void session_hold(struct session *s, const struct session_world *w);
void session_stall(struct session *s, const struct session_world *w);
msec session_stall_after(const struct session_world *w);

/* session_only.c: jobs that transfer nothing: what runs on the lock is asked, or attested */
void session_only_settle(struct session *s, const struct session_world *w);
void session_only_version(struct session *s, const struct session_world *w, uint32_t version);

/* session_verify.c: after the Upgrade End Response */
void session_version(
	struct session *s, const struct session_world *w, const struct lock_seen *seen);
void session_returned(
	struct session *s, const struct session_world *w, const struct lock_seen *seen);
void session_verify_tick(struct session *s, const struct session_world *w);
msec session_verify_deadline(const struct session *s, const struct session_world *w);

/* When `wall_due` comes, on the monotonic clock; never now. */
static inline msec session_due(const struct session_world *w, int64_t wall_due)
{
	return w->now + (wall_due > w->wall ? (msec)(wall_due - w->wall) : 1);
}

static inline void session_sooner(msec *deadline, msec other)
{
	if (other && (!*deadline || other < *deadline))
		*deadline = other;
}
