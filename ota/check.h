/* check.h: the pre-flight report of a lock: findings with evidence and a remedy. Pure: facts in,
 * findings out. */
#pragma once

#include "ota/image.h"
#include "ota/index.h"
#include "ota/job.h"
#include "ota/lock.h"

enum verdict { VERDICT_OK, VERDICT_WARN, VERDICT_BLOCK };

struct finding {
	char code[FINDING_CODE_SIZE]; /* "battery_low" */
	enum verdict verdict;
	bool forcible;      /* a job may name it in `force` */
	bool forced;        /* and has */
	char evidence[160]; /* value, source */
	int64_t at;         /* Unix ms of the fact; 0 none */
	const char *remedy; /* from the failure catalogue or ""; static */
	enum job_wait wait; /* a block that can be mended: what the job waits for; else WAIT_NOTHING
			       = fails. On a warning WAIT_USER: when reading the lock does not
			       help, somebody must be asked */
};

enum { CHECK_MAX = 24 };

struct check {
	struct finding findings[CHECK_MAX];
	size_t n;
	unsigned pending;   /* READ_* bits that are unknown or older than 24 h */
	enum verdict worst; /* without forced ones */
};

struct check_input {
	const struct lock *lock;
	const struct image *image;      /* NULL: a check without an update in mind */
	const struct index_entry *says; /* what an index says of it; NULL */
	bool denied;                    /* the configuration denies the image */
	const struct job *job;          /* for force, reinstall, allow_downgrade; may be NULL */
	enum adapter_state adapter;
	const struct err *adapter_why;
	int64_t wall;
	bool clock_plausible;
	bool shared_ids; /* several products have the ids of this image (offer_ids_are_shared) */
	bool awake;      /* heard within the last seconds */
};

/* Facts older than this are read again before they decide anything. */
enum { CHECK_FRESH_MS = 24 * 3600 * 1000 };

void check_run(struct check *out, const struct check_input *in);
const struct finding *check_find(const struct check *check, const char *code); /* or NULL */
/* Is this a finding code, and may it be forced? */
bool check_knows(const char *code, bool *forcible);
