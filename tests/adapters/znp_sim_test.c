/* The ZNP radio against the simulated stick: all stacks, all conditions, faults. Whatever happens,
 * no forbidden command goes out, no network is formed and no NV byte changes. */
#include "tests/adapters/znp_bench.h"
#include "tests/sim/sim.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <string.h>

static const char notify[] = "190a000064";

struct house {
	struct bench b;
	struct sim_network *network;
	struct sim_lock *lock;
	struct sim_znp *znp;
	struct znp_options options;
	struct sim_znp_stats before;
};

static void build(struct house *h, const struct sim_znp_options *znp)
{
	memset(h, 0, sizeof *h);
	h->b.loop = loop_new();
	h->network = sim_network_new(h->b.loop, &(struct sim_network_options){ .channel = 15,
							.pan_id = 0x4402,
							.ext_pan_id = 0xA2BA38A8B5E683A0,
							.coordinator = 0x00124B001E17EFA8,
							.seed = 1 });
	h->lock = sim_lock_new(h->network, &(struct sim_lock_options){ .ieee = 0x0102030405060708,
						   .address = 0x3A5C,
						   .manufacturer_code = 0x1234,
						   .image_type = 1,
						   .version = 0x01000000,
						   .hardware_version = 0xFFFF,
						   .model = "Lock",
						   .manufacturer = "Maker",
						   .sleepy = true,
						   .battery_half_percent = 200,
						   .battery_decivolt = 60 });
	h->znp = sim_znp_new(h->network, znp);
	sim_znp_stats(h->znp, &h->before);
	h->options = (struct znp_options){ .stream = sim_znp_factory(h->znp), .adopt = true };
}

static void go(struct house *h)
{
	bench_start(&h->b, &h->options);
}

static void unharmed(const struct house *h)
{
	struct sim_znp_stats s;

	sim_znp_stats(h->znp, &s);
	cr_assert(eq(u32, s.forbidden, 0), "forbidden: %s", s.last_forbidden);
	cr_assert(not(s.formed_alarm));
	cr_assert(eq(u64, s.nv_digest, h->before.nv_digest));
	cr_assert(eq(u32, s.lock_commands, 0));
}

static void finish(struct house *h)
{
	unharmed(h);
	bench_close(&h->b);
	sim_znp_free(h->znp);
	sim_network_free(h->network);
	loop_free(h->b.loop);
}

static uint32_t endpoints(const struct house *h)
{
	struct sim_znp_stats s;

	sim_znp_stats(h->znp, &s);
	return s.endpoints;
}

static const enum sim_znp_stack stacks[] = { SIM_ZSTACK_12, SIM_ZSTACK_30X, SIM_ZSTACK_3X0 };
enum { STACKS = 3 };

Test(znp_sim, resumes_a_stopped_stick_of_each_stack_and_gives_it_back, .timeout = 60)
{
	for (size_t i = 0; i < STACKS; i++) {
		struct house h;
		struct radio_network n;

		build(&h, &(struct sim_znp_options){ .stack = stacks[i] });
		go(&h);
		cr_assert(bench_reach(&h.b, RADIO_UP, 30000), "stack %zu: %s", i, h.b.why.text);
		cr_assert(h.b.radio->ops->network(h.b.radio, &n));
		cr_assert(eq(u8, n.channel, 15));
		cr_assert(eq(u16, n.pan_id, 0x4402));
		cr_assert(eq(u64, n.ext_pan_id, 0xA2BA38A8B5E683A0));
		cr_assert(eq(u64, n.coordinator, 0x00124B001E17EFA8));
		cr_assert(eq(u32, endpoints(&h), 2));
		cr_assert(h.b.pinned[0] != '\0');
		cr_assert(bench_stop(&h.b, 4000));
		cr_assert(eq(u32, endpoints(&h), 0));
		finish(&h);
	}
}

