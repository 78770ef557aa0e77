/* The EZSP radio and a scripted stick that fails, restarts, is full, loses and is shared. */
#include "tests/adapters/ezsp_rig.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

/* One message in flight whose confirm never comes, then `failure`; it must be lost, the network
 * resumed with endpoint and all, and the next message delivered. */
static void survives(uint8_t version, void (*failure)(struct ncp *n), msec pause)
{
	struct rig r;
	struct radio_health h;

	rig_up(&r, version);
	loop_run_for(r.b.loop, 1000);
	r.ncp.delivery = NCP_CONFIRMS_NEVER;
	rig_say(&r, RIG_LOCK, 1, true, rig_notify);
	loop_run_for(r.b.loop, 10);
	r.ncp.delivery = NCP_DELIVERS;
	failure(&r.ncp);
	cr_assert(bench_reach(&r.b, RADIO_STARTING, pause));
	cr_assert(eq(int, bench_sent(&r.b, 1)->result, RADIO_LOST));
	cr_assert(bench_reach(&r.b, RADIO_UP, 5000), "%s", r.b.why.text);
	cr_assert(eq(u32, ncp_count(&r.ncp, 0x0002), 2), "the endpoint is there again");
	cr_assert(eq(u32, r.b.downs, 0));
	rig_say(&r, RIG_LOCK, 2, true, rig_notify);
	loop_run_for(r.b.loop, 100);
	cr_assert(eq(int, bench_sent(&r.b, 2)->result, RADIO_DELIVERED));
	r.b.radio->ops->health(r.b.radio, &h);
	cr_assert(eq(u32, h.resets, 1));
	rig_finish(&r);
}

static void missed_acks(struct ncp *n)
{
	ncp_error(n, 0x51);
}

static void watchdog(struct ncp *n)
{
	ncp_error(n, 0x03);
}

static void power_on(struct ncp *n)
{
	ncp_reset(n, 0x02);
}

static void somebodys_reset(struct ncp *n)
{
	ncp_reset(n, 0x0B);
}

static void network_down(struct ncp *n)
{
	ncp_callback(n, 0x0019, n->version >= 14 ? "16000000" : "91");
}

static void off_its_network(struct ncp *n)
{
	ncp_answer(n, 0x0018, "00");
}

Test(ezsp_faults, a_stick_that_fails_in_mid_transfer_is_resumed_and_the_transfer_goes_on)
{
	static const uint8_t versions[] = { 8, 14 };

	for (size_t i = 0; i < 2; i++) {
		survives(versions[i], missed_acks, 100);
		survives(versions[i], watchdog, 100);
		survives(versions[i], power_on, 100);
		survives(versions[i], somebodys_reset, 100);
		survives(versions[i], network_down, 100);
	}
}

Test(ezsp_faults, a_stick_that_left_its_network_unseen_is_found_out)
{
	survives(13, off_its_network, 61000);
}

Test(ezsp_faults, a_stick_that_fails_again_and_again_is_left_alone_for_a_while)
{
	struct rig r;

	rig_up(&r, 14);
	for (int i = 0; i < 4; i++) {
		ncp_error(&r.ncp, 0x03);
		loop_run_for(r.b.loop, 2000);
	}
	cr_assert(eq(int, r.b.state, RADIO_DOWN));
	cr_assert(bench_reason(&r.b, "stick_unstable"));
	cr_assert(not(r.ncp.is_open));
	cr_assert(bench_reach(&r.b, RADIO_UP, 400000));
	rig_finish(&r);
}

Test(ezsp_faults, a_second_program_on_the_stick_is_noticed_and_given_way)
{
	struct rig r;
	unsigned resets;

	rig_up(&r, 14);
	for (int i = 0; i < 3; i++) {
		cr_assert(eq(int, r.b.state, RADIO_UP));
		ncp_reset(&r.ncp, 0x0B);
		loop_run_for(r.b.loop, 3000);
	}
	cr_assert(eq(int, r.b.state, RADIO_REFUSED));
	cr_assert(bench_reason(&r.b, "two_owners"));
	resets = r.ncp.resets;
	loop_run_for(r.b.loop, 600000);
	cr_assert(eq(u32, r.ncp.resets, resets));
	cr_assert(not(r.ncp.is_open));
	rig_finish(&r);
}

