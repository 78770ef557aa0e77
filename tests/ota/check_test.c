#include "ota/check.h"

#include "server/base/text.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <string.h>

static const int64_t wall = 1780272000000;
static struct lock lock;
static struct image image;
static struct job job;
static struct check_input in;
static struct check out;

static void setup(void)
{
	lock = (struct lock){ .facts = { .known = FACT_VERSION | FACT_IMAGE_KEY | FACT_MODEL |
						  FACT_BATTERY | FACT_LOCK_STATE,
				      .version = 5,
				      .manufacturer_code = 0x1234,
				      .image_type = 4,
				      .model = "M1",
				      .lock_state = LOCK_LOCKED },
		.version_at = wall,
		.lock_state_at = wall,
		.battery = { .half_percent = 160, .decivolt = -1, .at = wall },
		.last_heard = wall };
	image = (struct image){ .manufacturer_code = 0x1234, .image_type = 4, .file_version = 6 };
	job = (struct job){ 0 };
	in = (struct check_input){ .lock = &lock,
		.image = &image,
		.job = &job,
		.adapter = ADAPTER_UP,
		.wall = wall,
		.clock_plausible = true };
}

TestSuite(check, .init = setup);

static void finds(const char *code, enum verdict verdict, enum job_wait wait)
{
	const struct finding *f;

	check_run(&out, &in);
	f = check_find(&out, code);
	cr_assert(ne(ptr, (void *)f, NULL), "%s", code);
	cr_assert(eq(int, f->verdict, verdict), "%s: %s", code, f->evidence);
	cr_assert(eq(int, f->wait, wait), "%s", code);
	cr_assert(f->evidence[0] != '\0', "%s", code);
	if (verdict != VERDICT_OK)
		cr_assert(f->remedy[0] != '\0', "%s", code);
}

Test(check, all_is_well)
{
	check_run(&out, &in);
	cr_assert(eq(int, out.worst, VERDICT_OK));
	cr_assert(eq(u32, out.pending, 0));
}

Test(check, battery_by_percent)
{
	static const struct {
		int half_percent;
		unsigned floor;
		enum verdict verdict;
	} rows[] = { { 100, 0, VERDICT_OK }, { 99, 0, VERDICT_BLOCK }, { 99, 40, VERDICT_OK },
		{ 139, 70, VERDICT_BLOCK }, { 140, 70, VERDICT_OK } };

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		lock.battery.half_percent = (int16_t)rows[i].half_percent;
		lock.policy.min_battery_percent = (uint8_t)rows[i].floor;
		finds("battery_low", rows[i].verdict,
			rows[i].verdict == VERDICT_BLOCK ? WAIT_BATTERY : WAIT_NOTHING);
	}
}

Test(check, battery_by_voltage_of_four_cells)
{
	static const struct {
		int decivolt;
		enum verdict verdict;
	} rows[] = { { 50, VERDICT_OK }, { 49, VERDICT_WARN }, { 46, VERDICT_WARN },
		{ 45, VERDICT_BLOCK } };

	lock.battery.half_percent = -1;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		lock.battery.decivolt = (int16_t)rows[i].decivolt;
		finds("battery_low", rows[i].verdict,
			rows[i].verdict == VERDICT_BLOCK ? WAIT_BATTERY : WAIT_NOTHING);
	}
}

Test(check, alarm_blocks_whatever_the_level)
{
	lock.battery.alarm = true;
	finds("battery_alarm", VERDICT_BLOCK, WAIT_BATTERY);
}

Test(check, unknown_battery_warns_and_asks)
{
	lock.battery = (struct lock_battery){ .half_percent = -1, .decivolt = -1 };
	finds("battery_unknown", VERDICT_WARN, WAIT_USER);
	cr_assert(ne(u32, out.pending & READ_BATTERY, 0));
}

Test(check, old_facts_are_pending)
{
	lock.battery.at = wall - CHECK_FRESH_MS;
	lock.lock_state_at = wall - CHECK_FRESH_MS + 1;
	check_run(&out, &in);
	cr_assert(eq(u32, out.pending, READ_BATTERY));
}

Test(check, bolt_between_its_ends_blocks)
{
	lock.facts.lock_state = LOCK_NOT_FULLY_LOCKED;
	finds("lock_state_busy", VERDICT_BLOCK, WAIT_USER);
	lock.facts.lock_state = LOCK_UNLOCKED;
	finds("lock_state_busy", VERDICT_OK, WAIT_NOTHING);
	lock.facts.lock_state = LOCK_UNKNOWN;
	finds("lock_state_unknown", VERDICT_WARN, WAIT_USER);
}

static void tells(enum door_state door, enum operating_mode mode)
{
	lock.facts.known |= FACT_DOOR | FACT_MODE;
	lock.facts.door_state = (int8_t)door;
	lock.facts.operating_mode = (int8_t)mode;
	lock.door_at = lock.mode_at = wall;
}

