/* Scenarios 76 to 83 of zigbee-ota §8.4: which lock gets which image, and when not now. */
#include "server/base/alloc.h"
#include "server/base/text.h"
#include "tests/scenarios/air.h"
#include "tests/scenarios/files.h"
#include "tests/scenarios/rows.h"

#include <stdlib.h>
#include <string.h>

#define DANALOCK "locks/115C-0004-11070000-ZigbeeXM_101-029_E1_DanalockV3_17.7.0_20240201155008.ota"
#define LUMI "locks/OTA_LMACN02_DoorLock_V4.1.09_20180317.20180411152155.ota"
#define HC_SLM "locks/home_control_as_hc_slm_1_00.02.zigbee"

static const char *why_not(struct world *w)
{
	struct offer offer;

	engine_offer(w->engine, engine_lock(w->engine, "front"), &offer);
	return offer.image           ? "offered"
	       : offer.n_not_offered ? offer.not_offered[0].reason
				     : "nothing";
}

/* Nothing is offered by itself, and the list says why. */
static void not_offered(struct world *w, const char *reason)
{
	const char *why = why_not(w);

	EXPECT(w, strcmp(why, reason) == 0, "%s", why);
	EXPECT(w, !world_ask(w, &(struct job_request){ .lock = "front" }));
	EXPECT(w, strcmp(w->code, "no_image") == 0, "%s", w->code);
	(void)text_copy(w->outcome, sizeof w->outcome, "not offered");
	(void)text_copy(w->code, sizeof w->code, reason);
}

void row_76_older_generation(struct world *w)
{
	file_world(w, DANALOCK, (struct sim_lock_options){ .model = "V3-BTZB" });
	not_offered(w, "model_unproven");
}

/* The public index as it is: 29 entries with these ids. */
void row_77_one_of_29(struct world *w)
{
	size_t size = 0, n_index = 0;
	uint8_t *file = file_read(w, LUMI, &size), *index = file_read(w, "index.json", &n_index);
	char *text = xcalloc(1, n_index + 1);
	struct offer offer;

	memcpy(text, index, n_index);
	free(index);
	world_begin(w, &(struct world_options){ .file = { file, size },
			       .index = text,
			       .lock = { .manufacturer_code = 0x115F,
				       .image_type = 0x0101,
				       .version = 8,
				       .model = "lumi.lock.acn02",
				       .manufacturer = "LUMI" } });
	w->target = 9;
	engine_offer(w->engine, engine_lock(w->engine, "front"), &offer);
	EXPECT(w, offer.n_not_offered == NOT_OFFERED_MAX, "%zu", offer.n_not_offered);
	EXPECT(w, world_ask(w, &(struct job_request){ .lock = "front" }), "%s", w->code);
	EXPECT(w, strcmp(w->job.image, w->image_id) == 0);
	world_finish(w, 12);
	world_expect_updated(w);
	w->options.index = NULL;
	free(text);
	free(file);
}

void row_78_another_product(struct world *w)
{
	file_world(w, HC_SLM, (struct sim_lock_options){ .model = "TS0601" });
	not_offered(w, "model_unproven");
}

/* The header says: for hardware 2 to 7. */
void row_79_hardware_not_told(struct world *w)
{
	uint8_t image[128] = { 0x1E, 0xF1, 0xEE, 0x0B, 0x00, 0x01, 60, 0x00, 0x04, 0x00, 0x34, 0x12,
		0x01, 0x00, 0x00, 0x00, 0x07, 0x11, 0x02, 0x00 };

	image[52] = sizeof image;
	image[56] = 2;
	image[58] = 7;
	image[62] = sizeof image - 60 - 6;
	world_begin(w, &(struct world_options){ .no_image = true,
			       .lock = { .manufacturer_code = 0x1234, .image_type = 1 } });
	EXPECT(w, world_import(w, (struct span){ image, sizeof image }), "%s", w->code);
	not_offered(w, "hardware_unknown");
}

void row_81_battery_low(struct world *w)
{
	struct job_request forced = {
		.lock = "front", .force = { "model_unproven", "battery_low" }, .n_force = 2
	};

	world_begin(w, &(struct world_options){ .lock.battery_half_percent = 80 });
	world_order(w);
	world_run(w, HOUR);
	EXPECT(w, w->job.phase == JOB_WAITING && w->job.waiting_for == WAIT_BATTERY);
	EXPECT(w, strcmp(w->job.error.reason, "battery_low") == 0);
	EXPECT(w, strstr(w->job.error.text, "40.0 %"), "%s", w->job.error.text);
	EXPECT(w, air_count(w, BLOCK_REQUEST) == 0);
	forced.image = w->image_id;
	(void)world_ask(w, &forced); /* the same job */
	world_finish(w, 2);
	world_expect_updated(w);
}

void row_82_bolt_between(struct world *w)
{
	world_begin(w, &(struct world_options){ 0 });
	world_order(w);
	world_transfer(w, 2400);
	sim_lock_set_bolt(w->locks[0], 0);
	EXPECT(w, world_until(w, JOB_WAITING, WAIT_HOLD, HOUR));
	EXPECT(w, strcmp(w->job.error.reason, "lock_state_busy") == 0, "%s", w->job.error.reason);
	EXPECT(w, air_count(w, END_RESPONSE) > 0 && world_lock(w, 0).version == OLD);
	sim_lock_set_bolt(w->locks[0], 1);
	world_finish(w, 2);
	world_expect_updated(w);
}

void row_83_two_endpoints(struct world *w)
{
	unsigned offers = 0, refusals = 0;

	air_puppet(w, &(struct world_options){ 0 });
	air_mark(w);
	air_send(w, QUERY);
	air_send_as(w, "01 5B 01 00 5C 11 05 00 00 00 04 11", (struct air_how){ .endpoint = 2 });
	loop_run_for(w->loop, SECOND);
	for (unsigned i = 0; i < air_count(w, QUERY_RESPONSE); i++) {
		const struct sim_heard *h = air_heard(w, QUERY_RESPONSE, i);

		offers += h->frame.dst_ep == 1 && strncmp(air_hex(h), "19 5A 02 00", 11) == 0;
		refusals += h->frame.dst_ep == 2 && strcmp(air_hex(h), "19 5B 02 98") == 0;
	}
	EXPECT(w, offers == 1 && refusals == 1, "%u %u", offers, refusals);
	air_alive(w);
}
