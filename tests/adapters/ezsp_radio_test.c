/* The EZSP radio in front of a scripted stick: start, refusals, messages, hand-back. */
#include "tests/adapters/ezsp_rig.h"
#include "tests/adapters/vectors.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <stdio.h>
#include <string.h>

static const uint64_t lock_ieee = 0x90FD9FFFFE123456;
static const uint8_t versions[] = { 8, 13, 14, 18 };
enum { VERSIONS = 4 };

/* --- start --- */

Test(ezsp_radio, resumes_the_stored_network_of_each_version)
{
	for (size_t i = 0; i < VERSIONS; i++) {
		struct rig r;
		struct radio_network n;

		rig_up(&r, versions[i]);
		cr_assert(r.b.radio->ops->network(r.b.radio, &n));
		cr_assert(eq(u16, n.pan_id, 0x1A62));
		cr_assert(eq(u64, n.ext_pan_id, 0xDDDDDDDDDDDDDDDD));
		cr_assert(eq(u8, n.channel, 15));
		cr_assert(eq(u64, n.coordinator, 0x000D6FFFFEAABBCC));
		cr_assert(ne(sz, strlen(r.b.pinned), 0), "the network is pinned");
		cr_assert(eq(u32, r.ncp.resets, 1));
		cr_assert(eq(u32, ncp_count(&r.ncp, 0x0017), 1));
		rig_finish(&r);
	}
}

Test(ezsp_radio, all_versions_are_resumed_and_send)
{
	for (uint8_t version = 4; version <= 19; version++) {
		struct rig r;

		rig_up(&r, version);
		loop_run_for(r.b.loop, 100000);
		rig_say(&r, RIG_LOCK, 1, true, rig_notify);
		loop_run_for(r.b.loop, 100);
		cr_assert(
			eq(int, bench_sent(&r.b, 1)->result, RADIO_DELIVERED), "EZSP %u", version);
		cr_assert(eq(int, r.b.state, RADIO_UP), "EZSP %u", version);
		cr_assert(eq(str, (char *)ncp_last(&r.ncp, 0x0017), version < 6 ? "" : "0000"));
		cr_assert(bench_stop(&r.b, 4000));
		rig_finish(&r);
	}
}

Test(ezsp_radio, sets_and_registers_before_the_network_comes_up)
{
	struct rig r;

	rig_up(&r, 13);
	cr_assert(eq(u32, ncp_count(&r.ncp, 0x0002), 1));
	cr_assert(eq(
		str, (char *)ncp_last(&r.ncp, 0x0002), "010401050000030300000a001900200001010005"));
	cr_assert(eq(str, (char *)ncp_last(&r.ncp, 0x0017), "0000"));
	cr_assert(lt(sz, ncp_first_at(&r.ncp, 0x0002), ncp_first_at(&r.ncp, 0x0017)));
	for (size_t i = ncp_first_at(&r.ncp, 0x0017); i < r.ncp.said_count; i++) {
		cr_assert(ne(u16, r.ncp.said[i].id, 0x0053));
		cr_assert(ne(u16, r.ncp.said[i].id, 0x0055));
	}
	rig_finish(&r);
}

Test(ezsp_radio, the_number_of_children_is_never_lowered)
{
	static const struct {
		const char *has;
		unsigned sets;
	} rows[] = { { "000600", 1 }, { "002000", 0 }, { "004000", 0 }, { "37", 0 } };

	for (size_t i = 0; i < 4; i++) {
		struct rig r;
		unsigned sets = 0;

		rig_build(&r, 13);
		ncp_answer(&r.ncp, 0x0052, rows[i].has);
		rig_go(&r);
		cr_assert(bench_reach(&r.b, RADIO_UP, RIG_START));
		for (size_t k = 0; k < r.ncp.said_count; k++)
			sets += r.ncp.said[k].id == 0x0053 && r.ncp.said[k].data[0] == 0x11;
		cr_assert(eq(u32, sets, rows[i].sets), "row %zu", i);
		rig_finish(&r);
	}
}

