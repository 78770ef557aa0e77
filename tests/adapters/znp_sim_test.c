/* The ZNP radio against the simulated stick: all stacks in all conditions. Whatever happens, no
 * forbidden command goes out, no network is formed and no NV byte changes. */
#include "tests/adapters/znp_house.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <string.h>

static const enum sim_znp_stack stacks[] = { SIM_ZSTACK_12, SIM_ZSTACK_30X, SIM_ZSTACK_3X0 };
enum { STACKS = 3 };

Test(znp_sim, resumes_a_stopped_stick_of_each_stack_and_gives_it_back, .timeout = 60)
{
	for (size_t i = 0; i < STACKS; i++) {
		struct house h;
		struct radio_network n;

		house_build(&h, &(struct sim_znp_options){ .stack = stacks[i] });
		house_go(&h);
		cr_assert(bench_reach(&h.b, RADIO_UP, 30000), "stack %zu: %s", i, h.b.why.text);
		cr_assert(h.b.radio->ops->network(h.b.radio, &n));
		cr_assert(eq(u8, n.channel, 15));
		cr_assert(eq(u16, n.pan_id, 0x4402));
		cr_assert(eq(u64, n.ext_pan_id, 0xA2BA38A8B5E683A0));
		cr_assert(eq(u64, n.coordinator, 0x00124B001E17EFA8));
		cr_assert(eq(u32, house_endpoints(&h), 2));
		cr_assert(h.b.pinned[0] != '\0');
		cr_assert(bench_stop(&h.b, 4000));
		cr_assert(eq(u32, house_endpoints(&h), 0));
		house_finish(&h);
	}
}

Test(znp_sim, takes_over_a_running_stick_and_leaves_what_it_found, .timeout = 60)
{
	for (size_t i = 0; i < STACKS; i++) {
		struct house h;
		uint32_t before;

		house_build(&h, &(struct sim_znp_options){ .stack = stacks[i], .running = true });
		before = house_endpoints(&h);
		house_go(&h);
		cr_assert(bench_reach(&h.b, RADIO_UP, 30000), "stack %zu: %s", i, h.b.why.text);
		cr_assert(eq(u32, house_endpoints(&h), before));
		cr_assert(bench_stop(&h.b, 4000));
		cr_assert(eq(u32, house_endpoints(&h), before));
		house_finish(&h);
	}
}

struct refusal {
	enum sim_form form;
	const char *reason;
};

Test(znp_sim, refuses_every_stick_that_must_not_be_started, .timeout = 60)
{
	static const struct refusal rows[] = { { SIM_BLANK, "stick_blank" },
		{ SIM_ROUTER, "stick_not_coordinator" }, { SIM_WIPE_ARMED, "stick_wipe_armed" } };

	for (size_t i = 0; i < STACKS * 3; i++) {
		const struct refusal *row = &rows[i % 3];
		struct house h;

		house_build(
			&h, &(struct sim_znp_options){ .stack = stacks[i / 3], .form = row->form });
		house_go(&h);
		cr_assert(bench_reach(&h.b, RADIO_REFUSED, 30000), "stack %zu %s", i / 3,
			row->reason);
		cr_assert(bench_reason(&h.b, row->reason), "stack %zu", i / 3);
		loop_run_for(h.b.loop, 600000);
		cr_assert(eq(int, h.b.state, RADIO_REFUSED));
		house_finish(&h);
	}
}

Test(znp_sim, a_refused_stick_is_looked_at_again_when_the_user_says_so, .timeout = 60)
{
	struct house h;
	struct err e = { 0 };

	house_build(&h, &(struct sim_znp_options){ .stack = SIM_ZSTACK_3X0, .form = SIM_BLANK });
	house_go(&h);
	cr_assert(bench_reach(&h.b, RADIO_REFUSED, 30000));
	cr_assert(eq(int, h.b.radio->ops->restart(h.b.radio, &e), OK), "%s", e.text);
	cr_assert(eq(int, h.b.state, RADIO_STARTING));
	cr_assert(bench_reach(&h.b, RADIO_REFUSED, 30000));
	house_finish(&h);
}

