/* loop_virtual.h: the loop of tests: no thread, no real time. When nothing is ready, time jumps to
 * the next deadline. Starts at now = 1000 ms, wall = 2026-06-01T00:00:00Z. */
#pragma once

#include "server/loop.h"

/* Runs until loop_stop(), until virtual time `until`, or until nothing can ever happen again.
 * Real fds given to loop_watch() are polled without waiting. */
void loop_run_until(struct loop *loop, msec until);
void loop_run_for(struct loop *loop, msec duration);
/* Runs until done(arg) is true; false when `limit` ms of virtual time passed without it. */
bool loop_run_while_not(struct loop *loop, bool (*done)(void *arg), void *arg, msec limit);
void loop_set_wall(struct loop *loop, int64_t wall);
