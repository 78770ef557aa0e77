/* The schemes that need no page of their own: SwitchBot, TTLock, bearer tokens. */
#include "adapters/cloud/cloud_crypto.h"
#include "adapters/cloud/sign_schemes.h"
#include "adapters/cloud/template.h"
#include "server/base/text.h"

#include <string.h>

/* base64(HMAC-SHA256(secret, token t nonce)): as the vendor's sample does it, not its prose. */
enum err_code sign_switchbot(
	struct cloud_request *request, const struct signing *with, struct err *e)
{
	struct text_buffer b = text_buffer(REQUEST_TEXT_MAX);
	char t[SIGN_TIME_SIZE], sign[48];
	uint8_t mac[CRYPTO_SHA256_SIZE];
	const char *token, *key;
	enum err_code r = sign_secret(&token, with, "token", e);

	if (r == OK)
		r = sign_secret(&key, with, "secret", e);
	if (r != OK)
		return r;
	sign_time(t, with->time_ms);
	text_add(&b, token);
	text_add(&b, t);
	text_add(&b, with->nonce);
	crypto_hmac_sha256(mac, (struct span){ (const uint8_t *)key, strlen(key) }, text_span(&b));
	text_buffer_done(&b);
	crypto_base64(sign, (struct span){ mac, sizeof mac });
	r = sign_header(request, "Authorization", token, e);
	if (r == OK)
		r = sign_header(request, "t", t, e);
	if (r == OK)
		r = sign_header(request, "nonce", with->nonce, e);
	return r == OK ? sign_header(request, "sign", sign, e) : r;
}

static bool add_field(struct cloud_request *request, const char *name, const char *value)
{
	return !strcmp(request->method, "GET") ? request_query(request, name, value)
					       : request_form(request, name, value);
}

/* No signature: the application's id, the token and the time are fields like others. */
enum err_code sign_ttlock(struct cloud_request *request, const struct signing *with, struct err *e)
{
	char date[SIGN_TIME_SIZE];
	const char *id;
	enum err_code r;

	if (request->token) /* its fields are all there: they differ */
		return OK;
	r = sign_secret(&id, with, "client_id", e);
	if (r != OK)
		return r;
	sign_time(date, with->time_ms);
	if (add_field(request, "clientId", id) &&
		add_field(request, "accessToken", with->access_token ? with->access_token : "") &&
		add_field(request, "date", date))
		return OK;
	return err_set(e, ERR_TOO_LARGE, "the request has too many fields");
}

/* "Authorization: Bearer {access_token}" of the options. */
static const char *header_template(const json_t *options)
{
	return json_string_value(json_object_get(options, "header"));
}

enum err_code sign_bearer_check(const json_t *options, struct err *e)
{
	const char *text = header_template(options);
	const char *colon = text ? strstr(text, ": ") : NULL;

	if (!colon || colon == text || colon - text > 60 || !template_is_valid(text))
		return err_set(e, ERR_INVALID,
			"auth.options.header: must be like \"Authorization: Bearer {api_token}\"");
	return OK;
}

static void secret_vars(struct vars *vars, const struct signing *with)
{
	for (size_t i = 0; i < with->secrets->n; i++)
		vars_set(vars, with->secrets->list[i].name, with->secrets->list[i].value);
	if (with->access_token)
		vars_set(vars, "access_token", with->access_token);
}

enum err_code sign_bearer(struct cloud_request *request, const struct signing *with, struct err *e)
{
	struct text_buffer b = text_buffer(REQUEST_TEXT_MAX);
	struct vars vars = { 0 };
	char *colon;
	enum err_code r;

	if (request->token)
		return OK;
	secret_vars(&vars, with);
	r = template_expand(&b, header_template(with->options), &vars, TEMPLATE_HEADER, e);
	if (r == OK) {
		colon = strstr(b.data, ": "); /* checked with the profile */
		*colon = '\0';
		r = sign_header(request, b.data, colon + 2, e);
	} else if (r == ERR_NOT_FOUND) {
		r = err_set(e, ERR_UNAUTHORIZED, "the credentials lack what the cloud asks for");
	}
	text_buffer_done(&b);
	return r;
}
