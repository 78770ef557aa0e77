/* Scenarios of zigbee-ota §8.1: nothing goes wrong. */
#include "server/base/check.h"
#include "tests/scenarios/air.h"
#include "tests/scenarios/rows.h"
#include "tests/support/temp_dir.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OFFER "19 %02X 02 00 " IDS " %02X %02X 00 00"

static bool starts(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

void row_1_notify_query_offer(struct world *w)
{
	const struct sim_heard *notify, *query, *offer;
	char expected[80];

	world_begin(w, &(struct world_options){ 0 });
	sim_lock_press_key(w->locks[0]);
	loop_run_for(w->loop, SECOND);
	air_mark(w);
	world_order(w);
	loop_run_for(w->loop, 2 * SECOND);
	notify = air_heard(w, NOTIFY, 0);
	query = air_heard(w, QUERY_REQUEST, 0);
	offer = air_heard(w, QUERY_RESPONSE, 0);
	EXPECT(w, notify && query && offer);
	if (!notify || !query || !offer)
		return;
	EXPECT(w, air_count(w, NOTIFY) == 1);
	EXPECT(w, notify->frame.data[0] == 0x09 && starts(air_hex(notify) + 6, "00 00 64"));
	(void)snprintf(expected, sizeof expected, OFFER, query->frame.data[1], w->image_size & 0xFF,
		w->image_size >> 8);
	EXPECT(w, strcmp(air_hex(offer), expected) == 0, "%s", air_hex(offer));
	EXPECT(w, offer->frame.dst_ep == 1);
	world_finish(w, 2);
	world_expect_updated(w);
}

/* The real image: 204 522 bytes. Where there is none, it is made. */
void row_2_blocks(struct world *w)
{
	static const char name[] = "/locks/115C-0004-11070000-ZigbeeXM_101-029_E1_DanalockV3_"
				   "17.7.0_20240201155008.ota";
	const char *where = getenv("LOCKWRIGHT_TEST_FIRMWARE");
	struct world_options options = { .lock.block_size = 50 };
	const struct sim_heard *last;
	char path[TEMP_PATH];
	size_t size = 0;
	uint8_t *file;

	(void)snprintf(path, sizeof path, "%s%s", where ? where : "", name);
	file = temp_file_read(path, &size);
	EXPECT(w, file && size == 204522, "%s", path);
	options.file = (struct span){ file, size };
	world_begin(w, &options);
	free(file);
	EXPECT(w, world_ask(w, &(struct job_request){ .lock = "front", .image = w->image_id }));
	world_finish(w, 6);
	EXPECT(w, air_count(w, BLOCK_REQUEST) == 4091, "%u", air_count(w, BLOCK_REQUEST));
	EXPECT(w, air_count(w, BLOCK_RESPONSE) == 4091);
	last = air_heard(w, BLOCK_RESPONSE, 4090);
	EXPECT(w, last && last->frame.data[16] == 22);
	world_expect_updated(w);
}

void row_3_end(struct world *w)
{
	air_puppet(w, &(struct world_options){ 0 });
	EXPECT(w, starts(air_block(w, 0, 0x5B, 63), "19 5B 05 00"));
	air_say(w, END_GOOD);
	loop_run_for(w->loop, 2 * SECOND);
	EXPECT(w, air_count(w, END_RESPONSE) == 1);
	EXPECT(w, strcmp(air_hex(air_heard(w, END_RESPONSE, 0)), END_NOW) == 0, "%s",
		air_hex(air_heard(w, END_RESPONSE, 0)));
	world_look(w);
	EXPECT(w, w->job.phase == JOB_APPLYING);
	air_alive(w);
}

void row_4_new_version_gets_no_image(struct world *w)
{
	world_begin(w, &(struct world_options){ .lock.reboot_ms = MINUTE });
	world_order(w);
	EXPECT(w, world_until(w, JOB_APPLYING, WAIT_NOTHING, HOUR));
	air_mark(w);
	world_finish(w, 2);
	world_run(w, 10 * MINUTE);
	EXPECT(w, air_count(w, QUERY_REQUEST) > 0);
	for (unsigned i = 0; i < air_count(w, QUERY_RESPONSE); i++)
		EXPECT(w, air_heard(w, QUERY_RESPONSE, i)->frame.data[3] == 0x98);
	EXPECT(w, strcmp(w->job.evidence, "verified_by_version") == 0);
	world_expect_updated(w);
}

void row_5_asked_size(struct world *w)
{
	world_begin(w, &(struct world_options){ .lock.client = SIM_TI });
	world_order(w);
	world_finish(w, 2);
	for (unsigned i = 0; i < air_count(w, BLOCK_RESPONSE); i++)
		EXPECT(w, air_heard(w, BLOCK_RESPONSE, i)->frame.data[16] <= 32);
	world_expect_updated(w);
}

void row_6_page(struct world *w)
{
	msec last = 0;
	unsigned n;

	air_puppet(w, &(struct world_options){ .lock.short_poll_ms = 10 });
	air_mark(w);
	air_send(w, "01 5C 04 00 " IDS " 00 00 00 00 20 00 04 32 00");
	for (int i = 0; i < 40; i++) {
		sim_lock_press_key(w->locks[0]); /* it polls while pages come */
		loop_run_for(w->loop, 250);
	}
	n = air_count(w, BLOCK_RESPONSE);
	EXPECT(w, n == 32, "%u", n);
	for (unsigned i = 0; i < n; i++) {
		const struct sim_heard *h = air_heard(w, BLOCK_RESPONSE, i);
		const uint8_t *d = h->frame.data;

		EXPECT(w, d[1] == 0x5C && d[16] == 32 && (d[12] | d[13] << 8) == (int)i * 32);
		EXPECT(w, i == 0 || h->at - last >= 50);
		last = h->at;
	}
	air_alive(w);
}

void row_7_stored_already(struct world *w)
{
	world_begin(w, &(struct world_options){ 0 });
	sim_lock_preload(w->locks[0], NEW, w->image, w->image_size);
	air_mark(w);
	world_order(w);
	world_finish(w, 2);
	EXPECT(w, air_count(w, BLOCK_REQUEST) == 0);
	EXPECT(w, air_count(w, END_RESPONSE) == 1);
	world_expect_updated(w);
}

static const struct sim_heard *poll_control(const struct world *w, uint8_t command)
{
	for (size_t i = w->mark; i < w->record.n; i++) {
		const struct sim_frame *f = &w->record.list[i].frame;

		if (!w->record.list[i].up && f->cluster == 0x0020 && f->data[2] == command &&
			(f->data[0] & 3) == 1)
			return &w->record.list[i];
	}
	return NULL;
}

void row_8_check_in(struct world *w)
{
	const struct sim_heard *in;

	world_begin(w, &(struct world_options){
			       .lock = { .check_in_ms = 10 * MINUTE, .query_interval_ms = DAY } });
	w->nobody = true;
	world_run(w, 3 * MINUTE);
	sim_lock_sleep(w->locks[0], 3 * MINUTE);
	world_order(w);
	world_run(w, 3 * MINUTE + 30 * SECOND);
	air_mark(w);
	world_run(w, MINUTE);
	in = poll_control(w, 0x00);
	EXPECT(w, in && starts(air_hex(in), "11 ") && strcmp(air_hex(in) + 6, "00 01 F0 00") == 0,
		"%s", air_hex(in));
	EXPECT(w, air_heard(w, NOTIFY, 0) || air_heard(w, BLOCK_REQUEST, 0));
	world_finish(w, 4);
	EXPECT(w, poll_control(w, 0x01));
	world_expect_updated(w);
}

static void patched(void *owner, const struct err *e, const struct lock *lock)
{
	const struct world *w = owner;

	(void)lock;
	EXPECT(w, e == NULL || e->code == OK, "%s", e ? e->text : "");
}

/* The clock of the world began at midnight. */
void row_9_hold(struct world *w)
{
	struct lock_patch patch = { .policy_parts = POLICY_WINDOW, .min_battery_percent = -1 };

	world_begin(w, &(struct world_options){ 0 });
	(void)window_parse(&patch.policy.window, "00:00-00:10");
	patch.policy.window.set = true;
	engine_put_lock(w->engine, "front", &patch, false, patched, w);
	world_order(w);
	world_transfer(w, 3000);
	sim_lock_sleep(w->locks[0], 20 * MINUTE);
	w->nobody = true;
	EXPECT(w, world_until(w, JOB_WAITING, WAIT_HOLD, 2 * HOUR));
	EXPECT(w, strcmp(w->job.error.reason, "outside_window") == 0, "%s", w->job.error.reason);
	air_mark(w);
	world_run(w, 6 * HOUR);
	EXPECT(w, air_count(w, END_REQUEST) > 0);
	for (unsigned i = 0; i < air_count(w, END_RESPONSE); i++)
		EXPECT(w,
			starts(air_hex(air_heard(w, END_RESPONSE, i)) + 9 + 24 + 12, "FF FF FF FF"),
			"%s", air_hex(air_heard(w, END_RESPONSE, i)));
	EXPECT(w, w->job.phase == JOB_WAITING);
	world_finish(w, 30);
	world_expect_updated(w);
	EXPECT(w, w->job.ended_at - w->job.created_at > 22 * (int64_t)HOUR);
}

void row_10_two_locks(struct world *w)
{
	struct job_request back = { .lock = "back", .force = { "model_unproven" }, .n_force = 1 };
	struct job first;

	world_begin(w, &(struct world_options){ .second = true, .transfers = 1 });
	world_order(w);
	world_transfer(w, 500);
	first = w->job;
	back.image = w->image_id;
	EXPECT(w, world_ask(w, &back), "%s", w->code);
	loop_run_for(w->loop, 20 * SECOND);
	world_look(w);
	EXPECT(w, w->job.waiting_for == WAIT_SLOT, "%s", job_wait_name(w->job.waiting_for));
	air_mark(w);
	sim_lock_puppet(w->locks[1], true);
	air_send_as(w, QUERY, (struct air_how){ .lock = 1 });
	loop_run_for(w->loop, SECOND);
	EXPECT(w, air_count_to(w, QUERY_RESPONSE, air_address(w, 1)) == 1);
	sim_lock_puppet(w->locks[1], false);
	for (int i = 0; i < 60 && !job_is_over(w->job.phase); i++) {
		world_run(w, MINUTE);
		sim_lock_press_key(w->locks[1]);
	}
	EXPECT(w, strcmp(w->job.outcome, "updated") == 0, "%s", job_phase_name(w->job.phase));
	EXPECT(w, air_count_to(w, NOTIFY, air_address(w, 1)) > 0);
	w->job = first;
	world_look(w);
	world_expect_updated(w);
}