Test(ezsp_faults, answers_to_nothing_that_we_asked_are_a_second_program)
{
	struct rig r;

	rig_up(&r, 14);
	loop_run_for(r.b.loop, 1000);
	for (uint8_t i = 0; i < 3; i++) {
		r.ncp.sequence = (uint8_t)(200 + i);
		ncp_answer_unasked(&r.ncp, 0x0018, "02");
		loop_run_for(r.b.loop, 1000);
	}
	cr_assert(eq(int, r.b.state, RADIO_REFUSED));
	cr_assert(bench_reason(&r.b, "two_owners"));
	rig_finish(&r);
}

/* --- messages that find no room, get lost or late --- */

struct limit {
	uint8_t version;
	uint32_t status;
};

static const struct limit limits[] = { { 8, 0x72 }, { 8, 0x18 }, { 8, 0xA1 }, { 14, 0x0C03 },
	{ 14, 0x19 }, { 14, 0x04 } };
enum { LIMITS = sizeof limits / sizeof *limits };

static const struct radio_sent *send_into(struct rig *r, const struct limit *l, unsigned refusals)
{
	rig_up(r, l->version);
	loop_run_for(r->b.loop, 1000);
	r->ncp.refusal = l->status;
	r->ncp.refusals = refusals;
	rig_say(r, RIG_LOCK, 1, false, rig_notify);
	loop_run_for(r->b.loop, 3000);
	return bench_sent(&r->b, 1);
}

Test(ezsp_faults, a_stick_without_room_once_or_seven_times_still_gets_the_message)
{
	for (size_t i = 0; i < LIMITS; i++) {
		struct rig r;
		struct radio_health h;

		cr_assert(eq(int, send_into(&r, &limits[i], 1)->result, RADIO_DELIVERED));
		cr_assert(eq(u32, ncp_count(&r.ncp, 0x0034), 2));
		r.b.radio->ops->health(r.b.radio, &h);
		cr_assert(eq(u32, h.no_buffers, 1));
		rig_finish(&r);
		cr_assert(eq(int, send_into(&r, &limits[i], 7)->result, RADIO_DELIVERED));
		cr_assert(eq(u32, ncp_count(&r.ncp, 0x0034), 8));
		rig_finish(&r);
	}
}

Test(ezsp_faults, a_stick_that_never_has_room_is_told_of_and_not_hammered)
{
	for (size_t i = 0; i < LIMITS; i++) {
		struct rig r;
		const struct radio_sent *s = send_into(&r, &limits[i], 1000000);

		cr_assert(eq(int, s->result, RADIO_NO_ROOM));
		cr_assert(eq(i32, s->status, (int32_t)limits[i].status));
		cr_assert(le(u32, ncp_count(&r.ncp, 0x0034), 9));
		cr_assert(eq(int, r.b.state, RADIO_UP));
		r.ncp.refusals = 0;
		rig_say(&r, RIG_LOCK, 2, false, rig_notify);
		loop_run_for(r.b.loop, 100);
		cr_assert(eq(int, bench_sent(&r.b, 2)->result, RADIO_DELIVERED));
		rig_finish(&r);
	}
}

Test(ezsp_faults, want_of_room_for_one_holds_up_no_other)
{
	struct rig r;

	rig_up(&r, 14);
	loop_run_for(r.b.loop, 1000);
	r.ncp.refusal = 0x0C03;
	r.ncp.refusals = 1;
	rig_say(&r, RIG_LOCK, 1, false, rig_notify);
	rig_say(&r, 0x1234, 2, false, rig_notify);
	loop_run_for(r.b.loop, 10);
	cr_assert(eq(int, bench_sent(&r.b, 2)->result, RADIO_DELIVERED));
	cr_assert(eq(int, bench_sent(&r.b, 1)->result, RADIO_DELIVERED),
		"the confirm of the other made room");
	rig_finish(&r);
}

