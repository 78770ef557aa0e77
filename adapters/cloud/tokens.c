#include "adapters/cloud/tokens.h"

#include "adapters/cloud/cloud_crypto.h"
#include "server/base/alloc.h"
#include "server/base/text.h"

#include <stdlib.h>
#include <string.h>

void tokens_done(struct tokens *tokens)
{
	secret_text_free(tokens->access);
	secret_text_free(tokens->refresh);
	*tokens = (struct tokens){ .generation = tokens->generation };
}

void tokens_set(struct tokens *tokens, const char *access, const char *refresh, int64_t got_at,
	int64_t ends_at)
{
	char *a = xstrdup(access), *r = refresh && *refresh ? xstrdup(refresh) : NULL;

	tokens_done(tokens);
	tokens->access = a;
	tokens->refresh = r;
	tokens->got_at = got_at;
	tokens->ends_at = ends_at;
	tokens->generation++;
}

bool tokens_are_due(const struct tokens *tokens, int64_t wall)
{
	int64_t life = tokens->ends_at - tokens->got_at;
	/* One that lives no longer would be asked for again and again. */
	int64_t left = life / 2 < TOKEN_MIN_LEFT_MS ? life / 2 : TOKEN_MIN_LEFT_MS;

	if (!tokens->access)
		return true;
	if (!tokens->ends_at)
		return false;
	return wall >= tokens->got_at + life / 5 * 4 || wall >= tokens->ends_at - left;
}

enum token_way tokens_way(enum sign_scheme scheme, const struct tokens *tokens, bool refresh_failed)
{
	if (tokens->refresh && !refresh_failed)
		return TOKEN_REFRESH;
	return scheme == SIGN_TUYA || scheme == SIGN_TTLOCK ? TOKEN_GRANT : TOKEN_NO_WAY;
}

static void begin(
	struct cloud_request *r, const char *method, const char *origin, const char *label)
{
	*r = (struct cloud_request){ .origin = origin, .label = label, .token = true };
	(void)text_copy(r->method, sizeof r->method, method);
}

static enum err_code tuya(struct cloud_request *r, const char *origin, const struct tokens *tokens,
	enum token_way way)
{
	struct text_buffer path = text_buffer(REQUEST_TEXT_MAX);

	begin(r, "GET", origin, "/v1.0/token");
	text_add(&path, "/v1.0/token");
	if (way == TOKEN_REFRESH) {
		text_add(&path, "/");
		text_add(&path, tokens->refresh);
	} else {
		(void)request_query(r, "grant_type", "1"); /* the first one: there is room */
	}
	r->path = text_take(&path);
	return OK;
}

static enum err_code aqara(struct cloud_request *r, const char *origin, const struct tokens *tokens)
{
	json_t *body = json_pack("{s:s, s:{s:s}}", "intent", "config.auth.refreshToken", "data",
		"refreshToken", tokens->refresh);

	begin(r, "POST", origin, "/v3.0/open/api");
	r->path = xstrdup("/v3.0/open/api");
	r->body = json_dumps(body, JSON_COMPACT);
	json_decref(body);
	return r->body ? OK : ERR_INTERNAL;
}

static enum err_code add_secret(struct cloud_request *r, const char *field,
	const struct secrets *secrets, const char *name, struct err *e)
{
	const char *value = secrets_get(secrets, name);

	if (!value || !*value)
		return err_set(e, ERR_UNAUTHORIZED, "the credentials have no \"%s\"", name);
	if (!request_form(r, field, value))
		return err_set(e, ERR_TOO_LARGE, "the token request has too many fields");
	return OK;
}

/* The vendor wants the MD5 of the password in its place. */
static enum err_code ttlock_password(
	struct cloud_request *r, const struct secrets *secrets, struct err *e)
{
	const char *password = secrets_get(secrets, "password");
	uint8_t digest[CRYPTO_MD5_SIZE];
	char hex[2 * CRYPTO_MD5_SIZE + 1];
	bool made;

	if (!password)
		return err_set(e, ERR_UNAUTHORIZED, "the credentials have no \"password\"");
	if (!crypto_md5(digest, (struct span){ (const uint8_t *)password, strlen(password) }))
		return err_set(e, ERR_UNSUPPORTED, "this system's libcrypto has no MD5");
	text_hex(hex, (struct span){ digest, sizeof digest });
	made = request_form(r, "password", hex);
	crypto_wipe(hex, sizeof hex);
	return made ? OK : err_set(e, ERR_TOO_LARGE, "the token request has too many fields");
}

static enum err_code ttlock(struct cloud_request *r, const char *origin,
	const struct secrets *secrets, const struct tokens *tokens, struct err *e)
{
	enum err_code code;

	begin(r, "POST", origin, "/oauth2/token");
	r->path = xstrdup("/oauth2/token");
	code = add_secret(r, "clientId", secrets, "client_id", e);
	if (code == OK)
		code = add_secret(r, "clientSecret", secrets, "client_secret", e);
	if (code != OK)
		return code;
	if (tokens) {
		(void)request_form(r, "grant_type", "refresh_token"); /* there is room */
		(void)request_form(r, "refresh_token", tokens->refresh);
		return OK;
	}
	code = add_secret(r, "username", secrets, "username", e);
	return code == OK ? ttlock_password(r, secrets, e) : code;
}

