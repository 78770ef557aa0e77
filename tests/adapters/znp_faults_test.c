/* The ZNP radio and a simulated stick that restarts, dies, is pulled out, loses and garbles. */
#include "tests/adapters/znp_house.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

static const enum sim_znp_stack stacks[] = { SIM_ZSTACK_12, SIM_ZSTACK_30X, SIM_ZSTACK_3X0 };
enum { STACKS = 3 };

Test(znp_faults, a_stick_that_restarts_is_resumed_and_pending_messages_are_lost, .timeout = 60)
{
	for (size_t i = 0; i < STACKS; i++) {
		struct house h;
		struct radio_health health;

		house_build(&h, &(struct sim_znp_options){ .stack = stacks[i] });
		house_go(&h);
		cr_assert(bench_reach(&h.b, RADIO_UP, 30000));
		sim_znp_fault(h.znp, SIM_LOST_CONFIRM, 1, 0);
		bench_send(&h.b, 0x3A5C, 5, true, notify);
		loop_run_for(h.b.loop, 100);
		sim_znp_reset(h.znp);
		cr_assert(bench_reach(&h.b, RADIO_STARTING, 2000));
		cr_assert(eq(int, bench_sent(&h.b, 5)->result, RADIO_LOST));
		cr_assert(bench_reach(&h.b, RADIO_UP, 60000));
		cr_assert(eq(u32, house_endpoints(&h), 2));
		h.b.radio->ops->health(h.b.radio, &health);
		cr_assert(eq(u32, health.resets, 1));
		house_finish(&h);
	}
}

Test(znp_faults, a_restart_whose_notice_was_lost_is_found_out_and_the_network_resumed,
	.timeout = 60)
{
	for (size_t i = 0; i < STACKS; i++) {
		struct house h;

		house_build(&h, &(struct sim_znp_options){ .stack = stacks[i] });
		house_go(&h);
		cr_assert(bench_reach(&h.b, RADIO_UP, 30000));
		sim_znp_fault(h.znp, SIM_BAD_FCS, 1, 0);
		sim_znp_reset(h.znp);
		cr_assert(bench_reach(&h.b, RADIO_STARTING, 35000), "stack %zu", i);
		cr_assert(bench_reach(&h.b, RADIO_UP, 60000));
		cr_assert(eq(u32, house_endpoints(&h), 2));
		bench_send(&h.b, 0x3A5C, 5, true, notify);
		loop_run_for(h.b.loop, 20000);
		cr_assert(eq(int, bench_sent(&h.b, 5)->result, RADIO_DELIVERED));
		house_finish(&h);
	}
}

Test(znp_faults, a_stick_that_restarts_again_and_again_is_called_unstable, .timeout = 60)
{
	struct house h;

	house_build(&h, &(struct sim_znp_options){ .stack = SIM_ZSTACK_3X0 });
	house_go(&h);
	for (int i = 0; i < 4; i++) {
		cr_assert(bench_reach(&h.b, RADIO_UP, 60000));
		sim_znp_reset(h.znp);
		loop_run_for(h.b.loop, 900);
	}
	cr_assert(bench_reach(&h.b, RADIO_DOWN, 1000));
	cr_assert(bench_reason(&h.b, "stick_unstable"));
	cr_assert(bench_reach(&h.b, RADIO_UP, 400000));
	house_finish(&h);
}

Test(znp_faults, an_unplugged_stick_is_taken_up_again_when_it_is_back, .timeout = 60)
{
	struct house h;

	house_build(&h, &(struct sim_znp_options){ .stack = SIM_ZSTACK_3X0 });
	sim_znp_unplug(h.znp, true);
	house_go(&h);
	loop_run_for(h.b.loop, 120000);
	cr_assert(eq(int, h.b.state, RADIO_DOWN));
	cr_assert(eq(u32, h.b.downs, 1), "told once, not at each attempt");
	sim_znp_unplug(h.znp, false);
	cr_assert(bench_reach(&h.b, RADIO_UP, 60000));
	sim_znp_unplug(h.znp, true);
	cr_assert(bench_reach(&h.b, RADIO_DOWN, 1000));
	sim_znp_unplug(h.znp, false);
	cr_assert(bench_reach(&h.b, RADIO_UP, 60000));
	house_finish(&h);
}

