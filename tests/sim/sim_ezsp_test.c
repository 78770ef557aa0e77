/* The stick speaks as the published sessions, keeps ASH's rules as firmware does, and tells on who
 * harms it. */
#include "server/base/check.h"
#include "server/base/text.h"
#include "tests/sim/ezsp_host.h"
#include "tests/sim/ezsp_sessions.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <string.h>

static struct ezsp_host host;
static struct sim_lock *lock;

/* The scene of the published sessions. */
static void with_scene(struct sim_ezsp_options options, bool timing)
{
	struct sim_network_options network = { .channel = 15,
		.pan_id = 0x1A62,
		.ext_pan_id = 0xDDDDDDDDDDDDDDDD,
		.coordinator = 0x000D6FFFFEAABBCC,
		.radio_timing = timing };
	struct sim_lock_options o = { .ieee = 0x90FD9FFFFE123456,
		.address = 0x5A3C,
		.manufacturer_code = 0x1166,
		.image_type = 0x0111,
		.version = 0x01020304,
		.hardware_version = 0xFFFF,
		.query_interval_ms = 3600000,
		.sleepy = true };

	ezsp_host_start(&host, &network, &options);
	lock = sim_lock_new(host.network, &o);
}

static void with_version(uint8_t version)
{
	with_scene((struct sim_ezsp_options){ .version = version }, false);
}

static void up(uint8_t version)
{
	with_version(version);
	ezsp_host_up(&host);
}

static void done(void)
{
	ezsp_host_stop(&host);
}

static struct sim_stick_stats stats(void)
{
	struct sim_stick_stats s;

	host.stick.kind->stats(host.stick.self, &s);
	return s;
}

static void says(uint16_t id, const char *parameters, const char *expected)
{
	const char *got = ezsp_host_call(&host, id, parameters);

	cr_assert(ne(ptr, (void *)got, NULL), "%04x %s", id, parameters);
	cr_expect(eq(str, (char *)got, (char *)expected), "%04x %s", id, parameters);
}

/* --- published sessions --- */

static void replay(uint8_t version, const struct ezsp_exchange *session, size_t n)
{
	char hex[2 * ASH_WIRE_MAX + 1];

	with_version(version);
	host.mute = true; /* the session has its own acknowledgements */
	for (size_t i = 0; i < n; i++) {
		if (session[i].from_host) {
			ezsp_host_hex(&host, session[i].wire);
			continue;
		}
		for (int wait = 0; !host.raw_size && wait < 100; wait++)
			loop_run_for(host.loop, 1);
		text_hex(hex, (struct span){ host.raw, host.raw_size });
		cr_expect(eq(str, hex, (char *)session[i].wire), "EZSP %d, frame %zu", version,
			i + 1);
		host.raw_size = 0;
	}
	cr_expect(eq(u32, stats().forbidden, 0));
	cr_expect(eq(u32, stats().pipelined, 0));
	done();
}

Test(sim_ezsp, speaks_the_published_sessions_byte_by_byte)
{
	replay(8, SESSION_8, ARRAY_SIZE(SESSION_8));
	replay(13, SESSION_13, ARRAY_SIZE(SESSION_13));
	replay(14, SESSION_14, ARRAY_SIZE(SESSION_14));
}

TestSuite(ezsp, .fini = done);

/* --- ASH --- */

Test(ezsp, who_never_reset_it_hears_error_2)
{
	with_version(13);
	ezsp_host_hex(&host, "004221a8478ffa7e");
	loop_run_for(host.loop, 1);
	cr_expect(eq(sz, host.errors, 1));
	cr_expect(eq(u8, host.last_code, 2));
}

Test(ezsp, acknowledges_alone_only_after_20_ms_without_an_answer)
{
	with_version(13);
	ezsp_host_connect(&host);
	host.acks = 0;
	ezsp_host_call(&host, 0x0005, "");
	cr_expect(eq(sz, host.acks, 0));
	host.stick.kind->fault(host.stick.self, SIM_NO_SRSP, 1, 0);
	ezsp_host_send(&host, 0x0005, "");
	loop_run_for(host.loop, 19);
	cr_expect(eq(sz, host.acks, 0));
	loop_run_for(host.loop, 2);
	cr_expect(eq(sz, host.acks, 1));
}

