#include "api/codec.h"
#include "api/context.h"
#include "api/problem.h"
#include "api/view.h"

void adapters_list(void *owner, const struct http_request *request, struct http_reply *reply)
{
	(void)request;
	reply_json(reply, 200, codec_list("adapters", view_adapters(owner), NULL));
}

/* NULL: 404 was answered. */
static const struct adapter *find(
	const struct api *api, const struct http_request *request, struct http_reply *reply)
{
	const char *id = http_param(request, "id");
	const struct adapter *adapter = id ? engine_adapter(api->options.engine, id) : NULL;
	struct err e;

	if (adapter)
		return adapter;
	(void)err_because(
		&e, ERR_NOT_FOUND, "not_found", "There is no adapter \"%.63s\".", id ? id : "");
	problem_send(reply, request->path, &e, NULL);
	return NULL;
}

void adapters_get(void *owner, const struct http_request *request, struct http_reply *reply)
{
	const struct adapter *adapter = find(owner, request, reply);

	if (adapter)
		reply_json(reply, 200, view_adapter(owner, adapter));
}

static void act(struct api *api, const struct http_request *request, struct http_reply *reply,
	enum err_code (*action)(struct engine *engine, const char *id, struct err *e))
{
	const struct adapter *adapter = find(api, request, reply);
	struct err e;

	if (!adapter)
		return;
	if (action(api->options.engine, adapter->id, &e) == OK)
		reply_json(reply, 202, view_adapter(api, adapter));
	else
		problem_send(reply, request->path, &e, NULL);
}

void adapters_scan(void *owner, const struct http_request *request, struct http_reply *reply)
{
	act(owner, request, reply, engine_scan);
}

void adapters_restart(void *owner, const struct http_request *request, struct http_reply *reply)
{
	act(owner, request, reply, engine_restart_adapter);
}
