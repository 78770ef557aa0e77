#include "server/base/check.h"
#include "tests/adapters/fake_radio.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <stdio.h>
#include <string.h>

static struct fake *f;

static void setup(void)
{
	f = fake_new();
}

static void setup_empty(void)
{
	f = fake_new_empty();
}

static void teardown(void)
{
	fake_free(f);
}

TestSuite(zigbee_adapter, .init = setup, .fini = teardown, .timeout = 60);
TestSuite(zigbee_survey, .init = setup_empty, .fini = teardown, .timeout = 60);

static void hear_zdo(uint16_t source, uint16_t cluster, const char *hex)
{
	fake_hear_as(f,
		&(struct radio_message){
			.source = source, .cluster = cluster, .last_hop = RADIO_NO_ADDRESS },
		hex);
}

/* The next send, as "cluster/endpoint bytes" without the sequence number of ZCL frames. */
static const char *next(void)
{
	static char text[200];
	const struct fake_send *s = fake_next(f);
	size_t n;

	if (!s)
		return "";
	n = (size_t)snprintf(text, sizeof text, "%04X/%u", s->send.cluster, s->send.endpoint);
	for (size_t i = 0; i < s->send.payload.size; i++)
		if (s->send.profile == 0 || i != 1)
			n += (size_t)snprintf(text + n, sizeof text - n, " %02X", s->bytes[i]);
	return text;
}

/* Answers the read that was sent last, with its sequence number. */
static void answer(uint16_t cluster, const char *records)
{
	char hex[300];

	snprintf(hex, sizeof hex, "18 %02X 01 %s", f->sends[f->n_sends - 1].bytes[1], records);
	fake_hear(f, cluster, hex);
}

Test(zigbee_adapter, says_its_state_and_health)
{
	struct adapter_info info;

	cr_assert(eq(int, (int)f->adapter->state, ADAPTER_UP));
	cr_assert(eq(uint, f->adapter->capabilities, 15));
	cr_assert(eq(str, (char *)f->adapter->ops->type, "fake"));
	f->adapter->ops->info(f->adapter, &info);
	cr_assert(eq(str, info.firmware, "fake"));
	cr_assert(info.has_network);
	cr_assert(eq(u8, info.channel, 15));
	cr_assert(eq(u32, info.resets, 2));
}

Test(zigbee_adapter, follows_the_radio_down_and_up_and_keeps_its_orders)
{
	struct err why = { .code = ERR_IO, .reason = "io", .text = "unplugged" };
	struct update_order o = { .address = LOCK_NAME, .job = 1, .image = { (uint8_t *)"x", 1 } };

	f->radio.to->state(f->radio.owner, RADIO_DOWN, &why);
	cr_assert(eq(int, (int)f->adapter->state, ADAPTER_STARTING));
	cr_assert(eq(str, f->adapter->why.text, "unplugged"));
	cr_assert(eq(int, f->adapter->ops->update(f->adapter, &o, NULL), OK));
	loop_run_for(f->loop, 60000);
	cr_assert(eq(sz, f->n_sends, 0));
	f->radio.to->state(f->radio.owner, RADIO_UP, NULL);
	loop_run_for(f->loop, 100);
	cr_assert(eq(sz, f->n_sends, 1), "the notify that waited");
}

static void note_done(void *owner)
{
	*(bool *)owner = true;
}

Test(zigbee_adapter, stops_and_says_so)
{
	bool done = false;

	f->adapter->ops->stop(f->adapter, note_done, &done);
	cr_assert(not(done));
	loop_run_for(f->loop, 100);
	cr_assert(done);
	cr_assert(eq(int, (int)f->adapter->state, ADAPTER_STOPPED));
}

