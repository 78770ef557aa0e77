/* The stick speaks as the published frames of real firmware do, and tells on who harms it. */
#include "server/base/check.h"
#include "server/base/text.h"
#include "tests/sim/scripted_host.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <string.h>

static struct scripted_host host;
static struct sim_lock *lock;

/* The scene of the reference's golden frames. */
static void with_scene(struct sim_znp_options znp)
{
	struct sim_lock_options o = { .manufacturer_code = 0x1234,
		.image_type = 1,
		.version = 0x01000000,
		.hardware_version = 0xFFFF,
		.sleepy = true };

	host_start(&host, NULL, &znp);
	lock = sim_lock_new(host.network, &o);
}

static void with_stack(enum sim_znp_stack stack, bool running)
{
	with_scene((struct sim_znp_options){ .stack = stack, .running = running });
}

static void with_form(enum sim_form form)
{
	with_scene((struct sim_znp_options){ .stack = SIM_ZSTACK_3X0, .form = form });
}

static void done(void)
{
	host_stop(&host);
	memset(&host, 0, sizeof host);
}

static struct sim_stick_stats stats(void)
{
	struct sim_stick_stats s;

	sim_znp_stats(host.znp, &s);
	return s;
}

/* --- golden frames --- */

static const struct golden {
	enum sim_znp_stack stack;
	bool running;
	const char *name, *request, *response;
} GOLDEN[] = {
	{ SIM_ZSTACK_3X0, false, "G01 G02", "fe00210120", "fe02610159063d" },
	{ SIM_ZSTACK_3X0, false, "G03 G04", "fe00210223", "fe09610202010207016bb1340182" },
	{ SIM_ZSTACK_3X0, false, "G08 G09", "fe022113030033", "fe026113010071" },
	{ SIM_ZSTACK_3X0, false, "G10 G11", "fe04211c030000003a", "fe03611c0001007f" },
	{ SIM_ZSTACK_3X0, false, "G12 G13", "fe0221138700b7", "fe026113010071" },
	{ SIM_ZSTACK_3X0, false, "G14 G15", "fe04211c87000000be", "fe03611c0001007f" },
	{ SIM_ZSTACK_3X0, false, "G16 G17", "fe022113550065", "fe026113010071" },
	{ SIM_ZSTACK_3X0, false, "G18 G19", "fe04211c550000006c", "fe03611c0001017e" },
	{ SIM_ZSTACK_3X0, false, "G20 G21", "fe022113210011", "fe026113740004" },
	{ SIM_ZSTACK_3X0, false, "G22 G23", "fe04211c2100000018",
		"fe76611c0074600502330f33001e0000000105018f000700020d1e0000000f000000000000000000"
		"000002440800008000000f0f0400010000000100000000a083e6b5a838baa2010000000000000000"
		"000000000000000000000000000000000000000000000000000000000f050001780a010000000000"
		"0000d1" },
	{ SIM_ZSTACK_3X0, false, "G27 G28", "fe00210425", "fe086104a8ef171e004b12007a" },
	{ SIM_ZSTACK_3X0, false, "G29 G30", "fe00270027",
		"fe0e670000a8ef171e004b1200feff07000078" },
	{ SIM_ZSTACK_3X0, false, "G108 G109", "fe052132010400000013", "fe0461321400000043" },
	{ SIM_ZSTACK_30X, false, "G03 G05", "fe00210223", "fe0961020202020702d914340195" },
	{ SIM_ZSTACK_30X, false, "G108 G107", "fe052132010400000013", "fe03600002213272" },
	{ SIM_ZSTACK_12, false, "G03 G06", "fe00210223", "fe096102020002060390153401df" },
	{ SIM_ZSTACK_12, false, "G31 G106", "fe012f05002b", "fe036000012f0548" },
	{ SIM_ZSTACK_12, false, "G110 G111", "fe0126046241",
		"fe1366040062100102030405060708090a0b0c0d0e0f1013" },
	{ SIM_ZSTACK_3X0, true, "G29 G41", "fe00270027",
		"fe10670000a8ef171e004b120000000709015c3a09" },
	{ SIM_ZSTACK_3X0, true, "G39 G40", "fe00255075",
		"fe18655000000902440000a083e6b5a838baa200000000000000000f95" },
	{ SIM_ZSTACK_3X0, true, "G42 G43", "fe0425050000000024", "fe0165050061" },
	{ SIM_ZSTACK_3X0, true, "G46 G48", "fe0b2400010401050000000119000036", "fe016400b8dd" },
	{ SIM_ZSTACK_3X0, true, "G49 G50", "fe0124040120", "fe0164040061" },
	{ SIM_ZSTACK_3X0, true, "G51 G52", "fe02253effff19", "fe01653e005a" },
	{ SIM_ZSTACK_3X0, true, "G56 G57", "fe0a25000807060504030201000027", "fe0165000064" },
	{ SIM_ZSTACK_3X0, true, "G53 G54", "fe0a274a080706050403020100006f",
		"fe24674a5c3a0500010100000001b400000000000000000000000000000000000000000000000000"
		"df" },
};

