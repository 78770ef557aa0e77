#include "adapters/zigbee/send_queue.h"

#include "adapters/zigbee/znp/znp_status.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

static struct send_queue s;

static void add(uint16_t to, uint32_t tag, bool urgent, msec now)
{
	static const uint8_t zcl[] = { 0x19, 1, 0 };

	send_queue_add(&s,
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

	for (struct send_item *item = send_queue_next(&s, now); item;
		item = send_queue_next(&s, now)) {
		tags = tags * 10 + item->send.tag;
		send_queue_accepted(&s, item, now);
	}
	return tags;
}

struct about {
	uint8_t endpoint, transaction;
};

static bool is_about(const struct send_item *item, const void *confirm)
{
	const struct about *a = confirm;

	return item->transaction == a->transaction && item->send.source_endpoint == a->endpoint;
}

static void confirm(uint8_t endpoint, uint8_t transaction, int32_t status, msec now)
{
	send_queue_confirm(&s, is_about, &(struct about){ endpoint, transaction }, status, now);
}

static struct radio_sent result(void)
{
	struct radio_sent r = { .tag = UINT32_MAX };

	(void)send_queue_take(&s, &r);
	return r;
}

Test(send_queue, urgent_goes_first_and_the_rest_in_order)
{
	send_queue_init(&s, &znp_send_family, 4);
	add(1, 1, false, 1000);
	add(2, 2, false, 1000);
	add(3, 3, true, 1000);
	cr_assert(eq(u32, go(1000), 312));
}

Test(send_queue, no_more_are_in_flight_than_the_stick_can_bear)
{
	send_queue_init(&s, &znp_send_family, 4);
	for (uint16_t i = 1; i <= 6; i++)
		add(i, i, false, 1000);
	cr_assert(eq(u32, go(1000), 1234));
	confirm(1, 1, 0, 1100);
	cr_assert(eq(u32, go(1100), 5));
}

Test(send_queue, a_small_stick_gets_one_at_a_time)
{
	send_queue_init(&s, &znp_send_family, 1);
	add(1, 1, false, 1000);
	add(2, 2, false, 1000);
	cr_assert(eq(u32, go(1000), 1));
	confirm(1, 1, 0, 1100);
	cr_assert(eq(u32, go(1100), 2));
}

Test(send_queue, a_message_parked_for_a_sleeping_device_bars_no_answer)
{
	send_queue_init(&s, &znp_send_family, 1);
	add(1, 1, false, 1000);
	cr_assert(eq(u32, go(1000), 1));
	add(2, 2, true, 1100);
	add(3, 3, true, 1100);
	add(4, 4, false, 1100);
	cr_assert(eq(u32, go(1100), 2), "the one place that is kept, for one answer");
	confirm(1, 2, 0, 1200);
	cr_assert(eq(u32, go(1200), 3));
}

Test(send_queue, one_destination_has_one_in_flight)
{
	send_queue_init(&s, &znp_send_family, 4);
	add(7, 1, false, 1000);
	add(7, 2, false, 1000);
	cr_assert(eq(u32, go(1000), 1));
	send_queue_heard(&s, 7, 1000);
	cr_assert(eq(u32, go(1000), 0), "the last place is an answer's");
	add(7, 3, true, 1000);
	cr_assert(eq(u32, go(1000), 3));
	add(7, 4, true, 1000);
	send_queue_heard(&s, 7, 1000);
	cr_assert(eq(u32, go(1000), 0), "the stick holds two for it");
	confirm(1, 1, 0, 1100);
	cr_assert(eq(u32, go(1100), 4));
}

Test(send_queue, want_of_room_halves_the_concurrency_for_a_minute)
{
	send_queue_init(&s, &znp_send_family, 4);
	add(1, 1, false, 1000);
	go(1000);
	confirm(1, 1, 0x11, 1100);
	cr_assert(eq(int, result().result, RADIO_NO_ROOM));
	for (uint16_t i = 1; i <= 4; i++)
		add(i, i, false, 3000);
	cr_assert(eq(u32, go(3000), 12));
	cr_assert(eq(u32, go(4900), 0));
	send_queue_due(&s, 5000);
	cr_assert(eq(int, result().result, RADIO_LOST), "two seconds old");
	add(5, 5, false, 61200);
	add(6, 6, false, 61200);
	cr_assert(eq(u32, go(61200), 56));
}

Test(send_queue, only_urgent_messages_go_just_after_want_of_room)
{
	send_queue_init(&s, &znp_send_family, 4);
	add(1, 1, false, 1000);
	go(1000);
	confirm(1, 1, 0xE1, 1000);
	add(2, 2, false, 1100);
	add(3, 3, true, 1100);
	cr_assert(eq(u32, go(1100), 3));
	cr_assert(eq(u64, send_queue_deadline(&s, 1100), 2000));
	cr_assert(eq(u32, go(2000), 2));
}

Test(send_queue, a_confirm_counts_only_for_its_endpoint_and_transaction)
{
	send_queue_init(&s, &znp_send_family, 4);
	add(1, 1, false, 1000);
	go(1000);
	confirm(13, 1, 0, 1001);
	confirm(1, 2, 0, 1001);
	cr_assert(eq(u32, result().tag, UINT32_MAX));
	confirm(1, 1, 0, 1001);
	cr_assert(eq(int, result().result, RADIO_DELIVERED));
	confirm(1, 1, 0, 1001);
	cr_assert(eq(u32, result().tag, UINT32_MAX), "only once");
}

Test(send_queue, a_router_gets_ten_seconds_and_a_sleeper_fifteen)
{
	send_queue_init(&s, &znp_send_family, 4);
	send_queue_awake(&s, 2);
	add(1, 1, false, 1000);
	add(2, 2, false, 1000);
	go(1000);
	send_queue_due(&s, 11000);
	cr_assert(eq(u32, result().tag, 2));
	cr_assert(eq(u32, result().tag, UINT32_MAX));
	send_queue_due(&s, 16000);
	cr_assert(eq(u32, result().tag, 1));
	cr_assert(eq(u32, s.lost_confirms, 2));
}

Test(send_queue, a_transaction_in_flight_is_not_used_again)
{
	send_queue_init(&s, &znp_send_family, 4);
	add(1, 1, false, 1000);
	go(1000);
	for (unsigned i = 0; i < 600; i++) {
		struct send_item *item;

		add(2, 2, false, 1000);
		item = send_queue_next(&s, 1000);
		cr_assert(item != NULL);
		cr_assert(ne(u8, item->transaction, 1));
		cr_assert(ne(u8, item->transaction, 0));
		send_queue_ended(&s, item, RADIO_DELIVERED, 1000);
		(void)result();
	}
}

Test(send_queue, the_status_table_is_as_agreed)
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

/* A family that offers again what the stick had no room for. */
static const struct send_family *patient(void)
{
	static struct send_family f;

	f = znp_send_family;
	f.retry = 50;
	f.transaction_max = 127;
	f.confirm_heard = 3000;
	return &f;
}

/* How often the stick is asked within three seconds when it refuses n times. */
static unsigned asked_until_taken(unsigned n)
{
	unsigned asked = 0;

	send_queue_init(&s, patient(), 4);
	add(1, 1, true, 1000);
	for (msec now = 1000; now < 4000; now++) {
		struct send_item *item;

		send_queue_due(&s, now);
		item = send_queue_next(&s, now);
		if (!item)
			continue;
		if (asked++ == n) {
			send_queue_accepted(&s, item, now);
			return asked;
		}
		send_queue_refused(&s, item, 0x11, now);
	}
	return asked;
}

Test(send_queue, what_the_stick_had_no_room_for_once_or_seven_times_is_sent_nevertheless)
{
	cr_assert(eq(u32, asked_until_taken(1), 2));
	cr_assert(eq(u32, result().tag, UINT32_MAX), "nobody is told of a refusal in between");
	send_queue_lose_all(&s);
	(void)result();
	cr_assert(eq(u32, asked_until_taken(7), 8));
}

Test(send_queue, what_the_stick_never_has_room_for_ends_with_the_sticks_own_word)
{
	struct radio_sent r;

	cr_assert(le(u32, asked_until_taken(UINT32_MAX), 9), "it is not hammered");
	r = result();
	cr_assert(eq(int, r.result, RADIO_NO_ROOM));
	cr_assert(eq(i32, r.status, 0x11));
	cr_assert(not(send_queue_in_flight(&s)));
}

/* A family without a retry of its own: blocks are cut anew above, an End Response is not. */
Test(send_queue, what_insists_is_offered_again_whatever_the_family)
{
	static const uint8_t zcl[] = { 0x19, 1, 7 };
	struct send_item *item;

	send_queue_init(&s, &znp_send_family, 1);
	add(1, 1, true, 1000);
	item = send_queue_next(&s, 1000);
	send_queue_refused(&s, item, 0x11, 1000);
	cr_assert(eq(int, result().result, RADIO_NO_ROOM));
	send_queue_add(&s,
		&(struct radio_send){ .destination = 1,
			.urgent = true,
			.insist = true,
			.tag = 2,
			.payload = { zcl, sizeof zcl } },
		1000);
	item = send_queue_next(&s, 1000);
	send_queue_refused(&s, item, 0x11, 1000);
	cr_assert(eq(u32, result().tag, UINT32_MAX));
	cr_assert(eq(u32, go(1000), 0));
	cr_assert(eq(u64, send_queue_deadline(&s, 1000), 1000 + SEND_INSIST));
	cr_assert(eq(u32, go(1000 + SEND_INSIST), 2));
}

Test(send_queue, a_confirm_ends_the_wait_for_room)
{
	struct send_item *item;

	send_queue_init(&s, patient(), 4);
	add(1, 1, true, 1000);
	go(1000);
	add(2, 2, true, 1000);
	item = send_queue_next(&s, 1000);
	send_queue_refused(&s, item, 0x11, 1000);
	cr_assert(eq(u64, send_queue_deadline(&s, 1000), 1050));
	cr_assert(eq(u32, go(1010), 0));
	confirm(1, 1, 0, 1020);
	cr_assert(eq(u32, go(1020), 2));
}

Test(send_queue, a_newer_answer_takes_the_place_of_one_that_found_no_room)
{
	struct send_item *item;

	send_queue_init(&s, patient(), 4);
	add(1, 1, true, 1000);
	item = send_queue_next(&s, 1000);
	send_queue_refused(&s, item, 0x11, 1000);
	add(1, 2, true, 1010);
	cr_assert(eq(int, result().result, RADIO_SUPERSEDED));
	cr_assert(eq(u32, go(1010), 2));
}

Test(send_queue, the_confirm_of_what_a_device_spoke_over_is_not_waited_for_as_long)
{
	send_queue_init(&s, patient(), 4);
	add(7, 1, false, 1000);
	go(1000);
	send_queue_heard(&s, 7, 2000);
	send_queue_due(&s, 4999);
	cr_assert(eq(u32, result().tag, UINT32_MAX));
	cr_assert(eq(u64, send_queue_deadline(&s, 4999), 5000));
	send_queue_due(&s, 5000);
	cr_assert(eq(int, result().result, RADIO_LOST));
	cr_assert(eq(u32, s.lost_in_row, 0), "the device lives, so this says nothing of the stick");
}
