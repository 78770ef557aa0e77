#include "adapters/zigbee/znp/znp_send.h"

#include "adapters/zigbee/znp/znp_status.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

static struct znp_send s;

static void add(uint16_t to, uint32_t tag, bool urgent, msec now)
{
	static const uint8_t zcl[] = { 0x19, 1, 0 };

	znp_send_add(&s,
		&(struct radio_send){ .destination = to,
			.endpoint = 1,
			.source_endpoint = 1,
			.profile = 0x0104,
			.cluster = 0x0019,
			.urgent = urgent,
			.tag = tag,
			.payload = { zcl, sizeof zcl } },
		now);
}

/* Hands on as many as may go; returns the tags as digits of a number. */
static unsigned go(msec now)
{
	unsigned tags = 0;

	for (struct znp_item *item = znp_send_next(&s, now); item; item = znp_send_next(&s, now)) {
		tags = tags * 10 + item->send.tag;
		znp_send_accepted(&s, item, now);
	}
	return tags;
}

static struct radio_sent result(void)
{
	struct radio_sent r = { .tag = UINT32_MAX };

	(void)znp_send_take(&s, &r);
	return r;
}

Test(znp_send, urgent_goes_first_and_the_rest_in_order)
{
	znp_send_init(&s, 4);
	add(1, 1, false, 1000);
	add(2, 2, false, 1000);
	add(3, 3, true, 1000);
	cr_assert(eq(u32, go(1000), 312));
}

Test(znp_send, no_more_are_in_flight_than_the_stick_can_bear)
{
	znp_send_init(&s, 4);
	for (uint16_t i = 1; i <= 6; i++)
		add(i, i, false, 1000);
	cr_assert(eq(u32, go(1000), 1234));
	znp_send_confirm(&s, 1, 1, 0, 1100);
	cr_assert(eq(u32, go(1100), 5));
}

Test(znp_send, a_small_stick_gets_one_at_a_time)
{
	znp_send_init(&s, 1);
	add(1, 1, false, 1000);
	add(2, 2, false, 1000);
	cr_assert(eq(u32, go(1000), 1));
	znp_send_confirm(&s, 1, 1, 0, 1100);
	cr_assert(eq(u32, go(1100), 2));
}

Test(znp_send, a_message_parked_for_a_sleeping_device_bars_no_answer)
{
	znp_send_init(&s, 1);
	add(1, 1, false, 1000);
	cr_assert(eq(u32, go(1000), 1));
	add(2, 2, true, 1100);
	add(3, 3, true, 1100);
	add(4, 4, false, 1100);
	cr_assert(eq(u32, go(1100), 2), "the one place that is kept, for one answer");
	znp_send_confirm(&s, 1, 2, 0, 1200);
	cr_assert(eq(u32, go(1200), 3));
}

Test(znp_send, one_destination_has_one_in_flight)
{
	znp_send_init(&s, 4);
	add(7, 1, false, 1000);
	add(7, 2, false, 1000);
	cr_assert(eq(u32, go(1000), 1));
	znp_send_heard(&s, 7);
	cr_assert(eq(u32, go(1000), 2));
	add(7, 3, false, 1000);
	znp_send_heard(&s, 7);
	cr_assert(eq(u32, go(1000), 0), "the stick holds two for it");
}

Test(znp_send, want_of_room_halves_the_concurrency_for_a_minute)
{
	znp_send_init(&s, 4);
	add(1, 1, false, 1000);
	go(1000);
	znp_send_confirm(&s, 1, 1, 0x11, 1100);
	cr_assert(eq(int, result().result, RADIO_NO_ROOM));
	for (uint16_t i = 1; i <= 4; i++)
		add(i, i, false, 3000);
	cr_assert(eq(u32, go(3000), 12));
	cr_assert(eq(u32, go(4900), 0));
	znp_send_due(&s, 5000);
	cr_assert(eq(int, result().result, RADIO_LOST), "two seconds old");
	add(5, 5, false, 61200);
	add(6, 6, false, 61200);
	cr_assert(eq(u32, go(61200), 56));
}

Test(znp_send, only_urgent_messages_go_just_after_want_of_room)
{
	znp_send_init(&s, 4);
	add(1, 1, false, 1000);
	go(1000);
	znp_send_confirm(&s, 1, 1, 0xE1, 1000);
	add(2, 2, false, 1100);
	add(3, 3, true, 1100);
	cr_assert(eq(u32, go(1100), 3));
	cr_assert(eq(u64, znp_send_deadline(&s, 1100), 2000));
	cr_assert(eq(u32, go(2000), 2));
}

Test(znp_send, a_confirm_counts_only_for_its_endpoint_and_transaction)
{
	znp_send_init(&s, 4);
	add(1, 1, false, 1000);
	go(1000);
	znp_send_confirm(&s, 13, 1, 0, 1001);
	znp_send_confirm(&s, 1, 2, 0, 1001);
	cr_assert(eq(u32, result().tag, UINT32_MAX));
	znp_send_confirm(&s, 1, 1, 0, 1001);
	cr_assert(eq(int, result().result, RADIO_DELIVERED));
	znp_send_confirm(&s, 1, 1, 0, 1001);
	cr_assert(eq(u32, result().tag, UINT32_MAX), "only once");
}

Test(znp_send, a_router_gets_ten_seconds_and_a_sleeper_fifteen)
{
	znp_send_init(&s, 4);
	znp_send_awake(&s, 2);
	add(1, 1, false, 1000);
	add(2, 2, false, 1000);
	go(1000);
	znp_send_due(&s, 11000);
	cr_assert(eq(u32, result().tag, 2));
	cr_assert(eq(u32, result().tag, UINT32_MAX));
	znp_send_due(&s, 16000);
	cr_assert(eq(u32, result().tag, 1));
	cr_assert(eq(u32, s.lost_confirms, 2));
}

Test(znp_send, a_transaction_in_flight_is_not_used_again)
{
	znp_send_init(&s, 4);
	add(1, 1, false, 1000);
	go(1000);
	for (unsigned i = 0; i < 600; i++) {
		struct znp_item *item;

		add(2, 2, false, 1000);
		item = znp_send_next(&s, 1000);
		cr_assert(item != NULL);
		cr_assert(ne(u8, item->transaction, 1));
		cr_assert(ne(u8, item->transaction, 0));
		znp_send_done(&s, item, RADIO_DELIVERED, 0, 1000);
		(void)result();
	}
}

Test(znp_send, the_status_table_is_as_agreed)
{
	static const uint8_t no_room[] = { 0x11, 0x10, 0xE1, 0x1A, 0xF1, 0xC7 };
	static const uint8_t no_answer[] = { 0xF0, 0xE9, 0xCD, 0xCC, 0xB7 };

	for (size_t i = 0; i < sizeof no_room; i++)
		cr_assert(eq(int, znp_status_result(no_room[i]), RADIO_NO_ROOM));
	for (size_t i = 0; i < sizeof no_answer; i++)
		cr_assert(eq(int, znp_status_result(no_answer[i]), RADIO_NO_ANSWER));
	cr_assert(eq(int, znp_status_result(0xE5), RADIO_TOO_LONG));
	cr_assert(eq(int, znp_status_result(0x00), RADIO_DELIVERED));
	cr_assert(eq(str, (char *)znp_status_space(0xE9), "mac"));
	cr_assert(eq(str, (char *)znp_status_space(0xCD), "znp"));
}
