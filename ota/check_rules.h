/* check_rules.h: the rules of a check; each looks at one thing and says what it found. */
#pragma once

#include "ota/check.h"
#include "server/base/check.h"

struct check_run {
	struct check *out;
	const struct check_input *in;
	struct policy policy; /* what holds */
};

struct check_says {
	enum verdict verdict;
	enum job_wait wait;
	int64_t at, until;
};

struct finding *check_say(struct check_run *run, const char *code, const struct check_says *says,
	const char *evidence, ...) PRINTF_LIKE(4, 5);
/* Is a fact of this age good enough to decide by? */
bool check_is_fresh(const struct check_run *run, int64_t at);

/* About the lock: check_lock.c. */
void check_contact(struct check_run *run);
void check_battery(struct check_run *run);
void check_lock_state(struct check_run *run);
void check_version_known(struct check_run *run);
/* About a vendor's lock: check_vendor.c. */
void check_vendor(struct check_run *run);
/* About the stick and the way to the lock: check_stick.c. */
void check_adapter(struct check_run *run);
void check_stick(struct check_run *run);
void check_radio(struct check_run *run);
void check_route(struct check_run *run);
/* About this machine and what its user wants: check_host.c. */
void check_policy(struct check_run *run);
void check_clock(struct check_run *run);
void check_host(struct check_run *run);
/* About the image and the lock: check_image.c. */
void check_ids(struct check_run *run);
void check_direction(struct check_run *run);
void check_fit(struct check_run *run);
void check_origin(struct check_run *run);
