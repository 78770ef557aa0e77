/* retraction.h: firmware that was withdrawn: what the configuration denies, lists that somebody
 * keeps, and rows that we looked at. Pure.
 *
 * A list is text, a line each: what is withdrawn (as in deny_read()), a space, why. Empty lines and
 * those that begin with # are comments. */
#pragma once

#include "ota/overlay.h"
#include "server/base/span.h"

#include <stdbool.h>

enum { RETRACTION_REASON_SIZE = 120, RETRACTIONS_MAX = 1024, RETRACTION_LISTS_MAX = 4 };
enum { RETRACTION_LIST_MAX = 256 * 1024 }; /* bytes */

struct retraction {
	struct deny what;
	char reason[RETRACTION_REASON_SIZE];
};

struct retraction_list {
	struct retraction *rows;
	size_t n;
	size_t skipped; /* lines that make no sense */
	struct err why; /* of the first of them */
};

/* A list of this machine (local): a wrong line refuses all of it. One from elsewhere: such lines
 * are skipped; refused when they are as many as the good ones. ERR_INTEGRITY
 * "retractions_invalid", ERR_TOO_LARGE "retractions_too_large". */
MUST_USE enum err_code retraction_list_read(
	struct retraction_list **out, struct span text, bool local, struct err *e);
void retraction_list_free(struct retraction_list *list);
/* One line: "WHAT" or "WHAT WHY". */
MUST_USE enum err_code retraction_read(struct retraction *out, const char *line, struct err *e);

struct retractions {
	const struct retraction *denied; /* by the configuration; borrowed */
	size_t n_denied;
	struct retraction_list *list[RETRACTION_LISTS_MAX]; /* NULL: not loaded */
};
/* Why this image is withdrawn; NULL: it is not. Valid until a list changes. all NULL: only what we
 * looked at ourselves. */
const char *retractions_find(const struct retractions *all, const struct image *image);
