#include "server/base/check.h"
#include "tests/adapters/fake_radio.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <stdio.h>
#include <string.h>

/* The numbers are those of the acceptance scenarios. The job: Danalock 17.4 -> 17.7, 204 522 bytes.
 */
enum { IMAGE_SIZE = 204522, OTA = 0x0019, POLL = 0x0020, JOB = 17 };
#define IDS "5C 11 04 00 00 00 07 11"
#define QUERY "01 5A 01 00 5C 11 04 00 00 00 04 11"
#define OFFER "19 5A 02 00 " IDS " EA 1E 03 00"
#define NO_IMAGE "19 5A 02 98"
#define BLOCK_0 "01 5B 03 00 " IDS " 00 00 00 00 3F"
#define ABORT_5B "19 5B 05 95"
#define END_GOOD "01 70 06 00 " IDS
#define END_5 "19 70 07 " IDS " 00 00 00 00 05 00 00 00"
#define END_HOLD "19 70 07 " IDS " 00 00 00 00 FF FF FF FF"
#define NOTIFY_LENGTH 5

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

TestSuite(zigbee_transfer, .init = setup, .fini = teardown, .timeout = 60);

static struct update_order order(void)
{
	return (struct update_order){ .address = LOCK_NAME,
		.job = JOB,
		.image = { image, IMAGE_SIZE },
		.manufacturer_code = 0x115C,
		.image_type = 0x0004,
		.version = 0x11070000 };
}

static void place(const struct update_order *o)
{
	cr_assert(eq(int, f->adapter->ops->update(f->adapter, o, NULL), OK));
}

/* Armed, the first notify gone. */
static void arm(void)
{
	struct update_order o = order();

	place(&o);
	loop_run_for(f->loop, 100);
	fake_drain(f);
}

static const char *ask(const char *hex)
{
	fake_hear(f, OTA, hex);
	return fake_next_hex(f);
}

static const char *block_at(uint32_t offset, unsigned tsn, unsigned max)
{
	char hex[80];

	snprintf(hex, sizeof hex, "01 %02X 03 00 " IDS " %02X %02X %02X %02X %02X", tsn & 0xFF,
		offset & 0xFF, offset >> 8 & 0xFF, offset >> 16 & 0xFF, offset >> 24, max);
	return ask(hex);
}

static size_t block_size_of(const char *hex)
{
	unsigned n;

	cr_assert(eq(int, sscanf(hex + 48, "%x", &n), 1), "no block: %s", hex);
	return n;
}

/* --- happy paths --- */

Test(zigbee_transfer, scenario_1_notify_query_offer)
{
	struct update_order o = order();
	const struct fake_send *s;

	place(&o);
	cr_assert(eq(sz, f->n_sends, 0), "events and sends come from the loop");
	loop_run_for(f->loop, 500);
	s = fake_next(f);
	cr_assert(s != NULL);
	cr_assert(eq(u8, s->bytes[0], 0x09));
	cr_assert(eq(int, memcmp(s->bytes + 2, "\x00\x00\x64", 3), 0));
	cr_assert(eq(str, (char *)ask(QUERY), OFFER));
	cr_assert(eq(u8, f->sends[f->n_sends - 1].send.endpoint, 1));
	cr_assert(f->sends[f->n_sends - 1].send.urgent);
	cr_assert(fake_report(f, UPDATE_OFFERED) != NULL);
	cr_assert(eq(i64, fake_report(f, UPDATE_OFFERED)->job, JOB));
	cr_assert(eq(u32, fake_seen(f)->facts.version, 0x11040000));
	cr_assert(eq(int, (int)fake_seen(f)->facts.version_source, VERSION_QUERY));
}

Test(zigbee_transfer, scenario_2_all_blocks_arrive_once_and_equal_the_image)
{
	static uint8_t got[IMAGE_SIZE];
	uint32_t offset = 0;
	unsigned tsn = 0;

	f->block_max = 50;
	arm();
	while (offset < IMAGE_SIZE) {
		const struct fake_send *s;
		uint8_t n;

		char hex[80];

		snprintf(hex, sizeof hex, "01 %02X 03 00 " IDS " %02X %02X %02X 00 3F",
			tsn++ & 0xFF, offset & 0xFF, offset >> 8 & 0xFF, offset >> 16 & 0xFF);
		fake_hear(f, OTA, hex);
		s = fake_next(f);
		n = s->bytes[16];
		cr_assert(eq(u8, n, IMAGE_SIZE - offset < 50 ? 22 : 50), "at %u", offset);
		memcpy(got + offset, s->bytes + 17, n);
		offset += n;
		cr_assert(eq(u64, fake_report(f, UPDATE_PROGRESS)->offset, offset));
		loop_run_for(f->loop, 5);
	}
	cr_assert(eq(int, memcmp(got, image, IMAGE_SIZE), 0));
	cr_assert(eq(sz, f->n_sends, 1 + 4091), "one answer each");
}