Test(ezsp, naks_a_damaged_frame_once_until_a_good_one_comes)
{
	with_version(13);
	ezsp_host_hex(&host, "1ac038bc7e");
	loop_run_for(host.loop, 500);
	ezsp_host_hex(&host, "004221a8478ffb7e");
	ezsp_host_hex(&host, "004221a8478ffb7e");
	loop_run_for(host.loop, 1);
	cr_expect(eq(sz, host.naks, 1));
	ezsp_host_hex(&host, "004221a8478ffa7e");
	loop_run_for(host.loop, 10);
	cr_expect(eq(sz, host.responses, 1));
	ezsp_host_hex(&host, "304221a8478ffb7e");
	loop_run_for(host.loop, 1);
	cr_expect(eq(sz, host.naks, 2));
}

Test(ezsp, a_repeated_frame_is_acknowledged_and_not_run_twice)
{
	struct ash_frame again = { .control = 0x09, .size = 4, .data = { 0, 0, 0, 0x13 } };
	uint8_t wire[ASH_WIRE_MAX];

	with_version(13);
	ezsp_host_hex(&host, "1ac038bc7e");
	loop_run_for(host.loop, 500);
	ezsp_host_hex(&host, "004221a8478ffa7e");
	loop_run_for(host.loop, 10);
	ezsp_host_bytes(&host, (struct span){ wire, ash_encode(wire, &again, false) });
	loop_run_for(host.loop, 10);
	cr_expect(eq(sz, host.responses, 1));
	cr_expect(eq(sz, host.acks, 1));
	cr_expect(eq(u32, stats().requests, 1));
}

Test(ezsp, a_command_before_the_answer_is_acknowledged_is_dropped_and_counted)
{
	with_version(13);
	ezsp_host_connect(&host);
	host.mute = true;
	ezsp_host_call(&host, 0x0005, "");
	host.naks = 0;
	ezsp_host_send(&host, 0x0005, "");
	loop_run_for(host.loop, 1);
	cr_expect(eq(sz, host.naks, 1));
	cr_expect(eq(u32, stats().pipelined, 1));
}

Test(ezsp, repeats_what_is_not_acknowledged_and_gives_up_with_error_51)
{
	with_version(13);
	ezsp_host_connect(&host);
	host.mute = true;
	ezsp_host_call(&host, 0x0005, "");
	loop_run_for(host.loop, 20000);
	cr_expect(eq(sz, host.repeats, 3));
	cr_expect(eq(sz, host.errors, 1));
	cr_expect(eq(u8, host.last_code, 0x51));
	cr_expect(eq(u32, stats().gave_up, 1));
}

Test(ezsp, a_busy_host_gets_no_callbacks_for_a_second)
{
	struct ash_frame busy = { .control = ASH_ACK | 8 };
	uint8_t wire[ASH_WIRE_MAX];

	up(13);
	host.callbacks = 0;
	busy.control |= host.expected;
	ezsp_host_bytes(&host, (struct span){ wire, ash_encode(wire, &busy, false) });
	sim_lock_press_key(lock);
	loop_run_for(host.loop, 900);
	cr_expect(eq(sz, host.callbacks, 0));
	loop_run_for(host.loop, 200);
	cr_expect(lt(sz, 0, host.callbacks));
}

Test(ezsp, wipes_ram_at_a_reset_and_says_why)
{
	up(13);
	sim_ezsp_reset(host.ezsp, 0x03);
	loop_run_for(host.loop, 500);
	cr_expect(eq(sz, host.errors, 1));
	cr_expect(eq(u8, host.last_code, 3));
	cr_expect(eq(u32, stats().endpoints, 0));
	sim_ezsp_reset(host.ezsp, 0x02);
	loop_run_for(host.loop, 500);
	cr_expect(eq(u8, host.last_code, 2));
	cr_expect(eq(sz, host.rstacks, 2));
}

/* --- EZSP --- */

