#include "ota/session.h"

#include "server/base/text.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <string.h>

/* Transitions without loop, store or adapter: a world is set up, a step is made, actions come. */

enum { OLD = 0x11040000, NEW = 0x11070000, SECOND = 1000, MINUTE = 60 * SECOND };

static struct lock lock;
static struct image image;
static struct check check;
static struct session s;
static struct session_world w;

static void look(void)
{
	struct check_input in = { .lock = &lock,
		.image = &image,
		.job = &s.job,
		.adapter = w.adapter,
		.wall = w.wall,
		.clock_plausible = true };

	check_run(&check, &in);
}

static void step(enum session_input_kind kind)
{
	look();
	session_step(&s, &w, &(struct session_input){ .kind = kind });
}

static void pass(msec ms)
{
	w.now += ms;
	w.wall += (int64_t)ms;
}

static void report(enum update_step what, uint64_t offset)
{
	struct update_report r = {
		.step = what, .offset = offset, .block_size = 50, .delay_s = 5, .status = -1
	};

	look();
	session_step(&s, &w, &(struct session_input){ .kind = SESSION_REPORT, .report = &r });
}

static void ended(const char *space, int32_t status, const char *reason)
{
	struct update_report r = { .step = UPDATE_ENDED, .status = status, .space = space };

	if (reason)
		err_because(&r.error, ERR_REFUSED, reason, "because");
	look();
	session_step(&s, &w, &(struct session_input){ .kind = SESSION_REPORT, .report = &r });
}

static void seen(const struct lock_seen *seen)
{
	look();
	session_step(&s, &w, &(struct session_input){ .kind = SESSION_SEEN, .seen = seen });
}

static void says(uint32_t version, bool announced)
{
	lock.facts.version = version;
	lock.facts.version_source = VERSION_QUERY;
	lock.version_at = w.wall;
	seen(&(struct lock_seen){ .awake = true,
		.announced = announced,
		.facts = { .known = FACT_VERSION,
			.version = version,
			.version_source = VERSION_QUERY } });
}

static void reads(int half_percent, int state)
{
	lock.battery.half_percent = (int16_t)half_percent;
	lock.facts.lock_state = (int8_t)state;
	lock.battery.at = lock.lock_state_at = w.wall;
	seen(&(struct lock_seen){
		.awake = true, .facts = { .known = FACT_BATTERY | FACT_LOCK_STATE } });
}

static const struct session_action *did(enum session_do what)
{
	for (size_t i = 0; i < s.n_actions; i++)
		if (s.actions[i].what == what)
			return &s.actions[i];
	return NULL;
}

static void is(enum job_phase phase, enum job_wait wait)
{
	cr_assert(eq(str, (char *)job_phase_name(s.job.phase), (char *)job_phase_name(phase)));
	cr_assert(eq(str, (char *)job_wait_name(s.job.waiting_for), (char *)job_wait_name(wait)));
}

static void setup(void)
{
	struct job job = { .id = 7, .phase = JOB_QUEUED, .to_version = NEW, .bytes_total = 1000 };

	w = (struct session_world){ .lock = &lock,
		.check = &check,
		.adapter = ADAPTER_UP,
		.capabilities = ADAPTER_TRANSFERS | ADAPTER_READS,
		.slot_free = true,
		.image = SESSION_IMAGE_READY,
		.give_up_after_s = 604800,
		.upgrade_delay_s = 5,
		.now = 1000,
		.wall = 1780272000000 };
	image = (struct image){ .file_version = NEW, .size = 1000 };
	lock = (struct lock){ .facts = { .known = FACT_VERSION | FACT_IMAGE_KEY | FACT_MODEL,
				      .version = OLD,
				      .version_source = VERSION_QUERY,
				      .lock_state = LOCK_LOCKED },
		.version_at = w.wall,
		.lock_state_at = w.wall,
		.battery = { .half_percent = 180, .decivolt = -1, .at = w.wall } };
	job.from_version = OLD;
	job.from_known = true;
	session_init(&s, &job);
}

TestSuite(session, .init = setup);

/* The way to the phases that tests begin in. */
static void transferring(void)
{
	step(SESSION_START);
	report(UPDATE_OFFERED, 0);
	report(UPDATE_PROGRESS, 400);
	is(JOB_TRANSFERRING, WAIT_NOTHING);
}