Test(zigbee_adapter, reports_become_facts)
{
	static const struct {
		uint16_t cluster;
		const char *hex;
		unsigned fact;
	} rows[] = {
		{ 0x0001, "18 01 0A 21 00 20 B2 20 00 20 3A", FACT_BATTERY },
		{ 0x0001, "18 02 0A 3E 00 1B 01 00 00 00", FACT_ALARM },
		{ 0x0101, "18 03 0A 00 00 30 01", FACT_LOCK_STATE },
		{ 0x0101, "09 04 20 02 0E FF FF 00 00 00 00 00", FACT_LOCK_STATE },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		fake_hear(f, rows[i].cluster, rows[i].hex);
		cr_assert(eq(uint, fake_seen(f)->facts.known & rows[i].fact, rows[i].fact), "%s",
			rows[i].hex);
		cr_assert(fake_seen(f)->awake);
	}
	cr_assert(eq(int, fake_seen(f)->facts.battery_half_percent, 178));
	cr_assert(eq(int, fake_seen(f)->facts.battery_decivolt, 58));
	cr_assert(fake_seen(f)->facts.battery_alarm);
	cr_assert(eq(int, fake_seen(f)->facts.lock_state, LOCK_UNLOCKED));
	cr_assert(eq(i64, fake_seen(f)->facts.at, loop_wall(f->loop)));
	cr_assert(eq(sz, f->n_sends, 0), "already interviewed: nothing is asked");
}

Test(zigbee_adapter, the_same_news_comes_once_a_second)
{
	size_t before;

	fake_hear(f, 0x0101, "18 03 0A 01 00 30 00");
	before = f->n_events;
	for (unsigned i = 0; i < 9; i++)
		fake_hear(f, 0x0101, "18 03 0A 01 00 30 00");
	cr_assert(eq(sz, f->n_events, before));
	loop_run_for(f->loop, 1000);
	fake_hear(f, 0x0101, "18 03 0A 01 00 30 00");
	cr_assert(eq(sz, f->n_events, before + 1));
}

Test(zigbee_adapter, reads_only_what_is_asked_for_and_again_when_it_wakes)
{
	cr_assert(eq(int, f->adapter->ops->read(f->adapter, LOCK_NAME, READ_BATTERY, NULL), OK));
	cr_assert(eq(str, (char *)next(), "0001/1 10 00 20 00 21 00 35 00 3E 00"));
	loop_run_for(f->loop, 60000);
	cr_assert(eq(str, (char *)next(), ""), "asleep: not again by itself");
	fake_hear(f, 0x0101, "18 03 0A 00 00 30 01");
	cr_assert(eq(str, (char *)next(), "0001/1 10 00 20 00 21 00 35 00 3E 00"));
	answer(0x0001, "21 00 00 20 64");
	cr_assert(eq(int, fake_seen(f)->facts.battery_half_percent, 100));
	fake_hear(f, 0x0101, "18 04 0A 00 00 30 01");
	cr_assert(eq(str, (char *)next(), ""));
}

Test(zigbee_adapter, a_version_that_cannot_be_read_is_asked_for_by_a_notify)
{
	f->adapter->ops->read(f->adapter, LOCK_NAME, READ_VERSION, NULL);
	cr_assert(eq(str, (char *)next(), "0019/1 18 00 02 00 04 00 06 00 07 00 08 00"));
	answer(0x0019, "02 00 86 04 00 86 06 00 00 30 00 07 00 00 21 5C 11 08 00 00 21 04 00");
	cr_assert(eq(u16, fake_seen(f)->facts.image_type, 4));
	cr_assert(eq(uint, fake_seen(f)->facts.known & FACT_VERSION, 0));
	cr_assert(eq(str, (char *)next(), "0019/1 09 00 00 64"));
}

Test(zigbee_adapter, a_version_that_can_be_read_is)
{
	f->adapter->ops->read(f->adapter, LOCK_NAME, READ_VERSION, NULL);
	answer(0x0019, "02 00 00 23 00 00 07 11");
	cr_assert(eq(u32, fake_seen(f)->facts.version, 0x11070000));
	cr_assert(eq(int, (int)fake_seen(f)->facts.version_source, VERSION_ATTRIBUTE));
}

Test(zigbee_adapter, refuses_locks_it_does_not_know)
{
	struct err e;
	struct update_order o = { .address = "0x0000000000000001" };

	cr_assert(eq(int, f->adapter->ops->update(f->adapter, &o, &e), ERR_NOT_FOUND));
	cr_assert(eq(str, e.reason, "unknown_lock"));
	cr_assert(eq(int, f->adapter->ops->read(f->adapter, "front-door", 1, &e), ERR_NOT_FOUND));
}

