/* tokens.h: access tokens: how they are asked for, what the answer says, and when they are asked
 * for anew. Pure; token_file.h keeps them. */
#pragma once

#include "adapters/cloud/envelope.h"
#include "adapters/cloud/request.h"
#include "adapters/cloud/secrets.h"

enum { TOKEN_MIN_LEFT_MS = 60000 };

struct tokens {
	char *access, *refresh;  /* NULL: none; wiped when replaced */
	int64_t got_at, ends_at; /* Unix ms; ends_at 0: never, or not known */
	uint32_t generation;     /* grows with each new pair */
};

enum token_way {
	TOKEN_NO_WAY,  /* somebody must log in */
	TOKEN_REFRESH, /* by the refresh token, which works once */
	TOKEN_GRANT    /* from the credentials alone */
};

void tokens_done(struct tokens *tokens);
/* Takes copies. */
void tokens_set(struct tokens *tokens, const char *access, const char *refresh, int64_t got_at,
	int64_t ends_at);
/* Is it time for a new pair? At 80 % of its life, and a minute before its end, but not in the first
 * half of it. */
bool tokens_are_due(const struct tokens *tokens, int64_t wall);
/* refresh_failed: the refresh token was refused. */
enum token_way tokens_way(
	enum sign_scheme scheme, const struct tokens *tokens, bool refresh_failed);
/* Who asks, and by what. All borrowed. */
struct token_ask {
	const struct profile *profile;
	const char *origin;
	const struct secrets *secrets;
	const struct tokens *tokens;
	enum token_way way;
};
MUST_USE enum err_code tokens_request(
	struct cloud_request *out, const struct token_ask *ask, struct err *e);
/* VENDOR_OK: tokens hold the new pair. Else why not; the old pair is untouched. */
void tokens_answer(struct verdict *out, struct tokens *tokens, const struct profile *profile,
	const struct cloud_answer *answer, int64_t wall);

/* For a login by a code: what exchanges it. verifier: of PKCE, or NULL. */
struct token_code {
	const char *code, *verifier, *redirect_uri;
};
MUST_USE enum err_code tokens_code_request(struct cloud_request *out, const struct profile *profile,
	const struct secrets *secrets, const struct token_code *code, struct err *e);
