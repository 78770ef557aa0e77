#include "ota/check.h"
#include "server/base/text.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <string.h>

/* What a vendor's cloud says, and what it leaves out. */

static struct lock lock;
static struct check_input in;
static struct check check;

static void setup(void)
{
	lock = (struct lock){ .id = "front",
		.adapter = "cloud",
		.facts = { .known = FACT_ONLINE, .online = true, .lock_state = LOCK_LOCKED },
		.lock_state_at = 1780272000000,
		.battery = { .half_percent = 160, .decivolt = -1, .at = 1780272000000 },
		.n_components = 2,
		.components = { { .id = "0" }, { .id = "9" } } };
	in = (struct check_input){ .lock = &lock,
		.adapter = ADAPTER_UP,
		.wall = 1780272000000,
		.clock_plausible = true,
		.vendor = true,
		.capabilities = ADAPTER_VENDOR | ADAPTER_TRIGGERS,
		.component = &lock.components[0],
		.target = "2.0" };
}

TestSuite(check_vendor, .init = setup);

static const struct finding *says(const char *code)
{
	check_run(&check, &in);
	return check_find(&check, code);
}

static void stands(const char *code, enum verdict verdict, enum job_wait wait)
{
	const struct finding *f = says(code);

	cr_assert(f != NULL, "%s", code);
	cr_expect(eq(int, (int)f->verdict, (int)verdict), "%s", code);
	cr_expect(eq(int, (int)f->wait, (int)wait), "%s", code);
}

Test(check_vendor, all_is_well)
{
	check_run(&check, &in);
	cr_assert(eq(int, (int)check.worst, (int)VERDICT_OK));
	cr_assert(eq(u32, check.pending, 0), "nothing is read from the lock itself");
	cr_assert(check_find(&check, "last_heard") == NULL, "nor does its radio matter");
}

Test(check_vendor, offline_blocks_what_we_start_and_warns_elsewhere)
{
	lock.facts.online = false;
	stands("lock_offline", VERDICT_BLOCK, WAIT_WAKE);
	in.capabilities = ADAPTER_VENDOR;
	stands("lock_offline", VERDICT_WARN, WAIT_NOTHING);
}

Test(check_vendor, what_is_not_told_neither_blocks_nor_permits)
{
	lock.facts.known = 0;
	lock.facts.lock_state = LOCK_UNKNOWN;
	stands("lock_offline", VERDICT_OK, WAIT_NOTHING);
	stands("lock_state_unknown", VERDICT_WARN, WAIT_NOTHING);
}

Test(check_vendor, an_unknown_battery_is_asked_about_unless_somebody_is_there)
{
	lock.battery = (struct lock_battery){ .half_percent = -1, .decivolt = -1 };
	stands("battery_unknown", VERDICT_WARN, WAIT_USER);
	in.capabilities = ADAPTER_VENDOR;
	stands("battery_unknown", VERDICT_WARN, WAIT_NOTHING);
}

Test(check_vendor, the_vendors_veto_waits_for_what_it_names)
{
	lock.components[0].blocked = true;
	(void)text_copy(lock.components[0].why, VENDOR_TEXT_SIZE, "the door is open");
	stands("vendor_blocked", VERDICT_BLOCK, WAIT_USER);
	cr_assert(strstr(check_find(&check, "vendor_blocked")->evidence, "door is open") != NULL);
	(void)text_copy(lock.components[0].why, VENDOR_TEXT_SIZE, "Battery < 30");
	stands("vendor_blocked", VERDICT_BLOCK, WAIT_BATTERY);
	lock.components[0].why[0] = '\0';
	lock.battery.half_percent = 40;
	stands("vendor_blocked", VERDICT_BLOCK, WAIT_BATTERY);
}

Test(check_vendor, one_component_at_a_time)
{
	lock.components[1].state = VENDOR_DOWNLOADING;
	stands("component_busy", VERDICT_BLOCK, WAIT_SLOT);
	in.component = &lock.components[1];
	cr_assert(says("component_busy") == NULL);
}

Test(check_vendor, a_pin_is_a_text)
{
	struct policy policy = { .pinned_text = "V2.0" };

	in.policy = &policy;
	cr_assert(says("version_pinned") == NULL);
	in.target = "2.1";
	stands("version_pinned", VERDICT_BLOCK, WAIT_USER);
}
