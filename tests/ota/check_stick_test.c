#include "ota/check.h"
#include "server/base/check.h"
#include "server/base/text.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <string.h>

/* Stick, way, machine and policy: one row per threshold, from both sides of it. */

static const int64_t wall = 1780272000000;
static struct lock lock;
static struct image image;
static struct job job;
static struct adapter_info info;
static struct stick_counts stick;
static struct port_facts port;
static struct host_facts host;
static struct policy policy;
static struct window_state window;
static uint8_t wifi[WIFI_CHANNELS_MAX + 1];
static struct check_input in;
static struct check out;

static void setup(void)
{
	lock = (struct lock){ .facts = { .known = FACT_NETWORK, .lqi = 200, .parent = 0xFFFF },
		.last_heard = wall - 30000,
		.battery = { .half_percent = 160, .decivolt = -1, .at = wall } };
	image = (struct image){ .file_version = 6, .size = 200000 };
	job = (struct job){ 0 };
	info = (struct adapter_info){ .has_network = true, .channel = 15 };
	stick = (struct stick_counts){ .minutes = 60 };
	port = (struct port_facts){ 0 };
	host = (struct host_facts){ wall, 1LL << 40, 1LL << 34, 86400 };
	policy_effective(&policy, &(struct policy){ 0 }, NULL);
	window = (struct window_state){ 0 };
	memset(wifi, 0, sizeof wifi);
	in = (struct check_input){ .lock = &lock,
		.image = &image,
		.job = &job,
		.policy = &policy,
		.adapter = ADAPTER_UP,
		.info = &info,
		.stick = &stick,
		.port = &port,
		.host = &host,
		.wifi = wifi,
		.wall = wall,
		.clock_plausible = true };
}

TestSuite(check_stick, .init = setup);

static const struct finding *finds(const char *code, enum verdict verdict, enum job_wait wait)
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
	return f;
}

Test(check_stick, counters_of_the_last_hour)
{
	static const struct {
		size_t counter;
		uint32_t value;
		const char *code;
		enum verdict verdict;
	} rows[] = {
#define AT(member) offsetof(struct stick_counts, member)
		{ AT(resets), 0, "stick_resets", VERDICT_OK },
		{ AT(resets), 1, "stick_resets", VERDICT_WARN },
		{ AT(resets), 2, "stick_resets", VERDICT_WARN },
		{ AT(resets), 3, "stick_resets", VERDICT_BLOCK },
		{ AT(garbage_bytes), 63, "stick_errors", VERDICT_OK },
		{ AT(garbage_bytes), 64, "stick_errors", VERDICT_WARN },
		{ AT(timeouts), 9, "stick_errors", VERDICT_OK },
		{ AT(timeouts), 10, "stick_errors", VERDICT_WARN },
		{ AT(lost_confirms), 10, "stick_errors", VERDICT_WARN },
		{ AT(no_buffers), 4, "stick_buffers", VERDICT_OK },
		{ AT(no_buffers), 5, "stick_buffers", VERDICT_WARN },
		{ AT(delivery_failures), 99, "delivery", VERDICT_OK },
		{ AT(delivery_failures), 100, "delivery", VERDICT_WARN },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		stick = (struct stick_counts){ .minutes = 60 };
		*(uint32_t *)((char *)&stick + rows[i].counter) = rows[i].value;
		finds(rows[i].code, rows[i].verdict,
			rows[i].verdict == VERDICT_BLOCK ? WAIT_USER : WAIT_NOTHING);
	}
}

Test(check_stick, firmware_that_is_known_to_fail)
{
	static const struct {
		const char *firmware;
		enum verdict verdict;
	} rows[] = { { "Z-Stack 3.x.0 20250321", VERDICT_OK },
		{ "Z-Stack 3.x.0 20230507", VERDICT_WARN },
		{ "Z-Stack 3.x.0 20220219", VERDICT_OK }, { "Z-Stack 1.2 20190608", VERDICT_WARN },
		{ "Z-Stack 3.0.x 20190425", VERDICT_OK }, { "something else", VERDICT_OK } };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		text_copy(info.firmware, sizeof info.firmware, rows[i].firmware);
		finds("stick_firmware", rows[i].verdict, WAIT_NOTHING);
	}
}

Test(check_stick, wifi_over_the_zigbee_channel)
{
	static const struct {
		uint8_t zigbee, wifi;
		enum verdict verdict;
	} rows[] = { { 11, 1, VERDICT_WARN }, { 14, 1, VERDICT_WARN }, { 15, 1, VERDICT_OK },
		{ 15, 6, VERDICT_OK }, { 17, 6, VERDICT_WARN }, { 20, 6, VERDICT_OK },
		{ 24, 11, VERDICT_WARN }, { 25, 11, VERDICT_OK }, { 26, 11, VERDICT_OK },
		{ 26, 14, VERDICT_WARN } };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		info.channel = rows[i].zigbee;
		wifi[0] = rows[i].wifi;
		finds("channel_overlap", rows[i].verdict, WAIT_NOTHING);
	}
	wifi[0] = 0;
	check_run(&out, &in);
	cr_assert(eq(ptr, (void *)check_find(&out, "channel_overlap"), NULL),
		"nothing is said of what is not configured");
}

