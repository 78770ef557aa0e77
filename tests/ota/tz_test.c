#include "ota/tz.h"

#include "ota/tz_rule.h"
#include "ota/zone.h"
#include "server/base/check.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static struct zones *zones;
static struct err e;

static void setup(void)
{
	zones = zones_new("/usr/share/zoneinfo");
}

static void teardown(void)
{
	zones_free(zones);
}

TestSuite(tz, .init = setup, .fini = teardown, .timeout = 60);

static const struct tz *zone(const char *name)
{
	const struct tz *tz = NULL;

	cr_assert(eq(int, zones_get(zones, &tz, name, &e), OK), "%s: %s", name, e.text);
	return tz;
}

static const char *const places[] = { "Europe/Berlin", "America/New_York", "Australia/Sydney",
	"Asia/Kathmandu", "America/St_Johns", "Africa/Casablanca", "Pacific/Chatham", "Asia/Tokyo",
	"Australia/Lord_Howe", "America/Santiago", "Europe/Dublin", "UTC" };

/* The system's own reading of the same files, a moment each eleven hours of fifty years. */
Test(tz, agrees_with_the_system)
{
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		const struct tz *tz = zone(places[i]);

		setenv("TZ", places[i], 1);
		tzset();
		for (time_t at = 946684800; at < 2524608000; at += 39600) {
			struct tm local;

			localtime_r(&at, &local);
			cr_assert(eq(i64, tz_offset(tz, at), local.tm_gmtoff), "%s at %lld",
				places[i], (long long)at);
		}
	}
}

/* "first moment at which a clock there shows it", or the one of the change. */
Test(tz, utc_is_the_first_moment_that_shows_the_time)
{
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		const struct tz *tz = zone(places[i]);

		for (int64_t local = 1700000000; local < 1770000000; local += 1733) {
			int64_t utc = tz_utc(tz, local), shown = utc + tz_offset(tz, utc);

			cr_assert(ge(i64, shown, local), "%s %lld", places[i], (long long)local);
			cr_assert(lt(i64, utc - 1 + tz_offset(tz, utc - 1), local), "%s %lld",
				places[i], (long long)local);
		}
	}
}

Test(tz, changes_of_the_clock)
{
	static const struct {
		const char *place;
		int64_t local, utc;
	} rows[] = {
		/* 2026-03-29 02:30 in Berlin does not exist: 03:00 CEST = 01:00 UTC. */
		{ "Europe/Berlin", 1774751400, 1774746000 },
		/* 2026-10-25 02:30 comes twice: the first is in CEST. */
		{ "Europe/Berlin", 1792895400, 1792888200 },
		{ "Europe/Berlin", 1792892000, 1792884800 },
		/* 2026-03-08 02:15 in New York: 03:00 EDT = 07:00 UTC. */
		{ "America/New_York", 1772936100, 1772953200 },
		/* 2060, after the table: by the rule. */
		{ "Europe/Berlin", 2855000000, 2854992800 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		cr_assert(eq(i64, tz_utc(zone(rows[i].place), rows[i].local), rows[i].utc),
			"row %zu", i);
}

Test(tz, rules_that_are_none)
{
	static const char *const bad[] = { "", "CE", "CET", "CET-1CEST", "CET-1CEST,M3.5.0",
		"CET-1CEST,M13.5.0,M10.5.0/3", "CET-1CEST,M3.6.0,M10.5.0/3",
		"CET-1CEST,M3.5.7,M10.5.0/3", "CET-1CEST,M3.5.0,M10.5.0/168", "<+03>-3x",
		"CET-1CEST,J0,J365", "CET-1:60", "CET-99999999999" };
	static const char *const good[] = { "UTC0", "CET-1CEST,M3.5.0,M10.5.0/3",
		"<+1245>-12:45<+1345>,M9.5.0/2:45,M4.1.0/3:45", "XXX3EDT4,0/0,J365/23",
		"IST-1GMT0,M10.5.0,M3.5.0/1", "<-02>2<-01>,M3.5.0/-1,M10.5.0/0" };
	struct tz_rule rule;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		cr_assert(not(tz_rule_parse(
				  &rule, (struct span){ (const uint8_t *)bad[i], strlen(bad[i]) })),
			"%s", bad[i]);
	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		cr_assert(tz_rule_parse(&rule,
				  (struct span){ (const uint8_t *)good[i], strlen(good[i]) }),
			"%s", good[i]);
}

Test(tz, names_do_not_lead_out_of_the_folder)
{
	static const char *const bad[] = { "", "/etc/passwd", "../etc/passwd", "Europe/../../x",
		"Europe//Berlin", "Europe/", "Europe/Berlin\n", "Nowhere/Else", "Europe", "-x" };
	const struct tz *tz = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		cr_assert(eq(int, zones_get(zones, &tz, bad[i], &e), ERR_INVALID), "%s", bad[i]);
		cr_assert(eq(str, e.reason, "time_zone"));
	}
}

Test(tz, damaged_files_are_refused)
{
	uint8_t bytes[4096];
	FILE *f = fopen("/usr/share/zoneinfo/Europe/Berlin", "re");
	size_t n = fread(bytes, 1, sizeof bytes, f);
	struct tz *tz = NULL;

	fclose(f);
	cr_assert(eq(int, tz_parse(&tz, (struct span){ bytes, n }, &e), OK));
	tz_free(tz);
	for (size_t cut = 0; cut < n; cut++)
		cr_assert(eq(int, tz_parse(&tz, (struct span){ bytes, cut }, &e), ERR_INVALID),
			"cut to %zu of %zu", cut, n);
}

Test(tz, utc_needs_no_files)
{
	struct zones *bare = zones_new("/nonexistent");
	const struct tz *tz = NULL;

	cr_assert(eq(int, zones_get(bare, &tz, "UTC", &e), OK), "%s", e.text);
	cr_assert(eq(i32, tz_offset(tz, 1780272000), 0));
	cr_assert(eq(int, zones_get(bare, &tz, "Europe/Berlin", &e), ERR_INVALID));
	zones_free(bare);
}