Test(znp_faults, a_dead_stick_is_noticed_and_does_not_hold_up_the_stop, .timeout = 60)
{
	struct house h;

	house_build(&h, &(struct sim_znp_options){ .stack = SIM_ZSTACK_3X0 });
	house_go(&h);
	cr_assert(bench_reach(&h.b, RADIO_UP, 30000));
	sim_znp_dead(h.znp, true);
	cr_assert(bench_reach(&h.b, RADIO_DOWN, 60000));
	sim_znp_dead(h.znp, false);
	cr_assert(bench_reach(&h.b, RADIO_UP, 60000));
	sim_znp_dead(h.znp, true);
	bench_send(&h.b, 0x3A5C, 6, true, notify);
	cr_assert(bench_stop(&h.b, 4000));
	cr_assert(eq(int, bench_sent(&h.b, 6)->result, RADIO_LOST));
	house_finish(&h);
}

Test(znp_faults, line_noise_and_split_frames_do_not_matter, .timeout = 60)
{
	static const enum sim_fault faults[] = { SIM_GARBAGE, SIM_SPLIT, SIM_DUPLICATE };

	for (size_t i = 0; i < 3; i++) {
		struct house h;

		house_build(&h, &(struct sim_znp_options){ .stack = SIM_ZSTACK_3X0 });
		sim_znp_fault(h.znp, faults[i], -1, 0);
		house_go(&h);
		cr_assert(bench_reach(&h.b, RADIO_UP, 60000), "fault %zu: %s", i, h.b.why.text);
		cr_assert(bench_stop(&h.b, 4000));
		house_finish(&h);
	}
}

Test(znp_faults, missing_late_and_broken_answers_are_survived, .timeout = 60)
{
	static const enum sim_fault faults[] = { SIM_NO_SRSP, SIM_LATE_SRSP, SIM_BAD_FCS };

	for (size_t i = 0; i < 9; i++) {
		struct house h;

		house_build(&h, &(struct sim_znp_options){ .stack = stacks[i % 3] });
		house_go(&h);
		loop_run_for(h.b.loop, 110 + (msec)i);
		sim_znp_fault(h.znp, faults[i / 3], 2, 0);
		cr_assert(bench_reach(&h.b, RADIO_UP, 120000), "case %zu: %s", i, h.b.why.text);
		sim_znp_fault(h.znp, faults[i / 3], 1, 0);
		bench_send(&h.b, 0x3A5C, 9, true, notify);
		loop_run_for(h.b.loop, 30000);
		cr_assert(bench_sent(&h.b, 9) != NULL, "case %zu", i);
		cr_assert(eq(int, h.b.state, RADIO_UP), "case %zu: %s", i, h.b.why.text);
		house_finish(&h);
	}
}

struct status_row {
	enum sim_fault fault;
	int status;
	enum radio_result result;
	const char *space;
};

Test(znp_faults, each_status_means_what_the_table_says, .timeout = 60)
{
	static const struct status_row rows[] = {
		{ SIM_CONFIRM_STATUS, 0xE9, RADIO_NO_ANSWER, "mac" },
		{ SIM_CONFIRM_STATUS, 0xF0, RADIO_NO_ANSWER, "mac" },
		{ SIM_CONFIRM_STATUS, 0xCD, RADIO_NO_ANSWER, "znp" },
		{ SIM_CONFIRM_STATUS, 0xE1, RADIO_NO_ROOM, "mac" },
		{ SIM_CONFIRM_STATUS, 0x11, RADIO_NO_ROOM, "znp" },
		{ SIM_CONFIRM_STATUS, 0xE5, RADIO_TOO_LONG, "mac" },
		{ SIM_SRSP_STATUS, 0x10, RADIO_NO_ROOM, "znp" },
		{ SIM_SRSP_STATUS, 0x11, RADIO_NO_ROOM, "znp" },
		{ SIM_SRSP_STATUS, 0x02, RADIO_LOST, "znp" },
	};
	struct house h;

	house_build(&h, &(struct sim_znp_options){ .stack = SIM_ZSTACK_3X0 });
	house_go(&h);
	cr_assert(bench_reach(&h.b, RADIO_UP, 30000));
	for (uint32_t i = 0; i < 9; i++) {
		sim_znp_fault(h.znp, rows[i].fault, 1, rows[i].status);
		bench_send(&h.b, 0x3A5C, 100 + i, true, notify);
		loop_run_for(h.b.loop, 20000);

		const struct radio_sent *s = bench_sent(&h.b, 100 + i);

		cr_assert(s != NULL, "row %u", i);
		cr_assert(eq(int, s->result, rows[i].result), "row %u", i);
		cr_assert(eq(str, (char *)s->space, (char *)rows[i].space), "row %u", i);
		cr_assert(eq(int, s->status, rows[i].status), "row %u", i);
	}
	cr_assert(eq(int, h.b.state, RADIO_UP));
	cr_assert(eq(u32, house_endpoints(&h), 2));
	house_finish(&h);
}

