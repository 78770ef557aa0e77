/* auth.h: who may do what. Bearer tokens, of which only the SHA-256 is kept, and their scopes. Pure
 * but for getrandom(); storing tokens is tokens.c's business. */
#pragma once

#include "ota/store.h"
#include "server/base/msec.h"

#include <stdbool.h>

/* Each may all that the one before it may. read: look; control: locks, jobs, firmware, adapters;
 * admin: tokens. */
enum scope { SCOPE_NONE, SCOPE_READ, SCOPE_CONTROL, SCOPE_ADMIN };

const char *scope_name(int scope);
bool scope_parse(int *out, const char *name); /* "read", "control", "admin" */

enum {
	TOKEN_TEXT_SIZE = 3 + 43 + 1, /* "lw_" and 32 random bytes as base64url */
	TOKENS_MAX = 64,
	AUTH_PEERS_MAX = 64,
	AUTH_FAILURES_MAX = 10, /* per peer and window; more are answered 429 */
	AUTH_WINDOW_MS = 60000,
};

struct auth_peer {
	char peer[64];
	unsigned failures;
	msec since; /* start of the window */
};

struct auth {
	struct token tokens[TOKENS_MAX];
	size_t n;
	struct auth_peer peers[AUTH_PEERS_MAX]; /* the longest quiet one makes room */
};

/* A new secret; digest is what may be stored. */
MUST_USE enum err_code auth_make_token(
	char text[TOKEN_TEXT_SIZE], char digest[SHA256_TEXT], struct err *e);
void auth_sha256(char out[SHA256_TEXT], struct span data);

/* "Bearer lw_…" -> the secret inside; NULL: another scheme. */
const char *auth_bearer(const char *authorization);
/* All tokens are compared, each in constant time. NULL: unknown. */
struct token *auth_by_secret(struct auth *auth, const char *secret);
struct token *auth_by_name(struct auth *auth, const char *name);
bool auth_add(struct auth *auth, const struct token *token); /* false: full */
void auth_drop(struct auth *auth, const char *name);
bool auth_is_name(const char *name); /* 1..63 of A-Z a-z 0-9 . _ - */

/* Counts a failed attempt; true: this peer has made too many. A right token always passes: 256
 * random bits are not guessed, and others behind the same proxy must not suffer. */
bool auth_failed(struct auth *auth, const char *peer, msec now);
