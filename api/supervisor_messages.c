#include "api/supervisor_messages.h"

#include "api/reply.h"
#include "server/base/text.h"

#include <string.h>

enum { MESSAGE_MAX = 120, UUID_MIN = 8 };

/* Foreign bytes for a log line. */
static void printable(char out[MESSAGE_MAX], const char *text)
{
	size_t n = 0;

	for (; text && *text && n + 1 < MESSAGE_MAX; text++)
		out[n++] = (char)(*text >= ' ' && *text < 0x7F && *text != '"' ? *text : '?');
	out[n] = '\0';
}

static enum err_code refusal(unsigned status, const json_t *root, struct err *e)
{
	enum err_code code = status == 401 || status == 403   ? ERR_FORBIDDEN
			     : status == 400 || status == 404 ? ERR_NOT_FOUND
							      : ERR_PROTOCOL;
	char message[MESSAGE_MAX];

	printable(message, json_string_value(json_object_get(root, "message")));
	return err_set(e, code, "the Supervisor answers %u %s", status, message);
}

/* *root is the caller's. */
static enum err_code read_data(
	json_t **root, json_t **data, unsigned status, struct span body, struct err *e)
{
	const char *result;

	*root = json_loadb((const char *)body.data, body.size, JSON_REJECT_DUPLICATES, NULL);
	result = json_string_value(json_object_get(*root, "result"));
	if (status != 200 || !result || strcmp(result, "ok") != 0)
		return refusal(status, *root, e);
	*data = json_object_get(*root, "data");
	if (!json_is_object(*data))
		return err_set(e, ERR_PROTOCOL, "the Supervisor's answer has no data");
	return OK;
}

static bool take_text(char *out, size_t max, const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	*out = '\0';
	if (!value || json_is_null(value))
		return true;
	return json_is_string(value) &&
	       strlen(json_string_value(value)) == json_string_length(value) &&
	       text_copy(out, max, json_string_value(value));
}

static bool is_host(const char *text)
{
	for (const char *c = text; *c; c++)
		if (*c <= ' ' || *c >= 0x7F || strchr("/@?#\"\\", *c))
			return false;
	return *text;
}

static bool take_broker(struct found_broker *out, const json_t *data)
{
	const json_t *port = json_object_get(data, "port"), *tls = json_object_get(data, "ssl");
	json_int_t number = json_integer_value(port);

	if (!take_text(out->host, sizeof out->host, data, "host") || !is_host(out->host) ||
		!take_text(out->user, sizeof out->user, data, "username") ||
		!take_text(out->password, sizeof out->password, data, "password"))
		return false;
	if (!json_is_integer(port) || number < 1 || number > UINT16_MAX)
		return false;
	if (tls && !json_is_boolean(tls) && !json_is_null(tls))
		return false;
	out->port = (uint16_t)number;
	out->tls = json_is_true(tls);
	return true;
}

enum err_code supervisor_read_broker(
	struct found_broker *out, unsigned status, struct span body, struct err *e)
{
	struct found_broker found = { 0 };
	json_t *root = NULL, *data = NULL;
	enum err_code code = read_data(&root, &data, status, body, e);

	if (!code && !take_broker(&found, data))
		code = err_set(
			e, ERR_PROTOCOL, "the Supervisor tells of no broker that can be used");
	if (!code)
		*out = found;
	explicit_bzero(&found, sizeof found);
	json_decref(root);
	return code;
}

bool same_broker(const struct found_broker *a, const struct found_broker *b)
{
	return a->port == b->port && a->tls == b->tls && !strcmp(a->host, b->host) &&
	       !strcmp(a->user, b->user) && !strcmp(a->password, b->password);
}

char *supervisor_discovery_message(const char *host, uint16_t port, const char *token)
{
	json_t *message = json_pack("{s:s, s:{s:s, s:i, s:s}}", "service", "lockwright", "config",
		"host", host, "port", (int)port, "token", token);
	char *text = message ? reply_dump(message) : NULL;

	json_decref(message);
	return text;
}

static bool is_uuid(const char *text)
{
	size_t n = strspn(text, "0123456789abcdefABCDEF-");

	return n >= UUID_MIN && n < SUPERVISOR_UUID_SIZE && !text[n];
}

enum err_code supervisor_read_discovery(
	char uuid[SUPERVISOR_UUID_SIZE], unsigned status, struct span body, struct err *e)
{
	json_t *root = NULL, *data = NULL;
	enum err_code code = read_data(&root, &data, status, body, e);
	char found[SUPERVISOR_UUID_SIZE];

	if (!code && (!take_text(found, sizeof found, data, "uuid") || !is_uuid(found)))
		code = err_set(e, ERR_PROTOCOL, "the Supervisor's answer names no uuid");
	if (!code)
		(void)text_copy(uuid, SUPERVISOR_UUID_SIZE, found);
	json_decref(root);
	return code;
}
