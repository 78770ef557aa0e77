/* credentials.h: the secrets of an account: from a file of its own, from the configuration, or from
 * the environment (LOCKWRIGHT_CLOUD_<ACCOUNT>_<NAME>), which wins. */
#pragma once

#include "adapters/cloud/profile.h"
#include "adapters/cloud/secrets.h"

/* A JSON object of texts. The file must be ours and nobody else's to read. */
MUST_USE enum err_code credentials_file(struct secrets *out, const char *path, struct err *e);
/* What the environment has for this account. */
void credentials_environment(
	struct secrets *out, const char *account, const struct profile *profile);
/* Is all there that the profile needs? Names what is missing. */
MUST_USE enum err_code credentials_check(
	const struct secrets *secrets, const struct profile *profile, struct err *e);