Test(znp_sim, takes_over_a_running_stick_and_leaves_what_it_found, .timeout = 60)
{
	for (size_t i = 0; i < STACKS; i++) {
		struct house h;
		uint32_t before;

		build(&h, &(struct sim_znp_options){ .stack = stacks[i], .running = true });
		before = endpoints(&h);
		go(&h);
		cr_assert(bench_reach(&h.b, RADIO_UP, 30000), "stack %zu: %s", i, h.b.why.text);
		cr_assert(eq(u32, endpoints(&h), before));
		cr_assert(bench_stop(&h.b, 4000));
		cr_assert(eq(u32, endpoints(&h), before));
		finish(&h);
	}
}

struct refusal {
	enum sim_znp_form form;
	const char *reason;
};

Test(znp_sim, refuses_every_stick_that_must_not_be_started, .timeout = 60)
{
	static const struct refusal rows[] = { { SIM_BLANK, "stick_blank" },
		{ SIM_ROUTER, "stick_not_coordinator" }, { SIM_WIPE_ARMED, "stick_wipe_armed" } };

	for (size_t i = 0; i < STACKS * 3; i++) {
		const struct refusal *row = &rows[i % 3];
		struct house h;

		build(&h, &(struct sim_znp_options){ .stack = stacks[i / 3], .form = row->form });
		go(&h);
		cr_assert(bench_reach(&h.b, RADIO_REFUSED, 30000), "stack %zu %s", i / 3,
			row->reason);
		cr_assert(bench_reason(&h.b, row->reason), "stack %zu", i / 3);
		loop_run_for(h.b.loop, 600000);
		cr_assert(eq(int, h.b.state, RADIO_REFUSED));
		finish(&h);
	}
}

Test(znp_sim, does_not_adopt_without_consent, .timeout = 60)
{
	struct house h;

	build(&h, &(struct sim_znp_options){ .stack = SIM_ZSTACK_3X0 });
	h.options.adopt = false;
	go(&h);
	cr_assert(bench_reach(&h.b, RADIO_REFUSED, 30000));
	cr_assert(bench_reason(&h.b, "adoption_unconfirmed"));
	cr_assert(h.b.pinned[0] == '\0');
	cr_assert(eq(u32, endpoints(&h), 0));
	finish(&h);
}

Test(znp_sim, refuses_a_network_other_than_the_pinned_one, .timeout = 60)
{
	struct house h;

	build(&h, &(struct sim_znp_options){ .stack = SIM_ZSTACK_3X0 });
	strcpy(h.b.pinned,
		"channel=15 pan=0x1A62 ext=0xA2BA38A8B5E683A0 coordinator=0x00124B001E17EFA8");
	go(&h);
	cr_assert(bench_reach(&h.b, RADIO_REFUSED, 30000));
	cr_assert(bench_reason(&h.b, "foreign_network"));
	cr_assert(eq(u32, endpoints(&h), 0));
	finish(&h);
}

Test(znp_sim, a_config_that_names_the_network_is_consent, .timeout = 60)
{
	struct house h;

	build(&h, &(struct sim_znp_options){ .stack = SIM_ZSTACK_3X0, .no_revision = true });
	h.options.adopt = false;
	h.options.has_pan_id = true;
	h.options.pan_id = 0x4402;
	h.options.ext_pan_id = 0xA083E6B5A838BAA2; /* the old, reversed form */
	go(&h);
	cr_assert(bench_reach(&h.b, RADIO_UP, 30000), "%s", h.b.why.text);
	finish(&h);
}

static void answer_query(struct bench *b, const struct radio_message *m)
{
	struct radio_send s = { .destination = m->source,
		.endpoint = m->source_endpoint,
		.source_endpoint = m->endpoint,
		.profile = m->profile,
		.cluster = m->cluster,
		.urgent = true,
		.tag = 77 };
	uint8_t no_image[] = { 0x19, 0, 0x02, 0x98 };

	if (m->cluster != 0x0019 || m->payload.size < 3 || m->payload.data[2] != 0x01)
		return;
	no_image[1] = m->payload.data[1];
	s.payload = (struct span){ no_image, sizeof no_image };
	b->radio->ops->send(b->radio, &s);
}