Test(ezsp, before_version_everything_is_refused)
{
	with_version(13);
	ezsp_host_hex(&host, "1ac038bc7e");
	loop_run_for(host.loop, 500);
	says(0x0005, "", "30");
	cr_expect(eq(u8, host.last.data[3], 0x58));
}

Test(ezsp, refuses_unknown_commands_in_the_width_of_the_version)
{
	up(13);
	says(0x0BAD, "", "31");
	done();
	up(14);
	says(0x0BAD, "", "31000000");
}

Test(ezsp, all_versions_connect_and_come_up)
{
	for (uint8_t v = 4; v <= 19; v++) {
		up(v);
		says(0x0027, "", "0000");
		cr_expect(
			eq(str, (char *)ezsp_host_heard(&host, 0x0019), v < 14 ? "90" : "15000000"),
			"EZSP %d", v);
		if (v < 19)
			done();
	}
}

Test(ezsp, configuration_is_refused_once_the_network_is_up)
{
	up(13);
	says(0x0053, "0c0200", "38");
	says(0x0002, "020401050000000000", "38");
	done();
	up(14);
	says(0x0053, "0c0200", "02000000");
}

Test(ezsp, a_blank_stick_is_not_joined_and_a_router_is_no_coordinator)
{
	with_scene((struct sim_ezsp_options){ .version = 13, .form = SIM_BLANK }, false);
	ezsp_host_connect(&host);
	says(0x0017, "0000", "93");
	cr_expect(not(stats().formed_alarm));
	done();
	with_scene((struct sim_ezsp_options){ .version = 13, .form = SIM_ROUTER }, false);
	ezsp_host_up(&host);
	cr_expect(eq(int, strncmp(ezsp_host_call(&host, 0x0028, ""), "0002", 4), 0));
}

Test(ezsp, tables_answer_as_published)
{
	up(8);
	says(0x004A, "01", "93ffffffffffffffff00ffff007f08");
	says(0x0060, "1111111111111111", "ffff");
	says(0x0061, "3c5a", "00563412feff9ffd90");
	says(0x007F, "563412feff9ffd90", "01");
	says(0x0107, "3c5a", "00");
	says(0x0082, "00563412feff9ffd903c5a01", "00ffffffffffffffffffff00");
	done();
	up(14);
	says(0x0060, "1111111111111111", "01000000ffff");
	says(0x007F, "563412feff9ffd90", "00000000");
	says(0x007E, "563412feff9ffd9001", "00000000");
}

/* --- messages --- */

static const char NOTIFY_8[] = "003c5a040119000101400100000001051921000064";
static const char NOTIFY_14[] = "003c5a04011900010140010000000100051921000064";

Test(ezsp, a_notify_is_acknowledged_and_brings_a_query)
{
	up(8);
	says(0x0034, NOTIFY_8, "0001");
	loop_run_for(host.loop, 100);
	cr_expect(eq(str, (char *)ezsp_host_heard(&host, 0x003F),
		"003c5a04011900010140010000"
		"01010000"));
	cr_expect(eq(sz, ezsp_host_count(&host, 0x0045), 1));
	done();
	up(14);
	says(0x0034, NOTIFY_14, "0000000001");
	loop_run_for(host.loop, 100);
	cr_expect(eq(str, (char *)ezsp_host_heard(&host, 0x003F),
		"00000000003c5a0401190001014001000001010000"));
}

Test(ezsp, a_sleeping_child_fails_after_three_times_9280_ms)
{
	up(13);
	sim_lock_sleep(lock, 3600000);
	says(0x0034, NOTIFY_8, "0001");
	loop_run_for(host.loop, 27800);
	cr_expect(eq(ptr, (void *)ezsp_host_heard(&host, 0x003F), NULL));
	loop_run_for(host.loop, 100);
	cr_expect(eq(
		str, (char *)ezsp_host_heard(&host, 0x003F), "003c5a0401190001014001000001016600"));
}

Test(ezsp, a_child_that_wakes_in_time_is_reached)
{
	up(13);
	sim_lock_sleep(lock, 12000);
	says(0x0034, NOTIFY_8, "0001");
	loop_run_for(host.loop, 20000);
	cr_expect(eq(
		str, (char *)ezsp_host_heard(&host, 0x003F), "003c5a0401190001014001000001010000"));
}

