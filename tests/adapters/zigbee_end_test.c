/* The end of a transfer, and orders that come and go: no request stays without an answer, and no
 * lock installs what nobody decided on. */
#include "tests/adapters/fake_radio.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <stdio.h>
#include <string.h>

enum { IMAGE_SIZE = 2048, OTA = 0x0019, POWER = 0x0001, DOOR_LOCK = 0x0101, JOB = 17 };
#define IDS "5C 11 04 00 00 00 07 11"
#define OLD_IDS "5C 11 04 00 00 00 06 11"
#define QUERY "01 5A 01 00 5C 11 04 00 00 00 04 11"
#define OFFER "19 5A 02 00 " IDS " 00 08 00 00"
#define NO_IMAGE "19 5A 02 98"
#define BLOCK_0 "01 5B 03 00 " IDS " 00 00 00 00 3F"
#define PAGE_0 "01 5C 04 00 " IDS " 00 00 00 00 20 00 04 32 00"
#define END_GOOD "01 70 06 00 " IDS
#define END_AGAIN "01 71 06 00 " IDS
#define HOLD " 00 00 00 00 FF FF FF FF"
#define IN_5_S " 00 00 00 00 05 00 00 00"
#define REPORT "18 07 0A 00 00 30 01"

static uint8_t image[IMAGE_SIZE];
static struct fake *f;

static void setup(void)
{
	for (size_t i = 0; i < sizeof image; i++)
		image[i] = (uint8_t)(i * 7 + i / 256);
	f = fake_new();
}

static void teardown(void)
{
	fake_free(f);
}

TestSuite(zigbee_end, .init = setup, .fini = teardown, .timeout = 60);

static void place(struct span bytes)
{
	struct update_order o = { .address = LOCK_NAME,
		.job = JOB,
		.image = bytes,
		.manufacturer_code = 0x115C,
		.image_type = 0x0004,
		.version = 0x11070000 };

	cr_assert(eq(int, f->adapter->ops->update(f->adapter, &o, NULL), OK));
}

static void arm(void)
{
	place((struct span){ image, IMAGE_SIZE });
	loop_run_for(f->loop, 100);
	fake_drain(f);
}

static const char *ask(const char *hex)
{
	fake_hear(f, OTA, hex);
	return fake_next_hex(f);
}

/* Armed, one block served, the End Request in, its battery read sent. */
static void end(void)
{
	arm();
	ask(BLOCK_0);
	fake_hear(f, OTA, END_GOOD);
	fake_next(f);
}

static void cancel(int64_t abort_until)
{
	f->adapter->ops->cancel(f->adapter, LOCK_NAME, abort_until);
}

static int64_t tomorrow(void)
{
	return loop_wall(f->loop) + (int64_t)24 * 3600 * 1000;
}

Test(zigbee_end, of_a_lock_that_tells_its_door_it_is_read_before_the_battery)
{
	f->decide = false;
	fake_hear(f, DOOR_LOCK, "18 07 0A 03 00 30 01");
	arm();
	ask(BLOCK_0);
	fake_hear(f, OTA, END_GOOD);
	cr_assert(strstr(fake_next_hex(f), "00 00 00 03 00") != NULL, "bolt and door");
	cr_assert(strstr(fake_next_hex(f), "20 00 21 00 3E 00") != NULL, "battery");
	cr_assert(eq(sz, fake_count(f, UPDATE_DOWNLOADED), 0));
	fake_hear(f, DOOR_LOCK, "18 01 01 00 00 00 30 01 03 00 00 30 00");
	fake_hear(f, POWER, "18 02 01 20 00 00 20 3C");
	cr_assert(eq(sz, fake_count(f, UPDATE_DOWNLOADED), 1));
	cr_assert(eq(int, fake_seen(f)->facts.door_state, DOOR_OPEN), "told before it is asked");
}

/* --- nobody decides --- */

Test(zigbee_end, without_a_decision_in_time_the_lock_is_told_to_hold)
{
	f->decide = false;
	end();
	fake_hear(f, OTA, END_AGAIN);
	loop_run_for(f->loop, 1490);
	cr_assert(eq(sz, fake_count(f, UPDATE_DOWNLOADED), 1));
	cr_assert(eq(str, (char *)fake_next_hex(f), ""));
	loop_run_for(f->loop, 20);
	cr_assert(eq(str, (char *)fake_next_hex(f), "19 71 07 " IDS HOLD),
		"within 1.5 s of the request, with its newest sequence number");
	cr_assert(fake_report(f, UPDATE_HELD) != NULL);
	cr_assert(fake_report(f, UPDATE_APPLYING) == NULL);
}

