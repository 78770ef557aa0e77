#include "ota/window.h"

#include "ota/tz.h"
#include "server/base/check.h"
#include "server/base/text.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

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

TestSuite(window, .init = setup, .fini = teardown);

static int64_t at(const char *text)
{
	int64_t wall;

	cr_assert(text_parse_time(&wall, text), "%s", text);
	return wall;
}

static struct window_state look(const char *hours, uint8_t days, const char *zone, const char *now)
{
	struct window w = { .set = true, .days = days };
	struct window_state state;
	const struct tz *tz = NULL;

	cr_assert(window_parse(&w, hours), "%s", hours);
	cr_assert(eq(int, zones_get(zones, &tz, zone, &e), OK), "%s", e.text);
	window_look(&state, &w, tz, at(now));
	return state;
}

enum { SUNDAY = 1 << 6, MONDAY = 1 << 0 };

Test(window, opens_and_closes_on_the_clock_of_its_place)
{
	static const struct {
		const char *hours, *zone, *now;
		uint8_t days;
		bool open;
		const char *next; /* opens, or closes when open */
	} rows[] = {
		{ "02:00-05:00", "UTC", "2026-06-01T01:59:59Z", WINDOW_EVERY_DAY, false,
			"2026-06-01T02:00:00Z" },
		{ "02:00-05:00", "UTC", "2026-06-01T02:00:00Z", WINDOW_EVERY_DAY, true,
			"2026-06-01T05:00:00Z" },
		{ "02:00-05:00", "UTC", "2026-06-01T05:00:00Z", WINDOW_EVERY_DAY, false,
			"2026-06-02T02:00:00Z" },
		{ "02:00-05:00", "Europe/Berlin", "2026-06-01T00:30:00Z", WINDOW_EVERY_DAY, true,
			"2026-06-01T03:00:00Z" },
		{ "02:00-05:00", "Europe/Berlin", "2026-01-01T00:30:00Z", WINDOW_EVERY_DAY, false,
			"2026-01-01T01:00:00Z" },
		/* Over midnight; it belongs to the day on which it begins. 2026-06-01 is a Monday.
		 */
		{ "23:00-01:00", "UTC", "2026-06-01T00:30:00Z", SUNDAY, true,
			"2026-06-01T01:00:00Z" },
		{ "23:00-01:00", "UTC", "2026-06-02T00:30:00Z", SUNDAY, false,
			"2026-06-07T23:00:00Z" },
		{ "00:00-24:00", "UTC", "2026-06-01T12:00:00Z", MONDAY, true,
			"2026-06-02T00:00:00Z" },
		/* Equal: a whole day. */
		{ "03:00-03:00", "UTC", "2026-06-02T02:59:00Z", MONDAY, true,
			"2026-06-02T03:00:00Z" },
		/* 2026-03-29 02:00-03:00 is left out in Berlin. Its begin moves to 03:00 (01:00Z).
		 */
		{ "02:30-04:00", "Europe/Berlin", "2026-03-29T00:59:59Z", WINDOW_EVERY_DAY, false,
			"2026-03-29T01:00:00Z" },
		{ "02:30-04:00", "Europe/Berlin", "2026-03-29T01:00:00Z", WINDOW_EVERY_DAY, true,
			"2026-03-29T02:00:00Z" },
		/* Wholly in the gap: it keeps its length. */
		{ "02:10-02:40", "Europe/Berlin", "2026-03-29T01:10:00Z", WINDOW_EVERY_DAY, true,
			"2026-03-29T01:30:00Z" },
		/* The hour that comes twice: from the first to the first. */
		{ "02:30-04:00", "Europe/Berlin", "2026-10-25T00:30:00Z", WINDOW_EVERY_DAY, true,
			"2026-10-25T03:00:00Z" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct window_state s =
			look(rows[i].hours, rows[i].days, rows[i].zone, rows[i].now);

		cr_assert(eq(int, s.open, rows[i].open), "row %zu", i);
		cr_assert(eq(i64, s.open ? s.closes : s.opens, at(rows[i].next)), "row %zu", i);
	}
}

Test(window, texts)
{
	static const char *const bad[] = { "", "2:00-5:00", "02:00-25:00", "02:60-05:00",
		"24:00-01:00", "02:00-24:01", "02:00 05:00", "02:00-05:00 " };
	struct window w = { 0 };
	char text[WINDOW_TEXT_SIZE];

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		cr_assert(not(window_parse(&w, bad[i])), "%s", bad[i]);
	cr_assert(window_parse(&w, "22:15-24:00"));
	window_text(text, &w);
	cr_assert(eq(str, text, "22:15-24:00"));
	cr_assert(eq(int, window_day_parse("sun"), 6));
	cr_assert(eq(int, window_day_parse("sunday"), -1));
}

/* Every five minutes of two years: what was said of the next opening and closing comes true. */
Test(window, keeps_what_it_says, .timeout = 60)
{
	static const char *const places[] = { "Europe/Berlin", "America/New_York",
		"Australia/Lord_Howe" };
	struct window w = { .set = true, .days = WINDOW_EVERY_DAY };

	for (size_t p = 0; p < ARRAY_SIZE(places); p++) {
		const struct tz *tz = NULL;
		struct window_state before = { 0 }, now;

		cr_assert(window_parse(&w, p == 1 ? "01:30-02:30" : "02:15-03:45"));
		cr_assert(eq(int, zones_get(zones, &tz, places[p], &e), OK));
		for (int64_t t = at("2026-01-01T00:00:00Z"); t < at("2028-01-01T00:00:00Z");
			t += 300000) {
			window_look(&now, &w, tz, t);
			if (before.open && t < before.closes)
				cr_assert(now.open, "%s", places[p]);
			if (!before.open && before.opens)
				cr_assert(eq(int, now.open, t >= before.opens), "%s", places[p]);
			before = now;
		}
	}
}