Test(ezsp, nobody_there_fails_after_some_seconds)
{
	up(13);
	says(0x0034, "004444040119000101400100000001051921000064", "0001");
	loop_run_for(host.loop, 6000);
	cr_expect(eq(
		str, (char *)ezsp_host_heard(&host, 0x003F), "0044440401190001014001000001016600"));
}

Test(ezsp, answers_for_itself)
{
	up(13);
	says(0x0034, "00000000000500000040010000000503060000", "0001");
	loop_run_for(host.loop, 100);
	cr_assert(eq(sz, ezsp_host_count(&host, 0x0045), 1));
	cr_expect(eq(str, (char *)ezsp_host_heard(&host, 0x0045),
		"00000005800000400100000100"
		"9c0000ffff06060000000101"));
}

Test(ezsp, refuses_too_much)
{
	char big[400] = "003c5a0401190001014001000000015a";

	up(13);
	for (int i = 0; i < 0x5A; i++)
		strcat(big, "00");
	says(0x0034, big, "7400");
	says(0x0034, "003c5a040119000901400100000001051921000064", "a300");
	sim_lock_sleep(lock, 3600000);
	for (int i = 0; i < 16; i++)
		ezsp_host_call(&host, 0x0034, NOTIFY_8);
	says(0x0034, NOTIFY_8, "7200");
}

Test(ezsp, faults_strike_as_ordered)
{
	up(13);
	host.stick.kind->fault(host.stick.self, SIM_MESSAGE_LIMIT, -1, 2);
	says(0x0034, NOTIFY_8, "0001");
	says(0x0034, NOTIFY_8, "7200");
	host.stick.kind->fault(host.stick.self, SIM_MESSAGE_LIMIT, 0, 0);
	host.stick.kind->fault(host.stick.self, SIM_NO_BUFFERS, 1, 0);
	says(0x0034, NOTIFY_8, "1800");
	host.stick.kind->network_down(host.stick.self);
	says(0x0034, NOTIFY_8, "9100");
	cr_expect(eq(str, (char *)ezsp_host_heard(&host, 0x0019), "91"));
}

Test(ezsp, a_deaf_stick_comes_back_where_it_was)
{
	up(13);
	host.stick.kind->dead(host.stick.self, true);
	loop_run_for(host.loop, 30000);
	host.stick.kind->dead(host.stick.self, false);
	cr_expect(eq(u32, stats().gave_up, 0));
	says(0x0027, "", "0000");
}

/* --- harm --- */

Test(ezsp, counts_forbidden_commands_and_tells_the_last)
{
	static const struct {
		uint16_t id;
		const char *parameters;
	} bad[] = { { 0x0022, "ff" }, { 0x0099, "05" },
		{ 0x00AB, "2304000000"
			  "00" },
		{ 0x0103, "" }, { 0x0070, "0000" }, { 0x0068, "" }, { 0x0020, "" },
		{ 0x0036, "fcff00003600000000000000000000000003003c00" } };

	up(13);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		ezsp_host_call(&host, bad[i].id, bad[i].parameters);
		cr_expect(eq(u32, stats().forbidden, (uint32_t)i + 1), "%04x", bad[i].id);
	}
	cr_expect(ne(str, stats().last_forbidden, ""));
	cr_expect(not(stats().formed_alarm));
}

Test(ezsp, forming_a_network_raises_the_alarm_and_changes_the_digest)
{
	uint64_t before;

	up(13);
	before = stats().nv_digest;
	ezsp_host_call(&host, 0x0020, "");
	cr_expect(ne(u64, stats().nv_digest, before));
	ezsp_host_call(&host, 0x001E,
		"1122334455667788341208"
		"0b000000"
		"00000000ff07");
	cr_expect(stats().formed_alarm);
}

Test(ezsp, counts_lock_commands_that_reach_a_lock)
{
	up(13);
	says(0x0034, "003c5a04010101010140010000000103010000", "0001");
	loop_run_for(host.loop, 100);
	cr_expect(eq(u32, stats().lock_commands, 1));
}
