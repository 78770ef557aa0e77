#include "api/reply.h"

#include "api/context.h"
#include "api/problem.h"
#include "server/base/alloc.h"
#include "server/base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HEADERS_MAX = 8 };

json_t *reply_text(const char *text)
{
	json_t *json;
	char *copy;

	if (!text || !*text)
		return json_null();
	json = json_string(text);
	if (json)
		return json;
	copy = xstrdup(text);
	for (char *p = copy; *p; p++)
		if ((unsigned char)*p >= 0x80)
			*p = '?';
	json = json_string(copy);
	free(copy);
	return json;
}

char *reply_dump(const json_t *json)
{
	return json_dumps(json, JSON_COMPACT | JSON_REAL_PRECISION(10));
}

void reply_typed(struct http_reply *reply, unsigned status, const char *type,
	const char *const *headers, json_t *json)
{
	const char *all[HEADERS_MAX] = { "Cache-Control: no-store",
		"X-Content-Type-Options: nosniff" };
	static const char sorry[] = "{\"code\":\"internal\",\"detail\":\"no memory\"}";
	char *text = json ? reply_dump(json) : NULL;
	const char *body = text ? text : sorry;

	for (size_t n = 2; headers && *headers && n + 1 < HEADERS_MAX; n++)
		all[n] = *headers++;
	http_send(reply, text ? status : 500, type, all,
		(struct span){ (const uint8_t *)body, strlen(body) });
	free(text);
	json_decref(json);
}

void reply_json(struct http_reply *reply, unsigned status, json_t *json)
{
	reply_typed(reply, status, "application/json", NULL, json);
}

void reply_created(struct http_reply *reply, unsigned status, const char *location, json_t *json)
{
	char line[160];
	const char *const headers[] = { line, NULL };

	(void)snprintf(line, sizeof line, "Location: %s", location);
	reply_typed(reply, status, "application/json", headers, json);
}

void reply_nothing(struct http_reply *reply)
{
	static const char *const headers[] = { "Cache-Control: no-store", NULL };

	http_send(reply, 204, "application/json", headers, (struct span){ NULL, 0 });
}

struct answer *answer_new(
	struct api *api, const struct http_request *request, struct http_reply *reply)
{
	struct answer *answer = xcalloc(1, sizeof *answer);

	answer->api = api;
	answer->reply = reply;
	answer->next = api->answers;
	answer->at = &api->answers;
	if (answer->next)
		answer->next->at = &answer->next;
	api->answers = answer;
	(void)text_copy(answer->instance, sizeof answer->instance, request->path);
	return answer;
}

static void unlink_answer(struct answer *answer)
{
	*answer->at = answer->next;
	if (answer->next)
		answer->next->at = answer->at;
}

void answer_free(struct answer *answer)
{
	if (answer->api)
		unlink_answer(answer);
	free(answer);
}

bool answer_failed(struct answer *answer, const struct err *e)
{
	bool failed = !answer->api || (e && e->code != OK);

	if (!failed)
		return false;
	if (answer->api)
		problem_send(answer->reply, answer->instance, e, NULL);
	answer_free(answer);
	return true;
}

void answers_orphan(struct api *api)
{
	while (api->answers) {
		struct answer *answer = api->answers;

		unlink_answer(answer);
		answer->api = NULL;
		answer->reply = NULL;
	}
}