Test(ezsp_radio, a_stick_that_takes_no_setting_is_used_nevertheless)
{
	struct rig r;

	rig_build(&r, 8);
	ncp_answer(&r.ncp, 0x0053, "38");
	ncp_answer(&r.ncp, 0x0055, "38");
	ncp_answer(&r.ncp, 0x0010, "70");
	rig_go(&r);
	cr_assert(bench_reach(&r.b, RADIO_UP, RIG_START), "%s", r.b.why.text);
	rig_finish(&r);
}

/* --- refusals --- */

static const struct refusal {
	const char *what;
	uint8_t version;
	uint16_t id;
	const char *answer, *reason;
} refusals[] = {
	{ "no network", 8, 0x0017, "93", "stick_blank" },
	{ "no network", 14, 0x0017, "17000000", "stick_blank" },
	{ "already up", 8, 0x0017, "70", "stick_start_failed" },
	{ "a router", 8, 0x0028, "0002dddddddddddddddd621a080f0000000000f8ff07",
		"stick_not_coordinator" },
	{ "a router", 14, 0x0028, "0000000002dddddddddddddddd621a080f0000000000f8ff07",
		"stick_not_coordinator" },
	{ "another address", 13, 0x0027, "3412", "stick_not_coordinator" },
	{ "parameters refused", 13, 0x0028, "93", "stick_unknown" },
	{ "parameters cut", 13, 0x0028, "0001dd", "stick_unknown" },
	{ "no endpoint", 13, 0x0002, "a3", "stick_full" },
	{ "version 20", 8, 0x0000, "14020090", "stick_unknown" },
	{ "version 3", 8, 0x0000, "03020030", "stick_unknown" },
	{ "another stack", 8, 0x0000, "08050000", "stick_unknown" },
};

Test(ezsp_radio, refuses_what_is_not_a_coordinator_with_a_network)
{
	for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
		const struct refusal *row = &refusals[i];
		struct rig r;
		size_t said;

		rig_build(&r, row->version);
		ncp_answer(&r.ncp, row->id, row->answer);
		rig_go(&r);
		cr_assert(bench_reach(&r.b, RADIO_REFUSED, RIG_START), "%s", row->what);
		cr_assert(bench_reason(&r.b, row->reason), "%s", row->what);
		cr_assert(eq(str, r.b.pinned, ""), "%s", row->what);
		loop_run_for(r.b.loop, 100);
		said = r.ncp.said_count;
		loop_run_for(r.b.loop, 600000);
		cr_assert(not(r.ncp.is_open), "%s: let go", row->what);
		cr_assert(eq(sz, r.ncp.said_count, said), "%s: left alone", row->what);
		cr_assert(eq(u32, r.ncp.resets, 1), "%s", row->what);
		rig_finish(&r);
	}
}

Test(ezsp_radio, refuses_another_network_and_leaves_it_running)
{
	static const struct {
		struct radio_options expect;
		const char *pin, *reason;
	} rows[] = {
		{ { .has_pan_id = true, .pan_id = 0x1A63, .adopt = true }, "", "foreign_network" },
		{ { .ext_pan_id = 1, .adopt = true }, "", "foreign_network" },
		{ { .coordinator = 0x000D6FFFFEAABBCD, .adopt = true }, "", "foreign_network" },
		{ { .adopt = true },
			"channel=11 pan=0x1A62 ext=0xDDDDDDDDDDDDDDDD "
			"coordinator=0x000D6FFFFEAABBCC",
			"foreign_network" },
		{ { .adopt = false }, "", "adoption_unconfirmed" },
	};

	for (size_t i = 0; i < 5; i++) {
		struct rig r;

		rig_build(&r, 14);
		r.options = rows[i].expect;
		r.options.stream = ncp_factory(&r.ncp);
		memcpy(r.b.pinned, rows[i].pin, strlen(rows[i].pin) + 1);
		rig_go(&r);
		cr_assert(bench_reach(&r.b, RADIO_REFUSED, RIG_START));
		cr_assert(bench_reason(&r.b, rows[i].reason));
		loop_run_for(r.b.loop, 1000);
		cr_assert(not(r.ncp.is_open));
		cr_assert(r.ncp.initialised, "the owner finds its network up");
		cr_assert(eq(u32, r.ncp.resets, 1));
		rig_finish(&r);
	}
}

