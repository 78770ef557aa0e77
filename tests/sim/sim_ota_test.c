/* Each vendor's client updates from the scripted host, and behaves as its SDK does when the host
 * does not. */
#include "tests/sim/scripted_host.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <stdlib.h>
#include <string.h>

enum { OLD = 0x01000000, NEW = 0x01000001, HOUR = 3600000 };

static struct scripted_host host;
static struct sim_lock *lock;
static uint8_t *image;

static void with_lock(struct sim_network_options network, struct sim_lock_options options)
{
	options.manufacturer_code = 0x1234;
	options.image_type = 1;
	options.version = OLD;
	if (!options.hardware_version)
		options.hardware_version = 0xFFFF;
	host_start(&host, &network, &(struct sim_znp_options){ .stack = SIM_ZSTACK_3X0 });
	image = host_make_image(&host.image_size, 20000, NEW);
	host.image = image;
	host.offered_version = NEW;
	lock = sim_lock_new(host.network, &options);
	host_up(&host);
}

static void done(void)
{
	host_stop(&host);
	free(image);
	memset(&host, 0, sizeof host);
}

TestSuite(sim_ota, .fini = done);

static struct sim_lock_state state(void)
{
	struct sim_lock_state s;

	sim_lock_state(lock, &s);
	return s;
}

static void updated(void)
{
	struct sim_lock_state s = state();

	cr_assert(eq(u32, s.version, NEW));
	cr_assert(eq(u32, s.received_size, host.image_size));
	cr_assert(eq(int, memcmp(s.received, image, host.image_size), 0));
	cr_assert(eq(u32, s.reboots, 1));
}

static void updates(enum sim_client client, bool timing, uint64_t parent)
{
	with_lock((struct sim_network_options){ .radio_timing = timing, .seed = 1 },
		(struct sim_lock_options){ .client = client, .sleepy = true, .parent = parent });
	loop_run_for(host.loop, 2 * HOUR);
	updated();
}

Test(sim_ota, silabs_updates)
{
	updates(SIM_SILABS, false, 0);
}

Test(sim_ota, ti_updates)
{
	updates(SIM_TI, false, 0);
}

Test(sim_ota, telink_updates)
{
	updates(SIM_TELINK, false, 0);
}

Test(sim_ota, silabs_updates_with_radio_timing)
{
	updates(SIM_SILABS, true, 0);
	cr_assert(lt(i64, 60000, state().transfer_msec)); /* 319 blocks, a poll each */
}

Test(sim_ota, an_instant_host_costs_nothing)
{
	updates(SIM_SILABS, true, 0);
	cr_assert(eq(i64, state().own_msec, state().transfer_msec));
}

static int64_t host_share(bool sleepy, msec delay)
{
	with_lock((struct sim_network_options){ .radio_timing = true, .seed = 1 },
		(struct sim_lock_options){ .sleepy = sleepy });
	host.answer_delay = delay;
	loop_run_for(host.loop, 2 * HOUR);
	updated();
	return state().transfer_msec - state().own_msec;
}

Test(sim_ota, an_answer_before_the_next_poll_costs_nothing)
{
	cr_assert(eq(i64, host_share(true, 100), 0));
}

Test(sim_ota, an_answer_after_it_costs_a_poll)
{
	cr_assert(eq(i64, host_share(true, 400), 319 * 250)); /* 20062 bytes in 63 */
}

Test(sim_ota, a_lock_that_listens_waits_as_long_as_the_host_takes)
{
	cr_assert(eq(i64, host_share(false, 100), 319 * 100));
}

Test(sim_ota, updates_behind_a_router)
{
	updates(SIM_TI, true, 0x1112131415161718);
}

Test(sim_ota, updates_in_spite_of_losses)
{
	with_lock((struct sim_network_options){ .radio_timing = true, .seed = 7, .loss = 0.05 },
		(struct sim_lock_options){ .sleepy = true });
	loop_run_for(host.loop, 4 * HOUR);
	updated();
	cr_assert(lt(u32, 3, state().repeats));
}

Test(sim_ota, updates_by_pages)
{
	with_lock((struct sim_network_options){ 0 },
		(struct sim_lock_options){ .page_requests = true });
	loop_run_for(host.loop, HOUR);
	updated();
}

Test(sim_ota, falls_back_to_blocks_when_pages_are_refused)
{
	with_lock((struct sim_network_options){ 0 },
		(struct sim_lock_options){ .page_requests = true });
	host.refuse_pages = true;
	loop_run_for(host.loop, HOUR);
	updated();
}

