/* Scenarios of zigbee-ota §8.2, up to 29: the lock sleeps, the radio fails. */
#include "tests/scenarios/air.h"
#include "tests/scenarios/rows.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { TOO_LONG_ZNP = 0xE5, TOO_LONG_EZSP = 0x74, MEMORY_ZNP = 0x10 };

static uint8_t size_of(const struct sim_heard *h)
{
	return h->frame.data[16];
}

static uint32_t offset_of(const struct sim_heard *h, size_t at)
{
	const uint8_t *d = h->frame.data + at;

	return (uint32_t)d[0] | (uint32_t)d[1] << 8 | (uint32_t)d[2] << 16;
}

void row_11_asleep(struct world *w)
{
	msec then;

	world_begin(w, &(struct world_options){ 0 });
	sim_lock_sleep(w->locks[0], HOUR);
	air_mark(w);
	world_order(w);
	w->nobody = true;
	world_run(w, 20 * MINUTE);
	EXPECT(w, w->job.phase == JOB_WAITING && w->job.waiting_for == WAIT_WAKE);
	EXPECT(w, !w->job.error.code, "%s", w->job.error.text);
	for (unsigned i = 1; i < air_count(w, NOTIFY); i++) /* EZSP: the stick repeats it */
		EXPECT(w, air_heard(w, NOTIFY, i)->frame.data[1] ==
				  air_heard(w, NOTIFY, 0)->frame.data[1]);
	air_mark(w);
	then = loop_now(w->loop);
	sim_lock_press_key(w->locks[0]);
	loop_run_for(w->loop, SECOND);
	EXPECT(w, air_heard(w, NOTIFY, 0) && air_heard(w, NOTIFY, 0)->at <= then + 500);
	world_finish(w, 2);
	world_expect_updated(w);
}

void row_12_never_heard(struct world *w)
{
	unsigned frames = 0;

	world_begin(w, &(struct world_options){ .absent = true });
	world_order(w);
	w->nobody = true;
	world_run(w, 6 * DAY);
	EXPECT(w, w->job.phase == JOB_WAITING, "%s", job_phase_name(w->job.phase));
	world_finish(w, 48);
	for (size_t i = 0; i < w->record.n; i++)
		frames += !w->record.list[i].up;
	EXPECT(w, frames <= 24, "%u frames in a week", frames);
}

void row_13_missed_block(struct world *w)
{
	char first[SIM_FRAME_MAX * 3 + 1];

	air_puppet(w, &(struct world_options){ 0 });
	(void)snprintf(first, sizeof first, "%s", air_block(w, 0, 0x5B, 63));
	loop_run_for(w->loop, 3 * SECOND);
	EXPECT(w, strlen(first) > 100 && strcmp(first + 6, air_block(w, 0, 0x5C, 63) + 6) == 0);
	loop_run_for(w->loop, 15 * SECOND);
	world_look(w);
	EXPECT(w, w->job.repeats == 1, "%u", w->job.repeats);
	air_alive(w);
}

void row_14_duplicate(struct world *w)
{
	air_puppet(w, &(struct world_options){ 0 });
	air_mark(w);
	air_send(w, BLOCK_0);
	loop_run_for(w->loop, 20);
	air_send(w, BLOCK_0);
	loop_run_for(w->loop, SECOND);
	EXPECT(w, air_count(w, BLOCK_RESPONSE) == 1, "%u", air_count(w, BLOCK_RESPONSE));
	air_say(w, BLOCK_0);
	EXPECT(w, air_count(w, BLOCK_RESPONSE) == 1);
	air_alive(w);
}

void row_15_silence_then_another_offset(struct world *w)
{
	air_puppet(w, &(struct world_options){ 0 });
	air_block(w, 0, 0x5B, 63);
	w->nobody = true;
	world_run(w, 10 * MINUTE);
	EXPECT(w, w->job.waiting_for == WAIT_WAKE);
	EXPECT(w, strncmp(air_block(w, 5000, 0x5C, 63), "19 5C 05 00", 11) == 0);
	EXPECT(w, air_count(w, QUERY_REQUEST) == 0);
	w->nobody = false;
	loop_run_for(w->loop, 15 * SECOND);
	world_look(w);
	EXPECT(w, w->job.phase == JOB_TRANSFERRING && w->job.bytes_done == 5063);
	air_alive(w);
}

