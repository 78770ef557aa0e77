#include "server/base/text.h"
#include "tests/ota/session_bench.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <string.h>

TestSuite(session_transfer, .init = session_setup);

Test(session_transfer, stall_time_depends_on_sleep)
{
	transferring();
	cr_assert(eq(u64, s.deadline, w.now + 2 * MINUTE));
	session_setup();
	lock.facts.sleepy = true;
	transferring();
	cr_assert(eq(u64, s.deadline, w.now + 5 * MINUTE));
}

Test(session_transfer, low_battery_in_mid_transfer_warns_once_and_goes_on)
{
	transferring();
	reads(40, LOCK_LOCKED);
	cr_assert(eq(str, (char *)did(SESSION_NOTE)->code, "battery_low"));
	reads(38, LOCK_LOCKED);
	cr_assert(eq(ptr, (void *)did(SESSION_NOTE), NULL));
	session_is(JOB_TRANSFERRING, WAIT_NOTHING);
}

Test(session_transfer, percent_never_falls_within_an_attempt)
{
	transferring();
	report(UPDATE_PROGRESS, 0);
	cr_assert(eq(u64, s.job.bytes_done, 0));
	cr_assert(eq(u64, s.job.bytes_peak, 400));
}

Test(session_transfer, gate_reads_and_decides)
{
	static const struct {
		int half_percent, state;
		bool hold;
	} rows[] = { { 170, LOCK_LOCKED, false }, { 170, LOCK_UNLOCKED, false },
		{ 170, LOCK_NOT_FULLY_LOCKED, true }, { 170, LOCK_UNKNOWN, true },
		{ 90, LOCK_LOCKED, true } };

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		session_setup();
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

Test(session_transfer, gate_goes_by_known_facts_when_the_read_is_silent)
{
	transferring();
	pass(MINUTE);
	report(UPDATE_DOWNLOADED, 1000);
	cr_assert(le(u64, s.deadline, w.now + 1500));
	pass(s.deadline - w.now);
	step(SESSION_TICK);
	cr_assert(eq(u32, did(SESSION_FINISH)->delay_s, 5));
}

Test(session_transfer, gate_decides_at_once_when_the_adapter_has_just_read)
{
	transferring();
	pass(MINUTE);
	reads(170, LOCK_LOCKED);
	report(UPDATE_DOWNLOADED, 1000);
	cr_assert(eq(ptr, (void *)did(SESSION_READ), NULL));
	cr_assert(eq(u32, did(SESSION_FINISH)->delay_s, 5));
}

Test(session_transfer, sag_is_told)
{
	transferring();
	pass(MINUTE);
	report(UPDATE_DOWNLOADED, 1000);
	reads(130, LOCK_LOCKED);
	cr_assert(eq(str, (char *)did(SESSION_NOTE)->code, "battery_sag"));
	cr_assert(eq(i16, s.job.battery_before, 180));
	cr_assert(eq(i16, s.job.battery_after, 130));
}

Test(session_transfer, how_an_end_by_the_lock_is_taken)
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
		session_setup();
		transferring();
		ended(rows[i].space, rows[i].status, rows[i].reason);
		if (rows[i].outcome)
			cr_assert(eq(str, s.job.outcome, (char *)rows[i].outcome));
		else
			session_is(JOB_WAITING, WAIT_BACKOFF);
	}
}

Test(session_transfer, attempts_and_their_back_offs_are_bounded)
{
	static const msec wait[] = { 10 * MINUTE, 60 * MINUTE, 360 * MINUTE };

	transferring();
	for (size_t i = 0; i < 3; i++) {
		ended("ota_end", 0x95, NULL);
		session_is(JOB_WAITING, WAIT_BACKOFF);
		cr_assert(eq(u32, s.job.attempt, i + 2));
		cr_assert(eq(u64, s.job.bytes_peak, 0));
		pass(wait[i] - 1);
		step(SESSION_TICK);
		session_is(JOB_WAITING, WAIT_BACKOFF);
		pass(1);
		step(SESSION_TICK);
		session_is(JOB_WAITING, WAIT_WAKE);
		report(UPDATE_OFFERED, 0);
	}
	ended("ota_end", 0x95, NULL);
	session_is(JOB_FAILED, WAIT_NOTHING);
	cr_assert(eq(str, s.job.outcome, "aborted_by_lock"));
}

