/* failure.h: the failure catalogue as data (DESIGN.md §1). One entry per stable code; problems of
 * the REST surface use the same table, so that each carries advice. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct failure {
	const char *code;    /* "version_unchanged" */
	const char *meaning; /* one sentence */
	const char *advice;  /* what to do now, in plain words; steps separated by '\n' */
	bool retryable;      /* trying again as it is may help */
	bool escalate;       /* home care will not cut it: the manufacturer's turn */
};

/* NULL for an unknown code. */
const struct failure *failure_find(const char *code);
const struct failure *failure_at(unsigned i); /* NULL past the end */
/* The code for what a lock answered: space "ota_end" or "zcl", e.g. ("ota_end", 0x96) ->
 * "invalid_image". Never NULL ("lock_refused"). */
const char *failure_of_status(const char *space, int32_t status);
/* "INVALID_IMAGE"; "" when the space has no such number. */
const char *failure_status_name(const char *space, int32_t status);
