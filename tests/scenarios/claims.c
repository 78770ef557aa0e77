/* Scenarios 51 to 68c of zigbee-ota §8.3: what locks say about images, versions and themselves. */
#include "server/base/text.h"
#include "tests/scenarios/air.h"
#include "tests/scenarios/rows.h"

#include <string.h>

static const struct world_options USUAL = { 0 };

static void answer_is(struct world *w, const char *request, const char *answer)
{
	const char *got = air_say(w, request);

	EXPECT(w, strcmp(got, answer) == 0, "%s: %s", request, got);
}

/* Ignored, and the update goes on. */
static void ignored(struct world *w, const char *frame)
{
	air_puppet(w, &USUAL);
	air_block(w, 0, 0x5B, 63);
	answer_is(w, frame, "");
	air_alive(w);
}

static void whole_update(struct world *w, const struct world_options *options)
{
	world_begin(w, options);
	world_order(w);
	world_finish(w, 48);
}

void row_51_invalid_image(struct world *w)
{
	whole_update(w, &(struct world_options){ .lock.install = SIM_REJECTS_IMAGE });
	EXPECT(w, strcmp(air_hex(air_heard(w, DEFAULT_RESPONSE, 0)) + 6, "0B 06 00") == 0, "%s",
		air_hex(air_heard(w, DEFAULT_RESPONSE, 0)));
	air_mark(w);
	world_run(w, DAY);
	EXPECT(w, air_count(w, BLOCK_REQUEST) == 0);
}

void row_52_abort(struct world *w)
{
	air_puppet(w, &USUAL);
	for (int i = 0; i < 4; i++) {
		EXPECT(w, i == 0 || world_until(w, JOB_WAITING, WAIT_WAKE, 12 * HOUR), "%d", i);
		sim_lock_press_key(w->locks[0]);
		loop_run_for(w->loop, 2 * SECOND);
		answer_is(w, "01 70 06 95", "18 70 0B 06 00");
		loop_run_for(w->loop, SECOND);
		world_look(w);
		EXPECT(w,
			i == 3 || (w->job.waiting_for == WAIT_BACKOFF &&
					  strcmp(w->job.error.reason, "aborted_by_lock") == 0),
			"%d: %s %s", i, job_phase_name(w->job.phase), w->job.error.reason);
	}
	world_finish(w, 1);
}

void row_53_short_end(struct world *w)
{
	air_puppet(w, &USUAL);
	answer_is(w, "01 70 06 00 5C 11 04 00 00 00 07", "18 70 0B 06 80");
	air_alive(w);
}

void row_54_require_more(struct world *w)
{
	air_puppet(w, &USUAL);
	air_block(w, 0, 0x5B, 63);
	answer_is(w, "01 70 06 99 " IDS, "18 70 0B 06 00");
	world_finish(w, 1);
}

void row_55_end_without_job(struct world *w)
{
	world_begin(w, &USUAL);
	sim_lock_puppet(w->locks[0], true);
	for (int i = 0; i < 6; i++) {
		answer_is(w, END_GOOD, i < 3 ? "18 70 0B 06 95" : "");
		loop_run_for(w->loop, MINUTE);
	}
	(void)text_copy(w->outcome, sizeof w->outcome, "no update ordered");
}

void row_56_end_again(struct world *w)
{
	whole_update(w, &USUAL);
	world_expect_updated(w);
	loop_run_for(w->loop, 10 * SECOND);
	sim_lock_puppet(w->locks[0], true);
	answer_is(w, END_GOOD, END_NOW);
}

void row_57_complains_of_a_block(struct world *w)
{
	ignored(w, "18 10 0B 05 80");
}

void row_58_complains_of_a_notify(struct world *w)
{
	ignored(w, "18 10 0B 00 01");
}

void row_59_no_space(struct world *w)
{
	whole_update(w, &(struct world_options){ .lock.storage = 1000 });
	EXPECT(w, air_count(w, BLOCK_REQUEST) == 0);
}

void row_60_manufacturer_specific(struct world *w)
{
	air_puppet(w, &USUAL);
	answer_is(w, "05 5C 11 5B 03 00 " IDS " 00 00 00 00 3F", "18 5B 0B 03 83");
	air_alive(w);
}

void row_61_wrong_direction(struct world *w)
{
	ignored(w, "09 5C 03 00 " IDS " 00 00 00 00 3F");
}

void row_62_broadcast(struct world *w)
{
	air_puppet(w, &USUAL);
	air_mark(w);
	air_send_as(w, BLOCK_0, (struct air_how){ .broadcast = true });
	loop_run_for(w->loop, 2 * SECOND);
	EXPECT(w, air_count(w, BLOCK_RESPONSE) == 0 && air_count(w, DEFAULT_RESPONSE) == 0);
	air_alive(w);
}

void row_63_old_version_again(struct world *w)
{
	whole_update(w, &(struct world_options){ .lock.install = SIM_KEEPS_OLD });
	EXPECT(w, w->job.version_reads >= 2, "%u", w->job.version_reads);
	EXPECT(w, !world_ask(w, &(struct job_request){ .lock = "front" }));
	EXPECT(w, strcmp(w->code, "no_image") == 0, "%s", w->code);
}