Test(check_stick, port_route_and_link)
{
	check_run(&out, &in);
	cr_assert(eq(ptr, (void *)check_find(&out, "usb3"), NULL));
	port = (struct port_facts){ true, true, "beside 5000 Mbit/s" };
	finds("usb3", VERDICT_WARN, WAIT_NOTHING);
	finds("link", VERDICT_OK, WAIT_NOTHING);
	lock.facts.lqi = 49;
	finds("link", VERDICT_WARN, WAIT_NOTHING);
	policy.min_lqi = 40;
	finds("link", VERDICT_OK, WAIT_NOTHING);
	lock.facts.parent = 0x0000;
	cr_assert(strstr(finds("route", VERDICT_OK, WAIT_NOTHING)->evidence, "direct") != NULL);
	lock.facts.parent = 0x7B01;
	cr_assert(strstr(finds("route", VERDICT_OK, WAIT_NOTHING)->evidence, "0x7b01") != NULL);
	in.parent_busy = "back";
	finds("parent_busy", VERDICT_WARN, WAIT_NOTHING);
}

Test(check_stick, room_for_the_image)
{
	host.disk_free = 1 << 20;
	finds("disk_room", VERDICT_BLOCK, WAIT_USER);
	host.disk_free = 20 << 20;
	finds("disk_room", VERDICT_WARN, WAIT_NOTHING);
	host.disk_free = 64 << 20;
	finds("disk_room", VERDICT_OK, WAIT_NOTHING);
	host.memory_free = 300000;
	finds("memory_room", VERDICT_BLOCK, WAIT_USER);
	host.memory_free = 20 << 20;
	finds("memory_room", VERDICT_WARN, WAIT_NOTHING);
	host.at = 0;
	check_run(&out, &in);
	cr_assert(eq(ptr, (void *)check_find(&out, "disk_room"), NULL));
}

Test(check_stick, a_machine_that_has_just_started)
{
	host.uptime_s = 20;
	host.at = wall - 10000;
	cr_assert(eq(i64, finds("host_uptime", VERDICT_WARN, WAIT_NOTHING)->until, wall + 30000));
	host.at = wall - 60000;
	finds("host_uptime", VERDICT_OK, WAIT_NOTHING);
}

Test(check_stick, windows_pause_and_pin)
{
	const struct finding *f;

	in.window = &window;
	window.opens = wall + 1000;
	f = finds("outside_window", VERDICT_BLOCK, WAIT_WINDOW);
	cr_assert(f->forcible);
	cr_assert(eq(i64, f->until, wall + 1000));
	window = (struct window_state){ .open = true, .closes = wall + 5000 };
	finds("outside_window", VERDICT_OK, WAIT_NOTHING);
	in.paused = true;
	cr_assert(not(finds("paused", VERDICT_BLOCK, WAIT_USER)->forcible));
	policy.pinned_version = 5;
	finds("version_pinned", VERDICT_BLOCK, WAIT_USER);
	policy.pinned_version = 6;
	check_run(&out, &in);
	cr_assert(eq(ptr, (void *)check_find(&out, "version_pinned"), NULL));
}

Test(check_stick, nothing_goes_by_a_clock_that_is_wrong)
{
	in.clock_plausible = false;
	finds("clock_implausible", VERDICT_WARN, WAIT_NOTHING);
	job.automatic = true;
	finds("clock_implausible", VERDICT_BLOCK, WAIT_WINDOW);
	job = (struct job){ .not_before = wall };
	finds("clock_implausible", VERDICT_BLOCK, WAIT_WINDOW);
	job = (struct job){ 0 };
	in.window = &window;
	finds("clock_implausible", VERDICT_BLOCK, WAIT_WINDOW);
}

Test(check_stick, sag_of_earlier_transfers)
{
	check_run(&out, &in);
	cr_assert(eq(ptr, (void *)check_find(&out, "battery_sag"), NULL));
	lock.sag_at = wall;
	lock.sag_half_percent = 19;
	finds("battery_sag", VERDICT_OK, WAIT_NOTHING);
	lock.sag_half_percent = 20;
	finds("battery_sag", VERDICT_WARN, WAIT_NOTHING);
	lock.sag_half_percent = 10;
	lock.battery.half_percent = 45;
	finds("battery_sag", VERDICT_WARN, WAIT_NOTHING);
}

Test(check_stick, voltage_floor_of_the_lock)
{
	lock.battery = (struct lock_battery){ .half_percent = -1, .decivolt = 29, .at = wall };
	finds("battery_low", VERDICT_BLOCK, WAIT_BATTERY);
	policy.min_battery_decivolt = 27; /* two cells */
	finds("battery_low", VERDICT_WARN, WAIT_NOTHING);
	lock.battery.decivolt = 31;
	finds("battery_low", VERDICT_OK, WAIT_NOTHING);
}

Test(check_stick, when_the_lock_will_listen_next)
{
	const struct finding *f;

	in.awake = true;
	cr_assert(strstr(finds("lock_awake", VERDICT_OK, WAIT_NOTHING)->evidence, "awake") != NULL);
	in.awake = false;
	lock.contact_gap_s = 300;
	f = finds("lock_awake", VERDICT_OK, WAIT_NOTHING);
	cr_assert(eq(i64, f->until, lock.last_heard + 300000));
	lock.contact_gap_s = 0;
	cr_assert(eq(i64, finds("lock_awake", VERDICT_OK, WAIT_NOTHING)->until, 0));
}
