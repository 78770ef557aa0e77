#include "ota/policy.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

Test(policy, own_then_defaults_then_what_is_built_in)
{
	struct policy own = { .min_battery_percent = 70, .window = { .zone = "Asia/Tokyo" } };
	struct policy defaults = { .auto_update = AUTO_NOTIFY,
		.min_battery_percent = 60,
		.max_attempts = 2,
		.window = { .set = true, .from = 60, .to = 120, .zone = "Europe/Berlin" } };
	struct policy out;

	policy_effective(&out, &own, &defaults);
	cr_assert(eq(u8, out.min_battery_percent, 70));
	cr_assert(eq(int, out.auto_update, AUTO_NOTIFY));
	cr_assert(eq(u8, out.max_attempts, 2));
	cr_assert(eq(u8, out.min_battery_decivolt, 46));
	cr_assert(out.window.set);
	cr_assert(eq(str, out.window.zone, "Asia/Tokyo"));
	cr_assert(eq(u8, out.window.days, WINDOW_EVERY_DAY));
	policy_effective(&out, &(struct policy){ 0 }, NULL);
	cr_assert(eq(int, out.auto_update, AUTO_OFF), "nothing happens by itself unasked");
	cr_assert(eq(u8, out.min_battery_percent, 50));
	cr_assert(not(out.window.set));
}

Test(policy, names_of_automatic_updates)
{
	enum auto_update out;

	for (int i = 0; i < AUTO_UPDATES; i++) {
		cr_assert(auto_update_parse(&out, auto_update_name(i)));
		cr_assert(eq(int, (int)out, i));
	}
	cr_assert(not(auto_update_parse(&out, "always")));
}