void row_64_newer_than_ordered(struct world *w)
{
	whole_update(w, &(struct world_options){ .lock.install = SIM_OTHER_VERSION });
	EXPECT(w, w->job.target_moved && w->job.verified_version == NEW + 0x10000);
}

void row_65_downgrade(struct world *w)
{
	whole_update(w, &(struct world_options){ .lock.version = 0x11090000 });
	sim_lock_puppet(w->locks[0], true);
	answer_is(w, "01 5A 01 00 5C 11 04 00 00 00 09 11", NO_IMAGE);
	EXPECT(w, air_count(w, BLOCK_REQUEST) == 0);
}

void row_66_already_there(struct world *w)
{
	whole_update(w, &(struct world_options){ .lock.version = NEW });
	sim_lock_puppet(w->locks[0], true);
	answer_is(w, "01 5A 01 00 " IDS, NO_IMAGE);
	EXPECT(w, air_count(w, BLOCK_REQUEST) == 0);
}

void row_67_another_lock(struct world *w)
{
	bool aborted = false;

	world_begin(w, &(struct world_options){ .second = true });
	sim_lock_puppet(w->locks[1], true);
	world_order(w);
	world_transfer(w, 500);
	air_mark(w);
	air_send_as(w, BLOCK_0, (struct air_how){ .lock = 1 });
	loop_run_for(w->loop, SECOND);
	for (size_t i = w->mark; i < w->record.n; i++) {
		const struct sim_heard *h = &w->record.list[i];

		if (h->up || h->frame.dst != air_address(w, 1) ||
			sim_heard_command(h) != BLOCK_RESPONSE)
			continue;
		EXPECT(w, strcmp(air_hex(h), BLOCK_ABORT) == 0, "%s", air_hex(h));
		aborted = true;
	}
	EXPECT(w, aborted);
	world_finish(w, 2);
	world_expect_updated(w);
	EXPECT(w, world_lock(w, 1).version == OLD);
}

static int asked_until_abort(struct world *w)
{
	const char *got = "";
	int asked = 0;

	while (asked < 100 && strcmp(got, BLOCK_ABORT) != 0) {
		got = air_block(w, 0, 0x5B, 63);
		asked++;
		loop_run_for(w->loop, 15 * SECOND);
	}
	return asked;
}

void row_68_same_block_for_ever(struct world *w)
{
	int asked;

	air_puppet(w, &USUAL);
	for (int i = 0; i < 4; i++) {
		EXPECT(w, i == 0 || world_until(w, JOB_WAITING, WAIT_WAKE, 12 * HOUR), "%d", i);
		asked = asked_until_abort(w);
		EXPECT(w, asked > 50 && asked < 100, "%d", asked);
		world_look(w);
	}
	world_finish(w, 1);
}

static const struct sim_heard *question(const struct world *w)
{
	for (size_t i = w->mark; i < w->record.n; i++)
		if (!w->record.list[i].up && w->record.list[i].frame.cluster == 0x0001)
			return &w->record.list[i];
	return NULL;
}

void row_68a_question_open(struct world *w)
{
	struct adapter *a;
	msec asked;

	air_puppet(w, &USUAL);
	a = engine_adapter(w->engine, "stick");
	loop_run_for(w->loop, 20 * SECOND); /* it polls every 7.5 s again */
	air_mark(w);
	EXPECT(w, a->ops->read(a, "0x0102030405060708", READ_BATTERY, NULL) == OK);
	sim_lock_press_key(w->locks[0]);
	loop_run_for(w->loop, 50);
	EXPECT(w, question(w));
	asked = loop_now(w->loop);
	air_send(w, BLOCK_0);
	loop_run_for(w->loop, SECOND);
	EXPECT(w, air_count(w, BLOCK_RESPONSE) == 1 &&
			  air_heard(w, BLOCK_RESPONSE, 0)->at <= asked + 50);
	air_alive(w);
}

void row_68b_same_number_later(struct world *w)
{
	air_puppet(w, &USUAL);
	EXPECT(w, strncmp(air_say(w, BLOCK_0), "19 5B 05 00", 11) == 0);
	loop_run_for(w->loop, 3 * SECOND);
	EXPECT(w, strncmp(air_say(w, BLOCK_0), "19 5B 05 00", 11) == 0);
	air_alive(w);
}

void row_68c_nothing_stale(struct world *w)
{
	air_puppet(w, &USUAL);
	world_fault(w, SIM_NO_BUFFERS, -1, 0);
	answer_is(w, BLOCK_0, "");
	sim_lock_sleep(w->locks[0], 30 * MINUTE);
	air_mark(w);
	loop_run_for(w->loop, MINUTE);
	world_fault(w, SIM_NO_BUFFERS, 0, 0);
	loop_run_for(w->loop, 30 * MINUTE);
	EXPECT(w, air_count(w, BLOCK_RESPONSE) == 0);
	sim_lock_press_key(w->locks[0]);
	EXPECT(w, strncmp(air_block(w, 63, 0x5C, 63), "19 5C 05 00", 11) == 0);
	EXPECT(w, air_count(w, BLOCK_RESPONSE) == 1);
	air_alive(w);
}
