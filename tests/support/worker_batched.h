/* worker_batched.h: a worker for tests that need to decide what shares a batch. Submitted work
 * waits; no thread, and the loop may be NULL. One worker at a time. */
#pragma once

#include "server/worker.h"

/* Runs what waits as one batch (at most WORKER_BATCH_MAX), then its done()s; returns how many. */
unsigned worker_run_batch(void);
