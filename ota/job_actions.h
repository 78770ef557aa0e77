/* job_actions.h: what a person can do about a job now. Pure. */
#pragma once

#include "ota/job.h"

enum job_action {
	ACTION_CANCEL = 1 << 0,
	ACTION_STARTED = 1 << 1, /* "I started it", in the vendor's app */
	ACTION_CONFIRM = 1 << 2, /* "it shows version X" */
	ACTION_RETRY = 1 << 3,
	ACTION_VERIFY = 1 << 4, /* ask again which version it runs */
};

unsigned job_actions(const struct job *job); /* ACTION_* */
