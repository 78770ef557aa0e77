/* Many lives of a house: what its users, its locks and its stick may do, at random, on virtual
 * time. Whatever happens, a job ends or waits for something that has a name, its phases go along
 * the edges, and it has succeeded exactly when the lock runs the new version. */
#include "server/base/check.h"
#include "tests/ota/engine_house.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	SEEDS = 8, /* more: LOCKWRIGHT_TEST_SEED=N for each */
	LOCKS = 2,
	JOBS_MAX = 64,
	HOUR = 60 * HOUSE_MINUTE,
	DAY = 24 * HOUR,
	RESET_GAP = 180000, /* more would be an unstable stick */
};

struct door {
	enum sim_install install;
	int64_t last; /* its newest job; 0 none */
};

static struct {
	uint32_t seed, random;
	struct door doors[LOCKS];
	enum job_phase phases[JOBS_MAX]; /* by id, of the events */
	msec last_reset;
} h;

static uint32_t dice(uint32_t sides)
{
	h.random = h.random * 1664525 + 1013904223;
	return (h.random >> 8) % sides;
}

/* --- what is told --- */

static void on_event(void *owner, const struct event *event)
{
	enum job_phase phase = JOB_QUEUED, before;

	(void)owner;
	if (event->kind != EVENT_JOB)
		return;
	cr_assert(lt(i64, event->job, JOBS_MAX), "seed %u", h.seed);
	cr_assert(job_phase_parse(&phase, event->phase));
	before = h.phases[event->job];
	cr_assert(before == phase || job_may_go(before, phase), "seed %u: job %d from %s to %s",
		h.seed, (int)event->job, job_phase_name(before), event->phase);
	cr_assert(eq(int, phase == JOB_WAITING, event->waiting_for[0] != '\0'), "seed %u", h.seed);
	h.phases[event->job] = phase;
}

static const struct engine_listener listener = { .event = on_event };

static void start_service(void)
{
	house_start();
	engine_listen(house.engine, &listener, NULL);
}

static void kill_service(void)
{
	house_kill();
	house_run(dice(20000));
	start_service();
}

/* --- users --- */

static void ignore_job(
	void *owner, const struct err *e, const struct job *job, enum job_answer answer)
{
	struct door *d = owner;

	(void)e;
	if (job && answer == JOB_CREATED)
		d->last = job->id;
}

static void ignore_pause(void *owner, const struct err *e)
{
	(void)owner;
	(void)e;
}

static void ignore_lock(void *owner, const struct err *e, const struct lock *lock)
{
	(void)owner;
	(void)e;
	(void)lock;
}

static void user_asks(size_t i)
{
	static const char *const codes[] = { "outside_window", "lock_state_unknown",
		"battery_unknown" };
	struct job_request r = { .lock = house_name(i),
		.image = "image",
		.requested_by = "user",
		.priority = (int8_t)(dice(3) - 1) };

	for (size_t k = 0; k < ARRAY_SIZE(codes); k++)
		if (dice(4) == 0)
			r.force[r.n_force++] = codes[k];
	if (dice(6) == 0)
		r.not_before = loop_wall(house.loop) + dice(HOUR);
	engine_create_job(house.engine, &r, ignore_job, &h.doors[i]);
}

static void set_policy(size_t i)
{
	static const char *const windows[] = { "00:00-24:00", "02:00-05:00", "13:00-13:30" };
	struct lock_patch patch = { .min_battery_percent = -1 };

	patch.policy_parts = POLICY_WINDOW | POLICY_ATTEMPTS | POLICY_AUTO_UPDATE;
	patch.policy.max_attempts = (uint8_t)dice(3);
	if (dice(2)) {
		patch.policy.window.set = true;
		cr_assert(window_parse(&patch.policy.window, windows[dice(ARRAY_SIZE(windows))]));
		patch.policy.auto_update = dice(2) ? AUTO_WINDOW : AUTO_DEFAULT;
	}
	engine_put_lock(house.engine, house_name(i), &patch, false, ignore_lock, NULL);
}

static void user(size_t i)
{
	struct door *d = &h.doors[i];
	struct check check;
	struct err e;

	switch (dice(9)) {
	case 0:
		engine_cancel_job(house.engine, d->last, ignore_job, d);
		return;
	case 1:
		engine_retry_job(house.engine, d->last, "user", ignore_job, d);
		return;
	case 2:
		engine_verify_job(house.engine, d->last, NULL, "user", ignore_job, d);
		return;
	case 3:
		engine_pause(house.engine, dice(3) == 0, ignore_pause, NULL);
		return;
	case 4:
		set_policy(i);
		return;
	case 5:
		(void)!engine_wake_now(house.engine, house_name(i), &e);
		return;
	case 6:
		(void)!engine_check(house.engine, house_name(i), &check, &e);
		return;
	default:
		user_asks(i);
		return;
	}
}

