/* Scenarios 30 and 31 of zigbee-ota §8.2: somebody cancels. */
#include "tests/scenarios/air.h"
#include "tests/scenarios/rows.h"

#include <string.h>

void row_30_cancelled_asleep(struct world *w)
{
	world_begin(w, &(struct world_options){ 0 });
	world_order(w);
	world_transfer(w, 2400);
	sim_lock_sleep(w->locks[0], 2 * HOUR);
	loop_run_for(w->loop, HOUR);
	EXPECT(w, world_cancel(w), "%s", w->code);
	EXPECT(w, w->job.phase == JOB_CANCELLED);
	air_mark(w);
	world_run(w, HOUR + MINUTE);
	EXPECT(w, air_count(w, BLOCK_REQUEST) == 1);
	EXPECT(w, strcmp(air_hex(air_heard(w, BLOCK_RESPONSE, 0)) + 6, "05 95") == 0, "%s",
		air_hex(air_heard(w, BLOCK_RESPONSE, 0)));
	EXPECT(w, world_lock(w, 0).aborts == 1 && world_lock(w, 0).version == OLD);
}

void row_31_cancelled_in_a_burst(struct world *w)
{
	air_puppet(w, &(struct world_options){ 0 });
	air_mark(w);
	air_send(w, "01 5C 04 00 " IDS " 00 00 00 00 20 00 04 32 00");
	for (int i = 0; i < 4; i++) {
		sim_lock_press_key(w->locks[0]);
		loop_run_for(w->loop, 250);
	}
	EXPECT(w, air_count(w, BLOCK_RESPONSE) > 1 && air_count(w, BLOCK_RESPONSE) < 30);
	air_mark(w);
	EXPECT(w, world_cancel(w), "%s", w->code);
	loop_run_for(w->loop, 5 * SECOND);
	EXPECT(w, air_count(w, BLOCK_RESPONSE) <= 1, "%u", air_count(w, BLOCK_RESPONSE));
	EXPECT(w, strcmp(air_block(w, 0, 0x5B, 63), BLOCK_ABORT) == 0);
	sim_lock_puppet(w->locks[0], false);
	world_run(w, 10 * MINUTE);
	EXPECT(w, world_lock(w, 0).version == OLD);
}
