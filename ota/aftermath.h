/* aftermath.h: what a job that is over leaves behind: does the lock still work, and what does it
 * run? Pure. */
#pragma once

#include "ota/job.h"

enum lock_works { LOCK_WORKS, LOCK_PERHAPS_WORKS, LOCK_DOES_NOT_WORK };

struct aftermath {
	enum lock_works works;
	bool version_known;
	uint32_t version;
	char text[VENDOR_VERSION_SIZE]; /* the version, as people read it; "" not known */
};

/* Of a job that is over; by what its lock has said, nothing is guessed. */
void job_aftermath(struct aftermath *out, const struct job *job);
enum { AFTERMATH_TEXT_SIZE = 144 };
/* "The lock works as before and runs 17.4.0.0." */
void aftermath_text(char out[AFTERMATH_TEXT_SIZE], const struct aftermath *a);
