/* "hmac-sha256-canonical-v1": one signer for vendors of the ordinary kind: parts, joined, keyed. */
#include "adapters/cloud/cloud_crypto.h"
#include "adapters/cloud/sign_schemes.h"
#include "adapters/cloud/template.h"
#include "server/base/text.h"

#include <string.h>

enum { PARTS_MAX = 16, HEADERS_MAX = 12 };

static const char *option(const json_t *options, const char *key, const char *instead)
{
	const char *text = json_string_value(json_object_get(options, key));

	return text ? text : instead;
}

static bool all_templates(const json_t *list)
{
	size_t n = json_array_size(list);

	for (size_t i = 0; i < n; i++) {
		const char *text = json_string_value(json_array_get(list, i));

		if (!text || !template_is_valid(text))
			return false;
	}
	return n > 0 && n <= PARTS_MAX;
}

enum err_code sign_canonical_check(const json_t *options, struct err *e)
{
	const char *encode = option(options, "encode", "hex"), *name;
	json_t *headers = json_object_get(options, "headers"), *value;

	if (!all_templates(json_object_get(options, "canonical")))
		return err_set(e, ERR_INVALID,
			"auth.options.canonical: must be a list of 1 to %d texts", PARTS_MAX);
	if (strcmp(encode, "hex") != 0 && strcmp(encode, "base64") != 0)
		return err_set(
			e, ERR_INVALID, "auth.options.encode: must be \"hex\" or \"base64\"");
	if (!json_object_size(headers) || json_object_size(headers) > HEADERS_MAX)
		return err_set(e, ERR_INVALID, "auth.options.headers: must have 1 to %d headers",
			HEADERS_MAX);
	json_object_foreach(headers, name,
		value) if (!json_is_string(value) ||
			   !template_is_valid(json_string_value(value))) return err_set(e,
		ERR_INVALID, "auth.options.headers.%.40s: must be a text with {names}", name);
	return OK;
}

struct words { /* what the parts may name */
	struct vars vars;
	char ts_s[SIGN_TIME_SIZE], ts_ms[SIGN_TIME_SIZE], hash[2 * CRYPTO_SHA256_SIZE + 1],
		sign[96];
	char *target;
};

static bool collect(
	struct words *w, const struct cloud_request *request, const struct signing *with)
{
	const char *body = request->body ? request->body : "";
	uint8_t digest[CRYPTO_SHA256_SIZE];

	w->target = request_sorted(request, false);
	if (!w->target)
		return false;
	crypto_sha256(digest, (struct span){ (const uint8_t *)body, strlen(body) });
	text_hex(w->hash, (struct span){ digest, sizeof digest });
	sign_time(w->ts_s, with->time_ms / 1000);
	sign_time(w->ts_ms, with->time_ms);
	vars_set(&w->vars, "METHOD", request->method);
	vars_set(&w->vars, "path_with_sorted_query", w->target);
	vars_set(&w->vars, "ts_s", w->ts_s);
	vars_set(&w->vars, "ts_ms", w->ts_ms);
	vars_set(&w->vars, "nonce", with->nonce);
	vars_set(&w->vars, "body", body);
	vars_set(&w->vars, "body_sha256_hex", w->hash);
	for (size_t i = 0; i < with->secrets->n; i++)
		vars_set(&w->vars, with->secrets->list[i].name, with->secrets->list[i].value);
	return true;
}

static enum err_code make_sign(struct words *w, const struct signing *with, struct err *e)
{
	const json_t *parts = json_object_get(with->options, "canonical");
	struct text_buffer b = text_buffer((size_t)4 * REQUEST_TEXT_MAX);
	uint8_t mac[CRYPTO_SHA256_SIZE];
	const char *key;
	enum err_code r = sign_secret(&key, with, option(with->options, "key", "key_secret"), e);

	for (size_t i = 0; r == OK && i < json_array_size(parts); i++) {
		text_add(&b, i ? option(with->options, "join", "\n") : "");
		r = template_expand(&b, json_string_value(json_array_get(parts, i)), &w->vars,
			TEMPLATE_TEXT, e);
	}
	if (r == OK) {
		crypto_hmac_sha256(
			mac, (struct span){ (const uint8_t *)key, strlen(key) }, text_span(&b));
		if (!strcmp(option(with->options, "encode", "hex"), "hex"))
			text_hex(w->sign, (struct span){ mac, sizeof mac });
		else
			crypto_base64(w->sign, (struct span){ mac, sizeof mac });
		vars_set(&w->vars, "sig", w->sign);
	}
	text_buffer_done(&b);
	return r;
}

static enum err_code add_headers(struct cloud_request *request, const struct words *w,
	const struct signing *with, struct err *e)
{
	json_t *headers = json_object_get(with->options, "headers"), *value;
	enum err_code r = OK;
	const char *name;

	json_object_foreach(headers, name, value)
	{
		struct text_buffer b = text_buffer(REQUEST_TEXT_MAX);

		if (r == OK)
			r = template_expand(
				&b, json_string_value(value), &w->vars, TEMPLATE_HEADER, e);
		if (r == OK)
			r = sign_header(request, name, b.data ? b.data : "", e);
		text_buffer_done(&b);
	}
	return r;
}

enum err_code sign_canonical(
	struct cloud_request *request, const struct signing *with, struct err *e)
{
	struct words w = { 0 };
	enum err_code r;

	if (!collect(&w, request, with))
		return err_set(e, ERR_TOO_LARGE, "the request is too long to be signed");
	r = make_sign(&w, with, e);
	if (r == OK)
		r = add_headers(request, &w, with, e);
	if (r == ERR_NOT_FOUND)
		r = err_set(e, ERR_UNAUTHORIZED, "the credentials lack what the cloud asks for");
	secret_text_free(w.target);
	return r;
}
