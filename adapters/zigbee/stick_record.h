/* stick_record.h: what a stick has done to us, and how patient we are with it. Shared by all
 * radios.
 *
 * Pure: times in, verdicts out. */
#pragma once

#include "server/base/msec.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { STICK_RESETS_KEPT = 4, STICK_UNASKED_KEPT = 3, STICK_RESTARTS_KEPT = 3 };
enum { STICK_UNSTABLE_PAUSE = 300000 }; /* ms an unstable stick is left alone */

struct stick_record {
	uint32_t reopen_after; /* ms; 0: it ran since */
	uint32_t resets_ever;
	msec resets[STICK_RESETS_KEPT], unasked[STICK_UNASKED_KEPT], restarts[STICK_RESTARTS_KEPT];
};

/* ms until the port is opened again: one second, doubling to thirty. */
uint32_t stick_record_failed(struct stick_record *r);
void stick_record_runs(struct stick_record *r);
/* It restarted by itself; true: too often, it is unstable (four times in ten minutes). */
bool stick_record_reset(struct stick_record *r, msec now);
/* A sign of another program on the stick; true: the third in a minute. */
bool stick_record_unasked(struct stick_record *r, msec now);
void stick_record_forget_unasked(struct stick_record *r);
/* Restarting it for its silence: once an hour, three times a day. */
bool stick_record_may_restart(const struct stick_record *r, msec now);
msec stick_record_restart_at(const struct stick_record *r, msec now); /* when it may next be; now */
void stick_record_restarted(struct stick_record *r, msec now);
