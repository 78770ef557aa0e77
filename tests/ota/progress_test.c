#include "ota/progress.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

Test(progress, percent_has_one_decimal_and_an_end)
{
	cr_assert(eq(dbl, progress_percent(0, 1000), 0.0));
	cr_assert(eq(dbl, progress_percent(1, 3), 33.3));
	cr_assert(eq(dbl, progress_percent(999, 1000), 99.9));
	cr_assert(eq(dbl, progress_percent(1000, 1000), 100.0));
	cr_assert(eq(dbl, progress_percent(2000, 1000), 100.0));
	cr_assert(eq(dbl, progress_percent(0, 0), -1.0));
}

Test(progress, rate_is_that_of_the_last_minute)
{
	struct meter m = { 0 };
	msec now = 1000;

	cr_assert(eq(dbl, meter_rate(&m, now), -1.0));
	for (int i = 0; i < 600; i++, now += 100)
		meter_block(&m, now, 10); /* 100 bytes/s */
	for (int i = 0; i < 600; i++, now += 200)
		meter_block(&m, now, 10); /* 50 bytes/s, for two minutes */
	cr_assert(ge(dbl, meter_rate(&m, now), 48.0));
	cr_assert(le(dbl, meter_rate(&m, now), 52.0));
	cr_assert(eq(dbl, meter_rate(&m, now + 120000), -1.0));
}

Test(progress, remaining_time_is_by_the_median_interval)
{
	struct meter m = { 0 };
	msec now = 1000;

	cr_assert(eq(i64, meter_left(&m, 1000, 50), -1));
	for (int i = 0; i < 40; i++) {
		now += i % 10 == 5 ? 9000 : 250; /* one nap in ten does not spoil it */
		meter_block(&m, now, 50);
	}
	cr_assert(eq(i64, meter_left(&m, 1000, 50), 20 * 250));
	cr_assert(eq(i64, meter_left(&m, 1001, 50), 21 * 250));
}

Test(progress, a_pause_is_no_interval)
{
	struct meter m = { 0 };
	msec now = 1000;

	for (int i = 0; i < 5; i++)
		meter_block(&m, now += 100, 50);
	for (int i = 0; i < 20; i++) {
		meter_pause(&m);
		meter_block(&m, now += 100000, 50);
		meter_block(&m, now += 100, 50);
	}
	cr_assert(eq(i64, meter_left(&m, 50, 50), 100));
}
