/* login.h: logins that need a person: OAuth's code with PKCE (RFC 6749, 7636), Aqara's code by
 * mail. Pure. */
#pragma once

#include "adapters/cloud/tokens.h"

enum { LOGIN_WORD_SIZE = 44 };

struct login {
	char state[LOGIN_WORD_SIZE], verifier[LOGIN_WORD_SIZE]; /* 32 random bytes each, as text */
	const char *redirect_uri;
	bool pkce;
};

/* entropy: 64 bytes. redirect_uri is borrowed. */
void login_init(struct login *login, const struct profile *profile, const uint8_t entropy[64],
	const char *redirect_uri);
/* Where the person says yes; NULL: the profile has no such place. */
char *login_url(
	const struct login *login, const struct profile *profile, const struct secrets *secrets);
/* The code in what was pasted: the code itself, or the address the browser was sent to.
 * ERR_INVALID: none in it, or not of this login. out holds SECRET_MAX + 1. */
MUST_USE enum err_code login_code(
	char *out, const struct login *login, const char *pasted, struct err *e);

/* Aqara: has the vendor send a code to the account's mail or phone; then exchanges it. */
MUST_USE enum err_code login_ask_code(
	struct cloud_request *out, const char *origin, const char *account, struct err *e);
MUST_USE enum err_code login_give_code(struct cloud_request *out, const char *origin,
	const char *account, const char *code, struct err *e);