Test(zigbee_transfer, scenario_3_end_request_reads_the_battery_and_is_answered)
{
	arm();
	block_at(0, 1, 63);
	fake_hear(f, OTA, END_GOOD);
	/* one read of the battery first */
	cr_assert(eq(int, strncmp(fake_next_hex(f) + 6, "00 20 00 21 00 3E 00", 20), 0));
	cr_assert(fake_report(f, UPDATE_DOWNLOADED) == NULL);
	fake_hear(f, 0x0001, "18 02 01 20 00 00 20 3C 21 00 00 20 A0 3E 00 00 1B 00 00 00 00");
	cr_assert(fake_report(f, UPDATE_DOWNLOADED) != NULL);
	cr_assert(eq(int, fake_seen(f)->facts.battery_half_percent, 160));
	cr_assert(eq(str, (char *)fake_next_hex(f), END_5));
	cr_assert(fake_report(f, UPDATE_APPLYING) == NULL, "not from inside finish()");
	loop_run_for(f->loop, 10);
	cr_assert(eq(u32, fake_report(f, UPDATE_APPLYING)->delay_s, 5));
}

Test(zigbee_transfer, scenario_4_the_new_version_gets_no_image)
{
	arm();
	fake_hear(f, OTA, END_GOOD);
	loop_run_for(f->loop, 3000);
	fake_drain(f);
	f->radio.to->announced(f->radio.owner, LOCK_IEEE, LOCK_ADDRESS, 0x80);
	cr_assert(fake_seen(f)->announced);
	cr_assert(eq(str, (char *)ask("01 5A 01 00 " IDS), NO_IMAGE));
	cr_assert(eq(u32, fake_seen(f)->facts.version, 0x11070000));
}

Test(zigbee_transfer, scenario_5_and_38_sizes_asked_for)
{
	static const struct {
		unsigned max, want;
	} rows[] = { { 32, 32 }, { 63, 63 }, { 255, 63 }, { 1, 1 } };

	arm();
	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++)
		cr_assert(eq(sz, block_size_of(block_at(i * 1000, i, rows[i].max)), rows[i].want));
}

Test(zigbee_transfer, scenario_6_a_page_is_sent_with_its_spacing)
{
	const struct fake_send *s;
	msec last = 0;
	unsigned n = 0;

	arm();
	fake_hear(f, OTA, "01 5C 04 00 " IDS " 00 00 00 00 20 00 04 32 00");
	loop_run_for(f->loop, 5000);
	for (; (s = fake_next(f)); n++) {
		cr_assert(eq(u8, s->bytes[1], 0x5C));
		cr_assert(eq(u8, s->bytes[16], 32));
		cr_assert(eq(u32, (unsigned)s->bytes[12] | (unsigned)s->bytes[13] << 8, n * 32));
		cr_assert(n == 0 || s->at - last >= 50);
		last = s->at;
	}
	cr_assert(eq(uint, n, 32));
}

Test(zigbee_transfer, scenario_7_a_stored_image_needs_no_blocks_but_not_for_ever)
{
	struct update_order o = order();

	for (int i = 0; i < 4; i++) {
		o.job = i;
		place(&o);
		loop_run_for(f->loop, 10);
		fake_hear(f, OTA, END_GOOD);
		loop_run_for(f->loop, 3000);
		cr_assert(eq(sz, fake_count(f, UPDATE_DOWNLOADED), i < 3 ? (size_t)i + 1 : 3));
	}
	cr_assert(eq(str, (char *)fake_report(f, UPDATE_ENDED)->error.reason, "version_loop"));
}

Test(zigbee_transfer, a_stored_image_that_was_never_to_be_installed_is_no_loop)
{
	struct update_order o = order();

	f->decide_delay = UINT32_MAX;
	for (int i = 0; i < 6; i++) {
		o.job = i;
		place(&o);
		loop_run_for(f->loop, 10);
		fake_hear(f, OTA, END_GOOD);
		loop_run_for(f->loop, 3000);
		cr_assert(eq(sz, fake_count(f, UPDATE_HELD), (size_t)i + 1));
		f->adapter->ops->cancel(f->adapter, LOCK_NAME, 0);
	}
}

Test(zigbee_transfer, scenario_8_check_in_keeps_the_lock_polling)
{
	arm();
	loop_run_for(f->loop, 60000);
	fake_hear(f, POLL, "19 30 00");
	cr_assert(eq(str, (char *)fake_next_hex(f), "11 30 00 01 F0 00"));
	cr_assert(eq(sz, strlen(fake_next_hex(f)), 3 * NOTIFY_LENGTH - 1), "and a notify");
	fake_hear(f, OTA, END_GOOD);
	loop_run_for(f->loop, 1400);
	fake_next(f); /* battery */
	cr_assert(eq(str, (char *)fake_next_hex(f), END_5));
	cr_assert(eq(int, strcmp(fake_next_hex(f) + 6, "01"), 0), "fast poll stop");
}

