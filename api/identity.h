/* identity.h: the service's own id: random, made at the first start, the same for ever. Home
 * Assistant knows the service by it wherever it moves. No secret. */
#pragma once

#include "server/base/err.h"

struct store;

enum { IDENTITY_SIZE = 32 + 1 }; /* 128 bits as hex */

/* Once per store. */
MUST_USE enum err_code identity_load(char out[IDENTITY_SIZE], struct store *store, struct err *e);
