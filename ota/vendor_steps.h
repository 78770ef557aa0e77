/* vendor_steps.h: the parts of vendor_*.c among themselves. */
#pragma once

#include "ota/session_steps.h"
#include "ota/vendor_session.h"

#include <string.h>

enum {
	VENDOR_FRESH = 60000,    /* what is older decides nothing */
	VENDOR_REREAD = 60000,   /* between two reads that count */
	VENDOR_SETTLES = 600000, /* so long a cloud may tell the old version */
};

/* vendor_session.c */
const struct lock_component *vendor_part(
	const struct session *s, const struct session_world *w);                      /* or NULL */
const char *vendor_installed(const struct session *s, const struct session_world *w); /* or "" */
bool vendor_is_offline(const struct session_world *w); /* and not only unknown */
bool vendor_state_runs(enum vendor_state state);
/* The vendor has the order: it is followed, whatever the phase. */
bool vendor_has_it(const struct job *job);
bool vendor_waits_as(const struct job *job, const char *reason);
/* The adapter cannot be asked: parked where that is possible. */
bool vendor_is_out(struct session *s, const struct session_world *w);
void vendor_proceed(struct session *s, const struct session_world *w);

/* vendor_look.c */
bool vendor_is_fresh(const struct session *s, const struct session_world *w);
void vendor_look(struct session *s, const struct session_world *w); /* when it is time */
void vendor_look_soon(struct session *s, const struct session_world *w);
msec vendor_look_due(const struct session *s, const struct session_world *w); /* 0: not planned */
/* The answer to a look; false: there was none. */
bool vendor_looked(
	struct session *s, const struct session_world *w, const struct vendor_report *report);
msec vendor_pause(const struct session *s, int64_t retry_after_s);

/* vendor_settle.c: before the vendor is asked */
void vendor_settle(struct session *s, const struct session_world *w);
bool vendor_is_blocked(const struct check *check);

/* vendor_trigger.c */
void vendor_intend(struct session *s, const struct session_world *w);
void vendor_saved(struct session *s, const struct session_world *w);
void vendor_outcome(
	struct session *s, const struct session_world *w, const struct vendor_report *report);
void vendor_await(struct session *s, const struct session_world *w); /* the answer */
void vendor_unclear(struct session *s, const struct session_world *w);
void vendor_adopt(struct session *s, const struct session_world *w, const char *text);
void vendor_again(struct session *s, const struct session_world *w);

/* vendor_follow.c: after it was asked */
void vendor_follow(struct session *s, const struct session_world *w);
void vendor_moved(
	struct session *s, const struct session_world *w, const struct vendor_report *report);
void vendor_succeed(struct session *s, const struct session_world *w, const char *outcome,
	const char *evidence);
void vendor_fail_unverified(struct session *s, const struct session_world *w);
void vendor_fail_unexpected(struct session *s, const struct session_world *w);

/* vendor_guide.c */
void vendor_guide(struct session *s, const struct session_world *w);
void vendor_observe(struct session *s, const struct session_world *w);
void vendor_started(struct session *s, const struct session_world *w);
void vendor_attest(struct session *s, const struct session_world *w, const char *version);
void vendor_only(struct session *s, const struct session_world *w);
int64_t vendor_guide_ends(const struct job *job); /* Unix ms; 0: the guide has no hand in it */
