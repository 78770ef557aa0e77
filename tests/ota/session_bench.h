/* session_bench.h: transitions without loop, store or adapter: a world is set up, a step is made,
 * actions come. */
#pragma once

#include "ota/session.h"

enum { OLD = 0x11040000, NEW = 0x11070000, SECOND = 1000, MINUTE = 60 * SECOND };

extern struct lock lock;
extern struct image image;
extern struct session s;
extern struct session_world w;

void session_setup(void); /* all is well; nothing has begun */
void look(void);          /* the check of this moment */
void step(enum session_input_kind kind);
void pass(msec ms);
void report(enum update_step what, uint64_t offset);
void ended(const char *space, int32_t status, const char *reason);
void seen(const struct lock_seen *seen);
void says(uint32_t version, bool announced);
void reads(int half_percent, int state);
const struct session_action *did(enum session_do what); /* NULL: not in the last step */
void session_is(enum job_phase phase, enum job_wait wait);
/* The way to the phases that tests begin in. */
void transferring(void);
void applying(void);
