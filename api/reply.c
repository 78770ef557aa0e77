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

struct pending *pending_new(
	struct api *api, const struct http_request *request, struct http_reply *reply)
{
	struct pending *pending = xcalloc(1, sizeof *pending);

	pending->api = api;
	pending->reply = reply;
	pending->next = api->pending;
	pending->at = &api->pending;
	if (pending->next)
		pending->next->at = &pending->next;
	api->pending = pending;
	if (request)
		(void)text_copy(pending->instance, sizeof pending->instance, request->path);
	return pending;
}

static void unlink_pending(struct pending *pending)
{
	*pending->at = pending->next;
	if (pending->next)
		pending->next->at = pending->at;
}

void pending_free(struct pending *pending)
{
	if (pending->api)
		unlink_pending(pending);
	free(pending);
}

bool pending_failed(struct pending *pending, const struct err *e)
{
	bool failed = !pending->api || (e && e->code != OK);

	if (!failed)
		return false;
	if (pending->api && pending->reply)
		problem_send(pending->reply, pending->instance, e, NULL);
	pending_free(pending);
	return true;
}

void pending_orphan_all(struct api *api)
{
	while (api->pending) {
		struct pending *pending = api->pending;

		unlink_pending(pending);
		pending->api = NULL;
		pending->reply = NULL;
	}
}