Test(zigbee_adapter, an_announce_brings_the_new_address)
{
	f->radio.to->announced(f->radio.owner, LOCK_IEEE, 0x4321, 0x80);
	cr_assert(fake_seen(f)->announced && fake_seen(f)->awake);
	cr_assert(eq(u16, fake_seen(f)->facts.network_address, 0x4321));
}

Test(zigbee_adapter, a_direct_child_has_the_coordinator_as_parent)
{
	struct radio_message m = { .source = LOCK_ADDRESS,
		.source_endpoint = 1,
		.endpoint = 1,
		.profile = 0x0104,
		.cluster = 0x0101,
		.lqi = 77,
		.last_hop = LOCK_ADDRESS };

	fake_hear_as(f, &m, "18 03 0A 00 00 30 01");
	cr_assert(eq(u16, fake_seen(f)->facts.parent, 0x0000));
	cr_assert(eq(u8, fake_seen(f)->facts.lqi, 77));
	m.last_hop = 0x9999;
	fake_hear_as(f, &m, "18 03 0A 00 00 30 01");
	cr_assert(eq(u16, fake_seen(f)->facts.parent, RADIO_NO_ADDRESS), "some router's");
}

Test(zigbee_adapter, a_forgotten_lock_is_neither_served_nor_reported)
{
	size_t before = f->n_events;

	f->adapter->ops->forget(f->adapter, LOCK_NAME);
	fake_hear(f, 0x0000, "18 03 0A 00 00 20 03");
	cr_assert(eq(sz, f->n_events, before));
}

/* --- interviews and scans --- */

static void describe_lock(void)
{
	hear_zdo(LOCK_ADDRESS, 0x8005, "00 34 12 02 01 F2");
	cr_assert(eq(str, (char *)next(), "0004/0 34 12 01"));
	hear_zdo(LOCK_ADDRESS, 0x8004,
		"00 34 12 14 01 04 01 0A 00 00 05 00 00 01 00 03 00 20 00 01 01 01 19 00");
}

Test(zigbee_survey, a_known_lock_is_interviewed_at_its_first_sign_of_life)
{
	f->adapter->ops->know(f->adapter, LOCK_NAME, &(struct lock_facts){ 0 });
	loop_run_for(f->loop, 1000);
	cr_assert(eq(sz, f->n_sends, 0));
	f->radio.to->announced(f->radio.owner, LOCK_IEEE, LOCK_ADDRESS, 0x80);
	cr_assert(eq(str, (char *)next(), "0002/0 34 12"));
	hear_zdo(LOCK_ADDRESS, 0x8002, "00 34 12 02 40 80 1D 10 52 52 00 00 2C 52 00 00");
	cr_assert(eq(str, (char *)next(), "0005/0 34 12"));
	describe_lock();
	cr_assert(eq(str, (char *)next(), "0000/1 10 00 04 00 05 00"));
	answer(0x0000,
		"04 00 00 42 08 44 61 6E 61 6C 6F 63 6B 05 00 00 42 08 56 33 2D 42 54 5A 42 45");
	cr_assert(eq(str, (char *)fake_seen(f)->facts.model, "V3-BTZBE"));
	cr_assert(eq(str, (char *)fake_seen(f)->facts.manufacturer, "Danalock"));
	cr_assert(eq(str, (char *)next(), "0000/1 10 00 06 00 00 40 07 00"));
	answer(0x0000, "06 00 00 42 08 32 30 32 31 30 34 32 38 00 40 86 07 00 00 30 03");
	cr_assert(eq(str, (char *)fake_seen(f)->facts.date_code, "20210428"));
	cr_assert(eq(str, (char *)next(), "0001/1 10 00 20 00 21 00 35 00 3E 00"));
	answer(0x0001, "20 00 00 20 3C");
	cr_assert(eq(int, fake_seen(f)->facts.battery_decivolt, 60));
	cr_assert(eq(str, (char *)next(), "0101/1 10 00 00 00 03 00 25 00"));
	answer(0x0101, "00 00 00 30 01 03 00 86 25 00 00 30 04");
	cr_assert(eq(int, fake_seen(f)->facts.lock_state, LOCK_LOCKED));
	cr_assert(eq(uint, fake_seen(f)->facts.known & FACT_DOOR, 0), "it has no such attribute");
	cr_assert(eq(int, fake_seen(f)->facts.operating_mode, MODE_PASSAGE));
	fake_hear(f, 0x0101, "18 09 0A 03 00 30 00"); /* a report */
	cr_assert(eq(uint, fake_seen(f)->facts.known, FACT_DOOR));
	cr_assert(eq(int, fake_seen(f)->facts.door_state, DOOR_OPEN));
	cr_assert(eq(str, (char *)next(), "0019/1 18 00 02 00 04 00 06 00 07 00 08 00"));
	answer(0x0019, "02 00 00 23 00 00 04 11 07 00 00 21 5C 11 08 00 00 21 04 00");
	cr_assert(eq(u32, fake_seen(f)->facts.version, 0x11040000));
	cr_assert(eq(u16, fake_seen(f)->facts.manufacturer_code, 0x115C));
	cr_assert(eq(str, (char *)next(), ""));
}