Test(ezsp_faults, a_lost_confirm_ends_as_lost)
{
	struct rig r;
	struct radio_health h;

	rig_up(&r, 14);
	r.ncp.delivery = NCP_CONFIRMS_NEVER;
	rig_say(&r, RIG_LOCK, 1, true, rig_notify);
	loop_run_for(r.b.loop, 39000);
	cr_assert(bench_sent(&r.b, 1) == NULL, "a sleeper gets 40 s");
	loop_run_for(r.b.loop, 2000);
	cr_assert(eq(int, bench_sent(&r.b, 1)->result, RADIO_LOST));
	r.b.radio->ops->health(r.b.radio, &h);
	cr_assert(eq(u32, h.lost_confirms, 1));
	cr_assert(eq(int, r.b.state, RADIO_UP));
	rig_finish(&r);
}

Test(ezsp_faults, a_confirm_that_comes_too_late_is_for_nobody)
{
	struct rig r;

	rig_up(&r, 13);
	r.ncp.delivery = NCP_CONFIRMS_LATE;
	rig_say(&r, RIG_LOCK, 1, true, rig_notify);
	loop_run_for(r.b.loop, 41000);
	cr_assert(eq(int, bench_sent(&r.b, 1)->result, RADIO_LOST));
	r.ncp.delivery = NCP_CONFIRMS_NEVER;
	rig_say(&r, RIG_LOCK, 2, true, rig_notify);
	loop_run_for(r.b.loop, 25000);
	cr_assert(bench_sent(&r.b, 2) == NULL, "the late one has another APS sequence");
	cr_assert(eq(sz, r.b.sent_count, 1));
	rig_finish(&r);
}

Test(ezsp_faults, a_message_whose_answer_was_lost_counts_by_its_confirm)
{
	struct rig r;

	rig_up(&r, 14);
	r.ncp.delivery = NCP_ANSWERS_NEVER;
	rig_say(&r, RIG_LOCK, 1, true, rig_notify);
	loop_run_for(r.b.loop, 11000);
	cr_assert(eq(int, bench_sent(&r.b, 1)->result, RADIO_DELIVERED));
	cr_assert(eq(int, r.b.state, RADIO_UP));
	rig_finish(&r);
}

Test(ezsp_faults, a_word_of_the_lock_frees_the_way_for_the_next_answer)
{
	struct rig r;

	rig_up(&r, 14);
	loop_run_for(r.b.loop, 1000);
	r.ncp.delivery = NCP_CONFIRMS_NEVER;
	rig_say(&r, RIG_LOCK, 1, true, rig_notify);
	loop_run_for(r.b.loop, 10);
	rig_say(&r, RIG_LOCK, 2, true, rig_notify);
	loop_run_for(r.b.loop, 10);
	cr_assert(eq(u32, ncp_count(&r.ncp, 0x0034), 1), "one at a time to a device");
	ncp_callback(&r.ncp, 0x0045,
		"0004011900010140000000413c5a563412feff9ffd90ffffe4d5231201000c01"
		"8101006611110104030201");
	loop_run_for(r.b.loop, 10);
	cr_assert(eq(u32, ncp_count(&r.ncp, 0x0034), 2));
	rig_finish(&r);
}

Test(ezsp_faults, a_lock_that_goes_on_asking_is_answered_although_all_confirms_are_lost)
{
	struct rig r;
	unsigned answered;

	rig_up(&r, 14);
	loop_run_for(r.b.loop, 1000);
	r.ncp.delivery = NCP_CONFIRMS_NEVER;
	for (uint32_t i = 0; i < 60; i++) {
		ncp_callback(&r.ncp, 0x0045,
			"0004011900010140000000413c5a563412feff9ffd90ffffe4d5231201000c01"
			"8101006611110104030201");
		loop_run_for(r.b.loop, 10);
		rig_say(&r, RIG_LOCK, i, false, rig_notify);
		loop_run_for(r.b.loop, 990);
	}
	answered = ncp_count(&r.ncp, 0x0034);
	cr_assert(ge(u32, answered, 59), "%u", answered);
	cr_assert(eq(int, r.b.state, RADIO_UP));
	rig_finish(&r);
}

