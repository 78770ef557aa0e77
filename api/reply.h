/* reply.h: answers in JSON, now or later. */
#pragma once

#include "server/base/err.h"
#include "server/http.h"

#include <jansson.h>

struct api;

/* NULL and "" are null; bytes that are no UTF-8 (a lock's model name) become '?'. */
json_t *reply_text(const char *text);
/* Compact, numbers with ten digits: 41.7 stays 41.7. malloc'ed; NULL without memory. */
char *reply_dump(const json_t *json);

/* Takes json; NULL (no memory) answers 500. */
void reply_json(struct http_reply *reply, unsigned status, json_t *json);
/* The same with a Location. */
void reply_created(struct http_reply *reply, unsigned status, const char *location, json_t *json);
void reply_typed(struct http_reply *reply, unsigned status, const char *type,
	const char *const *headers, json_t *json);
void reply_nothing(struct http_reply *reply); /* 204 */

/* What a handler keeps of its request until the domain has answered. */
struct answer {
	struct api *api; /* NULL after api_stop(): nobody waits for the answer any more */
	struct http_reply *reply;
	struct answer *next, **at; /* in the api's list */
	char instance[128];
	char name[64];  /* of the thing asked for */
	int64_t number; /* of what was asked */
	bool created;   /* it did not exist before */
};
struct answer *answer_new(
	struct api *api, const struct http_request *request, struct http_reply *reply);
void answer_free(struct answer *answer);
/* Every answer starts with this: sends the error if there is one, and frees; false: go on. */
bool answer_failed(struct answer *answer, const struct err *e);
void answers_orphan(struct api *api);
