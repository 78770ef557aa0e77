/* Where a vendor may send word: a public address, unguessable, which says nothing but yes or no. */
#include "api/context.h"
#include "api/problem.h"
#include "ota/engine.h"
#include "server/base/text.h"

#include <stdio.h>
#include <string.h>
#include <sys/random.h>

enum { KEY_BYTES = 24, KEY_SIZE = 2 * KEY_BYTES + 1 };

static bool has_hook(const struct adapter *adapter)
{
	return adapter && adapter->capabilities & ADAPTER_VENDOR && adapter->ops->hook;
}

/* Made when it is first asked for. false: no random numbers. */
static bool key_of(const struct api *api, const struct adapter *adapter, char out[KEY_SIZE])
{
	const char *known = api->hooks->get(api->hooks, adapter->id);
	uint8_t raw[KEY_BYTES];

	if (known && strlen(known) == KEY_SIZE - 1) {
		(void)text_copy(out, KEY_SIZE, known);
		return true;
	}
	if (getrandom(raw, sizeof raw, 0) != (ssize_t)sizeof raw)
		return false;
	text_hex(out, (struct span){ raw, sizeof raw });
	api->hooks->put(api->hooks, adapter->id, out);
	return true;
}

/* In a time that does not depend on where they differ. */
static bool same_key(const char *a, const char *b)
{
	unsigned differs = strlen(b) != KEY_SIZE - 1;

	for (size_t i = 0; i < KEY_SIZE - 1 && b[i]; i++)
		differs |= (unsigned)(a[i] ^ b[i]);
	return !differs;
}

static const char *header(const void *arg, const char *name)
{
	return http_header(arg, name);
}

void hooks_post(void *owner, const struct http_request *request, struct http_reply *reply)
{
	struct api *api = owner;
	const char *id = http_param(request, "adapter"), *given = http_param(request, "key");
	const struct adapter *adapter = id ? engine_adapter(api->options.engine, id) : NULL;
	const struct vendor_hook hook = { .body = request->body, .header = header, .arg = request };
	char key[KEY_SIZE];
	struct err e;

	if (has_hook(adapter) && given && key_of(api, adapter, key) && same_key(key, given) &&
		engine_hook(api->options.engine, id, &hook)) {
		reply_nothing(reply);
		return;
	}
	(void)err_because(&e, ERR_UNAUTHORIZED, "hook_refused", "Not from the vendor.");
	problem_send(reply, NULL, &e, NULL);
}

void adapters_hook(void *owner, const struct http_request *request, struct http_reply *reply)
{
	struct api *api = owner;
	const char *id = http_param(request, "id");
	const struct adapter *adapter = id ? engine_adapter(api->options.engine, id) : NULL;
	char key[KEY_SIZE], path[160];
	struct err e;

	if (!has_hook(adapter) || !key_of(api, adapter, key)) {
		(void)err_because(&e, ERR_NOT_FOUND, "not_found",
			"The adapter \"%.63s\" takes no messages of a vendor.", id ? id : "");
		problem_send(reply, request->path, &e, NULL);
		return;
	}
	(void)snprintf(path, sizeof path, "/api/v1/hooks/%s/%s", adapter->id, key);
	reply_json(reply, 200, json_pack("{s:s}", "path", path));
}
