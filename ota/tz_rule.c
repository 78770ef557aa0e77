#include "ota/tz_rule.h"

#include <string.h>

enum { DAY = 86400, HOUR = 3600, NAME_MIN = 3, HOURS_MAX = 167 };

struct reader {
	const char *at, *end;
	bool bad;
};

static bool take(struct reader *r, char c)
{
	if (r->at == r->end || *r->at != c)
		return false;
	r->at++;
	return true;
}

static bool is_digit(const struct reader *r)
{
	return r->at < r->end && *r->at >= '0' && *r->at <= '9';
}

static int number(struct reader *r, int min, int max)
{
	int value = 0;
	bool any = false;

	while (is_digit(r) && value <= max) {
		value = 10 * value + (*r->at++ - '0');
		any = true;
	}
	r->bad |= !any || value < min || value > max;
	return r->bad ? min : value;
}

static void name(struct reader *r)
{
	const char *from = r->at;
	bool quoted = take(r, '<');

	while (r->at < r->end &&
		(quoted ? *r->at != '>'
			: (*r->at >= 'A' && *r->at <= 'Z') || (*r->at >= 'a' && *r->at <= 'z')))
		r->at++;
	if (quoted)
		r->bad |= !take(r, '>');
	r->bad |= r->at - from < NAME_MIN;
}

/* [+-]h[h[h]][:mm[:ss]] */
static int32_t clock_time(struct reader *r, int hours_max)
{
	bool negative = take(r, '-');
	int32_t seconds;

	if (!negative)
		(void)take(r, '+');
	seconds = number(r, 0, hours_max) * HOUR;
	if (take(r, ':')) {
		seconds += number(r, 0, 59) * 60;
		if (take(r, ':'))
			seconds += number(r, 0, 59);
	}
	return negative ? -seconds : seconds;
}

static struct tz_date date(struct reader *r)
{
	struct tz_date d = { .kind = TZ_DAY_OF_YEAR, .time = 2 * HOUR };

	if (take(r, 'M')) {
		d.kind = TZ_MONTH_WEEK;
		d.month = number(r, 1, 12);
		r->bad |= !take(r, '.');
		d.week = number(r, 1, 5);
		r->bad |= !take(r, '.');
		d.week_day = number(r, 0, 6);
	} else if (take(r, 'J')) {
		d.kind = TZ_JULIAN;
		d.day = number(r, 1, 365);
	} else {
		d.day = number(r, 0, 365);
	}
	if (take(r, '/'))
		d.time = clock_time(r, HOURS_MAX);
	return d;
}

bool tz_rule_parse(struct tz_rule *out, struct span text)
{
	struct reader r = { (const char *)text.data, (const char *)text.data + text.size, false };
	struct tz_rule rule = { 0 };

	if (!text.size)
		return false;
	name(&r);
	rule.standard = -clock_time(&r, 24); /* POSIX counts west */
	rule.summer = rule.standard;
	if (!r.bad && r.at < r.end) {
		rule.has_summer = true;
		name(&r);
		rule.summer = rule.standard + HOUR;
		if (r.at < r.end && *r.at != ',')
			rule.summer = -clock_time(&r, 24);
		r.bad |= !take(&r, ',');
		rule.begin = date(&r);
		r.bad |= !take(&r, ',');
		rule.end = date(&r);
	}
	if (r.bad || r.at != r.end)
		return false;
	*out = rule;
	return true;
}

static bool is_leap(int64_t year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

int64_t tz_days(int64_t year, int month, int day)
{
	/* The year begins in March, so that the leap day is its last. */
	int64_t y = month <= 2 ? year - 1 : year;
	int64_t era = (y >= 0 ? y : y - 399) / 400, of_era = y - era * 400;
	int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static int64_t year_of(int64_t utc)
{
	int64_t year = 1970 + utc / 31556952; /* seconds of a mean year */

	while (tz_days(year, 1, 1) * DAY > utc)
		year--;
	while (tz_days(year + 1, 1, 1) * DAY <= utc)
		year++;
	return year;
}

static int64_t month_week_day(int64_t year, const struct tz_date *d)
{
	static const int lengths[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	int64_t first = tz_days(year, d->month, 1);
	/* 1970-01-01 was a Thursday. */
	int week_day = (int)(((first + 4) % 7 + 7) % 7);
	int length = lengths[d->month - 1] + (d->month == 2 && is_leap(year));
	int day = 1 + (d->week_day - week_day + 7) % 7 + 7 * (d->week - 1);

	while (day > length)
		day -= 7;
	return first + day - 1;
}

/* The moment of a change in local seconds. */
static int64_t change_at(int64_t year, const struct tz_date *d)
{
	int64_t day = tz_days(year, 1, 1);

	switch (d->kind) {
	case TZ_DAY_OF_YEAR:
		day += d->day;
		break;
	case TZ_JULIAN:
		day += d->day - 1 + (is_leap(year) && d->day >= 60);
		break;
	case TZ_MONTH_WEEK:
		day = month_week_day(year, d);
		break;
	}
	return day * DAY + d->time;
}

int32_t tz_rule_offset(const struct tz_rule *rule, int64_t utc)
{
	int64_t year, begin, end;
	bool summer;

	if (!rule->has_summer)
		return rule->standard;
	year = year_of(utc + rule->standard);
	begin = change_at(year, &rule->begin) - rule->standard;
	end = change_at(year, &rule->end) - rule->summer;
	/* In the south summer time goes over the turn of the year. */
	summer = begin < end ? utc >= begin && utc < end : utc >= begin || utc < end;
	return summer ? rule->summer : rule->standard;
}