static void applying(void)
{
	transferring();
	report(UPDATE_DOWNLOADED, 1000);
	reads(170, LOCK_LOCKED);
	report(UPDATE_APPLYING, 0);
	is(JOB_APPLYING, WAIT_NOTHING);
}

Test(session, start_checks_then_orders)
{
	step(SESSION_START);
	is(JOB_WAITING, WAIT_WAKE);
	cr_assert(did(SESSION_ORDER)->with_data);
	cr_assert(not(did(SESSION_ORDER)->notify), "nobody said that the lock is awake");
}

Test(session, image_is_loaded_before_it_is_offered)
{
	w.image = SESSION_IMAGE_ABSENT;
	step(SESSION_START);
	cr_assert(ne(ptr, (void *)did(SESSION_LOAD), NULL));
	cr_assert(eq(ptr, (void *)did(SESSION_ORDER), NULL));
	w.image = SESSION_IMAGE_READY;
	step(SESSION_CHANGED);
	cr_assert(did(SESSION_ORDER)->with_data);
}

Test(session, where_a_start_leads)
{
	static const struct {
		const char *name;
		int half_percent, state;
		bool alarm;
		enum adapter_state adapter;
		uint32_t version, to;
		enum job_phase phase;
		enum job_wait wait;
		const char *reason;
	} rows[] = {
		{ "well", 180, 1, false, ADAPTER_UP, OLD, NEW, JOB_WAITING, WAIT_WAKE, "" },
		{ "low", 60, 1, false, ADAPTER_UP, OLD, NEW, JOB_WAITING, WAIT_BATTERY,
			"battery_low" },
		{ "alarm", 180, 1, true, ADAPTER_UP, OLD, NEW, JOB_WAITING, WAIT_BATTERY,
			"battery_alarm" },
		{ "jammed", 180, 0, false, ADAPTER_UP, OLD, NEW, JOB_WAITING, WAIT_USER,
			"lock_state_busy" },
		{ "down", 180, 1, false, ADAPTER_STARTING, OLD, NEW, JOB_WAITING, WAIT_ADAPTER,
			"adapter_down" },
		{ "refused", 60, 1, false, ADAPTER_REFUSED, OLD, NEW, JOB_WAITING, WAIT_ADAPTER,
			"adapter_down" },
		{ "older", 180, 1, false, ADAPTER_UP, NEW + 1, NEW, JOB_FAILED, WAIT_NOTHING,
			"downgrade_not_allowed" },
		{ "there", 180, 1, false, ADAPTER_UP, NEW, NEW, JOB_SUCCEEDED, WAIT_NOTHING, "" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		setup();
		lock.battery.half_percent = (int16_t)rows[i].half_percent;
		lock.battery.alarm = rows[i].alarm;
		lock.facts.lock_state = (int8_t)rows[i].state;
		lock.facts.version = rows[i].version;
		w.adapter = rows[i].adapter;
		step(SESSION_START);
		cr_assert(eq(int, s.job.phase, rows[i].phase), "%s", rows[i].name);
		cr_assert(eq(int, s.job.waiting_for, rows[i].wait), "%s", rows[i].name);
		cr_assert(eq(str, s.job.error.reason, (char *)rows[i].reason), "%s", rows[i].name);
	}
}

Test(session, foreign_image_fails_with_its_code)
{
	image.image_type = 9;
	step(SESSION_START);
	is(JOB_FAILED, WAIT_NOTHING);
	cr_assert(eq(str, s.job.outcome, "image_type_mismatch"));
	cr_assert(eq(str, (char *)did(SESSION_PROBLEM)->code, "image_type_mismatch"));
	cr_assert(eq(ptr, (void *)did(SESSION_ORDER), NULL));
}

Test(session, window_opens_by_the_clock)
{
	s.job.not_before = w.wall + 10 * MINUTE;
	step(SESSION_START);
	is(JOB_WAITING, WAIT_WINDOW);
	cr_assert(eq(u64, s.deadline, w.now + 10 * MINUTE));
	pass(10 * MINUTE);
	step(SESSION_TICK);
	is(JOB_WAITING, WAIT_WAKE);
}

Test(session, unknown_battery_is_read_three_times_then_asked)
{
	lock.battery = (struct lock_battery){ .half_percent = -1, .decivolt = -1 };
	step(SESSION_START);
	is(JOB_WAITING, WAIT_WAKE);
	for (int i = 0; i < 3; i++) {
		pass(MINUTE);
		seen(&(struct lock_seen){ .awake = true });
		cr_assert(ne(ptr, (void *)did(SESSION_READ), NULL), "try %d", i);
		cr_assert(eq(ptr, (void *)did(SESSION_ORDER), NULL));
	}
	pass(20 * SECOND);
	step(SESSION_TICK);
	is(JOB_WAITING, WAIT_USER);
	cr_assert(eq(str, s.job.error.reason, "battery_unknown"));
	text_copy(s.job.force[s.job.n_force++], FINDING_CODE_SIZE, "battery_unknown");
	step(SESSION_USER);
	is(JOB_WAITING, WAIT_WAKE);
	cr_assert(did(SESSION_ORDER)->notify);
}

Test(session, order_is_withdrawn_when_its_facts_grow_old)
{
	step(SESSION_START);
	cr_assert(s.ordered);
	pass(s.deadline - w.now);
	step(SESSION_TICK);
	is(JOB_WAITING, WAIT_WAKE);
	cr_assert(ne(ptr, (void *)did(SESSION_WITHDRAW), NULL));
	reads(180, LOCK_LOCKED);
	cr_assert(did(SESSION_ORDER)->notify);
}

Test(session, order_is_withdrawn_when_the_battery_falls)
{
	step(SESSION_START);
	reads(40, LOCK_LOCKED);
	is(JOB_WAITING, WAIT_BATTERY);
	cr_assert(ne(ptr, (void *)did(SESSION_WITHDRAW), NULL));
}

Test(session, stall_time_depends_on_sleep)
{
	transferring();
	cr_assert(eq(u64, s.deadline, w.now + 2 * MINUTE));
	setup();
	lock.facts.sleepy = true;
	transferring();
	cr_assert(eq(u64, s.deadline, w.now + 5 * MINUTE));
}

Test(session, low_battery_in_mid_transfer_warns_once_and_goes_on)
{
	transferring();
	reads(40, LOCK_LOCKED);
	cr_assert(eq(str, (char *)did(SESSION_NOTE)->code, "battery_low"));
	reads(38, LOCK_LOCKED);
	cr_assert(eq(ptr, (void *)did(SESSION_NOTE), NULL));
	is(JOB_TRANSFERRING, WAIT_NOTHING);
}

Test(session, percent_never_falls_within_an_attempt)
{
	transferring();
	report(UPDATE_PROGRESS, 0);
	cr_assert(eq(u64, s.job.bytes_done, 0));
	cr_assert(eq(u64, s.job.bytes_peak, 400));
}

Test(session, gate_reads_and_decides)
{
	static const struct {
		int half_percent, state;
		bool hold;
	} rows[] = { { 170, LOCK_LOCKED, false }, { 170, LOCK_UNLOCKED, false },
		{ 170, LOCK_NOT_FULLY_LOCKED, true }, { 170, LOCK_UNKNOWN, true },
		{ 90, LOCK_LOCKED, true } };

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		setup();
		transferring();
		pass(MINUTE);
		report(UPDATE_DOWNLOADED, 1000);
		cr_assert(eq(u32, did(SESSION_READ)->reads, READ_BATTERY | READ_LOCK_STATE));
		cr_assert(eq(ptr, (void *)did(SESSION_FINISH), NULL));
		reads(rows[i].half_percent, rows[i].state);
		cr_assert(eq(u32, did(SESSION_FINISH)->delay_s, rows[i].hold ? UINT32_MAX : 5));
		cr_assert(eq(int, s.job.end_response_sent, !rows[i].hold));
	}
}