Test(ezsp_faults, a_burst_of_messages_gets_one_result_each)
{
	struct rig r;

	rig_up(&r, 14);
	for (uint32_t i = 0; i < 400; i++)
		rig_say(&r, (uint16_t)(0x1000 + i % 90), 1000 + i, false, rig_notify);
	loop_run_for(r.b.loop, 60000);
	cr_assert(eq(sz, r.b.sent_count, 400));
	for (uint32_t i = 0; i < 400; i++)
		cr_assert(bench_sent(&r.b, 1000 + i) != NULL, "message %u", i);
	rig_finish(&r);
}

/* --- restarts --- */

Test(ezsp_faults, a_restart_asked_for_by_the_user_resets_and_resumes)
{
	struct rig r;
	struct err e;

	rig_up(&r, 14);
	cr_assert(eq(int, r.b.radio->ops->restart(r.b.radio, &e), OK));
	cr_assert(eq(int, r.b.state, RADIO_STARTING));
	cr_assert(bench_reach(&r.b, RADIO_UP, 5000));
	cr_assert(eq(u32, r.ncp.resets, 2));
	cr_assert(eq(u32, ncp_count(&r.ncp, 0x0002), 2));
	rig_finish(&r);
}

static void lose_three(struct rig *r)
{
	r->ncp.delivery = NCP_CONFIRMS_NEVER;
	for (uint16_t i = 0; i < 3; i++)
		rig_say(r, (uint16_t)(0x5001 + i), i, true, rig_notify);
	loop_run_for(r->b.loop, 41000);
	cr_assert(bench_reach(&r->b, RADIO_UP, 5000));
}

Test(ezsp_faults, a_stick_that_loses_confirms_is_restarted_only_with_consent_and_once_an_hour)
{
	for (unsigned consent = 0; consent < 2; consent++) {
		struct rig r;

		rig_build(&r, 14);
		r.options.may_restart = consent;
		rig_go(&r);
		cr_assert(bench_reach(&r.b, RADIO_UP, RIG_START));
		lose_three(&r);
		cr_assert(eq(u32, r.ncp.resets, 1 + consent));
		lose_three(&r);
		cr_assert(eq(u32, r.ncp.resets, 1 + consent));
		rig_finish(&r);
	}
}

static void loses_its_network(struct rig *r, bool consent, bool pinned)
{
	rig_build(r, 14);
	r->options.may_restart = consent;
	rig_go(r);
	cr_assert(bench_reach(&r->b, RADIO_UP, RIG_START));
	if (!pinned)
		r->b.pinned[0] = '\0';
	r->ncp.stays_down = true;
	ncp_reset(&r->ncp, 0x02);
}

/* Ours and adopted: a network that does not come up once may come up later. */
Test(ezsp_faults, a_network_that_does_not_come_back_is_tried_again_as_seldom_as_any_restart)
{
	struct rig r;
	unsigned resets;

	loses_its_network(&r, true, true);
	cr_assert(bench_reach(&r.b, RADIO_DOWN, RIG_START));
	cr_assert(bench_reason(&r.b, "stick_start_failed"));
	resets = r.ncp.resets;
	loop_run_for(r.b.loop, 4 * 60000);
	cr_assert(eq(u32, r.ncp.resets, resets), "left alone for five minutes");
	loop_run_for(r.b.loop, 2 * 60000);
	cr_assert(eq(u32, r.ncp.resets, resets + 1));
	loop_run_for(r.b.loop, 50 * 60000);
	cr_assert(eq(u32, r.ncp.resets, resets + 1), "and then for an hour");
	loop_run_for(r.b.loop, 22 * 3600000);
	cr_assert(eq(u32, r.ncp.resets, resets + 3), "three times a day");
	r.ncp.stays_down = false;
	cr_assert(bench_reach(&r.b, RADIO_UP, 2 * 3600000));
	rig_finish(&r);
}