Test(zigbee_transfer, a_check_in_without_an_order_sends_it_back_to_sleep)
{
	fake_hear(f, POLL, "19 30 00");
	cr_assert(eq(str, (char *)fake_next_hex(f), "11 30 00 00 00 00"));
}

Test(zigbee_transfer, scenario_9_hold_and_release)
{
	f->decide_delay = UINT32_MAX;
	arm();
	block_at(0, 1, 63);
	fake_hear(f, OTA, END_GOOD);
	loop_run_for(f->loop, 1100);
	fake_next(f); /* battery */
	cr_assert(eq(str, (char *)fake_next_hex(f), END_HOLD));
	cr_assert(fake_report(f, UPDATE_HELD) != NULL);
	cr_assert(eq(
		str, (char *)ask("01 71 06 00 " IDS), "19 71 07 " IDS " 00 00 00 00 FF FF FF FF"));
	f->adapter->ops->finish(f->adapter, LOCK_NAME, 5);
	cr_assert(eq(str, (char *)fake_next_hex(f) + 6, "07 " IDS " 00 00 00 00 05 00 00 00"));
	loop_run_for(f->loop, 10);
	cr_assert(fake_report(f, UPDATE_APPLYING) != NULL);
}

Test(zigbee_transfer, a_release_that_the_lock_slept_through_is_repeated_at_its_next_word)
{
	f->decide_delay = UINT32_MAX;
	arm();
	block_at(0, 1, 63);
	fake_hear(f, OTA, END_GOOD);
	loop_run_for(f->loop, 3000);
	f->result = RADIO_NO_ANSWER;
	f->adapter->ops->finish(f->adapter, LOCK_NAME, 5);
	loop_run_for(f->loop, 1000);
	fake_drain(f);
	f->result = RADIO_DELIVERED;
	fake_hear(f, 0x0101, "18 07 0A 00 00 30 01");
	cr_assert(eq(str, (char *)fake_next_hex(f) + 6, "07 " IDS " 00 00 00 00 05 00 00 00"));
	loop_run_for(f->loop, 1000);
	fake_hear(f, 0x0101, "18 08 0A 00 00 30 01");
	cr_assert(eq(str, (char *)fake_next_hex(f), ""), "it arrived");
}

/* --- sleepy and flaky radio --- */

Test(zigbee_transfer, scenario_11_a_lost_notify_is_no_failure)
{
	struct update_order o = order();

	f->result = RADIO_NO_ANSWER;
	place(&o);
	loop_run_for(f->loop, 3600000);
	cr_assert(eq(sz, f->n_sends, 1), "no periodic notifies to a sleeping lock");
	cr_assert(fake_report(f, UPDATE_ENDED) == NULL);
	fake_drain(f);
	f->result = RADIO_DELIVERED;
	fake_hear(f, 0x0101, "18 07 0A 00 00 30 01");
	cr_assert(eq(sz, strlen(fake_next_hex(f)), 3 * NOTIFY_LENGTH - 1));
	fake_hear(f, 0x0101, "18 08 0A 00 00 30 02");
	cr_assert(eq(str, (char *)fake_next_hex(f), ""), "not again within a minute");
	loop_run_for(f->loop, 60000);
	fake_hear(f, 0x0101, "18 09 0A 00 00 30 01");
	cr_assert(eq(sz, strlen(fake_next_hex(f)), 3 * NOTIFY_LENGTH - 1));
}

/* A router takes it for the sleeping lock and drops it after seven seconds: delivered, unheard. */
Test(zigbee_transfer, a_notify_into_the_sleep_is_repeated_at_the_next_word)
{
	arm();
	loop_run_for(f->loop, 10000);
	fake_hear(f, 0x0101, "18 07 0A 00 00 30 01");
	cr_assert(eq(sz, strlen(fake_next_hex(f)), 3 * NOTIFY_LENGTH - 1));
	loop_run_for(f->loop, 10000);
	fake_hear(f, 0x0101, "18 08 0A 00 00 30 02");
	cr_assert(eq(str, (char *)fake_next_hex(f), ""), "that one it could hear");
}

Test(zigbee_transfer, awake_now_notifies_ten_times_until_it_asks)
{
	struct update_order o = order();

	o.notify_now = true;
	place(&o);
	loop_run_for(f->loop, 120000);
	cr_assert(eq(sz, f->n_sends, 10));
	cr_assert(eq(u64, f->sends[9].at - f->sends[0].at, 27000));
	place(&o);
	loop_run_for(f->loop, 4000);
	cr_assert(eq(sz, f->n_sends, 12));
	ask(QUERY);
	loop_run_for(f->loop, 30000);
	cr_assert(eq(sz, f->n_sends, 13), "the offer was the last");
}

