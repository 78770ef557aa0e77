/* problem.h: errors as RFC 9457 problem details, each with advice. */
#pragma once

#include "server/base/err.h"
#include "server/http.h"

enum { PROBLEM_DETAILS_MAX = 8 };

/* Where in the request the trouble is: a JSON pointer ("/force/1") or "?limit". */
struct problem_details {
	size_t n;
	struct {
		char path[64];
		char detail[160];
	} at[PROBLEM_DETAILS_MAX];
};

/* More than fit are dropped: the first ones are enough to go on with. */
void problem_add(struct problem_details *details, const char *path, const char *fmt, ...)
	PRINTF_LIKE(3, 4);

/* instance: the path asked for, or NULL; details: or NULL. */
void problem_send(struct http_reply *reply, const char *instance, const struct err *e,
	const struct problem_details *details);
/* The status of an error: by its reason where that is finer than its code. */
unsigned problem_status(const struct err *e);
/* What to do about it: from the failure catalogue, the table here, or by code. Never NULL. */
const char *problem_advice(const struct err *e);
