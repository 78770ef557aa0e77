/* history.h: a long past, for benchmarks: finished and active jobs with their timelines, and what
 * locks and adapters told meanwhile. */
#pragma once

#include "ota/store.h"

struct history {
	int jobs, locks; /* the last `locks` jobs are active, one per lock */
	int days;        /* over which all of it is spread, up to now */
	int lock_events; /* beside those of jobs: per lock and day */
	int64_t now;     /* Unix ms */
};

enum { JOB_EVENTS = 12 };

/* Driven by worker_run_batch(). Ends the program on an error. */
void history_fill(struct store *store, const struct history *history);
/* Locks are named front-door-0, front-door-1, … */
void history_lock_name(char out[LOCK_ID_SIZE], int number);