Test(zigbee_transfer, scenario_13_a_repeat_gets_the_same_data)
{
	char first[400];

	arm();
	snprintf(first, sizeof first, "%s", block_at(100, 1, 50));
	loop_run_for(f->loop, 10);
	cr_assert(eq(int, strcmp(first + 6, block_at(100, 2, 50) + 6), 0));
	cr_assert(eq(u32, fake_report(f, UPDATE_PROGRESS)->repeats, 1));
}

Test(zigbee_transfer, scenario_14_and_68b_duplicates)
{
	arm();
	f->no_confirm = true;
	cr_assert(eq(sz, strlen(block_at(0, 1, 10)), 3 * 27 - 1));
	loop_run_for(f->loop, 200);
	cr_assert(eq(str, (char *)block_at(0, 1, 10), ""), "its answer is still on the way");
	loop_run_for(f->loop, 3000);
	cr_assert(eq(sz, strlen(block_at(0, 1, 10)), 3 * 27 - 1), "68b: 3 s later");
	f->no_confirm = false;
	block_at(10, 2, 10);
	loop_run_for(f->loop, 200);
	cr_assert(eq(sz, strlen(block_at(10, 2, 10)), 3 * 27 - 1), "the first was confirmed");
}

Test(zigbee_transfer, scenario_15_16_20_any_offset_at_any_time)
{
	arm();
	cr_assert(eq(sz, block_size_of(block_at(81800, 1, 63)), 63), "20: no query in this life");
	loop_run_for(f->loop, 600000);
	cr_assert(eq(sz, block_size_of(block_at(100000, 2, 63)), 63), "15");
	cr_assert(eq(u64, fake_report(f, UPDATE_PROGRESS)->offset, 100063));
	cr_assert(eq(str, (char *)ask(QUERY), OFFER), "16: asks again in mid-transfer");
	cr_assert(eq(sz, block_size_of(block_at(0, 3, 63)), 63));
}

Test(zigbee_transfer, scenario_17_a_new_address_is_followed)
{
	struct radio_message m = { .source = 0x7777,
		.source_ieee = LOCK_IEEE,
		.source_endpoint = 2,
		.endpoint = 13,
		.profile = 0x0104,
		.cluster = OTA,
		.last_hop = RADIO_NO_ADDRESS };
	const struct fake_send *s;

	arm();
	fake_hear_as(f, &m, BLOCK_0);
	s = fake_next(f);
	cr_assert(eq(u16, s->send.destination, 0x7777));
	cr_assert(eq(u8, s->send.endpoint, 2));
	cr_assert(eq(u8, s->send.source_endpoint, 13));
	cr_assert(eq(u16, fake_seen(f)->facts.network_address, 0x7777));
}

Test(zigbee_transfer, scenario_18_a_stranger_must_wait_until_he_is_known)
{
	struct radio_message m = { .source = 0x7777,
		.source_endpoint = 1,
		.endpoint = 1,
		.profile = 0x0104,
		.cluster = OTA,
		.last_hop = RADIO_NO_ADDRESS };

	arm();
	fake_hear_as(f, &m, "01 5B 03 02 " IDS " 00 00 00 00 3F 00 00");
	cr_assert(eq(str, (char *)fake_next_hex(f), "19 5B 05 97 00 00 00 00 05 00 00 00"));
	cr_assert(eq(str, (char *)fake_next_hex(f), "77 77 00 00"), "IEEE_addr_req");
	fake_hear_as(f, &m, QUERY);
	cr_assert(eq(str, (char *)fake_next_hex(f), ""), "nothing else, and asked once a minute");
	m.endpoint = 0;
	m.profile = 0;
	m.cluster = 0x8001;
	fake_hear_as(f, &m, "00 08 07 06 05 04 03 02 01 77 77");
	m.endpoint = 1;
	m.profile = 0x0104;
	m.cluster = OTA;
	fake_hear_as(f, &m, BLOCK_0);
	cr_assert(eq(sz, block_size_of(fake_next_hex(f)), 63));
	cr_assert(eq(str, (char *)ask(BLOCK_0), "19 5B 05 97 00 00 00 00 05 00 00 00"),
		"the old address is nobody's");
}

Test(zigbee_transfer, scenario_19_no_retry_storm)
{
	arm();
	f->result = RADIO_NO_ANSWER;
	for (unsigned i = 0; i < 5; i++) {
		block_at(0, i, 20);
		loop_run_for(f->loop, 3000);
	}
	cr_assert(eq(sz, f->n_sends, 1 + 5));
}

Test(zigbee_transfer, scenario_24_no_room_is_retried_once)
{
	arm();
	f->result = RADIO_NO_ROOM;
	f->status = 0x11;
	block_at(0, 1, 63);
	loop_run_for(f->loop, 240);
	cr_assert(eq(str, (char *)fake_next_hex(f), ""));
	loop_run_for(f->loop, 5000);
	cr_assert(eq(sz, block_size_of(fake_next_hex(f)), 63));
	cr_assert(eq(str, (char *)fake_next_hex(f), ""), "once");
}

