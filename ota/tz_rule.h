/* tz_rule.h: the rule for all years after the last transition: the TZ string at the end of a TZif
 * file (POSIX, with the extensions of RFC 9636 §3.3.1). Pure. */
#pragma once

#include "server/base/span.h"

#include <stdbool.h>
#include <stdint.h>

struct tz_date {
	enum { TZ_DAY_OF_YEAR, TZ_JULIAN, TZ_MONTH_WEEK } kind;
	int day;                   /* DAY_OF_YEAR 0..365; JULIAN 1..365, never counts 29 February */
	int month, week, week_day; /* 1..12; 1..5, 5 = last; 0 = Sunday */
	int32_t time;              /* seconds after local midnight, also negative */
};

struct tz_rule {
	int32_t standard, summer; /* seconds east of UTC */
	bool has_summer;
	struct tz_date begin, end; /* of summer time */
};

/* False: this is no such rule. */
bool tz_rule_parse(struct tz_rule *out, struct span text);
int32_t tz_rule_offset(const struct tz_rule *rule, int64_t utc);
/* Days since 1970 of a date of the Gregorian calendar; month 1..12. */
int64_t tz_days(int64_t year, int month, int day);