Test(session, gate_goes_by_known_facts_when_the_read_is_silent)
{
	transferring();
	pass(MINUTE);
	report(UPDATE_DOWNLOADED, 1000);
	cr_assert(le(u64, s.deadline, w.now + 1500));
	pass(s.deadline - w.now);
	step(SESSION_TICK);
	cr_assert(eq(u32, did(SESSION_FINISH)->delay_s, 5));
}

Test(session, gate_decides_at_once_when_the_adapter_has_just_read)
{
	transferring();
	pass(MINUTE);
	reads(170, LOCK_LOCKED);
	report(UPDATE_DOWNLOADED, 1000);
	cr_assert(eq(ptr, (void *)did(SESSION_READ), NULL));
	cr_assert(eq(u32, did(SESSION_FINISH)->delay_s, 5));
}

Test(session, sag_is_told)
{
	transferring();
	pass(MINUTE);
	report(UPDATE_DOWNLOADED, 1000);
	reads(130, LOCK_LOCKED);
	cr_assert(eq(str, (char *)did(SESSION_NOTE)->code, "battery_sag"));
	cr_assert(eq(i16, s.job.battery_before, 180));
	cr_assert(eq(i16, s.job.battery_after, 130));
}

Test(session, how_an_end_by_the_lock_is_taken)
{
	static const struct {
		const char *space;
		int32_t status;
		const char *reason, *outcome; /* outcome NULL: another attempt */
	} rows[] = {
		{ "ota_end", 0x96, NULL, "invalid_image" },
		{ "zcl", 0x89, NULL, "insufficient_space" },
		{ "ota_end", 0x99, NULL, "require_more_image" },
		{ "ota_end", 0x95, NULL, NULL },
		{ "ota_end", 0x86, NULL, NULL },
		{ NULL, -1, "block_loop", NULL },
		{ NULL, -1, NULL, NULL },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		setup();
		transferring();
		ended(rows[i].space, rows[i].status, rows[i].reason);
		if (rows[i].outcome)
			cr_assert(eq(str, s.job.outcome, (char *)rows[i].outcome));
		else
			is(JOB_WAITING, WAIT_BACKOFF);
	}
}

