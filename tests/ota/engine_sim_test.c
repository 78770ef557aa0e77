/* Whole updates against simulated sticks of both families: what the lock does decides how the job
 * ends, and the stick makes no difference. */
#include "tests/ota/sim_house.h"
#include "tests/support/loop_virtual.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <string.h>

enum { HOUR = 60 };

/* 0: ZNP; then EZSP 4 to 19. */
enum { STICK_COUNT = 1 + 19 - 3 };

static struct sim_house_options stick_of(size_t i)
{
	if (!i)
		return (struct sim_house_options){ .family = SIM_FAMILY_ZNP };
	return (struct sim_house_options){ .family = SIM_FAMILY_EZSP,
		.ezsp_version = (uint8_t)(3 + i) };
}

static struct sim_house h;

TestSuite(engine_sim, .timeout = 120);

static void begin(size_t stick, enum sim_install install, bool radio_timing)
{
	struct sim_house_options o = stick_of(stick);

	o.install = install;
	o.radio_timing = radio_timing;
	sim_house_build(&h, &o);
	sim_house_serve(&h);
	loop_run_for(h.loop, 60000);
	sim_house_order(&h);
	sim_lock_press_key(h.lock);
}

/* There the stick holds nothing for it, and a source route takes bytes of each message. */
Test(engine_sim, sleepy_lock_behind_a_router_is_updated)
{
	for (size_t i = 0; i < STICK_COUNT; i++) {
		struct sim_house_options o = stick_of(i);

		o.radio_timing = o.behind_router = true;
		sim_house_build(&h, &o);
		sim_house_serve(&h);
		loop_run_for(h.loop, 60000);
		sim_house_order(&h);
		sim_lock_press_key(h.lock);
		sim_house_run(&h, 10);
		cr_assert(eq(str, h.last.outcome, "updated"), "stick %zu: %s %s", i,
			job_phase_name(h.last.phase), h.last.error.text);
		sim_house_end(&h);
	}
}

static void ends_as(enum sim_install install, const char *outcome, unsigned hours)
{
	for (size_t i = 0; i < STICK_COUNT; i++) {
		begin(i, install, false);
		sim_house_run(&h, hours * HOUR);
		cr_assert(eq(str, h.last.outcome, (char *)outcome), "stick %zu: %s", i,
			h.last.error.text);
		sim_house_end(&h);
	}
}

Test(engine_sim, sleepy_lock_is_updated_and_proves_it)
{
	for (size_t i = 0; i < STICK_COUNT; i++) {
		struct sim_lock_state state;

		begin(i, SIM_INSTALLS, false);
		sim_house_run(&h, 2 * HOUR);
		sim_lock_state(h.lock, &state);
		cr_assert(eq(str, (char *)job_phase_name(h.last.phase), "succeeded"),
			"stick %zu: %s", i, h.last.error.text);
		cr_assert(eq(str, h.last.evidence, "verified_by_version"));
		cr_assert(eq(u32, state.version, HOUSE_NEW));
		cr_assert(eq(int, memcmp(state.received, sim_house_image(), HOUSE_IMAGE_SIZE), 0));
		sim_house_end(&h);
	}
}

Test(engine_sim, lock_that_keeps_its_version_is_found_out)
{
	ends_as(SIM_KEEPS_OLD, "version_unchanged", 26);
}

Test(engine_sim, lock_that_rejects_the_image)
{
	ends_as(SIM_REJECTS_IMAGE, "invalid_image", 2);
}

Test(engine_sim, lock_that_never_returns)
{
	ends_as(SIM_NEVER_RETURNS, "never_returned", 26);
}

Test(engine_sim, restart_in_mid_transfer_goes_on_where_the_lock_is)
{
	for (size_t i = 0; i < STICK_COUNT; i++) {
		struct sim_lock_state before, after;

		begin(i, SIM_INSTALLS, true);
		do {
			loop_run_for(h.loop, 100);
			sim_lock_state(h.lock, &before);
		} while (before.offset < 1000 && !sim_house_look(&h));
		cr_assert(lt(u32, before.offset, HOUSE_IMAGE_SIZE));
		sim_house_kill(&h);
		loop_run_for(h.loop, 2000);
		sim_house_serve(&h);
		sim_house_run(&h, 2 * HOUR);
		sim_lock_state(h.lock, &after);
		cr_assert(
			eq(str, h.last.outcome, "updated"), "stick %zu: %s", i, h.last.error.text);
		cr_assert(eq(u32, h.last.attempt, 1));
		cr_assert(le(u32, after.blocks,
			before.blocks + (HOUSE_IMAGE_SIZE - before.offset) / 30 + 3));
		sim_house_end(&h);
	}
}

/* The service runs and has read what the lock tells of its door. */
static void begin_with_door(size_t stick, enum door_state door)
{
	struct sim_house_options o = stick_of(stick);

	o.radio_timing = true;
	sim_house_build(&h, &o);
	sim_lock_set_door(h.lock, (uint8_t)door, MODE_NORMAL);
	sim_house_serve(&h);
	for (int s = 0; s < 600 && !(engine_lock(h.engine, "front")->facts.known & FACT_DOOR);
		s++) {
		if (s % 30 == 29)
			sim_lock_press_key(h.lock);
		loop_run_for(h.loop, 1000);
	}
	cr_assert(eq(int, engine_lock(h.engine, "front")->facts.door_state, door));
	sim_house_order(&h);
	sim_lock_press_key(h.lock);
}

static void expect_wait(size_t stick, enum job_wait wait, bool loaded)
{
	struct sim_lock_state state;

	sim_house_run(&h, HOUR);
	sim_lock_state(h.lock, &state);
	cr_assert(eq(int, h.last.phase, JOB_WAITING), "stick %zu", stick);
	cr_assert(eq(int, h.last.waiting_for, wait), "stick %zu", stick);
	cr_assert(eq(str, h.last.error.reason, "door_open"), "stick %zu", stick);
	cr_assert(eq(int, state.offset == HOUSE_IMAGE_SIZE, loaded), "stick %zu", stick);
	cr_assert(eq(u32, state.reboots, 0), "stick %zu", stick);
}

static void shut_and_end(size_t stick)
{
	sim_lock_set_door(h.lock, DOOR_CLOSED, MODE_NORMAL);
	sim_lock_press_key(h.lock);
	sim_house_run(&h, 2 * HOUR);
	cr_assert(eq(str, h.last.outcome, "updated"), "stick %zu: %s", stick, h.last.error.text);
	sim_house_end(&h);
}

Test(engine_sim, while_the_door_is_open_nothing_starts)
{
	for (size_t i = 0; i < STICK_COUNT; i++) {
		begin_with_door(i, DOOR_OPEN);
		expect_wait(i, WAIT_USER, false);
		shut_and_end(i);
	}
}

Test(engine_sim, a_door_that_was_opened_meanwhile_holds_the_end)
{
	for (size_t i = 0; i < STICK_COUNT; i++) {
		struct sim_lock_state state;

		begin_with_door(i, DOOR_CLOSED);
		do {
			loop_run_for(h.loop, 100);
			sim_lock_state(h.lock, &state);
		} while (state.offset < 1000 && !sim_house_look(&h));
		sim_lock_set_door(h.lock, DOOR_JAMMED, MODE_NORMAL);
		sim_lock_sleep(h.lock, 600000); /* what was read at the start is old then */
		expect_wait(i, WAIT_HOLD, true);
		shut_and_end(i);
	}
}