void row_16_reboot(struct world *w)
{
	unsigned offers = 0, anew = 0;

	world_begin(w, &(struct world_options){ .lock.client = SIM_TI });
	world_order(w);
	world_transfer(w, 3600);
	sim_lock_battery_out(w->locks[0], true);
	loop_run_for(w->loop, MINUTE);
	air_mark(w);
	sim_lock_battery_out(w->locks[0], false);
	world_finish(w, 4);
	for (unsigned i = 0; i < air_count(w, QUERY_RESPONSE); i++)
		offers += air_heard(w, QUERY_RESPONSE, i)->frame.data[3] == 0;
	for (unsigned i = 0; i < air_count(w, BLOCK_REQUEST); i++)
		anew += offset_of(air_heard(w, BLOCK_REQUEST, i), 12) == 0;
	EXPECT(w, offers == 1 && anew > 0, "%u %u", offers, anew);
	world_expect_updated(w);
}

void row_17_new_address(struct world *w)
{
	uint16_t old;

	world_begin(w, &(struct world_options){ 0 });
	world_order(w);
	world_transfer(w, 2000);
	old = air_address(w, 0);
	sim_lock_rejoin(w->locks[0], 0x7777);
	loop_run_for(w->loop, 100);
	air_mark(w);
	world_finish(w, 2);
	EXPECT(w, air_count_to(w, BLOCK_RESPONSE, old) == 0);
	EXPECT(w, air_count(w, BLOCK_RESPONSE) > 0);
	world_expect_updated(w);
}

static unsigned asked_for_name(const struct world *w)
{
	unsigned n = 0;

	for (size_t i = w->mark; i < w->record.n; i++)
		n += !w->record.list[i].up && w->record.list[i].frame.cluster == 0x0001 &&
		     w->record.list[i].frame.dst_ep == 0;
	return n;
}

/* An EZSP stick knows its children by name; a ZNP stick only tells addresses. */
void row_18_unknown_address(struct world *w)
{
	const char *answer;

	air_puppet(w, &(struct world_options){ 0 });
	air_block(w, 0, 0x5B, 63);
	sim_lock_move(w->locks[0], 0x7777);
	answer = air_block(w, 63, 0x5C, 63);
	EXPECT(w, strcmp(answer, "19 5C 05 97 00 00 00 00 05 00 00 00") == 0, "%s", answer);
	air_block(w, 63, 0x5D, 63);
	EXPECT(w, asked_for_name(w) <= 1);
	loop_run_for(w->loop, 2 * SECOND);
	EXPECT(w, strncmp(air_block(w, 63, 0x5E, 63), "19 5E 05 00", 11) == 0);
	air_alive(w);
}

void row_19_sends_fail(struct world *w)
{
	world_begin(w, &(struct world_options){ .behind_router = true });
	world_order(w);
	world_transfer(w, 2000);
	air_mark(w);
	world_fault(w, SIM_DELIVERY_FAILED, 5, 0);
	world_finish(w, 2);
	EXPECT(w, air_count(w, BLOCK_RESPONSE) <= air_count(w, BLOCK_REQUEST));
	world_expect_updated(w);
}

void row_20_service_restarts(struct world *w)
{
	world_begin(w, &(struct world_options){ 0 });
	world_order(w);
	world_transfer(w, 2400);
	world_kill(w);
	loop_run_for(w->loop, 10 * SECOND);
	air_mark(w);
	world_serve(w);
	loop_run_for(w->loop, 20 * SECOND);
	EXPECT(w, air_count(w, BLOCK_RESPONSE) > 0);
	EXPECT(w, air_count(w, QUERY_REQUEST) == 0);
	EXPECT(w, offset_of(air_heard(w, BLOCK_RESPONSE, 0), 12) >= 2400);
	world_finish(w, 2);
	world_expect_updated(w);
}

void row_21_image_gone(struct world *w)
{
	char path[1024];

	world_begin(w, &(struct world_options){ 0 });
	world_order(w);
	world_transfer(w, 2400);
	world_kill(w);
	(void)snprintf(path, sizeof path, "%s/../images/%s", world_folder(), w->image_id);
	cr_assert(eq(int, unlink(path), 0));
	air_mark(w);
	world_serve(w);
	world_finish(w, 2);
	world_run(w, MINUTE);
	EXPECT(w, world_lock(w, 0).aborts > 0);
	EXPECT(w, world_lock(w, 0).version == OLD);
}

void row_22_stick_restarts(struct world *w)
{
	world_begin(w, &(struct world_options){ 0 });
	world_order(w);
	world_transfer(w, 2400);
	w->stick.kind->reset(w->stick.self);
	world_finish(w, 2);
	world_expect_updated(w);
}

void row_23_unplugged(struct world *w)
{
	world_begin(w, &(struct world_options){ 0 });
	world_order(w);
	world_transfer(w, 2400);
	w->stick.kind->unplug(w->stick.self, true);
	world_run(w, 5 * MINUTE);
	EXPECT(w, w->job.phase == JOB_WAITING && w->job.waiting_for == WAIT_ADAPTER);
	w->stick.kind->unplug(w->stick.self, false);
	world_finish(w, 2);
	world_expect_updated(w);
}