Test(sim_ota, notify_brings_a_query_at_once)
{
	with_lock((struct sim_network_options){ 0 }, (struct sim_lock_options){ .sleepy = true });
	host.image = NULL;
	host_notify(&host, 0x3A5C);
	loop_run_for(host.loop, 1000);
	cr_assert(eq(u32, host.queries, 1));
}

Test(sim_ota, silabs_refuses_a_notify_while_it_downloads)
{
	with_lock((struct sim_network_options){ .radio_timing = true },
		(struct sim_lock_options){ .query_interval_ms = 1000 });
	loop_run_for(host.loop, 4000);
	cr_assert(state().updating);
	host_notify(&host, 0x3A5C);
	loop_run_for(host.loop, 100);
	cr_assert(eq(u8, host.last_default[0], 0x00));
	cr_assert(eq(u8, host.last_default[1], 0x01));
}

static void gives_up(enum sim_client client, uint32_t at_least, uint32_t at_most)
{
	with_lock((struct sim_network_options){ 0 },
		(struct sim_lock_options){ .client = client, .query_interval_ms = 1000 });
	host.mute_after = 5;
	loop_run_for(host.loop, at_least);
	cr_assert(eq(u32, host.ends, 0));
	loop_run_for(host.loop, at_most - at_least);
	cr_assert(lt(u32, 0, host.ends));
	cr_assert(eq(u8, host.last_end_status, 0x95));
}

Test(sim_ota, silabs_gives_up_after_ten_silences_of_3_s_and_2_s_between)
{
	gives_up(SIM_SILABS, 47000, 51000);
}

Test(sim_ota, ti_gives_up_after_ten_silences_of_5_s)
{
	gives_up(SIM_TI, 49000, 53000);
}

static uint32_t offset_after_power_loss(enum sim_client client)
{
	with_lock((struct sim_network_options){ .radio_timing = true },
		(struct sim_lock_options){ .client = client, .query_interval_ms = 1000 });
	while (state().offset < 8192)
		loop_run_for(host.loop, 100);
	sim_lock_battery_out(lock, true);
	loop_run_for(host.loop, 5000);
	host.queries = 0;
	sim_lock_battery_out(lock, false);
	return state().offset;
}

Test(sim_ota, silabs_goes_on_after_power_loss_without_a_query)
{
	cr_assert(ge(u32, offset_after_power_loss(SIM_SILABS), 8192));
	loop_run_for(host.loop, 12000);
	cr_assert(eq(u32, host.queries, 0));
	cr_assert(lt(u32, 8192, state().offset));
}

Test(sim_ota, ti_starts_over_after_power_loss)
{
	cr_assert(eq(u32, offset_after_power_loss(SIM_TI), 0));
}

Test(sim_ota, telink_goes_on_after_a_new_query)
{
	cr_assert(ge(u32, offset_after_power_loss(SIM_TELINK), 8192));
	loop_run_for(host.loop, 12000);
	cr_assert(eq(u32, host.queries, 1));
	cr_assert(lt(u32, 8192, state().offset));
}

Test(sim_ota, telink_refuses_blocks_that_are_no_multiple_of_16)
{
	with_lock((struct sim_network_options){ 0 },
		(struct sim_lock_options){ .client = SIM_TELINK });
	host.most = 40;
	loop_run_for(host.loop, 301000);
	cr_assert(eq(u8, host.last_end_status, 0x96));
}

Test(sim_ota, hold_is_asked_again_after_an_hour)
{
	with_lock((struct sim_network_options){ 0 }, (struct sim_lock_options){ .sleepy = true });
	host.hold_times = 1;
	loop_run_for(host.loop, HOUR - 10000);
	cr_assert(eq(u32, host.ends, 1));
	loop_run_for(host.loop, 400000);
	cr_assert(eq(u32, host.ends, 2));
	updated();
}

Test(sim_ota, waits_as_long_as_it_is_told)
{
	with_lock((struct sim_network_options){ 0 }, (struct sim_lock_options){ .sleepy = true });
	host.block_status = 0x97;
	loop_run_for(host.loop, 300000 + 29000); /* the first query, and nearly the wait */
	cr_assert(eq(u32, host.refusals, 1));
	host.block_status = 0;
	loop_run_for(host.loop, 20000);
	updated();
	cr_assert(eq(u32, state().repeats, 0));
}

Test(sim_ota, abort_ends_it_until_the_next_query)
{
	with_lock((struct sim_network_options){ 0 }, (struct sim_lock_options){ .sleepy = true });
	host.block_status = 0x95;
	loop_run_for(host.loop, 500000);
	cr_assert(eq(u32, host.refusals, 1));
	cr_assert(eq(u32, state().aborts, 1));
	cr_assert(not(state().updating));
	host.block_status = 0;
	loop_run_for(host.loop, 200000);
	updated();
}