Test(znp_faults, a_lost_confirm_ends_as_lost_and_keeps_nobody_waiting_for_long, .timeout = 60)
{
	struct house h;

	house_build(&h, &(struct sim_znp_options){ .stack = SIM_ZSTACK_3X0 });
	house_go(&h);
	cr_assert(bench_reach(&h.b, RADIO_UP, 30000));
	sim_znp_fault(h.znp, SIM_LOST_CONFIRM, 1, 0);
	bench_send(&h.b, 0x3A5C, 1, true, notify);
	loop_run_for(h.b.loop, 14000);
	cr_assert(bench_sent(&h.b, 1) == NULL);
	loop_run_for(h.b.loop, 2000);
	cr_assert(eq(int, bench_sent(&h.b, 1)->result, RADIO_LOST));
	house_finish(&h);
}

Test(znp_faults, a_restart_asked_for_by_the_user_resets_and_resumes, .timeout = 60)
{
	for (size_t i = 0; i < STACKS; i++) {
		struct house h;
		struct err e;

		house_build(&h, &(struct sim_znp_options){ .stack = stacks[i], .running = i == 2 });
		house_go(&h);
		cr_assert(bench_reach(&h.b, RADIO_UP, 30000));
		cr_assert(eq(int, h.b.radio->ops->restart(h.b.radio, &e), OK));
		cr_assert(eq(int, h.b.state, RADIO_STARTING));
		cr_assert(bench_reach(&h.b, RADIO_UP, 60000), "%s", h.b.why.text);
		cr_assert(eq(u32, house_endpoints(&h), 2));
		cr_assert(bench_stop(&h.b, 4000));
		cr_assert(eq(u32, house_endpoints(&h), 0));
		house_finish(&h);
	}
}

static void lose_three(struct house *h)
{
	sim_znp_fault(h->znp, SIM_LOST_CONFIRM, -1, 0);
	for (uint16_t i = 0; i < 3; i++)
		bench_send(&h->b, (uint16_t)(0x5001 + i), i, true, notify);
	loop_run_for(h->b.loop, 14000);
	cr_assert(eq(int, h->b.state, RADIO_UP));
	loop_run_for(h->b.loop, 2000);
}

Test(znp_faults, a_stick_that_loses_confirms_is_restarted_only_with_consent_and_once_an_hour,
	.timeout = 60)
{
	for (int consent = 0; consent < 2; consent++) {
		struct house h;

		house_build(
			&h, &(struct sim_znp_options){ .stack = SIM_ZSTACK_3X0, .running = true });
		h.options.may_restart = consent;
		house_go(&h);
		cr_assert(bench_reach(&h.b, RADIO_UP, 30000));
		lose_three(&h);
		cr_assert(bench_reach(&h.b, RADIO_UP, 30000));
		cr_assert(eq(u32, h.b.starts, 1 + (unsigned)consent));
		lose_three(&h);
		cr_assert(bench_reach(&h.b, RADIO_UP, 30000));
		cr_assert(eq(u32, h.b.starts, 1 + (unsigned)consent));
		loop_run_for(h.b.loop, 3600000);
		lose_three(&h);
		cr_assert(bench_reach(&h.b, RADIO_UP, 30000));
		cr_assert(eq(u32, h.b.starts, 1 + 2 * (unsigned)consent));
		house_finish(&h);
	}
}

Test(znp_faults, an_unanswered_request_after_a_quiet_time_is_waited_for_without_spinning,
	.timeout = 60)
{
	struct house h;

	house_build(&h, &(struct sim_znp_options){ .stack = SIM_ZSTACK_3X0 });
	house_go(&h);
	cr_assert(bench_reach(&h.b, RADIO_UP, 30000));
	loop_run_for(h.b.loop, 29000);
	sim_znp_fault(h.znp, SIM_NO_SRSP, 1, 0);
	bench_send(&h.b, 0x3A5C, 6, true, notify);
	loop_run_for(h.b.loop, 60000); /* stops a loop that spins */
	cr_assert(eq(int, h.b.state, RADIO_UP));
	house_finish(&h);
}

Test(znp_faults, a_burst_of_messages_gets_one_result_each, .timeout = 60)
{
	struct house h;

	house_build(&h, &(struct sim_znp_options){ .stack = SIM_ZSTACK_3X0 });
	house_go(&h);
	cr_assert(bench_reach(&h.b, RADIO_UP, 30000));
	for (uint32_t i = 0; i < 400; i++)
		bench_send(&h.b, (uint16_t)(0x1000 + i % 90), 1000 + i, i % 3 == 0, notify);
	loop_run_for(h.b.loop, 60000);
	cr_assert(eq(sz, h.b.sent_count, 400));
	for (uint32_t i = 0; i < 400; i++)
		cr_assert(bench_sent(&h.b, 1000 + i) != NULL, "message %u", i);
	house_finish(&h);
}