Test(zigbee_survey, an_interview_goes_on_where_it_stopped)
{
	f->adapter->ops->know(f->adapter, LOCK_NAME, &(struct lock_facts){ 0 });
	f->radio.to->announced(f->radio.owner, LOCK_IEEE, LOCK_ADDRESS, 0x80);
	cr_assert(eq(str, (char *)next(), "0002/0 34 12"));
	loop_run_for(f->loop, 600000);
	cr_assert(eq(str, (char *)next(), ""), "it sleeps: no more questions");
	fake_hear(f, 0x0101, "18 03 0A 00 00 30 01");
	cr_assert(eq(str, (char *)next(), "0002/0 34 12"));
}

Test(zigbee_survey, a_scan_walks_the_tables_and_finds_locks)
{
	cr_assert(eq(int, f->adapter->ops->scan(f->adapter, NULL), OK));
	cr_assert(eq(str, (char *)next(), "0031/0 00"));
	/* of 3: a router and a lamp that is nobody's child; then the lock */
	hear_zdo(0x0000, 0x8031,
		"00 03 00 02 "
		"01 01 01 01 01 01 01 01 11 00 00 00 00 00 00 00 01 50 25 00 01 80 "
		"01 01 01 01 01 01 01 01 22 00 00 00 00 00 00 00 02 50 35 00 01 80");
	cr_assert(eq(str, (char *)next(), "0031/0 02"));
	hear_zdo(0x0000, 0x8031,
		"00 03 02 01 01 01 01 01 01 01 01 01 08 07 06 05 04 03 02 01 34 12 12 00 01 80");
	cr_assert(eq(str, (char *)next(), "0005/0 34 12"), "what is it?");
	cr_assert(eq(str, (char *)next(), "0031/0 00"));
	cr_assert(eq(u16, f->sends[f->n_sends - 1].send.destination, 0x5001));
	describe_lock();
	cr_assert(fake_seen(f)->is_lock);
	cr_assert(eq(u16, fake_seen(f)->facts.parent, 0x0000));
	cr_assert(eq(str, (char *)fake_seen(f)->address, LOCK_NAME));
	loop_run_for(f->loop, 60000);
	cr_assert(eq(int, f->events[f->n_events - 1].kind, EVENT_SCANNED));
}

Test(zigbee_survey, a_scan_ends_when_nobody_answers)
{
	f->adapter->ops->scan(f->adapter, NULL);
	loop_run_for(f->loop, 60000);
	cr_assert(eq(int, f->events[f->n_events - 1].kind, EVENT_SCANNED));
	cr_assert(le(u64, f->events[f->n_events - 1].at, 15000));
}

Test(zigbee_survey, what_is_no_lock_is_not_reported)
{
	f->radio.to->announced(f->radio.owner, 0x22, LOCK_ADDRESS, 0x80);
	cr_assert(eq(str, (char *)next(), "0005/0 34 12"));
	hear_zdo(LOCK_ADDRESS, 0x8005, "00 34 12 01 01");
	cr_assert(eq(str, (char *)next(), "0004/0 34 12 01"));
	hear_zdo(LOCK_ADDRESS, 0x8004, "00 34 12 0C 01 04 01 02 04 00 02 00 00 00 05 00");
	cr_assert(eq(str, (char *)next(), ""));
	for (size_t i = 0; i < f->n_events; i++)
		cr_assert(ne(int, f->events[i].kind, EVENT_SEEN));
}

