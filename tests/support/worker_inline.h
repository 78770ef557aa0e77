/* worker_inline.h: the worker of tests on virtual time does its work at once, unless it is held. */
#pragma once

/* From now on the work of all workers of that name waits, as behind a disk that does not answer. */
void worker_hold(const char *name);
void worker_step(void);    /* does what waits; what comes of it waits again */
void worker_release(void); /* does what waits, and goes on as before */
