#include "adapters/cloud/cloud_crypto.h"
#include "adapters/cloud/sign_schemes.h"
#include "server/base/text.h"

#include <ctype.h>
#include <string.h>

/* The order of Signature-Headers, "a:b", whose values stand in the request already. */
static void add_signed_headers(
	struct text_buffer *b, const struct cloud_request *request, const char *names)
{
	while (*names) {
		size_t n = strcspn(names, ":");

		for (size_t i = 0; i < request->n_headers; i++) {
			const char *line = request->headers[i];

			if (strncmp(line, names, n) != 0 || strncmp(line + n, ": ", 2) != 0)
				continue;
			text_add_n(b, line, n + 1);
			text_add(b, line + n + 2);
			text_add(b, "\n");
		}
		names += n + (names[n] == ':');
	}
}

static const char *signed_names(const struct cloud_request *request)
{
	static const char name[] = "Signature-Headers: ";

	for (size_t i = 0; i < request->n_headers; i++)
		if (!strncmp(request->headers[i], name, sizeof name - 1))
			return request->headers[i] + sizeof name - 1;
	return "";
}

static bool add_string_to_sign(struct text_buffer *b, const struct cloud_request *request)
{
	const char *body = request->body ? request->body : "";
	AUTO(secret_text_free) char *url = request_sorted(request, false);
	uint8_t digest[CRYPTO_SHA256_SIZE];
	char hex[2 * CRYPTO_SHA256_SIZE + 1];

	if (!url)
		return false;
	crypto_sha256(digest, (struct span){ (const uint8_t *)body, strlen(body) });
	text_hex(hex, (struct span){ digest, sizeof digest });
	text_add(b, request->method);
	text_add(b, "\n");
	text_add(b, hex);
	text_add(b, "\n");
	add_signed_headers(b, request, signed_names(request));
	text_add(b, "\n");
	text_add(b, url);
	return !b->bad;
}

static enum err_code add_headers(struct cloud_request *request, const struct signing *with,
	const char *const values[3], struct err *e)
{
	enum err_code r = sign_header(request, "client_id", values[0], e);

	if (r == OK)
		r = sign_header(request, "t", values[1], e);
	if (r == OK)
		r = sign_header(request, "sign", values[2], e);
	if (r == OK)
		r = sign_header(request, "sign_method", "HMAC-SHA256", e);
	if (r == OK && *with->nonce)
		r = sign_header(request, "nonce", with->nonce, e);
	if (r == OK && !request->token && with->access_token)
		r = sign_header(request, "access_token", with->access_token, e);
	return r;
}

enum err_code sign_tuya(struct cloud_request *request, const struct signing *with, struct err *e)
{
	struct text_buffer b = text_buffer((size_t)2 * REQUEST_TEXT_MAX);
	char t[SIGN_TIME_SIZE], sign[2 * CRYPTO_SHA256_SIZE + 1];
	uint8_t mac[CRYPTO_SHA256_SIZE];
	const char *id, *key;
	enum err_code r = sign_secret(&id, with, "access_id", e);

	if (r == OK)
		r = sign_secret(&key, with, "access_secret", e);
	if (r != OK)
		return r;
	sign_time(t, with->time_ms);
	text_add(&b, id);
	text_add(&b, !request->token && with->access_token ? with->access_token : "");
	text_add(&b, t);
	text_add(&b, with->nonce);
	if (!add_string_to_sign(&b, request)) {
		text_buffer_done(&b);
		return err_set(e, ERR_TOO_LARGE, "the request is too long to be signed");
	}
	crypto_hmac_sha256(mac, (struct span){ (const uint8_t *)key, strlen(key) }, text_span(&b));
	text_buffer_done(&b);
	text_hex(sign, (struct span){ mac, sizeof mac });
	for (char *c = sign; *c; c++)
		*c = (char)toupper((unsigned char)*c);
	return add_headers(request, with, (const char *const[]){ id, t, sign }, e);
}
