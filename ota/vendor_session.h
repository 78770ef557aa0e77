/* vendor_session.h: the course of a job whose transfer the vendor makes, sans-I/O as session.h. Two
 * kinds of lock: those whose cloud can be asked to update them, and those where somebody does it in
 * the vendor's app and is guided.
 *
 *   checking > asked > transferring > applying > verifying      the cloud is asked once
 *   checking > waiting(user) > transferring > verifying         guided
 *
 * That the vendor is asked at most once is kept by the order of things: the intent goes into the
 * row, the row to disk (SESSION_SAVED), and only then SESSION_TRIGGER is given, once. Whoever finds
 * an intent without an outcome does not know what became of it: looks, and adopts what runs. */
#pragma once

#include "ota/session.h"

void vendor_step(
	struct session *s, const struct session_world *w, const struct session_input *input);
/* too_late once the vendor was asked; already_over. */
MUST_USE enum err_code vendor_cancel(
	struct session *s, const struct session_world *w, struct err *e);
/* The adapter did not take SESSION_LOOK or SESSION_TRIGGER: nothing was sent. */
void vendor_look_refused(struct session *s, msec now);
void vendor_trigger_refused(struct session *s, msec now);
/* Unix ms at which the wait is given up; 0: it is not. */
int64_t vendor_gives_up_at(const struct session *s, uint32_t give_up_after_s);
/* May the user say "once more"? Only while it is not known whether the vendor was asked. */
bool vendor_may_retry(const struct job *job);
/* Does it use the account's one update at a time? */
bool vendor_holds_slot(const struct session *s);