Test(zigbee_end, an_undecided_hold_asks_again_when_the_lock_does)
{
	f->decide = false;
	end();
	loop_run_for(f->loop, 3600000);
	fake_drain(f);
	f->decide = true;
	fake_hear(f, OTA, END_AGAIN);
	loop_run_for(f->loop, 1100);
	cr_assert(eq(sz, fake_count(f, UPDATE_DOWNLOADED), 2));
	fake_next(f); /* battery */
	cr_assert(eq(str, (char *)fake_next_hex(f), "19 71 07 " IDS IN_5_S));
}

Test(zigbee_end, a_late_decision_releases_the_hold)
{
	f->decide = false;
	end();
	loop_run_for(f->loop, 3000);
	fake_drain(f);
	f->adapter->ops->finish(f->adapter, LOCK_NAME, 5);
	cr_assert(eq(str, (char *)fake_next_hex(f) + 6, "07 " IDS IN_5_S));
}

Test(zigbee_end, a_release_while_the_stick_is_away_reaches_the_lock_later)
{
	f->decide_delay = UINT32_MAX;
	end();
	loop_run_for(f->loop, 3000);
	f->radio.to->state(f->radio.owner, RADIO_STARTING, NULL);
	f->adapter->ops->finish(f->adapter, LOCK_NAME, 5);
	f->radio.to->state(f->radio.owner, RADIO_UP, NULL);
	loop_run_for(f->loop, 1000);
	fake_drain(f);
	fake_hear(f, DOOR_LOCK, REPORT);
	cr_assert(eq(str, (char *)fake_next_hex(f) + 6, "07 " IDS IN_5_S));
}

Test(zigbee_end, a_lock_that_installs_for_ever_is_not_told_so_for_ever)
{
	unsigned told = 0;

	end();
	loop_run_for(f->loop, 3000);
	fake_drain(f);
	for (unsigned i = 0; i < 100; i++) {
		told += strstr(ask(END_AGAIN), IN_5_S) != NULL;
		loop_run_for(f->loop, 60000);
	}
	cr_assert(eq(uint, told, 10));
}

Test(zigbee_end, a_lock_that_lost_power_before_it_installed_is_offered_the_image_again)
{
	end();
	loop_run_for(f->loop, 60000);
	for (unsigned i = 0; i < 5; i++) {
		fake_drain(f);
		cr_assert(eq(str, (char *)ask(QUERY), i < 3 ? OFFER : NO_IMAGE), "%u", i);
		fake_drain(f);
		if (i < 3)
			cr_assert(eq(str, (char *)ask(END_AGAIN), "19 71 07 " IDS IN_5_S));
		loop_run_for(f->loop, 60000);
	}
}

/* --- the order goes while the lock waits --- */

Test(zigbee_end, a_cancel_answers_the_end_request_that_waits)
{
	f->decide = false;
	end();
	cancel(tomorrow());
	cr_assert(eq(str, (char *)fake_next_hex(f), "18 70 0B 06 95"));
	loop_run_for(f->loop, 5000);
	cr_assert(eq(str, (char *)fake_next_hex(f), ""));
	cr_assert(eq(str, (char *)ask(END_AGAIN), "18 71 0B 06 95"));
}

Test(zigbee_end, an_order_taken_back_for_now_keeps_what_the_lock_has)
{
	f->decide = false;
	end();
	cancel(0);
	cr_assert(eq(str, (char *)fake_next_hex(f), "19 70 07 " IDS HOLD));
	cr_assert(eq(str, (char *)ask(END_AGAIN), "19 71 07 " IDS HOLD));
}

Test(zigbee_end, a_cancelled_hold_is_no_hold_any_more)
{
	f->decide_delay = UINT32_MAX;
	end();
	loop_run_for(f->loop, 3000);
	fake_drain(f);
	cancel(tomorrow());
	cr_assert(eq(str, (char *)ask(END_AGAIN), "18 71 0B 06 95"));
}

Test(zigbee_end, a_paced_request_is_answered_although_the_order_went)
{
	arm();
	f->result = RADIO_NO_ROOM;
	ask(BLOCK_0); /* from now on paced */
	loop_run_for(f->loop, 1000);
	f->result = RADIO_DELIVERED;
	ask("01 5C 03 00 " IDS " 3F 00 00 00 3F");
	fake_drain(f);
	cr_assert(eq(str, (char *)ask("01 5D 03 00 " IDS " 7E 00 00 00 3F"), ""), "it is delayed");
	cancel(tomorrow());
	loop_run_for(f->loop, 1100);
	cr_assert(eq(str, (char *)fake_next_hex(f), "19 5D 05 95"));
}

/* --- answers that must not be lost, or mistaken --- */

