#include "server/base/text.h"
#include "tests/ota/session_bench.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <string.h>

TestSuite(session, .init = session_setup);

Test(session, start_checks_then_orders)
{
	step(SESSION_START);
	session_is(JOB_WAITING, WAIT_WAKE);
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
		session_setup();
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
	session_is(JOB_FAILED, WAIT_NOTHING);
	cr_assert(eq(str, s.job.outcome, "image_type_mismatch"));
	cr_assert(eq(str, (char *)did(SESSION_PROBLEM)->code, "image_type_mismatch"));
	cr_assert(eq(ptr, (void *)did(SESSION_ORDER), NULL));
}

Test(session, window_opens_by_the_clock)
{
	s.job.not_before = w.wall + 10 * MINUTE;
	step(SESSION_START);
	session_is(JOB_WAITING, WAIT_WINDOW);
	cr_assert(eq(u64, s.deadline, w.now + MINUTE)); /* the clock may be set meanwhile */
	pass(9 * MINUTE + 30 * SECOND);
	step(SESSION_TICK);
	session_is(JOB_WAITING, WAIT_WINDOW);
	cr_assert(eq(u64, s.deadline, w.now + 30 * SECOND));
	pass(30 * SECOND);
	step(SESSION_TICK);
	session_is(JOB_WAITING, WAIT_WAKE);
}

Test(session, unknown_battery_is_read_three_times_then_asked)
{
	lock.battery = (struct lock_battery){ .half_percent = -1, .decivolt = -1 };
	step(SESSION_START);
	session_is(JOB_WAITING, WAIT_WAKE);
	for (int i = 0; i < 3; i++) {
		pass(MINUTE);
		seen(&(struct lock_seen){ .awake = true });
		cr_assert(ne(ptr, (void *)did(SESSION_READ), NULL), "try %d", i);
		cr_assert(eq(ptr, (void *)did(SESSION_ORDER), NULL));
	}
	pass(20 * SECOND);
	step(SESSION_TICK);
	session_is(JOB_WAITING, WAIT_USER);
	cr_assert(eq(str, s.job.error.reason, "battery_unknown"));
	text_copy(s.job.force[s.job.n_force++], FINDING_CODE_SIZE, "battery_unknown");
	step(SESSION_USER);
	session_is(JOB_WAITING, WAIT_WAKE);
	cr_assert(did(SESSION_ORDER)->notify);
}

Test(session, order_is_withdrawn_when_its_facts_grow_old)
{
	step(SESSION_START);
	cr_assert(s.ordered);
	pass(s.deadline - w.now);
	step(SESSION_TICK);
	session_is(JOB_WAITING, WAIT_WAKE);
	cr_assert(ne(ptr, (void *)did(SESSION_WITHDRAW), NULL));
	reads(180, LOCK_LOCKED);
	cr_assert(did(SESSION_ORDER)->notify);
}

Test(session, order_is_withdrawn_when_the_battery_falls)
{
	step(SESSION_START);
	reads(40, LOCK_LOCKED);
	session_is(JOB_WAITING, WAIT_BATTERY);
	cr_assert(ne(ptr, (void *)did(SESSION_WITHDRAW), NULL));
}