Test(ezsp_radio, the_network_of_the_pin_or_of_the_config_needs_no_consent)
{
	struct rig r;

	rig_build(&r, 14);
	r.options.adopt = false;
	r.options.has_pan_id = true;
	r.options.pan_id = 0x1A62;
	r.options.ext_pan_id = 0xDDDDDDDDDDDDDDDD;
	rig_go(&r);
	cr_assert(bench_reach(&r.b, RADIO_UP, RIG_START), "%s", r.b.why.text);
	rig_finish(&r);
}

Test(ezsp_radio, says_what_is_at_the_port_when_it_is_no_ezsp)
{
	static const struct {
		enum ncp_mode mode;
		enum radio_state state;
		const char *reason;
	} rows[] = {
		{ NCP_SILENT, RADIO_DOWN, "no_ezsp" },
		{ NCP_NOISE, RADIO_DOWN, "no_ezsp" },
		{ NCP_BOOTLOADER, RADIO_DOWN, "stick_bootloader" },
		{ NCP_UPLOAD, RADIO_REFUSED, "stick_bootloader" },
		{ NCP_SPINEL, RADIO_REFUSED, "stick_wrong_firmware" },
	};

	for (size_t i = 0; i < 5; i++) {
		struct rig r;

		rig_build(&r, 13);
		r.ncp.mode = rows[i].mode;
		rig_go(&r);
		cr_assert(bench_reach(&r.b, rows[i].state, 60000), "row %zu", i);
		cr_assert(bench_reason(&r.b, rows[i].reason), "row %zu", i);
		rig_finish(&r);
	}
}

Test(ezsp_radio, a_stick_that_was_silent_is_taken_up_when_it_answers)
{
	struct rig r;

	rig_build(&r, 13);
	r.ncp.mode = NCP_SILENT;
	rig_go(&r);
	loop_run_for(r.b.loop, 200000);
	cr_assert(eq(u32, r.b.downs, 1), "told once, not at each attempt");
	r.ncp.mode = NCP_EZSP;
	cr_assert(bench_reach(&r.b, RADIO_UP, 120000));
	rig_finish(&r);
}

/* --- hand-back --- */

Test(ezsp_radio, is_given_back_without_a_reset_and_without_a_word)
{
	struct rig r;
	size_t said;

	rig_up(&r, 14);
	loop_run_for(r.b.loop, 1000);
	said = r.ncp.said_count;
	cr_assert(bench_stop(&r.b, 4000));
	cr_assert(not(r.ncp.is_open));
	cr_assert(eq(u32, r.ncp.resets, 1));
	cr_assert(eq(sz, r.ncp.said_count, said));
	cr_assert(r.ncp.initialised);
	rig_finish(&r);
}

Test(ezsp_radio, a_stop_in_mid_start_brings_the_network_up_first)
{
	for (msec at = 0; at < 40; at++) {
		struct rig r;

		rig_build(&r, 14);
		rig_go(&r);
		loop_run_until(r.b.loop, 1000 + at / 10);
		cr_assert(bench_stop(&r.b, 4000));
		cr_assert(not(r.ncp.is_open));
		cr_assert(r.ncp.resets == 0 || r.ncp.initialised);
		rig_finish(&r);
	}
}

Test(ezsp_radio, the_last_answer_is_waited_for_at_the_stop)
{
	struct rig r;

	rig_up(&r, 14);
	r.ncp.delivery = NCP_CONFIRMS_NEVER;
	rig_say(&r, RIG_LOCK, 7, true, rig_notify);
	loop_run_for(r.b.loop, 100);
	cr_assert(bench_stop(&r.b, 4000));
	cr_assert(eq(int, bench_sent(&r.b, 7)->result, RADIO_LOST));
	rig_finish(&r);
}

/* --- messages --- */

