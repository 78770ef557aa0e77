#include "adapters/cloud/signer.h"

#include "adapters/cloud/sign_schemes.h"
#include "server/base/text.h"

#include <stdio.h>
#include <string.h>

struct scheme {
	const char *name;
	bool has_tokens;
	enum err_code (*sign)(
		struct cloud_request *request, const struct signing *with, struct err *e);
	enum err_code (*check)(const json_t *options, struct err *e); /* NULL: none are needed */
};

static const struct scheme schemes[SIGN_SCHEMES] = {
	[SIGN_TUYA] = { "tuya-hmac-sha256-v2", true, sign_tuya, NULL },
	[SIGN_AQARA] = { "aqara-md5-v3", true, sign_aqara, NULL },
	[SIGN_SWITCHBOT] = { "switchbot-hmac", false, sign_switchbot, NULL },
	[SIGN_TTLOCK] = { "ttlock-form", true, sign_ttlock, NULL },
	[SIGN_CANONICAL] = { "hmac-sha256-canonical-v1", false, sign_canonical,
		sign_canonical_check },
	[SIGN_BEARER] = { "bearer-static", false, sign_bearer, sign_bearer_check },
	[SIGN_OAUTH2] = { "oauth2-refresh", true, sign_bearer, sign_bearer_check },
};

const char *sign_scheme_name(enum sign_scheme scheme)
{
	return schemes[scheme].name;
}

bool sign_scheme_read(enum sign_scheme *out, const char *name)
{
	for (size_t i = 0; i < SIGN_SCHEMES; i++)
		if (!strcmp(schemes[i].name, name)) {
			*out = (enum sign_scheme)i;
			return true;
		}
	return false;
}

bool sign_scheme_has_tokens(enum sign_scheme scheme)
{
	return schemes[scheme].has_tokens;
}

enum err_code sign_check(enum sign_scheme scheme, const json_t *options, struct err *e)
{
	return schemes[scheme].check ? schemes[scheme].check(options, e) : OK;
}

enum err_code sign_secret(
	const char **out, const struct signing *with, const char *name, struct err *e)
{
	const char *value = secrets_get(with->secrets, name);

	if (!value || !*value)
		return err_set(e, ERR_UNAUTHORIZED, "the credentials have no \"%s\"", name);
	*out = value;
	return OK;
}

void sign_time(char out[SIGN_TIME_SIZE], int64_t value)
{
	(void)snprintf(out, SIGN_TIME_SIZE, "%lld", (long long)value);
}

enum err_code sign_header(
	struct cloud_request *request, const char *name, const char *value, struct err *e)
{
	if (request_header(request, name, value))
		return OK;
	return err_set(e, ERR_INVALID, "the header %s has too much or unprintable text", name);
}

enum err_code sign_request(struct cloud_request *request, const struct signing *with, struct err *e)
{
	enum err_code r = schemes[with->scheme].sign(request, with, e);

	if (r == OK && request->is_form)
		request_close_form(request);
	if (r == OK && request->body)
		r = sign_header(request, "Content-Type",
			request->is_form ? "application/x-www-form-urlencoded" : "application/json",
			e);
	return r;
}
