/* An integration says that it shows our locks, or that it does not any more. Any scope may: nothing
 * about a lock changes. */
#include "api/codec.h"
#include "api/context.h"
#include "api/ha_discovery.h"
#include "api/problem.h"
#include "server/base/text.h"
#include "server/loop.h"

/* The devices that go (or went) for it, so that it can wait until their names are free. */
static json_t *mqtt_devices(const struct api *api)
{
	json_t *list = json_array();

	for (size_t i = 0; api->mqtt && i < engine_lock_count(api->options.engine); i++)
		json_array_append_new(
			list, ha_lock_node(api->mqtt, engine_lock_at(api->options.engine, i)->id));
	return list;
}

void integrations_list(void *owner, const struct http_request *request, struct http_reply *reply)
{
	const struct api *api = owner;
	json_t *list = json_array();

	(void)request;
	for (size_t i = 0; i < api->integrations.n; i++)
		json_array_append_new(list, codec_integration(&api->integrations.at[i], NULL));
	reply_json(reply, 200, codec_list("integrations", list, NULL));
}

static enum err_code prepare(
	struct integration *out, const struct http_request *request, struct err *e)
{
	const char *id = http_param(request, "id");

	if (!integrations_is_id(id))
		return err_because(e, ERR_INVALID, "invalid_id",
			"An integration's id is 1 to %d of A-Z a-z 0-9 _ -.", INTEGRATION_ID_MAX);
	(void)text_copy(out->id, sizeof out->id, id);
	(void)text_copy(out->principal, sizeof out->principal, request->principal);
	return OK;
}

void integrations_put_one(void *owner, const struct http_request *request, struct http_reply *reply)
{
	AUTO(json_decref) json_t *root = NULL;
	struct problem_details details = { 0 };
	const struct body_in in = { request->body, &root, &details };
	struct api *api = owner;
	struct integration asked = { .seen_at = loop_wall(api->options.loop) };
	const struct integration *there = NULL;
	struct err e;

	if (codec_read_nothing(&in, &e) == OK && prepare(&asked, request, &e) == OK) {
		there = integrations_put(&api->integrations, &asked);
		if (!there)
			(void)err_because(&e, ERR_CONFLICT, "too_many_integrations",
				"%d integrations show the locks, no more can.", INTEGRATIONS_MAX);
	}
	if (there)
		reply_json(reply, 200, codec_integration(there, mqtt_devices(api)));
	else
		problem_send(reply, request->path, &e, &details);
}

void integrations_delete(void *owner, const struct http_request *request, struct http_reply *reply)
{
	struct api *api = owner;
	const char *id = http_param(request, "id");
	struct err e;

	if (integrations_remove(&api->integrations, id)) {
		reply_nothing(reply);
		return;
	}
	(void)err_because(&e, ERR_NOT_FOUND, "not_found", "There is no integration \"%.64s\".", id);
	problem_send(reply, request->path, &e, NULL);
}