Test(session, attempts_and_their_back_offs_are_bounded)
{
	static const msec wait[] = { 10 * MINUTE, 60 * MINUTE, 360 * MINUTE };

	transferring();
	for (size_t i = 0; i < 3; i++) {
		ended("ota_end", 0x95, NULL);
		is(JOB_WAITING, WAIT_BACKOFF);
		cr_assert(eq(u32, s.job.attempt, i + 2));
		cr_assert(eq(u64, s.job.bytes_peak, 0));
		pass(wait[i] - 1);
		step(SESSION_TICK);
		is(JOB_WAITING, WAIT_BACKOFF);
		pass(1);
		step(SESSION_TICK);
		is(JOB_WAITING, WAIT_WAKE);
		report(UPDATE_OFFERED, 0);
	}
	ended("ota_end", 0x95, NULL);
	is(JOB_FAILED, WAIT_NOTHING);
	cr_assert(eq(str, s.job.outcome, "aborted_by_lock"));
}

Test(session, what_a_version_means_after_applying)
{
	static const struct {
		uint32_t version;
		enum job_phase phase;
		const char *outcome;
		bool moved;
	} rows[] = { { NEW, JOB_SUCCEEDED, "updated", false },
		{ NEW + 1, JOB_SUCCEEDED, "updated", true }, { OLD, JOB_VERIFYING, "", false },
		{ OLD + 1, JOB_FAILED, "version_unexpected", false },
		{ OLD - 1, JOB_FAILED, "version_unexpected", false } };

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		setup();
		applying();
		pass(20 * SECOND);
		seen(&(struct lock_seen){ .awake = true, .announced = true });
		is(JOB_VERIFYING, WAIT_NOTHING);
		cr_assert(eq(u32, did(SESSION_READ)->reads, READ_VERSION));
		says(rows[i].version, false);
		is(rows[i].phase, WAIT_NOTHING);
		cr_assert(eq(str, s.job.outcome, (char *)rows[i].outcome));
		cr_assert(eq(int, s.job.target_moved, rows[i].moved));
	}
}

Test(session, reinstall_is_proven_only_after_the_return)
{
	s.job.from_version = lock.facts.version = NEW;
	s.job.reinstall = true;
	applying();
	says(NEW, false);
	is(JOB_APPLYING, WAIT_NOTHING);
	pass(20 * SECOND);
	says(NEW, true);
	is(JOB_SUCCEEDED, WAIT_NOTHING);
}

