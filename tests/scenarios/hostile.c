/* Scenarios 32 to 50 of zigbee-ota §8.3: requests that are malformed, hostile or confused. After
 * each the lock must be updated all the same. */
#include "server/base/text.h"
#include "tests/scenarios/air.h"
#include "tests/scenarios/rows.h"

#include <string.h>

#define SERVED "19 5B 05 00 " IDS

static const struct world_options USUAL = { 0 };

static void answer_is(struct world *w, const char *request, const char *answer)
{
	const char *got = air_say(w, request);

	EXPECT(w, strcmp(got, answer) == 0, "%s: %s", request, got);
}

static void answer_begins(struct world *w, const char *request, const char *answer)
{
	const char *got = air_say(w, request);

	EXPECT(w, strncmp(got, answer, strlen(answer)) == 0, "%s: %s", request, got);
}

static void answered_so(struct world *w, const char *request, const char *answer)
{
	air_puppet(w, &USUAL);
	answer_is(w, request, answer);
	air_alive(w);
}

static void served(struct world *w, const char *request)
{
	air_puppet(w, &USUAL);
	answer_begins(w, request, SERVED);
	air_alive(w);
}

static void no_job(struct world *w)
{
	(void)text_copy(w->outcome, sizeof w->outcome, "no update ordered");
}

void row_32_short_query(struct world *w)
{
	answered_so(w, "01 5A 01 00 5C 11 04 00 00 00 04", "18 5A 0B 01 80");
}

void row_33_short_block(struct world *w)
{
	answered_so(w, "01 5B 03 00 " IDS " 00 00 00 00", "18 5B 0B 03 80");
}

void row_34_period_missing(struct world *w)
{
	served(w, "01 5B 03 02 " IDS " 00 00 00 00 3F");
}

void row_35_trailing_bytes(struct world *w)
{
	served(w, "01 5B 03 01 " IDS " 00 00 00 00 3F 08 07 06 05 04 03 02 01 AA BB CC");
}

void row_36_name_of_another(struct world *w)
{
	air_puppet(w, &(struct world_options){ .second = true });
	answer_begins(w, "01 5B 03 01 " IDS " 00 00 00 00 3F 09 07 06 05 04 03 02 01", SERVED);
	EXPECT(w, air_count_to(w, BLOCK_RESPONSE, air_address(w, 1)) == 0);
	air_alive(w);
	EXPECT(w, world_lock(w, 1).version == OLD);
}

void row_37_size_zero(struct world *w)
{
	answered_so(w, "01 5B 03 00 " IDS " 00 00 00 00 00", BLOCK_MALFORMED);
}

void row_38_size_255(struct world *w)
{
	served(w, "01 5B 03 00 " IDS " 00 00 00 00 FF");
	for (unsigned i = 0; i < air_count(w, BLOCK_RESPONSE); i++)
		EXPECT(w, air_heard(w, BLOCK_RESPONSE, i)->frame.data[16] <= 63);
}

void row_39_beyond_the_end(struct world *w)
{
	air_puppet(w, &USUAL);
	answer_is(w, "01 5B 03 00 " IDS " 70 17 00 00 3F", BLOCK_MALFORMED);
	answer_is(w, "01 5B 03 00 " IDS " FF FF FF FF 3F", BLOCK_MALFORMED);
	air_alive(w);
}

void row_40_last_byte(struct world *w)
{
	air_puppet(w, &USUAL);
	answer_begins(w, "01 5B 03 00 " IDS " 6F 17 00 00 3F", SERVED " 6F 17 00 00 01");
	air_alive(w);
}

void row_41_other_version(struct world *w)
{
	air_puppet(w, &USUAL);
	answer_is(w, "01 5B 03 00 5C 11 04 00 00 00 06 11 00 00 00 00 3F", BLOCK_ABORT);
	loop_run_for(w->loop, 5 * SECOND);
	EXPECT(w, air_count(w, NOTIFY) == 1, "while it still listens");
	air_mark(w);
	answer_is(w, "01 5B 03 00 5C 11 04 00 00 00 06 11 00 00 00 00 3F", BLOCK_ABORT);
	loop_run_for(w->loop, 55 * SECOND);
	EXPECT(w, air_count(w, NOTIFY) == 0, "to one that insists");
	loop_run_for(w->loop, 10 * SECOND);
	EXPECT(w, air_count(w, NOTIFY) > 0);
	air_alive(w);
}

void row_42_any_version(struct world *w)
{
	served(w, "01 5B 03 00 5C 11 04 00 FF FF FF FF 00 00 00 00 3F");
}

void row_43_other_type(struct world *w)
{
	answered_so(w, "01 5B 03 00 5C 11 05 00 00 00 07 11 00 00 00 00 3F", BLOCK_ABORT);
}