Test(sim_znp, answers_as_the_published_frames)
{
	for (size_t i = 0; i < ARRAY_SIZE(GOLDEN); i++) {
		const struct golden *g = &GOLDEN[i];
		char request[2 * MT_FRAME_MAX], hex[2 * MT_FRAME_MAX + 1];
		uint8_t raw[MT_FRAME_MAX];
		const struct mt_frame *r;
		size_t n = strlen(g->request) - 6;

		with_stack(g->stack, g->running);
		memcpy(request, g->request + 4, n);
		request[n] = '\0';
		r = host_call(&host, request);
		cr_assert(ne(ptr, (void *)r, NULL), "%s", g->name);
		text_hex(hex, (struct span){ raw, mt_encode(raw, r) });
		cr_expect(eq(str, hex, (char *)g->response), "%s", g->name);
		done();
	}
}

TestSuite(znp, .fini = done);

static void asks(const char *request, const char *indication)
{
	host_call(&host, request);
	loop_run_for(host.loop, 100);
	cr_expect(host_saw(&host, indication), "%s", request);
}

Test(znp, says_what_nodes_answer_as_published)
{
	with_stack(SIM_ZSTACK_3X0, true);
	asks("250500000000", "fe094585000000000003010df234");
	asks("250008070605040302010000", "fe0d45800008070605040302015c3a0000a6");
	asks("25015c3a0000", "fe0d45810008070605040302015c3a0000a7");
	asks("25025c3a5c3a", "fe1245825c3a005c3a0240803412525200002c5200004f");
	asks("25045c3a5c3a01", "fe1845845c3a005c3a120104010a0001040000010003000101011900da");
	asks("25045c3a5c3a09", "fe0345c35c3a8261");
	asks("25360200000000", "fe0145cb008f");
	cr_expect(host_saw(&host, "fe0345b6000000f0"));
}

Test(znp, lists_its_neighbours_as_published)
{
	with_stack(SIM_ZSTACK_3X0, true);
	sim_network_add_router(host.network, 0x1112131415161718, 0x7B01);
	asks("2531000000", "fe3245b1000000020002a083e6b5a838baa208070605040302015c3a120201b4a083e6b"
			   "5a838baa21817161514131211017b250201c099");
}

Test(znp, announces_a_rejoin_as_published)
{
	with_stack(SIM_ZSTACK_3X0, true);
	sim_lock_rejoin(lock, 0x3A5C);
	loop_run_for(host.loop, 100);
	cr_expect(host_saw(&host, "fe0c45ca5c3a08070605040302010000ed"));
	cr_expect(host_saw(&host, "fe0d45c15c3a5c3a08070605040302018001"));
}

Test(znp, without_direct_callbacks_only_registered_ones_come)
{
	with_scene((struct sim_znp_options){
		.stack = SIM_ZSTACK_3X0, .running = true, .no_direct_cb = true });
	host_call(&host, "253effff");
	host.areq_count = 0;
	host_call(&host, "25055c3a5c3a");
	loop_run_for(host.loop, 100);
	cr_assert(eq(sz, host.areq_count, 1));
	cr_expect(eq(u8, host.areqs[0].cmd1, 0xFF));
	host_call(&host, "253fffff");
	host_call(&host, "25055c3a5c3a");
	loop_run_for(host.loop, 100);
	cr_expect(eq(sz, host.areq_count, 1));
}

/* --- start --- */

Test(znp, restores_its_network)
{
	with_form(SIM_FORMED);
	asks("2f0500", "fe0145c0098d");
	cr_expect(host_saw(&host, "fe034f800d0000c1"));
	cr_expect(eq(u32, stats().forbidden, 0));
	cr_expect(not(stats().formed_alarm));
}

Test(znp, blank_says_that_there_is_no_network)
{
	with_stack(SIM_ZSTACK_30X, false);
	done();
	with_scene((struct sim_znp_options){ .stack = SIM_ZSTACK_30X, .form = SIM_BLANK });
	asks("2f0500", "fe034f80020000ce");
	cr_expect(not(stats().formed_alarm));
}

