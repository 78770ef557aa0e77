#include "ota/stick_hour.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

enum { MINUTE = 60000 };

Test(stick_hour, counts_what_the_last_hour_added)
{
	struct stick_hour hour = { 0 };
	struct adapter_info info = { 0 };
	struct stick_counts counts;

	for (msec now = 1; now < 10 * 60 * MINUTE; now += MINUTE) {
		info.resets++; /* one a minute */
		info.garbage_bytes += 10;
		stick_hour_sample(&hour, &info, now);
		stick_hour_counts(&hour, &info, now, &counts);
		cr_assert(le(u32, counts.minutes, 65));
		cr_assert(le(u32, counts.resets, 65));
		if (now > 2 * 60 * MINUTE) {
			cr_assert(ge(u32, counts.resets, 55));
			cr_assert(ge(u32, counts.garbage_bytes, 550));
		}
	}
}

Test(stick_hour, a_counter_that_began_anew_counts_from_zero)
{
	struct stick_hour hour = { 0 };
	struct adapter_info info = { .timeouts = 500 };
	struct stick_counts counts;

	stick_hour_sample(&hour, &info, 1);
	info.timeouts = 3;
	stick_hour_counts(&hour, &info, MINUTE, &counts);
	cr_assert(eq(u32, counts.timeouts, 3));
}

Test(stick_hour, before_the_first_sample_all_counts)
{
	struct stick_hour hour = { 0 };
	struct adapter_info info = { .no_buffers = 7 };
	struct stick_counts counts;

	stick_hour_counts(&hour, &info, 5, &counts);
	cr_assert(eq(u32, counts.no_buffers, 7));
}
