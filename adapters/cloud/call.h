/* call.h: one operation at a cloud, from its requests to what they say. Without I/O: it hands out a
 * request, is given the answer, and so on until it is done or has failed. After a failure the same
 * request may be sent again. */
#pragma once

#include "adapters/cloud/envelope.h"
#include "adapters/cloud/request.h"

enum { CALL_LOCKS_MAX = 2000, UUID_SIZE = 37, VENDOR_JOB_SIZE = 80 };

struct call_args {          /* all borrowed; NULL: not there */
	const char *origin; /* must outlive the call */
	const char *device_id, *module, *target, *job_id, *vendor_job, *uuid;
};

struct call_lock {
	char id[ADDRESS_SIZE], name[64], model[48];
	int online; /* 0, 1; -1 not said */
};

struct call_result {
	struct call_lock *locks; /* OP_LIST */
	size_t n_locks;
	bool cut; /* there are more than could be read */

	int online, locked, battery_low; /* 0, 1; -1 not said */
	int battery_pct, battery_step;   /* -1 not said */
	char model[48];

	struct lock_component components[COMPONENTS_MAX];
	size_t n_components;

	bool accepted; /* OP_TRIGGER */
	char vendor_job[VENDOR_JOB_SIZE];

	enum vendor_state state; /* OP_PROGRESS */
	int percent;             /* -1 not said */
	char code[32];
};

enum call_step { CALL_SEND, CALL_DONE, CALL_FAIL };

struct cloud_call;

/* ERR_UNSUPPORTED: the profile cannot. Of args only origin is kept. */
MUST_USE enum err_code cloud_call_new(struct cloud_call **out, const struct profile *profile,
	enum cloud_op op, const struct call_args *args, struct err *e);
/* NULL is fine. */
void cloud_call_free(struct cloud_call *call);
/* answer NULL: the first step. */
enum call_step cloud_call_step(struct cloud_call *call, const struct cloud_answer *answer);
struct cloud_request *cloud_call_request(struct cloud_call *call); /* after CALL_SEND or FAIL */
const struct call_result *cloud_call_result(const struct cloud_call *call); /* after CALL_DONE */
const struct verdict *cloud_call_verdict(const struct cloud_call *call);    /* after CALL_FAIL */
enum cloud_op cloud_call_op(const struct cloud_call *call);
/* How many requests the operation takes, without further pages. */
size_t cloud_call_cost(const struct profile *profile, enum cloud_op op);