Test(znp, blank_forms_when_told_to_and_the_alarm_fires)
{
	with_form(SIM_BLANK);
	host_call(&host, "25406400");
	loop_run_for(host.loop, 200);
	cr_expect(stats().formed_alarm);
	cr_expect(eq(u32, stats().forbidden, 1));
}

Test(znp, an_armed_wipe_forms_even_in_mode_0)
{
	with_form(SIM_WIPE_ARMED);
	host_call(&host, "2f0500");
	loop_run_for(host.loop, 200);
	cr_expect(stats().formed_alarm);
}

Test(znp, a_router_does_not_become_a_coordinator)
{
	with_form(SIM_ROUTER);
	asks("2f0500", "fe034f80020000ce");
	cr_expect(not(stats().formed_alarm));
}

/* --- harm --- */

Test(znp, counts_and_keeps_forbidden_commands)
{
	static const char *const bad[] = { "21030000000000000000",
		"210703000100"
		"0100",
		"210903000001"
		"02",
		"211203000100",
		"211d03000000"
		"010002",
		"2f0504", "2f080100000008",
		"2534000000000000000000"
		"0000",
		"25370000000000000000000000000000",
		"25360f"
		"fcff"
		"ff01",
		"2763000000000000"
		"0000" };

	with_form(SIM_FORMED);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		host_call(&host, bad[i]);
		cr_expect(eq(u32, stats().forbidden, (uint32_t)i + 1), "%s", bad[i]);
	}
	cr_expect(ne(str, stats().last_forbidden, ""));
}

Test(znp, reading_harms_nothing)
{
	uint64_t before;

	with_form(SIM_FORMED);
	before = stats().nv_digest;
	host_up(&host);
	host_call(&host, "211c030000"
			 "00");
	loop_run_for(host.loop, 10000);
	cr_expect(eq(u64, stats().nv_digest, before));
	cr_expect(eq(u32, stats().forbidden, 0));
}

Test(znp, a_write_changes_the_digest)
{
	uint64_t before;

	with_form(SIM_FORMED);
	before = stats().nv_digest;
	host_call(&host, "2109030000"
			 "0102");
	cr_expect(ne(u64, stats().nv_digest, before));
}

Test(znp, counts_lock_commands_that_reach_a_lock)
{
	with_form(SIM_FORMED);
	host_up(&host);
	host_call(&host, "24015c3a01010101"
			 "0100"
			 "1e"
			 "03"
			 "010000");
	loop_run_for(host.loop, 100);
	cr_expect(eq(u32, stats().lock_commands, 1));
}

/* --- faults --- */

Test(znp, no_srsp_then_works_again)
{
	with_form(SIM_FORMED);
	sim_znp_fault(host.znp, SIM_NO_SRSP, 1, 0);
	cr_expect(eq(ptr, (void *)host_call(&host, "2101"), NULL));
	cr_expect(ne(ptr, (void *)host_call(&host, "2101"), NULL));
}

Test(znp, late_srsp_comes_after_4_s)
{
	msec before;

	with_form(SIM_FORMED);
	sim_znp_fault(host.znp, SIM_LATE_SRSP, 1, 0);
	before = loop_now(host.loop);
	cr_expect(ne(ptr, (void *)host_call(&host, "2101"), NULL));
	cr_expect(ge(u64, loop_now(host.loop) - before, 4000));
}

Test(znp, a_bad_check_byte_hides_a_frame)
{
	with_form(SIM_FORMED);
	sim_znp_fault(host.znp, SIM_BAD_FCS, 1, 0);
	cr_expect(eq(ptr, (void *)host_call(&host, "2101"), NULL));
}

Test(znp, split_frames_are_whole_in_the_end)
{
	with_form(SIM_FORMED);
	sim_znp_fault(host.znp, SIM_SPLIT, -1, 0);
	cr_expect(ne(ptr, (void *)host_call(&host, "2101"), NULL));
}

static void sends_notify(void)
{
	host_notify(&host, 0x3A5C);
	loop_run_for(host.loop, 20000);
}

Test(znp, confirm_status_as_ordered)
{
	with_form(SIM_FORMED);
	host_up(&host);
	sim_znp_fault(host.znp, SIM_CONFIRM_STATUS, 1, 0xE9);
	sends_notify();
	cr_expect(eq(u8, host.last_confirm, 0xE9));
	cr_expect(eq(u32, host.queries, 0));
}

