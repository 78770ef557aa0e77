#include "adapters/cloud/login.h"

#include "adapters/cloud/cloud_crypto.h"
#include "server/base/alloc.h"
#include "server/base/text.h"

#include <string.h>

static const char *option(const struct profile *profile, const char *name)
{
	return json_string_value(json_object_get(profile->options, name));
}

static void word(char out[LOGIN_WORD_SIZE], const uint8_t entropy[32])
{
	char text[48];

	crypto_base64_url(text, (struct span){ entropy, 32 });
	(void)text_copy(out, LOGIN_WORD_SIZE, text);
}

void login_init(struct login *login, const struct profile *profile, const uint8_t entropy[64],
	const char *redirect_uri)
{
	*login = (struct login){ .redirect_uri = redirect_uri,
		.pkce = json_is_true(json_object_get(profile->options, "pkce")) };
	word(login->state, entropy);
	word(login->verifier, entropy + 32);
}

static void add(struct text_buffer *b, const char *name, const char *value)
{
	text_add(b, name);
	text_add_escaped(b, value, "");
}

static void add_challenge(struct text_buffer *b, const char *verifier)
{
	uint8_t digest[CRYPTO_SHA256_SIZE];
	char text[48];

	crypto_sha256(digest, (struct span){ (const uint8_t *)verifier, strlen(verifier) });
	crypto_base64_url(text, (struct span){ digest, sizeof digest });
	add(b, "&code_challenge=", text);
	text_add(b, "&code_challenge_method=S256");
}

char *login_url(
	const struct login *login, const struct profile *profile, const struct secrets *secrets)
{
	const char *base = option(profile, "authorize_url"), *scope = option(profile, "scope");
	const char *id = secrets_get(secrets, "client_id");
	struct text_buffer b = text_buffer(REQUEST_TEXT_MAX);

	if (profile->scheme != SIGN_OAUTH2 || !base || !id)
		return NULL;
	text_add(&b, base);
	add(&b, "?response_type=code&client_id=", id);
	add(&b, "&redirect_uri=", login->redirect_uri);
	if (scope)
		add(&b, "&scope=", scope);
	add(&b, "&state=", login->state);
	if (login->pkce)
		add_challenge(&b, login->verifier);
	return text_take(&b);
}

/* "%2F…" -> '/'; false: it is not escaped. */
static bool escaped(char *out, const char *text)
{
	char digits[3] = "";
	uint8_t byte;
	size_t n;

	if (*text != '%' || !text[1] || !text[2])
		return false;
	memcpy(digits, text + 1, 2);
	if (!text_unhex(&byte, 1, &n, digits) || !byte)
		return false;
	memcpy(out, &byte, 1);
	return true;
}

/* The value of name=… in a query, decoded; false: it is not there or too long. */
static bool query_value(char *out, size_t max, const char *query, const char *name)
{
	size_t n = strlen(name), size = 0;

	while (strncmp(query, name, n) != 0 || query[n] != '=') {
		query = strchr(query, '&');
		if (!query)
			return false;
		query++;
	}
	for (query += n + 1; *query && *query != '&' && *query != '#'; query++) {
		if (size + 1 >= max)
			return false;
		if (escaped(&out[size], query))
			query += 2;
		else
			out[size] = *query;
		size++;
	}
	out[size] = '\0';
	return size > 0;
}

enum err_code login_code(char *out, const struct login *login, const char *pasted, struct err *e)
{
	const char *query = strchr(pasted, '?');
	char state[128];

	if (!query && !strstr(pasted, "code=")) {
		size_t n = strcspn(pasted, " \t\r\n");

		if (!n || n > SECRET_MAX)
			return err_set(e, ERR_INVALID, "there is no code in it");
		memcpy(out, pasted, n);
		out[n] = '\0';
		return OK;
	}
	query = query ? query + 1 : pasted;
	if (!query_value(state, sizeof state, query, "state") || !crypto_equal(state, login->state))
		return err_set(e, ERR_INVALID, "it belongs to another login; begin again");
	if (!query_value(out, SECRET_MAX + 1, query, "code"))
		return err_set(e, ERR_INVALID, "there is no code in it");
	return OK;
}

static enum err_code aqara(
	struct cloud_request *out, const char *origin, json_t *body, struct err *e)
{
	*out = (struct cloud_request){
		.method = "POST", .origin = origin, .label = "/v3.0/open/api", .token = true
	};
	out->path = xstrdup("/v3.0/open/api");
	out->body = body ? json_dumps(body, JSON_COMPACT) : NULL;
	json_decref(body);
	return out->body ? OK : err_set(e, ERR_INVALID, "that is no text");
}

enum err_code login_ask_code(
	struct cloud_request *out, const char *origin, const char *account, struct err *e)
{
	return aqara(out, origin,
		json_pack("{s:s, s:{s:s, s:i, s:s}}", "intent", "config.auth.getAuthCode", "data",
			"account", account, "accountType", 0, "accessTokenValidity", "1y"),
		e);
}

enum err_code login_give_code(struct cloud_request *out, const char *origin, const char *account,
	const char *code, struct err *e)
{
	return aqara(out, origin,
		json_pack("{s:s, s:{s:s, s:s, s:i}}", "intent", "config.auth.getToken", "data",
			"authCode", code, "account", account, "accountType", 0),
		e);
}