Test(zigbee_transfer, scenario_24_a_newer_request_cancels_the_retry)
{
	arm();
	f->result = RADIO_NO_ROOM;
	f->status = 0x11;
	block_at(0, 1, 63);
	loop_run_for(f->loop, 100);
	f->result = RADIO_DELIVERED;
	block_at(63, 2, 63);
	loop_run_for(f->loop, 5000);
	while (*fake_next_hex(f))
		;
	cr_assert(eq(u8, f->sends[f->n_sends - 1].bytes[1], 2), "nothing of the first any more");
	cr_assert(eq(sz, f->n_sends, 1 + 2));
}

Test(zigbee_transfer, scenario_25_too_long_shrinks_at_once_and_is_remembered)
{
	arm();
	f->result = RADIO_TOO_LONG;
	block_at(0, 1, 63);
	loop_run_until(f->loop, loop_now(f->loop));
	loop_run_for(f->loop, 1);
	f->result = RADIO_DELIVERED;
	loop_run_for(f->loop, 100);
	cr_assert(le(sz, block_size_of(fake_next_hex(f)), 50));
	cr_assert(eq(str, f->store_key, "block/" LOCK_NAME "/ffff"));
	cr_assert(le(sz, block_size_of(block_at(500, 2, 63)), 50));
}

Test(zigbee_transfer, scenario_26_memory_errors_twice)
{
	arm();
	f->result = RADIO_NO_ROOM;
	f->status = 0x10;
	block_at(0, 1, 63);
	loop_run_for(f->loop, 3000);
	f->result = RADIO_DELIVERED;
	fake_drain(f);
	cr_assert(eq(sz, block_size_of(block_at(500, 2, 63)), 40));
}

Test(zigbee_transfer, scenario_27_a_telink_client_gets_48_or_32_never_40)
{
	f->block_max = 50;
	arm();
	for (unsigned i = 0; i < 6; i++) {
		size_t n = block_size_of(block_at(0, i, 48));

		cr_assert(eq(sz, n, i < 2 ? 48 : 32), "%u", i);
		loop_run_for(f->loop, 5000);
	}
}

Test(zigbee_transfer, pacing_delays_answers_only_with_two_transfers_and_never_a_second)
{
	struct radio_message m = { .source = 0x4321,
		.source_ieee = 0x99,
		.source_endpoint = 1,
		.endpoint = 1,
		.profile = 0x0104,
		.cluster = OTA,
		.last_hop = RADIO_NO_ADDRESS };
	struct update_order o = order();
	msec asked[40];

	arm();
	o.address = "0x0000000000000099";
	o.job = 18;
	f->adapter->ops->know(f->adapter, o.address, &(struct lock_facts){ 0 });
	place(&o);
	block_at(0, 1, 63);
	fake_hear_as(f, &m, BLOCK_0);
	loop_run_for(f->loop, 200);
	fake_drain(f);
	for (unsigned i = 0; i < 40; i++) {
		size_t before = f->n_sends;

		asked[i] = loop_now(f->loop);
		block_at((i + 1) * 63, i, 63);
		while (f->n_sends == before)
			loop_run_for(f->loop, 1);
		cr_assert(lt(u64, f->sends[before].at - asked[i], 1000));
		loop_run_for(f->loop, 1);
	}
	cr_assert(ge(u64, loop_now(f->loop) - asked[0], 39 * 125 - 125));
}

Test(zigbee_transfer, scenario_30_a_cancelled_job_aborts_the_next_block)
{
	arm();
	block_at(0, 1, 63);
	f->adapter->ops->cancel(
		f->adapter, LOCK_NAME, loop_wall(f->loop) + (int64_t)24 * 3600 * 1000);
	cr_assert(eq(str, (char *)ask(BLOCK_0), ABORT_5B));
	cr_assert(fake_report(f, UPDATE_ENDED) == NULL);
}

Test(zigbee_transfer, an_order_taken_back_without_abort_waits)
{
	arm();
	block_at(0, 1, 63);
	f->adapter->ops->cancel(f->adapter, LOCK_NAME, 0);
	cr_assert(eq(str, (char *)ask(BLOCK_0), "19 5B 05 97 00 00 00 00 3C 00 00 00"));
}

Test(zigbee_transfer, scenario_31_cancel_stops_a_burst)
{
	arm();
	fake_hear(f, OTA, "01 5C 04 00 " IDS " 00 00 00 00 20 00 04 32 00");
	loop_run_for(f->loop, 120);
	f->adapter->ops->cancel(f->adapter, LOCK_NAME, INT64_MAX);
	fake_drain(f);
	loop_run_for(f->loop, 2000);
	cr_assert(eq(str, (char *)fake_next_hex(f), ""));
	cr_assert(eq(str, (char *)ask(BLOCK_0), ABORT_5B));
}

/* --- malformed, hostile, confused --- */