/* --- locks and stick --- */

static void trouble_lock(size_t i)
{
	struct sim_lock *lock = house.locks[i];

	switch (dice(7)) {
	case 0:
		sim_lock_sleep(lock, dice(20 * HOUSE_MINUTE));
		return;
	case 1:
		sim_lock_battery_out(lock, true);
		house_run(dice(10000));
		sim_lock_battery_out(lock, false);
		return;
	case 2:
		sim_lock_rejoin(lock, (uint16_t)(0x7000 + dice(0x100)));
		return;
	case 3:
		sim_lock_set_battery(lock, (uint8_t)(60 + dice(140)));
		return;
	default:
		sim_lock_press_key(lock);
		return;
	}
}

static void trouble_stick(void)
{
	const struct sim_stick_kind *stick = house.stick.kind;
	void *self = house.stick.self;
	static const struct {
		enum sim_fault fault;
		int count, arg;
	} faults[] = { { SIM_NO_SRSP, 1, 0 }, { SIM_BAD_FCS, 2, 0 }, { SIM_GARBAGE, 20, 0 },
		{ SIM_LOST_CONFIRM, 2, 0 }, { SIM_CONFIRM_STATUS, 3, 0xE9 },
		{ SIM_SRSP_STATUS, 2, 0x11 }, { SIM_DUPLICATE, 30, 0 } };
	size_t i = dice(ARRAY_SIZE(faults) + 3);
	msec now = loop_now(house.loop);

	if (i < ARRAY_SIZE(faults)) {
		stick->fault(self, faults[i].fault, faults[i].count, faults[i].arg);
		return;
	}
	if (h.last_reset && now - h.last_reset < RESET_GAP)
		return;
	h.last_reset = now;
	if (i == ARRAY_SIZE(faults)) {
		stick->reset(self);
	} else if (i == ARRAY_SIZE(faults) + 1) {
		stick->unplug(self, true);
		house_run(dice(30000));
		stick->unplug(self, false);
	} else {
		kill_service();
	}
}

/* --- what must always be true --- */

static struct sim_lock_state state_of(size_t i)
{
	struct sim_lock_state state;

	sim_lock_state(house.locks[i], &state);
	return state;
}

static const char *describe(const struct job *job)
{
	static char text[400];

	(void)snprintf(text, sizeof text, "seed %u: job %d of %s is %s/%s (%s) %s", h.seed,
		(int)job->id, job->lock, job_phase_name(job->phase),
		job_wait_name(job->waiting_for), job->error.reason, job->summary);
	return text;
}

/* DECISIONS: the target or above it. */
static void check_success(size_t i, const struct job *job)
{
	cr_assert(ge(u32, job->verified_version, HOUSE_NEW), "%s", describe(job));
	cr_assert(eq(u32, state_of(i).version, job->verified_version), "%s", describe(job));
}

/* A job on disk is over, at work, or waits for something that has a name; and has succeeded only if
 * the lock runs the new version. */
static void check_jobs(void)
{
	for (size_t i = 0; i < LOCKS; i++) {
		struct job job;

		if (!h.doors[i].last)
			continue;
		job = house_job(h.doors[i].last);
		cr_assert(eq(int, job.phase == JOB_WAITING, job.waiting_for != WAIT_NOTHING), "%s",
			describe(&job));
		if (job.phase == JOB_SUCCEEDED)
			check_success(i, &job);
		if (job.phase == JOB_FAILED)
			cr_assert(job.outcome[0] && job.summary[0], "%s", describe(&job));
	}
}

/* --- a life --- */

static void build(uint32_t seed)
{
	static const enum sim_client clients[] = { SIM_SILABS, SIM_TI, SIM_TELINK };
	static const enum sim_install installs[] = { SIM_INSTALLS, SIM_INSTALLS, SIM_INSTALLS,
		SIM_INSTALLS, SIM_KEEPS_OLD, SIM_NEVER_RETURNS, SIM_REJECTS_IMAGE,
		SIM_OTHER_VERSION };
	static const enum sim_znp_stack stacks[] = { SIM_ZSTACK_12, SIM_ZSTACK_30X,
		SIM_ZSTACK_3X0 };

	memset(&h, 0, sizeof h);
	h.seed = seed;
	h.random = seed * 2654435761U + 99;
	house_begin(&(struct house_options){ .radio_timing = true,
		.seed = seed + 1,
		.loss = dice(10) / 100.0,
		.ezsp = seed % 3 == 2 ? (uint8_t)(4 + dice(16)) : 0,
		.stack = stacks[dice(3)] });
	for (size_t i = 0; i < LOCKS; i++) {
		bool naps = dice(4) == 0;

		h.doors[i].install = installs[dice(ARRAY_SIZE(installs))];
		house_add((struct sim_lock_options){ .client = clients[dice(3)],
			.install = h.doors[i].install,
			.parent = dice(2) ? 0x1112131415161718 : 0,
			.awake_ms = naps ? 20000 : 0,
			.asleep_ms = naps ? 10000 : 0,
			.page_requests = dice(4) == 0,
			.rejoins_elsewhere = dice(3) == 0,
			.check_in_ms = dice(2) ? 300000 : 0 });
	}
	start_service();
}

