/* tz.h: the local time of one place, from a TZif file (RFC 9636). Pure: bytes in, nothing global is
 * touched (setenv("TZ") and tzset() are not safe with threads). All times are whole seconds. */
#pragma once

#include "server/base/err.h"
#include "server/base/span.h"

#include <stdint.h>

enum { TZ_FILE_MAX = 256 * 1024, TZ_TRANSITIONS_MAX = 4096 };

struct tz;

MUST_USE enum err_code tz_parse(struct tz **out, struct span file, struct err *e);
/* The same rule at all times: "UTC0". */
MUST_USE enum err_code tz_by_rule(struct tz **out, const char *rule, struct err *e);
void tz_free(struct tz *tz);
/* Seconds east of UTC at a moment. */
int32_t tz_offset(const struct tz *tz, int64_t utc);
/* The first moment at which a clock there shows `local` (seconds since 1970 as if it were UTC). A
 * time that a change of the clock leaves out becomes the moment of the change; of a time that comes
 * twice it is the first. */
int64_t tz_utc(const struct tz *tz, int64_t local);