Test(znp, a_lost_confirm_never_comes)
{
	with_form(SIM_FORMED);
	host_up(&host);
	sim_znp_fault(host.znp, SIM_LOST_CONFIRM, 1, 0);
	host_notify(&host, 0x3A5C);
	loop_run_for(host.loop, 20);
	cr_expect(eq(u32, host.queries, 1));
	cr_expect(eq(u32, host.confirms, 1)); /* of the answer to the query */
}

Test(znp, a_frame_for_a_sleeping_child_expires)
{
	with_form(SIM_FORMED);
	host_up(&host);
	sim_lock_sleep(lock, 3600000);
	sends_notify();
	cr_expect(eq(u8, host.last_confirm, 0xF0));
}

Test(znp, a_fourth_frame_for_a_sleeping_child_overflows)
{
	with_form(SIM_FORMED);
	host_up(&host);
	sim_lock_sleep(lock, 3600000);
	for (int i = 0; i < 4; i++)
		host_notify(&host, 0x3A5C);
	loop_run_for(host.loop, 100);
	cr_expect(eq(u32, host.confirms, 1));
	cr_expect(eq(u8, host.last_confirm, 0xF1));
}

Test(znp, a_frame_waits_for_a_child_that_wakes_in_time)
{
	with_form(SIM_FORMED);
	host_up(&host);
	sim_lock_sleep(lock, 3000);
	sends_notify();
	cr_expect(eq(u32, host.queries, 1));
}

Test(znp, an_unknown_address_has_no_route)
{
	with_form(SIM_FORMED);
	host_up(&host);
	host_notify(&host, 0x4444);
	loop_run_for(host.loop, 1000);
	cr_expect(eq(u8, host.last_confirm, 0xCD));
}

Test(znp, a_child_behind_a_router_swallows_silently)
{
	struct sim_lock_options o = { .ieee = 0x99,
		.address = 0x2222,
		.parent = 0x1112131415161718,
		.sleepy = true,
		.hardware_version = 0xFFFF };

	with_form(SIM_FORMED);
	host_up(&host);
	lock = sim_lock_new(host.network, &o);
	sim_lock_sleep(lock, 3600000);
	host_notify(&host, 0x2222);
	loop_run_for(host.loop, 20000);
	cr_expect(eq(u8, host.last_confirm, 0x00));
	cr_expect(eq(u32, host.confirms, 1));
}

Test(znp, a_reset_drops_endpoints_and_network)
{
	with_stack(SIM_ZSTACK_3X0, true);
	cr_expect(eq(u32, stats().endpoints, 3));
	sim_znp_reset(host.znp);
	loop_run_for(host.loop, 500);
	cr_expect(eq(u32, stats().endpoints, 0));
	cr_expect(eq(u32, host.resets, 1));
	cr_expect(eq(u8, host_call(&host, "2700")->data[12], 0));
}

Test(znp, unplugging_closes_and_refuses_until_it_is_back)
{
	static const struct stream_events none = { 0 };
	struct stream_factory f;
	struct stream *s;

	with_form(SIM_FORMED);
	f = sim_znp_factory(host.znp);
	cr_expect(eq(int, f.open(&f, &s, &none, NULL, NULL), ERR_BUSY));
	sim_znp_unplug(host.znp, true);
	loop_run_for(host.loop, 100);
	cr_expect(host.closed);
	cr_expect(eq(int, f.open(&f, &s, &none, NULL, NULL), ERR_IO));
	sim_znp_unplug(host.znp, false);
	cr_assert(eq(int, f.open(&f, &s, &none, NULL, NULL), OK));
	s->ops->free(s);
}

Test(znp, a_bootloader_waits_for_its_byte)
{
	static const uint8_t run[] = { 0xEF };

	with_scene((struct sim_znp_options){ .stack = SIM_ZSTACK_12, .bootloader = true });
	cr_expect(eq(ptr, (void *)host_call(&host, "2101"), NULL));
	host.stream->ops->write(host.stream, (struct span){ run, 1 });
	loop_run_for(host.loop, 1000);
	cr_expect(eq(u32, host.resets, 1));
	cr_expect(ne(ptr, (void *)host_call(&host, "2101"), NULL));
}

Test(znp, a_dead_stick_says_nothing)
{
	with_form(SIM_FORMED);
	sim_znp_dead(host.znp, true);
	cr_expect(eq(ptr, (void *)host_call(&host, "2101"), NULL));
	sim_znp_dead(host.znp, false);
	cr_expect(ne(ptr, (void *)host_call(&host, "2101"), NULL));
}