static void live(void)
{
	msec until = loop_now(house.loop) + 4 * HOUR;

	while (loop_now(house.loop) < until) {
		house_run(dice(120000));
		switch (dice(3)) {
		case 0:
			user(dice(LOCKS));
			break;
		case 1:
			trouble_lock(dice(LOCKS));
			break;
		default:
			trouble_stick();
			break;
		}
		check_jobs();
	}
}

/* Everybody leaves the house in peace and does what it asks for. */
static void calm_down(void)
{
	const struct sim_stick_kind *stick = house.stick.kind;
	void *self = house.stick.self;
	struct lock_patch none = { .min_battery_percent = 0,
		.policy_parts = POLICY_WINDOW | POLICY_AUTO_UPDATE | POLICY_ATTEMPTS };

	for (int i = 0; i < SIM_FAULTS; i++)
		stick->fault(self, (enum sim_fault)i, 0, 0);
	stick->unplug(self, false);
	engine_pause(house.engine, false, ignore_pause, NULL);
	for (size_t i = 0; i < LOCKS; i++) {
		sim_lock_set_battery(house.locks[i], 200);
		engine_put_lock(house.engine, house_name(i), &none, false, ignore_lock, NULL);
	}
	house_run(2 * HOUR); /* the stick's bad hour is forgotten */
}

static void finish(size_t i)
{
	struct job job;

	for (unsigned hours = 0; hours < 10 * 24; hours++) {
		if (h.doors[i].last)
			job = house_job(h.doors[i].last);
		if (!h.doors[i].last || job_is_over(job.phase))
			return;
		if (hours % 3 == 0)
			sim_lock_press_key(house.locks[i]);
		house_run(HOUR);
	}
	cr_assert(eq(int, job.phase, JOB_WAITING), "%s", describe(&job));
	cr_fail("a job that nothing stands in the way of does not end: %s", describe(&job));
}

/* What an end says is what the lock runs. */
static void check_end(size_t i)
{
	struct sim_lock_state state = state_of(i);
	struct job job;

	if (!h.doors[i].last)
		return;
	job = house_job(h.doors[i].last);
	cr_assert(job_is_over(job.phase), "%s", describe(&job));
	if (job.phase == JOB_SUCCEEDED)
		check_success(i, &job);
	if (job.phase == JOB_SUCCEEDED && state.received_size)
		cr_assert(eq(int, memcmp(state.received, house_image(), state.received_size), 0),
			"%s", describe(&job));
	if (h.doors[i].install != SIM_INSTALLS && h.doors[i].install != SIM_OTHER_VERSION)
		cr_assert(ne(int, job.phase, JOB_SUCCEEDED), "%s", describe(&job));
	/* The other way round; what was cancelled may have been installed all the same. */
	if (state.version >= HOUSE_NEW && job.phase == JOB_FAILED &&
		strcmp(job.outcome, "downgrade_not_allowed") != 0) /* above the target before */
		cr_fail("%s, but the lock runs the new version", describe(&job));
}

static void one_life(uint32_t seed)
{
	struct sim_stick_stats stats;

	build(seed);
	live();
	calm_down();
	for (size_t i = 0; i < LOCKS; i++)
		finish(i);
	for (size_t i = 0; i < LOCKS; i++)
		check_end(i);
	house.stick.kind->stats(house.stick.self, &stats);
	cr_assert(eq(u32, stats.forbidden, 0), "seed %u: %s", seed, stats.last_forbidden);
	cr_assert(eq(u32, stats.lock_commands, 0));
	house_end();
}

Test(engine_life, a_job_ends_or_waits_for_a_named_thing_and_success_is_the_new_version,
	.timeout = 600)
{
	const char *only = getenv("LOCKWRIGHT_TEST_SEED");

	if (only) {
		one_life((uint32_t)strtoul(only, NULL, 10));
		return;
	}
	for (uint32_t seed = 0; seed < SEEDS; seed++)
		one_life(seed);
}
