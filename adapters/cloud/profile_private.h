/* profile_private.h: the parts of reading a profile. */
#pragma once

#include "adapters/cloud/profile.h"

enum { PROFILE_PATH_SIZE = 128 };

/* A member of an object that must be of a kind; path is the object's, "" for the top. */
MUST_USE enum err_code profile_text(
	const char **out, const json_t *object, const char *path, const char *key, struct err *e);
MUST_USE enum err_code profile_object(
	const json_t **out, const json_t *object, const char *path, const char *key, struct err *e);
/* path names the member, "limits.burst": from 1 to max; left as it is when absent. */
MUST_USE enum err_code profile_number(
	uint32_t *out, const json_t *object, const char *path, uint32_t max, struct err *e);
/* Has the object no other keys than these (NULL-terminated)? */
MUST_USE enum err_code profile_known(
	const json_t *object, const char *path, const char *const *keys, struct err *e);

MUST_USE enum err_code profile_read_envelope(struct profile *p, struct err *e);
MUST_USE enum err_code profile_read_ops(struct profile *p, struct err *e);
MUST_USE enum err_code profile_read_hook(struct profile *p, struct err *e);
