/* body.h: JSON bodies into C values, with exact errors: every unknown member and every wrong type
 * is named. Bounded in size (by the route), depth and count. */
#pragma once

#include "api/problem.h"

#include <jansson.h>

enum { BODY_TEXTS_MAX = 32, BODY_DEPTH_MAX = 8 };

enum body_type {
	BODY_TEXT,  /* const char * */
	BODY_BOOL,  /* bool */
	BODY_INT,   /* int64_t, min..max */
	BODY_TENTH, /* int64_t tenths, min..max of them: 4.6 is 46 */
	BODY_TIME,  /* int64_t Unix ms, RFC 3339 */
	BODY_TEXTS, /* struct body_texts */
};

struct body_texts {
	size_t n;
	const char *at[BODY_TEXTS_MAX];
};

struct body_field {
	const char *name;
	enum body_type type;
	bool required, nullable; /* null leaves *out untouched */
	void *out;               /* untouched when the member is absent */
	int64_t min, max;        /* of a number; of a text's length; of an array's; 0, 0: any */
};

/* Texts point into root: it must live as long as they are used. An empty body is {}. Refusals:
 * invalid_json, invalid_body (details name every place). */
MUST_USE enum err_code body_read(json_t **root, struct span text, const struct body_field *fields,
	struct problem_details *details, struct err *e); /* fields end with name NULL */

DEFINE_AUTO(json_t *, json_decref)