Test(znp_sim, answers_a_lock, .timeout = 60)
{
	for (size_t i = 0; i < STACKS; i++) {
		struct house h;

		build(&h, &(struct sim_znp_options){ .stack = stacks[i] });
		h.b.answer = answer_query;
		go(&h);
		cr_assert(bench_reach(&h.b, RADIO_UP, 30000));
		sim_lock_press_key(h.lock);
		loop_run_for(h.b.loop, 400000);
		cr_assert(gt(sz, h.b.message_count, 0));
		cr_assert(bench_sent(&h.b, 77) != NULL);
		cr_assert(eq(int, bench_sent(&h.b, 77)->result, RADIO_DELIVERED));
		finish(&h);
	}
}

Test(znp_sim, a_stick_that_restarts_is_resumed_and_pending_messages_are_lost, .timeout = 60)
{
	for (size_t i = 0; i < STACKS; i++) {
		struct house h;
		struct radio_health health;

		build(&h, &(struct sim_znp_options){ .stack = stacks[i] });
		go(&h);
		cr_assert(bench_reach(&h.b, RADIO_UP, 30000));
		sim_znp_fault(h.znp, SIM_LOST_CONFIRM, 1, 0);
		bench_send(&h.b, 0x3A5C, 5, true, notify);
		loop_run_for(h.b.loop, 100);
		sim_znp_reset(h.znp);
		cr_assert(bench_reach(&h.b, RADIO_STARTING, 2000));
		cr_assert(eq(int, bench_sent(&h.b, 5)->result, RADIO_LOST));
		cr_assert(bench_reach(&h.b, RADIO_UP, 60000));
		cr_assert(eq(u32, endpoints(&h), 2));
		h.b.radio->ops->health(h.b.radio, &health);
		cr_assert(eq(u32, health.resets, 1));
		finish(&h);
	}
}

Test(znp_sim, a_stick_that_restarts_again_and_again_is_called_unstable, .timeout = 60)
{
	struct house h;

	build(&h, &(struct sim_znp_options){ .stack = SIM_ZSTACK_3X0 });
	go(&h);
	for (int i = 0; i < 4; i++) {
		cr_assert(bench_reach(&h.b, RADIO_UP, 60000));
		sim_znp_reset(h.znp);
		loop_run_for(h.b.loop, 900);
	}
	cr_assert(bench_reach(&h.b, RADIO_DOWN, 1000));
	cr_assert(bench_reason(&h.b, "stick_unstable"));
	cr_assert(bench_reach(&h.b, RADIO_UP, 400000));
	finish(&h);
}

Test(znp_sim, an_unplugged_stick_is_taken_up_again_when_it_is_back, .timeout = 60)
{
	struct house h;

	build(&h, &(struct sim_znp_options){ .stack = SIM_ZSTACK_3X0 });
	sim_znp_unplug(h.znp, true);
	go(&h);
	loop_run_for(h.b.loop, 120000);
	cr_assert(eq(int, h.b.state, RADIO_DOWN));
	sim_znp_unplug(h.znp, false);
	cr_assert(bench_reach(&h.b, RADIO_UP, 60000));
	sim_znp_unplug(h.znp, true);
	cr_assert(bench_reach(&h.b, RADIO_DOWN, 1000));
	sim_znp_unplug(h.znp, false);
	cr_assert(bench_reach(&h.b, RADIO_UP, 60000));
	finish(&h);
}

Test(znp_sim, a_dead_stick_is_noticed_and_does_not_hold_up_the_stop, .timeout = 60)
{
	struct house h;

	build(&h, &(struct sim_znp_options){ .stack = SIM_ZSTACK_3X0 });
	go(&h);
	cr_assert(bench_reach(&h.b, RADIO_UP, 30000));
	sim_znp_dead(h.znp, true);
	cr_assert(bench_reach(&h.b, RADIO_DOWN, 60000));
	sim_znp_dead(h.znp, false);
	cr_assert(bench_reach(&h.b, RADIO_UP, 60000));
	sim_znp_dead(h.znp, true);
	bench_send(&h.b, 0x3A5C, 6, true, notify);
	cr_assert(bench_stop(&h.b, 4000));
	cr_assert(eq(int, bench_sent(&h.b, 6)->result, RADIO_LOST));
	finish(&h);
}

