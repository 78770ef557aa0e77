/* secrets.h: what an account must not give away: keys, passwords, tokens. Wiped when freed. Values
 * go to the signer and into requests, never into a log, an error or a report. */
#pragma once

#include "server/base/check.h"

#include <stdbool.h>
#include <stddef.h>

enum { SECRETS_MAX = 16, SECRET_NAME_SIZE = 32, SECRET_MAX = 4096 };

struct secret {
	char name[SECRET_NAME_SIZE];
	char *value;
};

struct secrets {
	struct secret list[SECRETS_MAX];
	size_t n;
};

/* Only for who signs; NULL: there is none. */
const char *secrets_get(const struct secrets *secrets, const char *name);
/* Copies; replaces an older one. False: too many, too long, or the name is none. */
bool secrets_put(struct secrets *secrets, const char *name, const char *value);
void secrets_done(struct secrets *secrets);

/* A text on the heap that is wiped before it is freed; NULL is fine. */
void secret_text_free(char *text);
DEFINE_AUTO(char *, secret_text_free)