static const char *token_option(const struct profile *profile, const char *name)
{
	return json_string_value(json_object_get(profile->options, name));
}

/* The client's id and secret, where the profile's token_url is, which was checked with it. */
static enum err_code oauth(struct cloud_request *r, const struct profile *profile,
	const struct secrets *secrets, struct err *e)
{
	begin(r, "POST", profile->token_origin, "(token)");
	r->path = xstrdup(token_option(profile, "token_url") + strlen(profile->token_origin));
	if (add_secret(r, "client_id", secrets, "client_id", e) != OK)
		return ERR_UNAUTHORIZED;
	if (!secrets_get(secrets, "client_secret")) /* a public client, by PKCE */
		return OK;
	return add_secret(r, "client_secret", secrets, "client_secret", e);
}

static enum err_code oauth_refresh(struct cloud_request *r, const struct profile *profile,
	const struct secrets *secrets, const struct tokens *tokens, struct err *e)
{
	enum err_code code = oauth(r, profile, secrets, e);

	if (code == OK) {
		(void)request_form(r, "grant_type", "refresh_token"); /* there is room */
		(void)request_form(r, "refresh_token", tokens->refresh);
	}
	return code;
}

enum err_code tokens_code_request(struct cloud_request *out, const struct profile *profile,
	const struct secrets *secrets, const struct token_code *code, struct err *e)
{
	enum err_code r = oauth(out, profile, secrets, e);

	if (r != OK)
		return r;
	(void)request_form(out, "grant_type", "authorization_code"); /* there is room */
	(void)request_form(out, "code", code->code);
	(void)request_form(out, "redirect_uri", code->redirect_uri);
	if (code->verifier)
		(void)request_form(out, "code_verifier", code->verifier);
	return OK;
}

enum err_code tokens_request(struct cloud_request *out, const struct token_ask *ask, struct err *e)
{
	bool refresh = ask->way == TOKEN_REFRESH;

	switch (ask->profile->scheme) {
	case SIGN_TUYA:
		return tuya(out, ask->origin, ask->tokens, ask->way);
	case SIGN_AQARA:
		return aqara(out, ask->origin, ask->tokens);
	case SIGN_TTLOCK:
		return ttlock(out, ask->origin, ask->secrets, refresh ? ask->tokens : NULL, e);
	case SIGN_OAUTH2:
		return oauth_refresh(out, ask->profile, ask->secrets, ask->tokens, e);
	case SIGN_SWITCHBOT:
	case SIGN_CANONICAL:
	case SIGN_BEARER:
	case SIGN_SCHEMES:
		break;
	}
	return err_set(e, ERR_UNSUPPORTED, "this cloud has no tokens");
}

struct shape { /* where an answer has its parts */
	const char *access, *refresh, *life;
};

static const struct shape shapes[SIGN_SCHEMES] = {
	[SIGN_TUYA] = { "/result/access_token", "/result/refresh_token", "/result/expire_time" },
	[SIGN_AQARA] = { "/result/accessToken", "/result/refreshToken", "/result/expiresIn" },
	[SIGN_TTLOCK] = { "/access_token", "/refresh_token", "/expires_in" },
	[SIGN_OAUTH2] = { "/access_token", "/refresh_token", "/expires_in" },
};

static bool fits(const char *token)
{
	return token && *token && strlen(token) <= SECRET_MAX;
}

static bool take_pair(
	struct tokens *tokens, enum sign_scheme scheme, const json_t *body, int64_t wall)
{
	const struct shape *s = &shapes[scheme];
	const char *access = json_string_value(pointer_get(body, s->access));
	const char *refresh = json_string_value(pointer_get(body, s->refresh));
	char *kept = NULL;
	json_int_t life = 0;

	if (!fits(access) || (refresh && strlen(refresh) > SECRET_MAX))
		return false;
	if (!scalar_int(&life, pointer_get(body, s->life)) || life < 0 || life > INT32_MAX)
		life = 0;
	if (!refresh && tokens->refresh) /* RFC 6749 §6: the old one stays */
		refresh = kept = xstrdup(tokens->refresh);
	tokens_set(tokens, access, refresh, wall, life ? wall + life * 1000 : 0);
	secret_text_free(kept);
	return true;
}

/* OAuth's own envelope (RFC 6749 §5): the status says it. */
static void judge_oauth(struct verdict *v, json_t **body, const struct cloud_answer *answer)
{
	static const struct json_bounds bounds = { 65536, 8, 200 };

	*body = NULL;
	if (v->status < 200 || v->status >= 500 || v->status == 429 || v->status == 408)
		return;
	*body = cloud_json_parse(answer->body, &bounds, false, NULL);
	v->class = v->status < 300 ? VENDOR_OK : VENDOR_AUTH_EXPIRED;
	v->code[0] = '\0';
}

void tokens_answer(struct verdict *out, struct tokens *tokens, const struct profile *profile,
	const struct cloud_answer *answer, int64_t wall)
{
	json_t *body;

	envelope_judge(out, &body, profile, answer);
	if (profile->scheme == SIGN_OAUTH2 && answer->err.code == OK) {
		json_decref(body);
		judge_oauth(out, &body, answer);
	}
	if (out->class == VENDOR_OK && !take_pair(tokens, profile->scheme, body, wall))
		out->class = VENDOR_ERROR;
	json_decref(body);
}