Test(sim_ota, a_damaged_image_is_refused)
{
	with_lock((struct sim_network_options){ 0 }, (struct sim_lock_options){ .sleepy = true });
	image[0] ^= 1;
	loop_run_for(host.loop, 310000);
	cr_assert(eq(u8, host.last_end_status, 0x96));
	cr_assert(eq(u32, state().version, OLD));
}

Test(sim_ota, an_image_too_large_is_refused_before_the_transfer)
{
	with_lock((struct sim_network_options){ 0 }, (struct sim_lock_options){ .storage = 10000 });
	loop_run_for(host.loop, 310000);
	cr_assert(eq(u8, host.last_default[0], 0x02));
	cr_assert(eq(u8, host.last_default[1], 0x89));
	cr_assert(eq(u32, host.blocks, 0));
}

Test(sim_ota, install_behaviours)
{
	with_lock((struct sim_network_options){ 0 },
		(struct sim_lock_options){ .install = SIM_KEEPS_OLD });
	loop_run_for(host.loop, 350000);
	cr_assert(eq(u32, state().version, OLD));
	cr_assert(ge(u32, state().reboots, 1));
}

Test(sim_ota, a_bricked_lock_stays_silent)
{
	with_lock((struct sim_network_options){ 0 },
		(struct sim_lock_options){ .install = SIM_NEVER_RETURNS });
	loop_run_for(host.loop, 350000);
	cr_assert(eq(u32, state().reboots, 0));
	cr_assert(state().asleep);
}

Test(sim_ota, comes_back_with_another_address_and_version)
{
	with_lock((struct sim_network_options){ 0 },
		(struct sim_lock_options){
			.install = SIM_OTHER_VERSION, .rejoins_elsewhere = true });
	loop_run_for(host.loop, 320000);
	cr_assert(eq(u32, state().version, NEW + 0x00010000));
	cr_assert(ne(u16, host.lock, 0x3A5C));
}

Test(sim_ota, a_rejoin_at_the_address_of_another_gets_the_next_one)
{
	struct sim_lock *other;

	with_lock((struct sim_network_options){ 0 }, (struct sim_lock_options){ 0 });
	other = sim_lock_new(host.network,
		&(struct sim_lock_options){ .ieee = 0x99, .address = 0x7777, .version = OLD });
	sim_lock_rejoin(other, 0x3A5C);
	loop_run_for(host.loop, 1000);
	cr_assert(host_saw(&host, "fe0d45c15d3a5d3a99000000000000008898"));
}

Test(sim_ota, sleeping_stops_the_transfer_and_waking_resumes_it)
{
	with_lock((struct sim_network_options){ .radio_timing = true },
		(struct sim_lock_options){ .sleepy = true, .query_interval_ms = 1000 });
	uint32_t before, blocks;

	loop_run_for(host.loop, 20000);
	sim_lock_sleep(lock, 600000);
	loop_run_for(host.loop, 1000);
	before = state().offset;
	blocks = host.blocks;
	loop_run_for(host.loop, 590000);
	cr_assert(eq(u32, state().offset, before));
	cr_assert(eq(u32, host.blocks, blocks));
	loop_run_for(host.loop, 200000);
	updated();
}

Test(sim_ota, a_lock_awake_one_minute_in_ten_updates_all_the_same)
{
	with_lock((struct sim_network_options){ .radio_timing = true },
		(struct sim_lock_options){
			.sleepy = true, .awake_ms = 60000, .asleep_ms = 540000 });
	loop_run_for(host.loop, 3 * HOUR);
	updated();
}

Test(sim_ota, a_check_in_is_answered_by_fast_polling)
{
	with_lock((struct sim_network_options){ .radio_timing = true },
		(struct sim_lock_options){
			.sleepy = true, .check_in_ms = 60000, .long_poll_ms = 30000 });
	host.image = NULL;
	loop_run_for(host.loop, 60100);
	host_call(&host, "24015c3a01012000"
			 "05001e06"
			 "11300001f000");
	loop_run_for(host.loop, 30000); /* fetched, then fast for 60 s */
	host_notify(&host, 0x3A5C);
	loop_run_for(host.loop, 1000);
	cr_assert(ge(u32, host.queries, 1));
}

Test(sim_ota, the_battery_sags_with_the_blocks)
{
	with_lock((struct sim_network_options){ 0 },
		(struct sim_lock_options){ .battery_drain = 100 });
	loop_run_for(host.loop, 350000);
	const struct mt_frame *r = host_call(&host, "24015c3a0101010005001e051832002100");
	cr_assert(ne(ptr, (void *)r, NULL));
	updated();
}
