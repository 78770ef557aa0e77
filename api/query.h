/* query.h: query and path parameters with exact errors. A parameter that is absent leaves *out
 * untouched. All errors of one request are collected; query_failed() then answers. */
#pragma once

#include "api/problem.h"

struct query {
	const struct http_request *request;
	struct problem_details details;
};

void query_int(struct query *query, const char *name, int64_t *out, int64_t min, int64_t max);
/* One of words (NULL-terminated). */
void query_word(struct query *query, const char *name, const char **out, const char *const *words);
/* An id like those of locks; text of the request. */
void query_slug(struct query *query, const char *name, const char **out);
/* The {id} of a path as a positive number; false when it is none: that is a 404. */
bool query_id(const struct http_request *request, int64_t *out);
/* Sends 400 invalid_query; false: all was well. */
bool query_failed(const struct query *query, struct http_reply *reply);