Test(znp_sim, does_not_adopt_without_consent, .timeout = 60)
{
	struct house h;

	house_build(&h, &(struct sim_znp_options){ .stack = SIM_ZSTACK_3X0 });
	h.options.adopt = false;
	house_go(&h);
	cr_assert(bench_reach(&h.b, RADIO_REFUSED, 30000));
	cr_assert(bench_reason(&h.b, "adoption_unconfirmed"));
	cr_assert(h.b.pinned[0] == '\0');
	cr_assert(eq(u32, house_endpoints(&h), 0));
	house_finish(&h);
}

Test(znp_sim, refuses_a_network_other_than_the_pinned_one, .timeout = 60)
{
	struct house h;

	house_build(&h, &(struct sim_znp_options){ .stack = SIM_ZSTACK_3X0 });
	strcpy(h.b.pinned,
		"channel=15 pan=0x1A62 ext=0xA2BA38A8B5E683A0 coordinator=0x00124B001E17EFA8");
	house_go(&h);
	cr_assert(bench_reach(&h.b, RADIO_REFUSED, 30000));
	cr_assert(bench_reason(&h.b, "foreign_network"));
	cr_assert(eq(u32, house_endpoints(&h), 0));
	house_finish(&h);
}

Test(znp_sim, a_config_that_names_the_network_is_consent, .timeout = 60)
{
	struct house h;

	house_build(&h, &(struct sim_znp_options){ .stack = SIM_ZSTACK_3X0, .no_revision = true });
	h.options.adopt = false;
	h.options.has_pan_id = true;
	h.options.pan_id = 0x4402;
	h.options.ext_pan_id = 0xA083E6B5A838BAA2; /* the old, reversed form */
	house_go(&h);
	cr_assert(bench_reach(&h.b, RADIO_UP, 30000), "%s", h.b.why.text);
	house_finish(&h);
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

		house_build(&h, &(struct sim_znp_options){ .stack = stacks[i] });
		h.b.answer = answer_query;
		house_go(&h);
		cr_assert(bench_reach(&h.b, RADIO_UP, 30000));
		sim_lock_press_key(h.lock);
		loop_run_for(h.b.loop, 400000);
		cr_assert(lt(sz, 0, h.b.message_count));
		cr_assert(bench_sent(&h.b, 77) != NULL);
		cr_assert(eq(int, bench_sent(&h.b, 77)->result, RADIO_DELIVERED));
		house_finish(&h);
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

	house_build(&h, &(struct sim_znp_options){ .stack = SIM_ZSTACK_3X0 });
	house_go(&h);
	cr_assert(bench_reach(&h.b, RADIO_UP, 30000));
	ask_zdo(&h, 0x0000, 0x0031, (struct span){ start, 1 });
	ask_zdo(&h, 0x0000, 0x0005, (struct span){ self_nwk, 2 });
	loop_run_for(h.b.loop, 5000);
	cr_assert(zdo_answer(&h, 0x0031) != NULL);
	cr_assert(eq(u8, zdo_answer(&h, 0x0031)->payload.data[0], 0));
	cr_assert(zdo_answer(&h, 0x0005) != NULL);
	cr_assert(eq(u8, zdo_answer(&h, 0x0005)->payload.data[3], 2));
	cr_assert(eq(int, bench_sent(&h.b, 1005)->result, RADIO_DELIVERED));
	house_finish(&h);
}

Test(znp_sim, a_lock_that_rejoins_is_announced, .timeout = 60)
{
	struct house h;

	house_build(&h, &(struct sim_znp_options){ .stack = SIM_ZSTACK_3X0 });
	house_go(&h);
	cr_assert(bench_reach(&h.b, RADIO_UP, 30000));
	sim_lock_rejoin(h.lock, 0x4B6D);
	loop_run_for(h.b.loop, 5000);
	cr_assert(eq(u64, h.b.announced_ieee, 0x0102030405060708));
	cr_assert(eq(u16, h.b.announced_address, 0x4B6D));
	house_finish(&h);
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

	house_build(&h, &(struct sim_znp_options){ .stack = SIM_ZSTACK_3X0 });
	house_go(&h);
	cr_assert(bench_reach(&h.b, RADIO_UP, 30000));
	h.b.radio->ops->send(h.b.radio, &s);
	cr_assert(bench_sent(&h.b, 4) == NULL, "the result comes later, not inside send()");
	loop_run_for(h.b.loop, 1000);
	cr_assert(eq(int, bench_sent(&h.b, 4)->result, RADIO_DENIED));
	house_finish(&h);
}