/* The parameters of the first golden sendUnicast of this version. */
static void golden_unicast(uint8_t version, char out[2 * NCP_PARAMS])
{
	char name[32];
	json_t *all, *frame;
	size_t i;

	(void)snprintf(name, sizeof name, "ezsp-v%u.json", version);
	all = vectors_load(name);
	out[0] = '\0';
	json_array_foreach(all, i, frame)
	{
		const char *hex = json_string_value(json_object_get(frame, "ezsp"));

		if (!out[0] && strlen(hex) > 10 && strncmp(hex + 2, "00013400", 8) == 0)
			(void)snprintf(out, 2 * NCP_PARAMS, "%s", hex + 10);
	}
	json_decref(all);
}

Test(ezsp_radio, a_message_goes_out_as_the_golden_frame_and_its_fate_comes_back)
{
	for (size_t i = 0; i < VERSIONS; i++) {
		char golden[2 * NCP_PARAMS];
		struct rig r;

		golden_unicast(versions[i], golden);
		rig_up(&r, versions[i]);
		rig_say(&r, RIG_LOCK, 9, true, rig_notify);
		loop_run_for(r.b.loop, 100);
		cr_assert(eq(str, (char *)ncp_last(&r.ncp, 0x0034), golden));
		cr_assert(eq(int, bench_sent(&r.b, 9)->result, RADIO_DELIVERED));
		rig_finish(&r);
	}
}

Test(ezsp_radio, an_aps_acknowledgement_is_asked_for_only_when_wanted)
{
	struct rig r;

	rig_up(&r, 13);
	rig_say(&r, RIG_LOCK, 9, false, rig_notify);
	loop_run_for(r.b.loop, 100);
	cr_assert(eq(str, (char *)ncp_last(&r.ncp, 0x0034),
		"003c5a040119000101001100000001051921000064"));
	rig_finish(&r);
}

Test(ezsp_radio, what_the_stick_may_not_be_told_to_send_is_denied)
{
	struct rig r;

	rig_up(&r, 13);
	rig_say(&r, RIG_LOCK, 9, false, "010000"); /* no OTA server command */
	loop_run_for(r.b.loop, 100);
	cr_assert(eq(int, bench_sent(&r.b, 9)->result, RADIO_DENIED));
	cr_assert(eq(u32, ncp_count(&r.ncp, 0x0034), 0));
	rig_finish(&r);
}

Test(ezsp_radio, an_undelivered_message_says_so_in_the_words_of_its_version)
{
	static const struct {
		uint8_t version;
		uint32_t status;
		enum radio_result result;
	} rows[] = {
		{ 8, 0x66, RADIO_NO_ANSWER },
		{ 13, 0x66, RADIO_NO_ANSWER },
		{ 14, 0x0C02, RADIO_NO_ANSWER },
		{ 18, 0x0C20, RADIO_NO_ANSWER },
		{ 8, 0x74, RADIO_TOO_LONG },
		{ 14, 0x38, RADIO_TOO_LONG },
	};

	for (size_t i = 0; i < 6; i++) {
		struct rig r;

		rig_up(&r, rows[i].version);
		r.ncp.delivery_status = rows[i].status;
		rig_say(&r, RIG_LOCK, 9, true, rig_notify);
		loop_run_for(r.b.loop, 100);
		cr_assert(eq(int, bench_sent(&r.b, 9)->result, rows[i].result), "row %zu", i);
		cr_assert(eq(str, (char *)bench_sent(&r.b, 9)->space, "ezsp"));
		cr_assert(eq(i32, bench_sent(&r.b, 9)->status, (int32_t)rows[i].status));
		rig_finish(&r);
	}
}