Test(zigbee_end, a_stored_image_is_not_refused_while_ours_is_loaded)
{
	place((struct span){ NULL, 0 });
	fake_hear(f, OTA, END_GOOD);
	loop_run_for(f->loop, 1100);
	fake_next(f); /* battery */
	cr_assert(eq(str, (char *)fake_next_hex(f), "19 70 07 " IDS IN_5_S));
}

Test(zigbee_end, a_late_copy_of_the_last_block_request_does_not_undo_the_end)
{
	f->decide = false;
	end();
	loop_run_for(f->loop, 100);
	cr_assert(eq(str, (char *)ask(BLOCK_0), ""));
	f->adapter->ops->finish(f->adapter, LOCK_NAME, 5);
	cr_assert(eq(str, (char *)fake_next_hex(f), "19 70 07 " IDS IN_5_S));
}

Test(zigbee_end, a_query_just_before_the_order_does_not_silence_the_one_after_it)
{
	cr_assert(eq(str, (char *)ask(QUERY), NO_IMAGE));
	loop_run_for(f->loop, 300);
	arm();
	cr_assert(eq(str, (char *)ask(QUERY), OFFER));
}

Test(zigbee_end, queries_of_two_endpoints_are_answered_each)
{
	struct radio_message second = { .source = LOCK_ADDRESS,
		.source_endpoint = 2,
		.endpoint = 1,
		.profile = 0x0104,
		.cluster = OTA,
		.last_hop = RADIO_NO_ADDRESS };

	arm();
	fake_hear_as(f, &second, "01 59 01 00 5C 11 05 00 01 00 00 00");
	cr_assert(eq(str, (char *)fake_next_hex(f), "19 59 02 98"));
	fake_drain(f);
	cr_assert(eq(str, (char *)ask(QUERY), OFFER));
}

static void hear_name(const char *payload)
{
	fake_hear_as(f,
		&(struct radio_message){
			.source = LOCK_ADDRESS, .cluster = 0x8001, .last_hop = RADIO_NO_ADDRESS },
		payload);
}

Test(zigbee_end, an_end_response_that_did_not_arrive_is_repeated_while_the_lock_waits)
{
	arm();
	f->result = RADIO_NO_ANSWER;
	fake_hear(f, OTA, END_GOOD);
	loop_run_for(f->loop, 1200);
	fake_next(f); /* battery */
	for (unsigned i = 0; i < 4; i++)
		cr_assert(eq(str, (char *)fake_next_hex(f), "19 70 07 " IDS IN_5_S), "%u", i);
	cr_assert(eq(str, (char *)fake_next_hex(f), ""), "three times and no more");
}

Test(zigbee_end, another_part_of_the_lock_does_not_become_the_lock)
{
	struct radio_message second = { .source = LOCK_ADDRESS,
		.source_endpoint = 2,
		.endpoint = 1,
		.profile = 0x0104,
		.cluster = OTA,
		.last_hop = RADIO_NO_ADDRESS };

	cr_assert(eq(str, (char *)ask(QUERY), NO_IMAGE));
	loop_run_for(f->loop, 2000);
	hear_name("00 08 07 06 05 04 03 02 01 34 12"); /* the part is of the same device */
	fake_hear_as(f, &second, "01 59 01 00 5C 11 05 00 01 00 00 22");
	loop_run_for(f->loop, 2000);
	fake_hear(f, 0x0101, "18 07 0A 00 00 30 01");
	for (size_t i = 0; i < f->n_events; i++)
		if (f->events[i].kind == EVENT_SEEN &&
			f->events[i].seen.facts.known & FACT_IMAGE_KEY)
			cr_assert(eq(u16, f->events[i].seen.facts.image_type, 4));
}

Test(zigbee_end, a_query_for_another_image_proves_nothing_and_raises_doubt)
{
	arm();
	ask(QUERY);
	loop_run_for(f->loop, 2000);
	cr_assert(eq(str, (char *)ask("01 59 01 00 5C 11 05 00 00 00 07 11"), "19 59 02 98"));
	cr_assert(eq(u32, fake_seen(f)->facts.version, 0x11040000));
	cr_assert(eq(u16, fake_seen(f)->facts.image_type, 4));
	cr_assert(eq(str, (char *)fake_next_hex(f), "34 12 00 00"), "whose is this address?");
}