static const struct row {
	const char *name;
	bool armed;
	const char *hear, *answer; /* "" nothing; "block N": a block of N bytes */
	const char *ended;         /* reason of UPDATE_ENDED */
} rows[] = {
	{ "32 query of 8 bytes", true, "01 5A 01 00 5C 11 04 00 00 00 04", "18 5A 0B 01 80", NULL },
	{ "33 block request of 13 bytes", true, "01 5B 03 00 " IDS " 00 00 00 00", "18 5B 0B 03 80",
		NULL },
	{ "34 period bit without period", true, "01 5B 03 02 " IDS " 00 00 00 00 3F", "block 63",
		NULL },
	{ "35 trailing bytes", true,
		"01 5B 03 01 " IDS " 00 00 00 00 3F 08 07 06 05 04 03 02 01 AA BB CC", "block 63",
		NULL },
	{ "36 a foreign node address is not believed", true,
		"01 5B 03 01 " IDS " 00 00 00 00 3F 88 77 66 55 44 33 22 11", "block 63", NULL },
	{ "37 size 0", true, "01 5B 03 00 " IDS " 00 00 00 00 00", "19 5B 05 80", NULL },
	{ "38 size 255", true, "01 5B 03 00 " IDS " 00 00 00 00 FF", "block 63", NULL },
	{ "39 offset = size", true, "01 5B 03 00 " IDS " EA 1E 03 00 3F", "19 5B 05 80", NULL },
	{ "39 offset FFFFFFFF", true, "01 5B 03 00 " IDS " FF FF FF FF 3F", "19 5B 05 80", NULL },
	{ "40 the last byte", true, "01 5B 03 00 " IDS " E9 1E 03 00 3F", "block 1", NULL },
	{ "41 another version", true, "01 5B 03 00 5C 11 04 00 00 00 06 11 00 00 00 00 3F",
		ABORT_5B, NULL },
	{ "43 another type", true, "01 5B 03 00 5C 11 05 00 00 00 07 11 00 00 00 00 3F", ABORT_5B,
		NULL },
	{ "44 no job", false, BLOCK_0, ABORT_5B, NULL },
	{ "48 page smaller than a block", true, "01 5C 04 00 " IDS " 00 00 00 00 20 1F 00 32 00",
		"18 5C 0B 04 80", NULL },
	{ "48 page of nothing", true, "01 5C 04 00 " IDS " 00 00 00 00 00 00 00 32 00",
		"18 5C 0B 04 80", NULL },
	{ "51 invalid image", true, "01 70 06 96 " IDS, "18 70 0B 06 00", "invalid_image" },
	{ "52 one byte", true, "01 70 06 95", "18 70 0B 06 00", "aborted_by_lock" },
	{ "53 success cut", true, "01 70 06 00 5C 11 04 00 00 00 07", "18 70 0B 06 80", NULL },
	{ "54 more images", true, "01 70 06 99 " IDS, "18 70 0B 06 00", "require_more_image" },
	{ "other failures", true, "01 70 06 87 " IDS, "18 70 0B 06 00", "lock_refused" },
	{ "55 nobody asked", false, END_GOOD, "18 70 0B 06 95", NULL },
	{ "57 default response to a block", true, "00 5B 0B 05 80", "", NULL },
	{ "58 default response to a notify", true, "00 5B 0B 00 01", "", NULL },
	{ "59 no space", true, "00 5A 0B 02 89", "", "insufficient_space" },
	{ "60 manufacturer specific", true, "05 5C 11 5B 03 00 " IDS " 00 00 00 00 3F",
		"18 5B 0B 03 83", NULL },
	{ "61 wrong direction", true, "09 5B 03 00 " IDS " 00 00 00 00 3F", "", NULL },
	{ "65 newer already", true, "01 5A 01 00 5C 11 04 00 00 00 09 11", NO_IMAGE, NULL },
	{ "query without a job", false, QUERY, NO_IMAGE, NULL },
	{ "unknown command", true, "01 5A 22 00", "18 5A 0B 22 81", NULL },
	{ "device file", true, "01 71 08 88 77 66 55 44 33 22 11 5C 11 C1 FF 00 00 07 11 02 00",
		"19 71 09 98", NULL },
	{ "ZCL too short", true, "01 5A", "", NULL },
};

static void check_row(const struct row *row)
{
	const char *got = ask(row->hear);
	const struct update_report *ended = fake_report(f, UPDATE_ENDED);
	unsigned n;

	if (sscanf(row->answer, "block %u", &n) == 1)
		cr_assert(eq(sz, block_size_of(got), n), "%s", row->name);
	else
		cr_assert(eq(str, (char *)got, (char *)row->answer), "%s", row->name);
	cr_assert(eq(str, (char *)fake_next_hex(f), ""), "%s: one answer", row->name);
	cr_assert(eq(int, ended != NULL, row->ended != NULL), "%s", row->name);
	if (ended)
		cr_assert(
			eq(str, (char *)ended->error.reason, (char *)row->ended), "%s", row->name);
}