Test(ezsp_radio, a_message_from_a_lock_is_handed_up_with_its_name)
{
	for (size_t i = 0; i < VERSIONS; i++) {
		struct rig r;
		const struct radio_message *m;

		rig_up(&r, versions[i]);
		if (versions[i] < 14) {
			ncp_callback(&r.ncp, 0x0062, "563412feff9ffd90");
			ncp_callback(&r.ncp, 0x0045,
				"000401190001014000000041e4d53c5affff0c01810100661111010403020 1");
			ncp_callback(&r.ncp, 0x0045,
				"000401190001014000000041e4d53c5affff0c01810100661111010403020 1");
		} else {
			ncp_callback(&r.ncp, 0x0045,
				"0004011900010140000000413c5a563412feff9ffd90ffffe4d5231201000c01"
				"810100661111010403020 1");
			ncp_callback(&r.ncp, 0x0045,
				"0004011900010140000000413c5a0000000000000000ffffe4d5231201000c01"
				"810100661111010403020 1");
		}
		loop_run_for(r.b.loop, 100);
		cr_assert(eq(sz, r.b.message_count, 2));
		m = &r.b.messages[0];
		cr_assert(eq(u16, m->source, RIG_LOCK));
		cr_assert(eq(u64, m->source_ieee, lock_ieee));
		cr_assert(eq(u8, m->lqi, 0xE4));
		cr_assert(eq(u16, m->cluster, 0x0019));
		cr_assert(eq(sz, m->payload.size, 12));
		cr_assert(not(m->broadcast));
		cr_assert(eq(u64, r.b.messages[1].source_ieee, 0),
			"a name that was said of an earlier message is none of this one");
		rig_finish(&r);
	}
}

Test(ezsp_radio, zdo_goes_both_ways_without_its_sequence_byte)
{
	static const uint8_t ask[] = { 0x3C, 0x5A };
	struct rig r;

	rig_up(&r, 14);
	r.b.radio->ops->send(r.b.radio, &(struct radio_send){ .destination = RIG_LOCK,
						.cluster = 0x0002,
						.tag = 4,
						.payload = { ask, 2 } });
	loop_run_for(r.b.loop, 100);
	cr_assert(eq(str, (char *)ncp_last(&r.ncp, 0x0034),
		"003c5a00000200000000110000000100030"
		"13c5a"));
	ncp_callback(&r.ncp, 0x0045,
		"00 0000 0280 00 00 4000 0000 11 3c5a 563412feff9ffd90 ffff ac b9 40e20100 11 01 "
		"003c5a02408037107f5200002c520000");
	loop_run_for(r.b.loop, 100);
	cr_assert(eq(sz, r.b.message_count, 1));
	cr_assert(eq(u16, r.b.messages[0].cluster, 0x8002));
	cr_assert(eq(sz, r.b.messages[0].payload.size, 16));
	cr_assert(eq(u8, r.b.payloads[0][1], 0x3C));
	rig_finish(&r);
}

Test(ezsp_radio, an_address_is_asked_for_by_broadcast)
{
	static const uint8_t ask[] = { 0x56, 0x34, 0x12, 0xFE, 0xFF, 0x9F, 0xFD, 0x90, 0, 0 };
	struct rig r;

	rig_up(&r, 8);
	ncp_answer(&r.ncp, 0x0036, "0007");
	r.b.radio->ops->send(r.b.radio, &(struct radio_send){ .destination = 0xFFFD,
						.cluster = 0x0000,
						.tag = 4,
						.payload = { ask, 10 } });
	loop_run_for(r.b.loop, 100);
	cr_assert(eq(str, (char *)ncp_last(&r.ncp, 0x0036),
		"fdff00000000000000110000001e010b01563412feff9ffd900000"));
	cr_assert(eq(int, bench_sent(&r.b, 4)->result, RADIO_DELIVERED));
	rig_finish(&r);
}

/* --- devices --- */

Test(ezsp_radio, tells_of_announces_rejoins_and_leaves)
{
	struct rig r;

	rig_up(&r, 13);
	ncp_callback(&r.ncp, 0x0045,
		"04 00001300 0000 0011 0000 41 e4d5 3c5a ffff 0c 05 3c5a 563412feff9ffd90 80");
	loop_run_for(r.b.loop, 10);
	cr_assert(eq(u32, r.b.announces, 1));
	cr_assert(eq(u64, r.b.announced_ieee, lock_ieee));
	cr_assert(eq(u16, r.b.announced_address, RIG_LOCK));
	cr_assert(eq(int, r.b.capability, 0x80));
	ncp_callback(&r.ncp, 0x0024, "3d5a563412feff9ffd9000000000");
	loop_run_for(r.b.loop, 10);
	cr_assert(eq(u32, r.b.announces, 2));
	cr_assert(eq(u16, r.b.announced_address, 0x5A3D));
	ncp_callback(&r.ncp, 0x0024, "3d5a563412feff9ffd9002000000");
	loop_run_for(r.b.loop, 10);
	cr_assert(eq(u64, r.b.left_ieee, lock_ieee));
	cr_assert(eq(u32, r.b.announces, 2));
	rig_finish(&r);
}