Test(ezsp_faults, a_network_that_does_not_come_back_is_tried_at_once_when_somebody_says_so)
{
	struct rig r;
	struct err e;

	loses_its_network(&r, true, true);
	cr_assert(bench_reach(&r.b, RADIO_DOWN, RIG_START));
	r.ncp.stays_down = false;
	cr_assert(eq(int, r.b.radio->ops->restart(r.b.radio, &e), OK));
	cr_assert(bench_reach(&r.b, RADIO_UP, RIG_START));
	rig_finish(&r);
}

Test(ezsp_faults, a_network_that_does_not_come_back_is_refused_where_no_restart_is_ours_to_make)
{
	for (unsigned i = 0; i < 2; i++) {
		struct rig r;

		loses_its_network(&r, i == 0, i == 1);
		cr_assert(bench_reach(&r.b, RADIO_REFUSED, RIG_START), "row %u", i);
		cr_assert(bench_reason(&r.b, "stick_start_failed"));
		rig_finish(&r);
	}
}

Test(ezsp_faults, a_stop_while_the_stick_is_dead_takes_no_longer)
{
	struct rig r;

	rig_up(&r, 14);
	rig_say(&r, RIG_LOCK, 1, true, rig_notify);
	r.ncp.mode = NCP_SILENT;
	rig_say(&r, RIG_LOCK, 2, true, rig_notify);
	cr_assert(bench_stop(&r.b, 4000));
	cr_assert(eq(sz, r.b.sent_count, 2));
	rig_finish(&r);
}

Test(ezsp_faults, a_stick_that_restarts_while_it_is_given_back_gets_its_network_first)
{
	struct rig r;

	rig_up(&r, 14);
	r.ncp.delivery = NCP_CONFIRMS_NEVER;
	rig_say(&r, RIG_LOCK, 1, true, rig_notify);
	loop_run_for(r.b.loop, 10);
	ncp_reset(&r.ncp, 0x02);
	cr_assert(bench_stop(&r.b, 4000));
	cr_assert(r.ncp.initialised);
	cr_assert(not(r.ncp.is_open));
	rig_finish(&r);
}

Test(ezsp_faults, a_dead_stick_is_noticed_and_taken_up_when_it_is_back)
{
	struct rig r;

	rig_up(&r, 14);
	r.ncp.mode = NCP_SILENT;
	cr_assert(bench_reach(&r.b, RADIO_DOWN, 120000));
	r.ncp.mode = NCP_EZSP;
	cr_assert(bench_reach(&r.b, RADIO_UP, 60000));
	rig_finish(&r);
}

Test(ezsp_faults, an_unplugged_stick_is_taken_up_again)
{
	struct rig r;
	struct err gone;

	rig_up(&r, 14);
	err_because(&gone, ERR_IO, "stick_gone", "gone");
	r.ncp.stream.to->closed(r.ncp.stream.owner, &gone);
	cr_assert(bench_reach(&r.b, RADIO_DOWN, 100));
	cr_assert(bench_reach(&r.b, RADIO_UP, 60000));
	cr_assert(eq(u32, r.ncp.opens, 2));
	rig_finish(&r);
}

Test(ezsp_faults, a_network_stick_is_given_a_second_for_its_own_reset)
{
	struct rig r;

	rig_build(&r, 14);
	r.ncp.is_serial = false;
	rig_go(&r);
	loop_run_for(r.b.loop, 900);
	cr_assert(eq(u32, r.ncp.resets, 0));
	cr_assert(bench_reach(&r.b, RADIO_UP, RIG_START));
	cr_assert(eq(u32, r.ncp.resets, 1));
	rig_finish(&r);
}