Test(zigbee_survey, a_known_lock_without_address_is_looked_for_once)
{
	f->adapter->ops->know(f->adapter, LOCK_NAME, &(struct lock_facts){ 0 });
	f->radio.to->state(f->radio.owner, RADIO_UP, NULL);
	cr_assert(eq(str, (char *)next(), "0000/0 08 07 06 05 04 03 02 01 00 00"));
	hear_zdo(0x5001, 0x8000, "00 08 07 06 05 04 03 02 01 34 12");
	cr_assert(eq(u16, fake_seen(f)->facts.network_address, LOCK_ADDRESS));
	cr_assert(not(fake_seen(f)->awake));
}

Test(zigbee_survey, a_stranger_that_speaks_like_a_lock_is_looked_at_once)
{
	fake_hear(f, 0x0101, "18 03 0A 00 00 30 01");
	cr_assert(eq(str, (char *)next(), "0001/0 34 12 00 00"), "whose is this address?");
	hear_zdo(LOCK_ADDRESS, 0x8001, "00 08 07 06 05 04 03 02 01 34 12");
	fake_hear(f, 0x0101, "18 04 0A 00 00 30 01");
	cr_assert(eq(str, (char *)next(), "0005/0 34 12"));
	hear_zdo(LOCK_ADDRESS, 0x8005, "80 34 12");
	fake_hear(f, 0x0101, "18 05 0A 00 00 30 01");
	cr_assert(eq(str, (char *)next(), ""));
}

Test(zigbee_survey, locks_without_address_are_looked_for_one_broadcast_in_ten_seconds)
{
	char address[ADDRESS_SIZE];

	for (unsigned i = 1; i <= 5; i++) {
		snprintf(address, sizeof address, "0x%016x", i);
		f->adapter->ops->know(f->adapter, address, &(struct lock_facts){ 0 });
	}
	f->radio.to->state(f->radio.owner, RADIO_UP, NULL);
	loop_run_for(f->loop, 9000);
	cr_assert(eq(sz, f->n_sends, 1));
	f->radio.to->state(f->radio.owner, RADIO_STARTING, NULL);
	f->radio.to->state(f->radio.owner, RADIO_UP, NULL);
	cr_assert(eq(sz, f->n_sends, 1), "nor because the stick restarts");
	loop_run_for(f->loop, 2000);
	cr_assert(eq(sz, f->n_sends, 2));
	loop_run_for(f->loop, 600000);
	cr_assert(eq(sz, f->n_sends, 1 + 5));
}

Test(zigbee_survey, a_flood_of_strangers_gets_few_answers)
{
	for (unsigned i = 0; i < 200; i++)
		fake_hear_as(f,
			&(struct radio_message){ .source = (uint16_t)(0x1000 + i),
				.source_endpoint = 1,
				.endpoint = 1,
				.profile = 0x0104,
				.cluster = 0x0019,
				.last_hop = RADIO_NO_ADDRESS },
			"01 5B 03 00 5C 11 04 00 00 00 07 11 00 00 00 00 3F");
	cr_assert(eq(sz, f->n_sends, 5 + 32), "five waits a second, 32 questions a minute");
}

Test(zigbee_survey, made_up_locks_leave_room_for_a_named_one)
{
	struct lock_facts facts = {
		.known = FACT_NETWORK, .network_address = 0x2222, .endpoint = 1
	};
	struct update_order o = { .address = LOCK_NAME, .job = 1, .image = { (uint8_t *)"x", 1 } };

	for (unsigned i = 0; i < 600; i++) {
		f->radio.to->announced(f->radio.owner, 0x100 + i, (uint16_t)(0x3000 + i), 0x80);
		hear_zdo((uint16_t)(0x3000 + i), 0x8005, "00 34 12 01 01");
		hear_zdo((uint16_t)(0x3000 + i), 0x8004,
			"00 34 12 0C 01 04 01 0A 00 00 01 01 01 00");
		loop_run_for(f->loop, 9000); /* it says no more */
	}
	f->adapter->ops->know(f->adapter, LOCK_NAME, &facts);
	cr_assert(eq(int, f->adapter->ops->update(f->adapter, &o, NULL), OK));
}