Test(znp_sim, line_noise_and_split_frames_do_not_matter, .timeout = 60)
{
	static const enum sim_fault faults[] = { SIM_GARBAGE, SIM_SPLIT, SIM_DUPLICATE };

	for (size_t i = 0; i < 3; i++) {
		struct house h;

		build(&h, &(struct sim_znp_options){ .stack = SIM_ZSTACK_3X0 });
		sim_znp_fault(h.znp, faults[i], -1, 0);
		go(&h);
		cr_assert(bench_reach(&h.b, RADIO_UP, 60000), "fault %zu: %s", i, h.b.why.text);
		cr_assert(bench_stop(&h.b, 4000));
		finish(&h);
	}
}

Test(znp_sim, missing_late_and_broken_answers_are_survived, .timeout = 60)
{
	static const enum sim_fault faults[] = { SIM_NO_SRSP, SIM_LATE_SRSP, SIM_BAD_FCS };

	for (size_t i = 0; i < 9; i++) {
		struct house h;

		build(&h, &(struct sim_znp_options){ .stack = stacks[i % 3] });
		go(&h);
		loop_run_for(h.b.loop, 110 + (msec)i);
		sim_znp_fault(h.znp, faults[i / 3], 2, 0);
		cr_assert(bench_reach(&h.b, RADIO_UP, 120000), "case %zu: %s", i, h.b.why.text);
		sim_znp_fault(h.znp, faults[i / 3], 1, 0);
		bench_send(&h.b, 0x3A5C, 9, true, notify);
		loop_run_for(h.b.loop, 30000);
		cr_assert(bench_sent(&h.b, 9) != NULL, "case %zu", i);
		cr_assert(eq(int, h.b.state, RADIO_UP), "case %zu: %s", i, h.b.why.text);
		finish(&h);
	}
}

struct status_row {
	enum sim_fault fault;
	int status;
	enum radio_result result;
	const char *space;
};

Test(znp_sim, each_status_means_what_the_table_says, .timeout = 60)
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

	build(&h, &(struct sim_znp_options){ .stack = SIM_ZSTACK_3X0 });
	go(&h);
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
	cr_assert(eq(u32, endpoints(&h), 2));
	finish(&h);
}

Test(znp_sim, a_lost_confirm_ends_as_lost_and_keeps_nobody_waiting_for_long, .timeout = 60)
{
	struct house h;

	build(&h, &(struct sim_znp_options){ .stack = SIM_ZSTACK_3X0 });
	go(&h);
	cr_assert(bench_reach(&h.b, RADIO_UP, 30000));
	sim_znp_fault(h.znp, SIM_LOST_CONFIRM, 1, 0);
	bench_send(&h.b, 0x3A5C, 1, true, notify);
	loop_run_for(h.b.loop, 14000);
	cr_assert(bench_sent(&h.b, 1) == NULL);
	loop_run_for(h.b.loop, 2000);
	cr_assert(eq(int, bench_sent(&h.b, 1)->result, RADIO_LOST));
	finish(&h);
}

Test(znp_sim, a_restart_asked_for_by_the_user_resets_and_resumes, .timeout = 60)
{
	for (size_t i = 0; i < STACKS; i++) {
		struct house h;
		struct err e;

		build(&h, &(struct sim_znp_options){ .stack = stacks[i], .running = i == 2 });
		go(&h);
		cr_assert(bench_reach(&h.b, RADIO_UP, 30000));
		cr_assert(eq(int, h.b.radio->ops->restart(h.b.radio, &e), OK));
		cr_assert(eq(int, h.b.state, RADIO_STARTING));
		cr_assert(bench_reach(&h.b, RADIO_UP, 60000), "%s", h.b.why.text);
		cr_assert(eq(u32, endpoints(&h), 2));
		cr_assert(bench_stop(&h.b, 4000));
		cr_assert(eq(u32, endpoints(&h), 0));
		finish(&h);
	}
}

static void ask_zdo(struct house *h, uint16_t to, uint16_t cluster, struct span payload)
{
	struct radio_send s = { .destination = to,
		.profile = RADIO_ZDO_PROFILE,
		.cluster = cluster,
		.tag = 1000u + cluster,
		.payload = payload };

	h->b.radio->ops->send(h->b.radio, &s);
}

