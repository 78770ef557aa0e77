/* The parts of a profile that judge what comes in: envelope, error table, messages to us. */
#include "adapters/cloud/profile_private.h"

#include <stdio.h>
#include <string.h>

enum { RULES_MAX = 64, CODES_MAX = 64, DEVICES_MAX = 4 };

static bool is_pointer(const json_t *value)
{
	return json_is_string(value) && pointer_is_valid(json_string_value(value));
}

static bool is_success_test(const json_t *ok)
{
	if (json_is_true(json_object_get(ok, "http_2xx")))
		return json_object_size(ok) == 1;
	if (json_object_get(ok, "absent"))
		return json_object_size(ok) == 1 && is_pointer(json_object_get(ok, "absent"));
	return is_pointer(json_object_get(ok, "at")) && json_object_get(ok, "eq") &&
	       json_object_size(ok) <= 3;
}

static enum err_code check_envelope(const json_t *envelope, struct err *e)
{
	static const char *const keys[] = { "ok", "code", "message", "request_id", "server_time_ms",
		NULL };
	enum err_code r = profile_known(envelope, "envelope", keys, e);

	if (r == OK && !is_success_test(json_object_get(envelope, "ok")))
		r = err_set(e, ERR_INVALID,
			"envelope.ok: must be {\"at\", \"eq\"}, {\"absent\"} or {\"http_2xx\": "
			"true}");
	for (size_t i = 1; r == OK && keys[i]; i++)
		if (json_object_get(envelope, keys[i]) &&
			!is_pointer(json_object_get(envelope, keys[i])))
			r = err_set(e, ERR_INVALID, "envelope.%s: must be a JSON pointer", keys[i]);
	return r;
}

static bool is_code_list(const json_t *list)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *code = json_array_get(list, i);

		if (!json_is_integer(code) && !json_is_string(code))
			return false;
	}
	return json_array_size(list) > 0 && json_array_size(list) <= CODES_MAX;
}

static enum err_code check_rule(const json_t *rule, size_t at, struct err *e)
{
	static const char *const keys[] = { "http_in", "code_in", "class", NULL };
	const json_t *http = json_object_get(rule, "http_in");
	const json_t *code = json_object_get(rule, "code_in");
	enum vendor_class class;
	char path[PROFILE_PATH_SIZE];
	const char *word;
	enum err_code r;

	(void)snprintf(path, sizeof path, "errors[%zu]", at);
	r = profile_known(rule, path, keys, e);
	if (r == OK)
		r = profile_text(&word, rule, path, "class", e);
	if (r == OK && !vendor_class_read(&class, word))
		r = err_set(e, ERR_INVALID, "%s.class: there is no class \"%.40s\"", path, word);
	if (r == OK && ((!http && !code) || (http && !is_code_list(http)) ||
			       (code && !is_code_list(code))))
		r = err_set(e, ERR_INVALID, "%s: needs http_in or code_in, lists of 1 to %d codes",
			path, CODES_MAX);
	return r;
}

enum err_code profile_read_envelope(struct profile *p, struct err *e)
{
	enum err_code r = profile_object(&p->envelope, p->root, "", "envelope", e);
	size_t n;

	if (r == OK)
		r = check_envelope(p->envelope, e);
	p->errors = json_object_get(p->root, "errors");
	n = json_array_size(p->errors);
	if (r == OK && (n > RULES_MAX || (p->errors && !json_is_array(p->errors))))
		r = err_set(e, ERR_INVALID, "errors: must be a list of at most %d", RULES_MAX);
	for (size_t i = 0; r == OK && i < n; i++)
		r = check_rule(json_array_get(p->errors, i), i, e);
	return r;
}

static enum err_code read_hook_scheme(
	struct profile_hook *hook, const json_t *signature, struct err *e)
{
	static const char path[] = "webhook.signature";
	static const char *const keys[] = { "scheme", "header", "timestamp_header", "over",
		"secret", NULL };
	const char *scheme;
	enum err_code r = profile_known(signature, path, keys, e);

	if (r == OK)
		r = profile_text(&scheme, signature, path, "scheme", e);
	if (r == OK)
		r = profile_text(&hook->secret, signature, path, "secret", e);
	if (r != OK)
		return r;
	if (!strcmp(scheme, "bearer")) {
		hook->scheme = HOOK_BEARER;
		hook->header = "Authorization";
		return OK;
	}
	if (!strcmp(scheme, "hmac-sha256-hex"))
		hook->scheme = HOOK_HMAC_HEX;
	else if (!strcmp(scheme, "hmac-sha256-timestamp"))
		hook->scheme = HOOK_HMAC_TIMESTAMP;
	else
		return err_set(
			e, ERR_INVALID, "%s.scheme: \"%.40s\" is not built in", path, scheme);
	r = profile_text(&hook->header, signature, path, "header", e);
	if (r == OK && hook->scheme == HOOK_HMAC_TIMESTAMP)
		r = profile_text(&hook->timestamp_header, signature, path, "timestamp_header", e);
	return r;
}

enum err_code profile_read_hook(struct profile *p, struct err *e)
{
	static const char *const keys[] = { "signature", "device", NULL };
	const json_t *hook, *signature;
	enum err_code r;

	if (!json_object_get(p->root, "webhook"))
		return OK;
	r = profile_object(&hook, p->root, "", "webhook", e);
	if (r == OK)
		r = profile_known(hook, "webhook", keys, e);
	if (r == OK)
		r = profile_object(&signature, hook, "webhook", "signature", e);
	if (r == OK)
		r = read_hook_scheme(&p->hook, signature, e);
	p->hook.device = r == OK ? json_object_get(hook, "device") : NULL;
	if (json_array_size(p->hook.device) > DEVICES_MAX)
		r = err_set(e, ERR_INVALID, "webhook.device: at most %d pointers", DEVICES_MAX);
	for (size_t i = 0; r == OK && i < json_array_size(p->hook.device); i++)
		if (!is_pointer(json_array_get(p->hook.device, i)))
			r = err_set(
				e, ERR_INVALID, "webhook.device[%zu]: must be a JSON pointer", i);
	return r;
}