Test(zigbee_transfer, scenarios_32_to_66_single_frames)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		if (rows[i].armed)
			arm();
		check_row(&rows[i]);
		teardown();
		setup();
		fake_drain(f);
	}
}

Test(zigbee_transfer, scenario_41_the_right_image_is_announced_while_the_lock_still_listens)
{
	arm();
	ask("01 5B 03 00 5C 11 04 00 00 00 06 11 00 00 00 00 3F");
	loop_run_for(f->loop, 2500);
	cr_assert(eq(str, (char *)fake_next_hex(f), ""));
	loop_run_for(f->loop, 1000);
	cr_assert(eq(sz, strlen(fake_next_hex(f)), 3 * NOTIFY_LENGTH - 1));
	ask("01 5C 03 00 5C 11 04 00 00 00 06 11 00 00 00 00 3F");
	loop_run_for(f->loop, 59000);
	cr_assert(eq(str, (char *)fake_next_hex(f), ""), "who insists gets a minute's rest");
	loop_run_for(f->loop, 2000);
	cr_assert(eq(sz, strlen(fake_next_hex(f)), 3 * NOTIFY_LENGTH - 1));
}

Test(zigbee_transfer, scenario_42_any_version_gets_the_real_one)
{
	arm();
	cr_assert(eq(int,
		strncmp(ask("01 5B 03 00 5C 11 04 00 FF FF FF FF 00 00 00 00 3F"),
			"19 5B 05 00 " IDS, 35),
		0));
}

Test(zigbee_transfer, scenario_44_45_floods)
{
	for (unsigned i = 0; i < 50; i++)
		fake_hear(f, OTA, QUERY);
	cr_assert(eq(sz, f->n_sends, 1), "45");
	loop_run_for(f->loop, 2000);
	for (unsigned i = 0; i < 50; i++)
		fake_hear(f, OTA, BLOCK_0);
	cr_assert(eq(sz, f->n_sends, 1 + 5), "44");
}

Test(zigbee_transfer, scenario_46_each_query_a_minute_is_answered)
{
	for (unsigned i = 0; i < 60; i++) {
		cr_assert(eq(str, (char *)ask(QUERY), NO_IMAGE));
		loop_run_for(f->loop, 60000);
	}
}

Test(zigbee_transfer, scenario_47_spacing_is_clamped_and_a_request_ends_the_burst)
{
	const struct fake_send *s;
	msec last = 0;

	arm();
	fake_hear(f, OTA, "01 5C 04 00 " IDS " 00 00 00 00 20 FF FF 00 00");
	loop_run_for(f->loop, 200);
	while ((s = fake_next(f))) {
		cr_assert(last == 0 || s->at - last >= 20);
		last = s->at;
	}
	block_at(0, 9, 32);
	loop_run_for(f->loop, 3000);
	cr_assert(eq(str, (char *)fake_next_hex(f), ""));
}

Test(zigbee_transfer, scenario_49_a_page_stops_at_the_end)
{
	size_t bytes = 0;
	const struct fake_send *s;

	arm();
	fake_hear(f, OTA, "01 5C 04 00 " IDS " D0 1E 03 00 20 00 04 14 00");
	loop_run_for(f->loop, 3000);
	while ((s = fake_next(f)))
		bytes += s->bytes[16];
	cr_assert(eq(sz, bytes, 0x1EEA - 0x1ED0));
}

Test(zigbee_transfer, scenario_50_a_burst_into_the_void_stops)
{
	arm();
	f->result = RADIO_NO_ANSWER;
	fake_hear(f, OTA, "01 5C 04 00 " IDS " 00 00 00 00 20 00 04 32 00");
	loop_run_for(f->loop, 5000);
	cr_assert(le(sz, f->n_sends, 1 + 4));
}

Test(zigbee_transfer, scenario_55_unexplained_ends_are_answered_three_times_an_hour)
{
	for (unsigned i = 0; i < 5; i++) {
		cr_assert(eq(str, (char *)ask(END_GOOD), i < 3 ? "18 70 0B 06 95" : ""));
		loop_run_for(f->loop, 60000);
	}
	loop_run_for(f->loop, 3600000);
	cr_assert(eq(str, (char *)ask(END_GOOD), "18 70 0B 06 95"));
}

Test(zigbee_transfer, scenario_56_a_finished_job_repeats_its_end_response)
{
	arm();
	block_at(0, 1, 63);
	fake_hear(f, OTA, END_GOOD);
	loop_run_for(f->loop, 10000);
	fake_drain(f);
	cr_assert(eq(str, (char *)ask(END_GOOD), END_5));
	f->adapter->ops->cancel(f->adapter, LOCK_NAME, 0);
	cr_assert(eq(str, (char *)ask(END_GOOD), END_5), "also when the engine is done with it");
	cr_assert(eq(sz, fake_count(f, UPDATE_DOWNLOADED), 1));
}