Test(check, a_door_that_is_not_shut_blocks)
{
	check_run(&out, &in);
	cr_assert(check_find(&out, "door_open") == NULL, "a lock that does not tell it");
	tells(DOOR_CLOSED, MODE_NORMAL);
	finds("door_open", VERDICT_OK, WAIT_NOTHING);
	tells(DOOR_UNSPECIFIED, MODE_NORMAL);
	finds("door_open", VERDICT_OK, WAIT_NOTHING);
	tells(DOOR_OPEN, MODE_NORMAL);
	finds("door_open", VERDICT_BLOCK, WAIT_USER);
	tells(DOOR_JAMMED, MODE_NORMAL);
	finds("door_open", VERDICT_BLOCK, WAIT_USER);
	tells(DOOR_FORCED_OPEN, MODE_NORMAL);
	finds("door_open", VERDICT_BLOCK, WAIT_USER);
	lock.door_at = wall - 2 * CHECK_FRESH_MS;
	check_run(&out, &in);
	cr_assert(check_find(&out, "door_open") == NULL, "that was long ago");
}

Test(check, vacation_passage_and_an_unlocked_door_hold_automatic_updates)
{
	tells(DOOR_CLOSED, MODE_PRIVACY);
	job.automatic = true;
	finds("operating_mode", VERDICT_OK, WAIT_NOTHING);
	tells(DOOR_CLOSED, MODE_PASSAGE);
	finds("operating_mode", VERDICT_BLOCK, WAIT_USER);
	tells(DOOR_CLOSED, MODE_VACATION);
	finds("operating_mode", VERDICT_BLOCK, WAIT_USER);
	lock.facts.lock_state = LOCK_UNLOCKED;
	finds("lock_unlocked", VERDICT_BLOCK, WAIT_USER);
	job.automatic = false;
	finds("operating_mode", VERDICT_WARN, WAIT_NOTHING);
	cr_assert(check_find(&out, "lock_unlocked") == NULL, "somebody stands there");
}

Test(check, foreign_images_block_for_good)
{
	image.manufacturer_code = 0x4321;
	image.image_type = 5;
	finds("manufacturer_mismatch", VERDICT_BLOCK, WAIT_NOTHING);
	finds("image_type_mismatch", VERDICT_BLOCK, WAIT_NOTHING);
	image.destination = 7;
	finds("destination_mismatch", VERDICT_BLOCK, WAIT_NOTHING);
	image.manufacturer_code = 0xFFFF;
	finds("wildcard_ids", VERDICT_BLOCK, WAIT_NOTHING);
}

Test(check, direction_and_its_switches)
{
	image.file_version = 5;
	finds("already_installed", VERDICT_BLOCK, WAIT_NOTHING);
	job.reinstall = true;
	finds("already_installed", VERDICT_OK, WAIT_NOTHING);
	image.file_version = 4;
	finds("downgrade", VERDICT_BLOCK, WAIT_NOTHING);
	job.allow_downgrade = true;
	finds("downgrade", VERDICT_WARN, WAIT_NOTHING);
}

Test(check, model_opaque_hardware_wait_for_the_user)
{
	in.shared_ids = true;
	finds("model_unproven", VERDICT_BLOCK, WAIT_USER);
	text_copy(image.model, sizeof image.model, "M1");
	finds("model_unproven", VERDICT_OK, WAIT_NOTHING);
	image.opaque = true;
	finds("opaque_image", VERDICT_BLOCK, WAIT_USER);
	image.has_hardware_range = true;
	finds("hardware_unknown", VERDICT_BLOCK, WAIT_USER);
	lock.facts.known |= FACT_HARDWARE;
	lock.facts.hardware_version = 9;
	finds("hardware_range", VERDICT_BLOCK, WAIT_NOTHING);
}

Test(check, what_is_forced_does_not_count)
{
	lock.battery.half_percent = 20;
	job.n_force = 1;
	text_copy(job.force[0], FINDING_CODE_SIZE, "battery_low");
	check_run(&out, &in);
	cr_assert(check_find(&out, "battery_low")->forced);
	cr_assert(eq(int, out.worst, VERDICT_OK));
}

Test(check, never_forcible)
{
	static const char *const codes[] = { "manufacturer_mismatch", "image_type_mismatch",
		"destination_mismatch", "already_installed", "downgrade" };
	bool forcible;

	for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
		cr_assert(check_knows(codes[i], &forcible));
		cr_assert(not(forcible), "%s", codes[i]);
	}
	image.image_type = 5;
	job.n_force = 1;
	text_copy(job.force[0], FINDING_CODE_SIZE, "image_type_mismatch");
	check_run(&out, &in);
	cr_assert(eq(int, out.worst, VERDICT_BLOCK));
}

Test(check, adapter_and_clock)
{
	in.adapter = ADAPTER_STARTING;
	finds("adapter_down", VERDICT_BLOCK, WAIT_ADAPTER);
	in.clock_plausible = false;
	finds("clock_implausible", VERDICT_WARN, WAIT_NOTHING);
}

Test(check, fits_when_everything_is_wrong_at_once)
{
	lock = (struct lock){ .battery = { .half_percent = 1, .alarm = true, .at = 1 },
		.facts = { .known = FACT_VERSION | FACT_IMAGE_KEY | FACT_NETWORK | FACT_HARDWARE,
			.version = 9,
			.lqi = 1,
			.lock_state = LOCK_UNKNOWN },
		.rejected_version = 6 };
	image.manufacturer_code = 0xFFFF;
	image.destination = 1;
	image.opaque = image.has_hardware_range = true;
	in.adapter = ADAPTER_REFUSED;
	in.clock_plausible = false;
	in.shared_ids = in.awake = true;
	check_run(&out, &in);
	cr_assert(le(sz, out.n, CHECK_MAX));
	cr_assert(eq(int, out.worst, VERDICT_BLOCK));
}
