/* signer.h: how a cloud knows whose request it is: one built-in scheme each. Pure: time, nonce and
 * token are handed in. */
#pragma once

#include "adapters/cloud/cloud_json.h"
#include "adapters/cloud/request.h"
#include "adapters/cloud/secrets.h"

#include <stdint.h>

enum sign_scheme {
	SIGN_TUYA,      /* "tuya-hmac-sha256-v2" */
	SIGN_AQARA,     /* "aqara-md5-v3" */
	SIGN_SWITCHBOT, /* "switchbot-hmac" */
	SIGN_TTLOCK,    /* "ttlock-form" */
	SIGN_CANONICAL, /* "hmac-sha256-canonical-v1" */
	SIGN_BEARER,    /* "bearer-static" */
	SIGN_OAUTH2,    /* "oauth2-refresh" */
	SIGN_SCHEMES
};

struct signing {
	enum sign_scheme scheme;
	const json_t *options; /* of the profile; NULL */
	const struct secrets *secrets;
	const char *access_token; /* NULL: none */
	int64_t time_ms;          /* of the cloud's clock */
	const char *nonce;
	bool other_key_id; /* Aqara: sign the key id in its other form */
};

const char *sign_scheme_name(enum sign_scheme scheme);
bool sign_scheme_read(enum sign_scheme *out, const char *name);
bool sign_scheme_has_tokens(enum sign_scheme scheme); /* it has access tokens that end */
/* Is `options` what the scheme needs? The error names the key. */
MUST_USE enum err_code sign_check(enum sign_scheme scheme, const json_t *options, struct err *e);
/* Adds headers or fields; the request is then ready to be sent. ERR_UNSUPPORTED: no MD5 here. */
MUST_USE enum err_code sign_request(
	struct cloud_request *request, const struct signing *with, struct err *e);