Test(zigbee_transfer, scenario_62_broadcast_requests_are_ignored)
{
	arm();
	fake_hear_as(f,
		&(struct radio_message){ .source = LOCK_ADDRESS,
			.source_endpoint = 1,
			.endpoint = 1,
			.profile = 0x0104,
			.cluster = OTA,
			.broadcast = true,
			.last_hop = RADIO_NO_ADDRESS },
		BLOCK_0);
	cr_assert(eq(str, (char *)fake_next_hex(f), ""));
}

Test(zigbee_transfer, reinstall_and_downgrade_are_offered_when_asked_for)
{
	struct update_order o = order();

	o.reinstall = true;
	place(&o);
	loop_run_for(f->loop, 10);
	fake_drain(f);
	cr_assert(eq(str, (char *)ask("01 5A 01 00 " IDS), OFFER));
	loop_run_for(f->loop, 2000);
	o.allow_downgrade = true;
	place(&o);
	fake_drain(f);
	cr_assert(eq(str, (char *)ask("01 5A 01 00 5C 11 04 00 00 00 09 11"), OFFER));
}

Test(zigbee_transfer, scenario_67_another_device_is_not_served)
{
	arm();
	fake_hear_as(f,
		&(struct radio_message){ .source = 0x4444,
			.source_ieee = 0x77,
			.source_endpoint = 1,
			.endpoint = 1,
			.profile = 0x0104,
			.cluster = OTA,
			.last_hop = RADIO_NO_ADDRESS },
		BLOCK_0);
	cr_assert(eq(str, (char *)fake_next_hex(f), "19 5B 05 97 00 00 00 00 2C 01 00 00"),
		"it waits for the owner of the stick");
	cr_assert(fake_report(f, UPDATE_PROGRESS) == NULL);
}

Test(zigbee_transfer, scenario_68_a_loop_of_one_offset_ends)
{
	arm();
	for (unsigned i = 0; i < 100 && !fake_report(f, UPDATE_ENDED); i++) {
		block_at(0, i, 20);
		loop_run_for(f->loop, 13000);
	}
	cr_assert(fake_report(f, UPDATE_ENDED) != NULL);
	cr_assert(eq(str, (char *)fake_report(f, UPDATE_ENDED)->error.reason, "block_loop"));
	cr_assert(eq(u32, fake_report(f, UPDATE_ENDED)->repeats, 50));
	cr_assert(eq(str, (char *)ask(BLOCK_0), ABORT_5B));
}

Test(zigbee_transfer, scenario_68_quick_repeats_are_no_loop)
{
	arm();
	for (unsigned i = 0; i < 100; i++) {
		block_at(0, i, 20);
		loop_run_for(f->loop, 3000);
	}
	cr_assert(fake_report(f, UPDATE_ENDED) == NULL);
}

Test(zigbee_transfer, scenario_68a_reads_wait_while_it_downloads)
{
	arm();
	block_at(0, 1, 63);
	cr_assert(eq(int, f->adapter->ops->read(f->adapter, LOCK_NAME, READ_ALL, NULL), OK));
	cr_assert(eq(str, (char *)fake_next_hex(f), ""));
	cr_assert(eq(sz, block_size_of(block_at(63, 2, 63)), 63));
	cr_assert(eq(str, (char *)fake_next_hex(f), ""));
	fake_hear(f, 0x0101, "18 08 0A 00 00 30 02");
	cr_assert(eq(str, (char *)fake_next_hex(f), ""));
	loop_run_for(f->loop, 61000);
	fake_hear(f, 0x0101, "18 08 0A 00 00 30 02");
	cr_assert(eq(sz, strlen(fake_next_hex(f)), 3 * NOTIFY_LENGTH - 1), "a stall: notify");
	cr_assert(ne(str, (char *)fake_next_hex(f), ""), "and read");
}

Test(zigbee_transfer, scenario_68c_nothing_stale_is_sent_later)
{
	arm();
	f->result = RADIO_LOST;
	block_at(0, 1, 63);
	loop_run_for(f->loop, 1800000);
	cr_assert(eq(str, (char *)fake_next_hex(f), ""));
	f->result = RADIO_DELIVERED;
	block_at(63, 2, 63);
	loop_run_for(f->loop, 1000);
	cr_assert(eq(sz, f->n_sends, 1 + 2));
}

Test(zigbee_transfer, an_order_without_bytes_waits_and_offers_nothing)
{
	struct update_order o = order();

	o.image = (struct span){ NULL, 0 };
	place(&o);
	loop_run_for(f->loop, 1000);
	cr_assert(eq(sz, f->n_sends, 0), "no notify");
	cr_assert(eq(str, (char *)ask(QUERY), NO_IMAGE));
	cr_assert(eq(str, (char *)ask(BLOCK_0), "19 5B 05 97 00 00 00 00 05 00 00 00"));
	arm();
	cr_assert(eq(sz, block_size_of(ask(BLOCK_0)), 63));
}
