/* timer_list.h: the timers of a loop, ordered by deadline and then by the moment they were set.
 *
 * Implements loop_timer_*() of loop.h for every loop: it asks the loop for its list and its time,
 * and the loop asks it what is due. No clock in here. */
#pragma once

#include "server/loop.h"

struct timer_list {
	struct loop_timer *first;
	uint64_t orders; /* how often a timer was set so far */
};

struct timer_list *loop_timer_list(struct loop *loop); /* the loop's part */

msec timer_list_next(const struct timer_list *list); /* 0: none */
/* Runs what is due and was set before `mark` (the value of orders when the turn began), so that a
 * timer set for "now" waits for the next turn. Returns whether any ran. */
bool timer_list_run(struct timer_list *list, msec now, uint64_t mark);