/* Flash and checksum failures: once more with fresh batteries, then the manufacturer. */
Test(session_transfer, what_may_be_a_worn_lock_is_tried_once_more_and_escalated)
{
	static const int32_t statuses[] = { 0xE4, 0x86 };

	for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++) {
		session_setup();
		transferring();
		ended("ota_end", statuses[i], NULL);
		session_is(JOB_WAITING, WAIT_BACKOFF);
		pass(10 * MINUTE);
		step(SESSION_TICK);
		report(UPDATE_OFFERED, 0);
		ended("ota_end", statuses[i], NULL);
		session_is(JOB_FAILED, WAIT_NOTHING);
		cr_assert(strstr(s.job.summary, "The lock works; it runs 17.4.0.0.") != NULL, "%s",
			s.job.summary);
	}
}

Test(session_transfer, a_boot_loop_after_installing_is_told)
{
	applying();
	for (int i = 0; i < 6; i++) {
		pass(20 * SECOND);
		seen(&(struct lock_seen){ .awake = true, .announced = true });
	}
	session_is(JOB_FAILED, WAIT_NOTHING);
	cr_assert(eq(str, s.job.outcome, "boot_loop"));
}

Test(session_transfer, an_unstable_link_holds_the_end_until_the_lock_answers)
{
	struct update_report r = { .step = UPDATE_PROGRESS, .block_size = 5, .status = -1 };

	step(SESSION_START);
	report(UPDATE_OFFERED, 0);
	for (int i = 1; i <= 200; i++) {
		r.offset = (uint64_t)i * 5;
		r.repeats = (uint32_t)i / 8;
		session_step(
			&s, &w, &(struct session_input){ .kind = SESSION_REPORT, .report = &r });
	}
	pass(MINUTE);
	report(UPDATE_DOWNLOADED, 1000);
	pass(SECOND);
	step(SESSION_TICK);
	session_is(JOB_WAITING, WAIT_HOLD);
	cr_assert(eq(str, s.job.error.reason, "link_unstable"));
	pass(MINUTE);
	reads(170, LOCK_LOCKED);
	cr_assert(eq(u32, did(SESSION_FINISH)->delay_s, 5));
}

Test(session_transfer, an_unstable_link_is_given_two_minutes_to_calm_down)
{
	struct update_report r = { .step = UPDATE_PROGRESS, .block_size = 5, .status = -1 };

	step(SESSION_START);
	report(UPDATE_OFFERED, 0);
	for (int i = 1; i <= 200; i++) {
		r.offset = (uint64_t)i * 5;
		r.repeats = (uint32_t)i;
		session_step(
			&s, &w, &(struct session_input){ .kind = SESSION_REPORT, .report = &r });
	}
	pass(MINUTE);
	report(UPDATE_DOWNLOADED, 1000);
	pass(SECOND);
	step(SESSION_TICK);
	session_is(JOB_WAITING, WAIT_HOLD);
	cr_assert(eq(i64, s.next_at, w.wall - SECOND + 2 * MINUTE));
	pass(2 * MINUTE);
	step(SESSION_TICK);
	cr_assert(eq(u32, did(SESSION_FINISH)->delay_s, 5));
}

Test(session_transfer, what_a_version_means_after_applying)
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
		session_setup();
		applying();
		pass(20 * SECOND);
		seen(&(struct lock_seen){ .awake = true, .announced = true });
		session_is(JOB_VERIFYING, WAIT_NOTHING);
		cr_assert(eq(u32, did(SESSION_READ)->reads, READ_VERSION));
		says(rows[i].version, false);
		session_is(rows[i].phase, WAIT_NOTHING);
		cr_assert(eq(str, s.job.outcome, (char *)rows[i].outcome));
		cr_assert(eq(int, s.job.target_moved, rows[i].moved));
	}
}

Test(session_transfer, an_older_version_is_what_it_ran_before_when_nobody_knew_that)
{
	applying();
	s.job.from_known = false;
	pass(2 * SECOND);
	says(OLD, false);
	session_is(JOB_APPLYING, WAIT_NOTHING);
	pass(20 * SECOND);
	says(NEW, true);
	session_is(JOB_SUCCEEDED, WAIT_NOTHING);
	cr_assert(eq(u32, s.job.from_version, OLD));
}

Test(session_transfer, reinstall_is_proven_only_after_the_return)
{
	s.job.from_version = lock.facts.version = NEW;
	s.job.reinstall = true;
	applying();
	says(NEW, false);
	session_is(JOB_APPLYING, WAIT_NOTHING);
	pass(20 * SECOND);
	says(NEW, true);
	session_is(JOB_SUCCEEDED, WAIT_NOTHING);
}

Test(session_transfer, old_version_before_the_restart_proves_nothing)
{
	applying();
	says(OLD, false);
	pass(10 * SECOND);
	says(OLD, false);
	cr_assert(eq(u32, s.job.version_reads, 0));
	session_is(JOB_APPLYING, WAIT_NOTHING);
}