static uint16_t last_hop(struct rig *r)
{
	r->b.message_count = 0;
	ncp_callback(
		&r->ncp, 0x0045, "000401190001014000000041e4d53c5affff0c018101006611110104030201");
	loop_run_for(r->b.loop, 10);
	cr_assert(eq(sz, r->b.message_count, 1));
	return r->b.messages[0].last_hop;
}

Test(ezsp_radio, knows_its_own_children_and_the_way_to_others)
{
	struct rig r;
	const struct radio *radio;

	rig_up(&r, 13);
	radio = r.b.radio;
	loop_run_for(r.b.loop, 1000);
	cr_assert(eq(u32, ncp_count(&r.ncp, 0x004A), 32), "each place of the child table");
	cr_assert(eq(u16, last_hop(&r), RADIO_NO_ADDRESS));
	cr_assert(eq(u8, radio->ops->block_max(radio, RIG_LOCK, RADIO_NO_ADDRESS), 63));
	ncp_callback(&r.ncp, 0x0059, "3c5a563412feff9ffd90acb9022f1b 301b");
	cr_assert(eq(u16, last_hop(&r), 0x1B30));
	cr_assert(eq(u8, radio->ops->block_max(radio, RIG_LOCK, 0x1B30), 82 - 6 - 17));
	ncp_callback(&r.ncp, 0x0023, "00013c5a563412feff9ffd9004");
	cr_assert(eq(u16, last_hop(&r), RIG_LOCK));
	cr_assert(eq(u8, radio->ops->block_max(radio, RIG_LOCK, RIG_LOCK), 63));
	ncp_callback(&r.ncp, 0x0023, "00003c5a563412feff9ffd9004");
	cr_assert(eq(u16, last_hop(&r), 0x1B30));
	rig_finish(&r);
}

Test(ezsp_radio, finds_its_children_at_the_start)
{
	struct rig r;

	rig_build(&r, 13);
	ncp_answer(&r.ncp, 0x004A, "00563412feff9ffd90043c5a007f08983a0000");
	rig_go(&r);
	cr_assert(bench_reach(&r.b, RADIO_UP, RIG_START));
	loop_run_for(r.b.loop, 1000);
	cr_assert(eq(u16, last_hop(&r), RIG_LOCK));
	rig_finish(&r);
}

Test(ezsp_radio, a_scan_meets_the_children_and_neighbours_of_the_stick)
{
	static const uint8_t first[] = { 0 };
	struct rig r;
	const uint8_t *p;

	rig_up(&r, 13);
	ncp_answer(&r.ncp, 0x004A, "00563412feff9ffd90043c5a007f08983a0000");
	ncp_answer(&r.ncp, 0x007A, "01");
	ncp_answer(&r.ncp, 0x0079, "002f1bc80101038877665544332211");
	loop_run_for(r.b.loop, 1000);
	for (unsigned i = 0; i < 2; i++) {
		r.b.message_count = 0;
		r.b.radio->ops->send(r.b.radio, &(struct radio_send){ .destination = 0,
							.cluster = 0x0031,
							.tag = 4,
							.payload = { first, 1 } });
		cr_assert(eq(sz, r.b.message_count, 0), "never inside send()");
		loop_run_for(r.b.loop, 100);
		cr_assert(eq(int, bench_sent(&r.b, 4)->result, RADIO_DELIVERED));
		cr_assert(eq(sz, r.b.message_count, 1));
	}
	cr_assert(eq(u16, r.b.messages[0].source, 0));
	cr_assert(eq(u16, r.b.messages[0].cluster, 0x8031));
	p = r.b.payloads[0];
	cr_assert(eq(sz, r.b.messages[0].payload.size, 4 + 2 * 22));
	cr_assert(p[0] == 0 && p[1] == 2 && p[2] == 0 && p[3] == 2);
	cr_assert(eq(u8, p[4 + 8], 0x56));
	cr_assert(eq(u8, p[4 + 18], 0x12), "end device, sleepy, child");
	cr_assert(eq(u8, p[26 + 8], 0x88));
	cr_assert(eq(u8, p[26 + 18], 0x25), "router, sibling");
	cr_assert(eq(u8, p[26 + 21], 0xC8));
	cr_assert(eq(u32, ncp_count(&r.ncp, 0x0034), 0), "nothing of this is for the air");
	rig_finish(&r);
}

