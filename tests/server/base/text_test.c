#include "server/base/text.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

static int64_t parsed(const char *text)
{
	int64_t ms = -1;

	cr_assert(text_parse_time(&ms, text), "%s", text);
	return ms;
}

Test(text, times_are_read_in_their_zone)
{
	cr_expect(eq(i64, parsed("1970-01-01T00:00:01Z"), 1000));
	cr_expect(eq(i64, parsed("1970-01-01T00:00:01.25z"), 1250));
	cr_expect(eq(i64, parsed("1970-01-01T02:00:00+02:00"), 0));
	cr_expect(eq(i64, parsed("1969-12-31T18:30:00-05:30"), 0));
}

Test(text, what_is_no_time_is_refused)
{
	static const char *const wrong[] = { "", "now", "1970-01-01", "1970-01-01T00:00:00",
		"1970-01-01T00:00:00+", "1970-01-01T00:00:00+2:00", "1970-01-01T00:00:00+-2:00",
		"1970-01-01T00:00:00+02:-1", "1970-01-01T00:00:00+24:00",
		"1970-01-01T00:00:00+00:60", "1970-01-01T00:00:00+02:000",
		"1970-01-01T00:00:00Zulu", "1970-01-01T00:00:00 02:00" };

	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		int64_t ms;

		cr_expect(not(text_parse_time(&ms, wrong[i])), "%s", wrong[i]);
	}
}

Test(text, what_is_written_is_read_again)
{
	char text[TEXT_TIME_SIZE];

	text_time(text, 1700000000123);
	cr_expect(eq(i64, parsed(text), 1700000000123));
}