void row_44_no_job(struct world *w)
{
	world_begin(w, &USUAL);
	sim_lock_puppet(w->locks[0], true);
	answer_is(w, BLOCK_0, BLOCK_ABORT);
	loop_run_for(w->loop, 2 * SECOND);
	air_mark(w);
	for (int i = 0; i < 100; i++) {
		air_send(w, BLOCK_0);
		loop_run_for(w->loop, 10);
	}
	EXPECT(w, air_count(w, BLOCK_RESPONSE) <= 10, "%u", air_count(w, BLOCK_RESPONSE));
	no_job(w);
}

void row_45_flood(struct world *w)
{
	world_begin(w, &(struct world_options){ .second = true });
	sim_lock_puppet(w->locks[1], true);
	world_order(w);
	world_transfer(w, 500);
	air_mark(w);
	for (int i = 0; i < 500; i++) {
		air_send_as(w, QUERY, (struct air_how){ .lock = 1 });
		loop_run_for(w->loop, 20);
	}
	EXPECT(w, air_count_to(w, QUERY_RESPONSE, air_address(w, 1)) <= 11, "%u",
		air_count_to(w, QUERY_RESPONSE, air_address(w, 1)));
	EXPECT(w, world_lock(w, 0).timeouts == 0);
	world_finish(w, 2);
	world_expect_updated(w);
}

void row_46_asks_each_minute(struct world *w)
{
	world_begin(w, &(struct world_options){ .no_image = true,
			       .index = "[{\"manufacturerCode\":4444,\"imageType\":9,"
					"\"fileVersion\":1,\"url\":\"x.ota\",\"sha512\":\""
					"00000000000000000000000000000000"
					"00000000000000000000000000000000"
					"00000000000000000000000000000000"
					"00000000000000000000000000000000\"}]" });
	sim_lock_puppet(w->locks[0], true);
	for (int i = 0; i < 60; i++) {
		answer_is(w, QUERY, NO_IMAGE);
		loop_run_for(w->loop, MINUTE);
	}
	EXPECT(w, w->fetched == 0);
	no_job(w);
}

static void keep_polling(struct world *w, msec duration)
{
	for (msec i = 0; i < duration; i += SECOND) {
		sim_lock_press_key(w->locks[0]);
		loop_run_for(w->loop, duration < SECOND ? duration : SECOND);
	}
}

static const struct world_options EAGER = { .lock.short_poll_ms = 10 };

void row_47_endless_page(struct world *w)
{
	air_puppet(w, &EAGER);
	air_mark(w);
	air_send(w, "01 5C 04 00 " IDS " 00 00 00 00 20 FF FF 00 00");
	keep_polling(w, 2 * SECOND);
	EXPECT(w, air_count(w, BLOCK_RESPONSE) > 3);
	for (unsigned i = 1; i < air_count(w, BLOCK_RESPONSE); i++)
		EXPECT(w, air_heard(w, BLOCK_RESPONSE, i)->at -
					  air_heard(w, BLOCK_RESPONSE, i - 1)->at >=
				  20);
	answer_begins(w, BLOCK_0, "19 5");
	loop_run_for(w->loop, SECOND);
	air_mark(w);
	loop_run_for(w->loop, 5 * SECOND);
	EXPECT(w, air_count(w, BLOCK_RESPONSE) == 0);
	air_alive(w);
}

void row_48_page_too_small(struct world *w)
{
	air_puppet(w, &USUAL);
	answer_is(w, "01 5C 04 00 " IDS " 00 00 00 00 20 1F 00 32 00", "18 5C 0B 04 80");
	answer_is(w, "01 5C 04 00 " IDS " 00 00 00 00 00 00 00 32 00", "18 5C 0B 04 80");
	air_alive(w);
}

void row_49_page_at_the_end(struct world *w)
{
	air_puppet(w, &EAGER);
	air_mark(w);
	air_send(w, "01 5C 04 00 " IDS " 60 17 00 00 20 00 04 32 00");
	keep_polling(w, 3 * SECOND);
	EXPECT(w, air_count(w, BLOCK_RESPONSE) == 1);
	EXPECT(w, air_heard(w, BLOCK_RESPONSE, 0)->frame.data[16] == 16);
	air_alive(w);
}

void row_50_page_to_nobody(struct world *w)
{
	air_puppet(w, &EAGER);
	air_mark(w);
	air_send(w, "01 5C 04 00 " IDS " 00 00 00 00 20 00 10 32 00");
	keep_polling(w, 500);
	sim_lock_sleep(w->locks[0], 10 * MINUTE);
	air_mark(w);
	loop_run_for(w->loop, MINUTE);
	EXPECT(w, air_count(w, BLOCK_RESPONSE) <= 5, "%u", air_count(w, BLOCK_RESPONSE));
	air_mark(w);
	loop_run_for(w->loop, 8 * MINUTE);
	EXPECT(w, air_count(w, BLOCK_RESPONSE) == 0, "%u", air_count(w, BLOCK_RESPONSE));
	sim_lock_press_key(w->locks[0]);
	air_alive(w);
}