void row_24_no_room(struct world *w)
{
	bool ezsp = w->family == FAMILY_EZSP;

	world_begin(w, &(struct world_options){ 0 });
	world_order(w);
	world_transfer(w, 2400);
	world_fault(w, ezsp ? SIM_MESSAGE_LIMIT : SIM_NO_BUFFERS, 1, 0);
	world_finish(w, 2);
	EXPECT(w, world_lock(w, 0).repeats == 0, "the lock had to ask again");
	world_expect_updated(w);
}

static void too_long(struct world *w, int times)
{
	world_fault(
		w, SIM_SRSP_STATUS, times, w->family == FAMILY_EZSP ? TOO_LONG_EZSP : TOO_LONG_ZNP);
}

void row_25_too_long(struct world *w)
{
	unsigned fifty = 0, n;

	world_begin(w, &(struct world_options){ .size = 40000 });
	world_order(w);
	world_transfer(w, 2400);
	air_mark(w);
	too_long(w, 1);
	world_finish(w, 4);
	EXPECT(w, world_lock(w, 0).repeats == 0, "the lock had to ask again");
	n = air_count(w, BLOCK_RESPONSE);
	for (unsigned i = 0; i < n; i++)
		fifty += size_of(air_heard(w, BLOCK_RESPONSE, i)) == 50;
	EXPECT(w, fifty >= 500 && fifty <= 502, "%u of %u", fifty, n);
	EXPECT(w, n > 2 && size_of(air_heard(w, BLOCK_RESPONSE, n - 2)) == 63);
	world_expect_updated(w);
}

/* Z-Stack fails so when a frame is too large for its heap; EmberZNet says that it has no buffers,
 * whatever the size. */
void row_26_no_memory(struct world *w)
{
	bool ezsp = w->family == FAMILY_EZSP;
	uint8_t least = 63;

	world_begin(w, &(struct world_options){ 0 });
	world_order(w);
	world_transfer(w, 2400);
	air_mark(w);
	world_fault(w, ezsp ? SIM_NO_BUFFERS : SIM_CONFIRM_STATUS, 2, MEMORY_ZNP * !ezsp);
	world_finish(w, 2);
	for (unsigned i = 0; i + 1 < air_count(w, BLOCK_RESPONSE); i++)
		if (size_of(air_heard(w, BLOCK_RESPONSE, i)) < least)
			least = size_of(air_heard(w, BLOCK_RESPONSE, i));
	EXPECT(w, least == (ezsp ? 63 : 40), "%u", least);
	world_expect_updated(w);
}

void row_27_telink(struct world *w)
{
	unsigned small = 0, n;

	world_begin(w, &(struct world_options){ .lock.client = SIM_TELINK });
	world_order(w);
	world_transfer(w, 2400);
	air_mark(w);
	too_long(w, 2);
	world_finish(w, 2);
	n = air_count(w, BLOCK_RESPONSE);
	for (unsigned i = 0; i + 1 < n; i++) {
		uint8_t size = size_of(air_heard(w, BLOCK_RESPONSE, i));

		small += size == 32;
		EXPECT(w, size == 32 || size == 48, "%u", size);
	}
	EXPECT(w, small > 0);
	world_expect_updated(w);
}

void row_28_battery_falls(struct world *w)
{
	world_begin(w, &(struct world_options){ 0 });
	world_order(w);
	world_transfer(w, 1800);
	sim_lock_set_battery(w->locks[0], 16);
	EXPECT(w, world_until(w, JOB_WAITING, WAIT_HOLD, 2 * HOUR));
	EXPECT(w, strcmp(w->job.error.reason, "battery_alarm") == 0, "%s", w->job.error.reason);
	EXPECT(w, w->job.bytes_done == w->image_size);
	EXPECT(w, world_lock(w, 0).version == OLD);
	world_run(w, 3 * HOUR);
	EXPECT(w, w->job.waiting_for == WAIT_HOLD);
	sim_lock_set_battery(w->locks[0], 200);
	world_finish(w, 4);
	world_expect_updated(w);
}

/* Each time awake for one block. */
void row_29_slow(struct world *w)
{
	world_begin(w, &(struct world_options){ .size = 2000 });
	world_order(w);
	world_transfer(w, 500);
	w->nobody = true;
	for (int i = 0; i < 60 && world_lock(w, 0).offset < w->image_size; i++) {
		sim_lock_sleep(w->locks[0], 40 * MINUTE);
		loop_run_for(w->loop, 40 * MINUTE + 300);
		world_look(w);
		EXPECT(w, w->job.phase != JOB_FAILED);
	}
	world_finish(w, 48);
	EXPECT(w, w->job.ended_at - w->job.started_at > 10 * (int64_t)HOUR);
	world_expect_updated(w);
}
