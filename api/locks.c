#include "api/codec.h"
#include "api/context.h"
#include "api/problem.h"
#include "api/view.h"
#include "server/base/text.h"

#include <stdio.h>

void locks_list(void *owner, const struct http_request *request, struct http_reply *reply)
{
	(void)request;
	reply_json(reply, 200, codec_list("locks", view_locks(owner), NULL));
}

/* NULL: 404 was answered. */
static const struct lock *find(
	const struct api *api, const struct http_request *request, struct http_reply *reply)
{
	const char *id = http_param(request, "id");
	const struct lock *lock = id ? engine_lock(api->options.engine, id) : NULL;
	struct err e;

	if (lock)
		return lock;
	(void)err_because(
		&e, ERR_NOT_FOUND, "not_found", "There is no lock \"%.63s\".", id ? id : "");
	problem_send(reply, request->path, &e, NULL);
	return NULL;
}

void locks_get(void *owner, const struct http_request *request, struct http_reply *reply)
{
	const struct lock *lock = find(owner, request, reply);

	if (lock)
		reply_json(reply, 200, view_lock(owner, lock));
}

static void changed(void *owner, const struct err *e, const struct lock *lock)
{
	struct answer *pending = owner;
	char location[128];

	if (answer_failed(pending, e))
		return;
	(void)snprintf(location, sizeof location, "/api/v1/locks/%s", lock->id);
	if (pending->created)
		reply_created(pending->reply, 201, location, view_lock(pending->api, lock));
	else
		reply_json(pending->reply, 200, view_lock(pending->api, lock));
	answer_free(pending);
}

static void change(
	struct api *api, const struct http_request *request, struct http_reply *reply, bool create)
{
	AUTO(json_decref) json_t *root = NULL;
	struct problem_details details = { 0 };
	const struct body_in in = { request->body, &root, &details };
	const char *id = http_param(request, "id");
	struct lock_patch patch;
	struct answer *pending;
	struct err e;

	if (codec_read_lock(&patch, &in, &e) != OK) {
		problem_send(reply, request->path, &e, &details);
		return;
	}
	pending = answer_new(api, request, reply);
	pending->created = create && !engine_lock(api->options.engine, id);
	engine_put_lock(api->options.engine, id, &patch, create, changed, pending);
}

void locks_put(void *owner, const struct http_request *request, struct http_reply *reply)
{
	const char *id = http_param(request, "id");
	struct err e;

	if (text_is_slug(id)) {
		change(owner, request, reply, true);
		return;
	}
	(void)err_because(&e, ERR_INVALID, "invalid_id",
		"A lock's id has 1 to 63 lower-case letters, digits and '-', not \"%.63s\".", id);
	problem_send(reply, request->path, &e, NULL);
}

void locks_patch(void *owner, const struct http_request *request, struct http_reply *reply)
{
	if (find(owner, request, reply))
		change(owner, request, reply, false);
}

static void removed(void *owner, const struct err *e, const struct lock *lock)
{
	struct answer *pending = owner;

	(void)lock;
	if (answer_failed(pending, e))
		return;
	reply_nothing(pending->reply);
	answer_free(pending);
}

void locks_delete(void *owner, const struct http_request *request, struct http_reply *reply)
{
	struct api *api = owner;
	const struct lock *lock = find(api, request, reply);

	if (lock)
		engine_remove_lock(
			api->options.engine, lock->id, removed, answer_new(api, request, reply));
}

void locks_check(void *owner, const struct http_request *request, struct http_reply *reply)
{
	struct api *api = owner;
	const struct lock *lock = find(api, request, reply);
	struct check check;
	struct err e;

	if (!lock)
		return;
	if (engine_check(api->options.engine, lock->id, &check, &e) == OK)
		reply_json(reply, 200, codec_check(lock->id, &check));
	else
		problem_send(reply, request->path, &e, NULL);
}

void locks_wake(void *owner, const struct http_request *request, struct http_reply *reply)
{
	struct api *api = owner;
	const struct lock *lock = find(api, request, reply);
	struct err e;

	if (!lock)
		return;
	if (engine_wake_now(api->options.engine, lock->id, &e) == OK)
		reply_json(reply, 200, view_lock(api, lock));
	else
		problem_send(reply, request->path, &e, NULL);
}

void locks_dismiss(void *owner, const struct http_request *request, struct http_reply *reply)
{
	static const struct lock_patch dismiss = { .min_battery_percent = -1,
		.dismiss_problem = true };
	struct api *api = owner;
	const struct lock *lock = find(api, request, reply);

	if (lock)
		engine_put_lock(api->options.engine, lock->id, &dismiss, false, changed,
			answer_new(api, request, reply));
}