Test(session, old_version_before_the_restart_proves_nothing)
{
	applying();
	says(OLD, false);
	pass(10 * SECOND);
	says(OLD, false);
	cr_assert(eq(u32, s.job.version_reads, 0));
	is(JOB_APPLYING, WAIT_NOTHING);
}

Test(session, nothing_read_in_a_day_is_unverified)
{
	applying();
	pass(20 * SECOND);
	seen(&(struct lock_seen){ .awake = true, .announced = true });
	pass(SESSION_DAY_MS);
	step(SESSION_TICK);
	cr_assert(eq(str, s.job.outcome, "unverified"));
}

Test(session, end_request_again_is_answered_again)
{
	applying();
	report(UPDATE_DOWNLOADED, 1000);
	cr_assert(eq(u32, did(SESSION_FINISH)->delay_s, 5));
	is(JOB_APPLYING, WAIT_NOTHING);
}

Test(session, when_cancel_is_too_late)
{
	struct err e;

	transferring();
	look();
	cr_assert(eq(int, session_cancel(&s, &w, &e), OK));
	is(JOB_CANCELLED, WAIT_NOTHING);
	cr_assert(eq(i64, did(SESSION_WITHDRAW)->abort_until, w.wall + SESSION_DAY_MS));
	setup();
	transferring();
	pass(MINUTE);
	report(UPDATE_DOWNLOADED, 1000);
	reads(170, LOCK_LOCKED);
	cr_assert(eq(int, session_cancel(&s, &w, &e), ERR_CONFLICT), "End Response is on its way");
	cr_assert(eq(str, e.reason, "too_late"));
}

Test(session, slot_is_waited_for_with_an_empty_order)
{
	step(SESSION_START);
	w.slot_free = false;
	report(UPDATE_OFFERED, 0);
	is(JOB_WAITING, WAIT_SLOT);
	cr_assert(not(did(SESSION_ORDER)->with_data));
	w.slot_free = true;
	step(SESSION_CHANGED);
	is(JOB_WAITING, WAIT_WAKE);
	cr_assert(did(SESSION_ORDER)->with_data);
	cr_assert(session_holds_slot(&s, w.now));
	cr_assert(not(session_holds_slot(&s, w.now + MINUTE)));
}

Test(session, refused_order_is_placed_again)
{
	step(SESSION_START);
	session_order_refused(&s, w.now);
	pass(31 * SECOND);
	step(SESSION_TICK);
	cr_assert(did(SESSION_ORDER)->with_data);
}

/* Whatever comes in whatever order: edges of the table only, a deadline in the future, an end. */
Test(session, random_courses_keep_the_rules, .timeout = 60)
{
	uint32_t seed = 12345;

	for (int run = 0; run < 3000; run++) {
		setup();
		step(SESSION_START);
		for (int i = 0; i < 60 && !job_is_over(s.job.phase); i++) {
			uint32_t r = (seed = seed * 1664525u + 1013904223u) >> 16;

			pass(r % 7 == 0 ? 3600 * SECOND : r % 3000);
			w.adapter = r % 11 == 0 ? ADAPTER_STARTING : ADAPTER_UP;
			w.slot_free = r % 5 != 0;
			w.image = r % 13 == 0 ? SESSION_IMAGE_MISSING : SESSION_IMAGE_READY;
			if (r % 4 == 0)
				report((enum update_step)(r / 4 % 5), r % 1200);
			else if (r % 17 == 1)
				ended("ota_end", r % 2 ? 0x95 : 0x86, NULL);
			else if (r % 4 == 1)
				reads((int)(r % 201), (int)(r % 4) - 1);
			else if (r % 4 == 2)
				says(r % 3 ? OLD : NEW, r % 8 == 0);
			else
				step(r % 9 == 0 ? SESSION_USER : SESSION_TICK);
			cr_assert(s.deadline == 0 || s.deadline > w.now);
			cr_assert(le(u64, s.job.bytes_done, s.job.bytes_total));
			if (s.job.phase == JOB_SUCCEEDED)
				cr_assert(s.job.verified_known);
			if (s.job.phase == JOB_WAITING)
				cr_assert(ne(int, s.job.waiting_for, WAIT_NOTHING));
			if (!job_is_over(s.job.phase))
				cr_assert(ne(u64, s.deadline, 0), "phase %d wait %d", s.job.phase,
					s.job.waiting_for);
		}
	}
}
