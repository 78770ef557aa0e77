/* check_rules.h: the rules of a check; each looks at one thing and says what it found. */
#pragma once

#include "ota/check.h"
#include "server/base/check.h"

struct check_run {
	struct check *out;
	const struct check_input *in;
};

struct check_says {
	enum verdict verdict;
	enum job_wait wait;
	int64_t at;
};

struct finding *check_say(struct check_run *run, const char *code, const struct check_says *says,
	const char *evidence, ...) PRINTF_LIKE(4, 5);

/* About the lock: check_lock.c. */
void check_adapter(struct check_run *run);
void check_contact(struct check_run *run);
void check_battery(struct check_run *run);
void check_lock_state(struct check_run *run);
void check_version_known(struct check_run *run);
/* About the image and the lock: check_image.c. */
void check_ids(struct check_run *run);
void check_direction(struct check_run *run);
void check_fit(struct check_run *run);