Test(session_transfer, nothing_read_in_a_day_is_unverified)
{
	applying();
	pass(20 * SECOND);
	seen(&(struct lock_seen){ .awake = true, .announced = true });
	pass(SESSION_DAY_MS);
	step(SESSION_TICK);
	cr_assert(eq(str, s.job.outcome, "unverified"));
}

Test(session_transfer, end_request_again_is_answered_again)
{
	applying();
	report(UPDATE_DOWNLOADED, 1000);
	cr_assert(eq(u32, did(SESSION_FINISH)->delay_s, 5));
	session_is(JOB_APPLYING, WAIT_NOTHING);
}

Test(session_transfer, when_cancel_is_too_late)
{
	struct err e;

	transferring();
	look();
	cr_assert(eq(int, session_cancel(&s, &w, &e), OK));
	session_is(JOB_CANCELLED, WAIT_NOTHING);
	cr_assert(eq(i64, did(SESSION_WITHDRAW)->abort_until, w.wall + SESSION_DAY_MS));
	session_setup();
	transferring();
	pass(MINUTE);
	report(UPDATE_DOWNLOADED, 1000);
	reads(170, LOCK_LOCKED);
	cr_assert(eq(int, session_cancel(&s, &w, &e), ERR_CONFLICT), "End Response is on its way");
	cr_assert(eq(str, e.reason, "too_late"));
}

Test(session_transfer, slot_is_waited_for_with_an_empty_order)
{
	step(SESSION_START);
	w.slot_free = false;
	report(UPDATE_OFFERED, 0);
	session_is(JOB_WAITING, WAIT_SLOT);
	cr_assert(not(did(SESSION_ORDER)->with_data));
	w.slot_free = true;
	step(SESSION_CHANGED);
	session_is(JOB_WAITING, WAIT_WAKE);
	cr_assert(did(SESSION_ORDER)->with_data);
	cr_assert(session_holds_slot(&s, w.now));
	cr_assert(not(session_holds_slot(&s, w.now + MINUTE)));
}

Test(session_transfer, a_slot_is_not_waited_for_with_an_image_that_is_gone)
{
	transferring();
	pass(10 * MINUTE);
	step(SESSION_TICK);
	w.slot_free = false;
	report(UPDATE_PROGRESS, 100);
	session_is(JOB_WAITING, WAIT_SLOT);
	w.image = SESSION_IMAGE_MISSING;
	w.slot_free = true;
	for (unsigned i = 0; i < 10; i++) {
		step(SESSION_TICK);
		pass(MINUTE);
	}
	session_is(JOB_FAILED, WAIT_NOTHING);
	cr_assert(eq(str, s.job.outcome, "image_missing"));
}

static void another_part_says(uint32_t version)
{
	lock.facts.image_type++;
	says(version, false);
	lock.facts.image_type--;
}

Test(session_transfer, the_version_of_another_part_of_the_lock_decides_nothing)
{
	transferring();
	another_part_says(NEW + 0x01000000);
	session_is(JOB_TRANSFERRING, WAIT_NOTHING);
	ended("ota_end", 0x95, NULL);
	session_is(JOB_WAITING, WAIT_BACKOFF);
	another_part_says(NEW + 0x01000000);
	session_is(JOB_WAITING, WAIT_BACKOFF);
	session_setup();
	applying();
	pass(MINUTE);
	seen(&(struct lock_seen){ .awake = true, .announced = true });
	session_is(JOB_VERIFYING, WAIT_NOTHING);
	another_part_says(1);
	session_is(JOB_VERIFYING, WAIT_NOTHING);
	says(NEW, false);
	session_is(JOB_SUCCEEDED, WAIT_NOTHING);
}

Test(session_transfer, refused_order_is_placed_again)
{
	step(SESSION_START);
	session_order_refused(&s, w.now);
	pass(31 * SECOND);
	step(SESSION_TICK);
	cr_assert(did(SESSION_ORDER)->with_data);
}

/* Whatever comes in whatever order: edges of the table only, a deadline in the future, an end. */
Test(session_transfer, random_courses_keep_the_rules, .timeout = 60)
{
	uint32_t seed = 12345;

	for (int run = 0; run < 3000; run++) {
		session_setup();
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

/* An adapter that knows nothing better says lock_refused. */
Test(session_transfer, the_number_that_the_lock_gave_says_more_than_a_general_reason)
{
	transferring();
	ended("ota_end", 0x86, "lock_refused");
	cr_assert(eq(str, s.job.error.reason, "bad_crc"));
	session_setup();
	transferring();
	ended("ota_end", 0xE4, "lock_refused");
	cr_assert(eq(str, s.job.error.reason, "flash_verification_failed"));
}