Test(ezsp_radio, the_stick_learns_patience_with_a_sleeper_behind_a_router)
{
	for (int known = 0; known < 2; known++) {
		struct rig r;

		rig_up(&r, 13);
		ncp_answer(&r.ncp, 0x0060, known ? "3c5a" : "ffff");
		ncp_callback(&r.ncp, 0x0059, "3c5a563412feff9ffd90acb9012f1b");
		loop_run_for(r.b.loop, 10);
		rig_say(&r, RIG_LOCK, 1, true, rig_notify);
		loop_run_for(r.b.loop, 100);
		rig_say(&r, RIG_LOCK, 2, true, rig_notify);
		loop_run_for(r.b.loop, 100);
		cr_assert(eq(u32, ncp_count(&r.ncp, 0x007E), (unsigned)known));
		cr_assert(eq(u32, ncp_count(&r.ncp, 0x0082), !known));
		if (known)
			cr_assert(eq(str, (char *)ncp_last(&r.ncp, 0x007E), "563412feff9ffd9001"));
		else
			cr_assert(eq(
				str, (char *)ncp_last(&r.ncp, 0x0082), "00563412feff9ffd903c5a01"));
		cr_assert(lt(sz, ncp_first_at(&r.ncp, known ? 0x007E : 0x0082),
			ncp_first_at(&r.ncp, 0x0034)));
		rig_finish(&r);
	}
}

/* --- health --- */

Test(ezsp_radio, names_firmware_that_is_known_to_be_bad)
{
	static const struct {
		const char *version_info, *firmware;
		bool warns;
	} rows[] = {
		{ "00000000 07 cd01 08000200aa", "EmberZNet 8.0.2.0 build 461, EZSP 14", false },
		{ "00000000 07 cd01 08000000aa", "EmberZNet 8.0.0.0 build 461, EZSP 14", true },
		{ "00000000 07 cd01 08000100aa", "EmberZNet 8.0.1.0 build 461, EZSP 14", true },
		{ "00000000 07 cd01 08010200aa", "EmberZNet 8.1.2.0 build 461, EZSP 14", true },
		{ "00000000 07 cd01 08010300aa", "EmberZNet 8.1.3.0 build 461, EZSP 14", false },
	};

	for (size_t i = 0; i < 5; i++) {
		struct rig r;
		struct radio_health h;

		rig_build(&r, 14);
		ncp_answer(&r.ncp, 0x00AA, rows[i].version_info);
		rig_go(&r);
		cr_assert(bench_reach(&r.b, RADIO_UP, RIG_START));
		r.b.radio->ops->health(r.b.radio, &h);
		cr_assert(eq(str, h.firmware, (char *)rows[i].firmware));
		cr_assert(eq(int, h.warning != NULL, rows[i].warns), "row %zu", i);
		rig_finish(&r);
	}
}

Test(ezsp_radio, the_sticks_own_counters_are_read_and_summed)
{
	char counters[4 * 41 + 1] = "";
	struct rig r;
	struct radio_health h;

	rig_up(&r, 13);
	for (int i = 0; i < 41; i++)
		(void)snprintf(counters + 4 * i, 5, "%s",
			i == 18   ? "0200"
			: i == 27 ? "0500"
			: i == 32 ? "0700"
				  : "0000");
	ncp_answer(&r.ncp, 0x00F1, counters);
	loop_run_for(r.b.loop, 95000);
	cr_assert(eq(u32, ncp_count(&r.ncp, 0x00F1), 3));
	r.b.radio->ops->health(r.b.radio, &h);
	cr_assert(eq(u32, h.line_errors, 2));
	cr_assert(eq(u32, h.no_buffers, 5));
	cr_assert(eq(u32, h.channel_busy, 7));
	rig_finish(&r);
}