static const struct radio_message *zdo_answer(const struct house *h, uint16_t cluster)
{
	for (size_t i = 0; i < h->b.message_count; i++)
		if (h->b.messages[i].cluster == (0x8000 | cluster) &&
			h->b.messages[i].endpoint == 0)
			return &h->b.messages[i];
	return NULL;
}

Test(znp_sim, zdo_questions_are_answered_in_their_form_on_the_air, .timeout = 60)
{
	static const uint8_t start[] = { 0 };
	static const uint8_t self_nwk[] = { 0, 0 };
	struct house h;

	build(&h, &(struct sim_znp_options){ .stack = SIM_ZSTACK_3X0 });
	go(&h);
	cr_assert(bench_reach(&h.b, RADIO_UP, 30000));
	ask_zdo(&h, 0x0000, 0x0031, (struct span){ start, 1 });
	ask_zdo(&h, 0x0000, 0x0005, (struct span){ self_nwk, 2 });
	loop_run_for(h.b.loop, 5000);
	cr_assert(zdo_answer(&h, 0x0031) != NULL);
	cr_assert(eq(u8, zdo_answer(&h, 0x0031)->payload.data[0], 0));
	cr_assert(zdo_answer(&h, 0x0005) != NULL);
	cr_assert(eq(u8, zdo_answer(&h, 0x0005)->payload.data[3], 2));
	cr_assert(eq(int, bench_sent(&h.b, 1005)->result, RADIO_DELIVERED));
	finish(&h);
}

Test(znp_sim, a_lock_that_rejoins_is_announced, .timeout = 60)
{
	struct house h;

	build(&h, &(struct sim_znp_options){ .stack = SIM_ZSTACK_3X0 });
	go(&h);
	cr_assert(bench_reach(&h.b, RADIO_UP, 30000));
	sim_lock_rejoin(h.lock, 0x4B6D);
	loop_run_for(h.b.loop, 5000);
	cr_assert(eq(u64, h.b.announced_ieee, 0x0102030405060708));
	cr_assert(eq(u16, h.b.announced_address, 0x4B6D));
	finish(&h);
}

Test(znp_sim, a_lock_command_is_denied_and_never_reaches_a_device, .timeout = 60)
{
	static const uint8_t unlock[] = { 0x01, 0x01, 0x01 };
	struct radio_send s = { .destination = 0x3A5C,
		.endpoint = 1,
		.source_endpoint = 1,
		.profile = 0x0104,
		.cluster = 0x0101,
		.tag = 4,
		.payload = { unlock, sizeof unlock } };
	struct house h;

	build(&h, &(struct sim_znp_options){ .stack = SIM_ZSTACK_3X0 });
	go(&h);
	cr_assert(bench_reach(&h.b, RADIO_UP, 30000));
	h.b.radio->ops->send(h.b.radio, &s);
	cr_assert(bench_sent(&h.b, 4) == NULL, "the result comes later, not inside send()");
	loop_run_for(h.b.loop, 1000);
	cr_assert(eq(int, bench_sent(&h.b, 4)->result, RADIO_DENIED));
	finish(&h);
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

Test(znp_sim, a_stick_that_loses_confirms_is_restarted_only_with_consent_and_once_an_hour,
	.timeout = 60)
{
	for (int consent = 0; consent < 2; consent++) {
		struct house h;

		build(&h, &(struct sim_znp_options){ .stack = SIM_ZSTACK_3X0, .running = true });
		h.options.may_restart = consent;
		go(&h);
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
		finish(&h);
	}
}

Test(znp_sim, a_burst_of_messages_gets_one_result_each, .timeout = 60)
{
	struct house h;

	build(&h, &(struct sim_znp_options){ .stack = SIM_ZSTACK_3X0 });
	go(&h);
	cr_assert(bench_reach(&h.b, RADIO_UP, 30000));
	for (uint32_t i = 0; i < 400; i++)
		bench_send(&h.b, (uint16_t)(0x1000 + i % 90), 1000 + i, i % 3 == 0, notify);
	loop_run_for(h.b.loop, 60000);
	cr_assert(eq(sz, h.b.sent_count, 400));
	for (uint32_t i = 0; i < 400; i++)
		cr_assert(bench_sent(&h.b, 1000 + i) != NULL, "message %u", i);
	finish(&h);
}