/* Scenario 66; and what would be false proof if two locks had exchanged their addresses. */
Test(zigbee_end, the_targets_version_counts_once_the_lock_has_proved_its_name)
{
	arm();
	cr_assert(eq(str, (char *)ask("01 5A 01 00 " IDS), "19 5A 02 98"));
	cr_assert(eq(str, (char *)fake_next_hex(f), "34 12 00 00"), "whose is this address?");
	cr_assert(not(fake_seen(f)->facts.known & FACT_VERSION));
	hear_name("00 08 07 06 05 04 03 02 01 34 12");
	cr_assert(fake_seen(f)->facts.known & FACT_VERSION);
	cr_assert(eq(u32, fake_seen(f)->facts.version, 0x11070000));
}

Test(zigbee_end, a_version_that_nobody_proved_for_a_minute_is_forgotten)
{
	arm();
	ask("01 5A 01 00 " IDS);
	loop_run_for(f->loop, 61000);
	hear_name("00 08 07 06 05 04 03 02 01 34 12");
	cr_assert(not(fake_seen(f)->facts.known & FACT_VERSION));
}

Test(zigbee_end, the_version_of_a_lock_that_took_the_address_is_not_ours)
{
	arm();
	ask(QUERY);
	loop_run_for(f->loop, 2000);
	fake_drain(f);
	ask("01 5B 01 00 " IDS);
	hear_name("00 99 07 06 05 04 03 02 01 34 12");
	hear_name("00 08 07 06 05 04 03 02 01 35 12");
	cr_assert(eq(u32, fake_seen(f)->facts.version, 0x11040000));
}

Test(zigbee_end, coming_to_an_address_does_not_prove_what_was_said_from_there_before)
{
	arm();
	ask(QUERY);
	loop_run_for(f->loop, 2000);
	fake_drain(f);
	ask("01 5B 01 00 " IDS);
	f->radio.to->announced(f->radio.owner, LOCK_IEEE, LOCK_ADDRESS, 0x80);
	cr_assert(eq(u32, fake_seen(f)->facts.version, 0x11040000));
	ask("01 5C 01 00 " IDS);
	cr_assert(eq(u32, fake_seen(f)->facts.version, 0x11070000), "said after it");
}

Test(zigbee_end, a_failure_with_an_image_of_somebody_else_is_not_ours)
{
	arm();
	cr_assert(eq(str, (char *)ask("01 70 06 95 " OLD_IDS), "18 70 0B 06 00"));
	cr_assert(fake_report(f, UPDATE_ENDED) == NULL);
	ask(BLOCK_0);
	ask("01 72 06 95 " OLD_IDS);
	cr_assert(fake_report(f, UPDATE_ENDED) != NULL, "but it is once ours was served");
}

Test(zigbee_end, a_device_of_the_owner_keeps_what_it_has_downloaded)
{
	struct radio_message other = { .source = 0x4444,
		.source_ieee = 0x77,
		.source_endpoint = 1,
		.endpoint = 1,
		.profile = 0x0104,
		.cluster = OTA,
		.last_hop = RADIO_NO_ADDRESS };

	fake_hear_as(f, &other, END_GOOD);
	cr_assert(eq(str, (char *)fake_next_hex(f), "19 70 07 " IDS HOLD));
}

Test(zigbee_end, a_notify_takes_the_place_of_no_answer)
{
	place((struct span){ image, IMAGE_SIZE });
	loop_run_for(f->loop, 100);
	cr_assert(not(fake_next(f)->send.urgent));
}

/* --- bursts --- */

Test(zigbee_end, a_burst_waits_for_the_radio)
{
	f->no_confirm = true;
	arm();
	fake_hear(f, OTA, PAGE_0);
	loop_run_for(f->loop, 900);
	cr_assert(eq(sz, f->n_sends, 1 + 1), "the second frame would take the place of the first");
	loop_run_for(f->loop, 200);
	cr_assert(eq(sz, f->n_sends, 1 + 2), "a confirm that never comes stops nothing");
}

Test(zigbee_end, a_shorter_image_ends_the_burst_of_the_longer_one)
{
	arm();
	fake_hear(f, OTA, PAGE_0);
	loop_run_for(f->loop, 120);
	place((struct span){ image, 64 });
	loop_run_for(f->loop, 5000);
	cr_assert(le(sz, f->n_sends, 1 + 3));
}

Test(zigbee_end, a_burst_keeps_to_the_pace_when_buffers_ran_out)
{
	size_t before;

	arm();
	f->result = RADIO_NO_ROOM;
	ask(BLOCK_0);
	loop_run_for(f->loop, 1000);
	f->result = RADIO_DELIVERED;
	before = f->n_sends;
	fake_hear(f, OTA, PAGE_0); /* 32 frames, 50 ms apart */
	loop_run_for(f->loop, 1000);
	cr_assert(le(sz, f->n_sends - before, 9));
	loop_run_for(f->loop, 4000);
	cr_assert(eq(sz, f->n_sends - before, 32), "none is lost");
}
