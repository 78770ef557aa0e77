#include "api/codec.h"
#include "tests/api/support.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <string.h>

/* Policies over REST: changed, shown, refused with the place that is wrong. */

static struct world *w;

static void setup(void)
{
	w = world_new(true);
	add_lock(w, "front");
	add_job(w, 17, "front");
}

static void teardown(void)
{
	world_free(w);
}

TestSuite(policy_api, .init = setup, .fini = teardown);

Test(policy_api, a_change_carries_what_it_names_and_null_is_the_default)
{
	const struct lock_patch *p = &w->engine.patch;

	cr_assert(eq(uint,
		ask(w, "PATCH /api/v1/locks/front",
			"{\"auto_update\":\"window\",\"window\":\"22:30-05:00\",\"window_days\":"
			"[\"sat\",\"sun\"],\"time_zone\":\"Europe/"
			"Berlin\",\"min_battery_voltage\":4.7,"
			"\"pinned_version\":\"17.7.0.0\",\"priority\":-3,\"max_attempts\":2}",
			NULL),
		200));
	cr_assert(eq(int, p->policy.auto_update, AUTO_WINDOW));
	cr_assert(p->policy.window.set);
	cr_assert(eq(u16, p->policy.window.from, 22 * 60 + 30));
	cr_assert(eq(u16, p->policy.window.to, 300));
	cr_assert(eq(u8, p->policy.window.days, 0x60));
	cr_assert(eq(str, (char *)p->policy.window.zone, "Europe/Berlin"));
	cr_assert(eq(u8, p->policy.min_battery_decivolt, 47));
	cr_assert(eq(u32, p->policy.pinned_version, 0x11070000));
	cr_assert(eq(i8, p->policy.priority, -3));
	cr_assert(eq(int, p->min_battery_percent, -1));
	cr_assert(eq(u32, p->policy_parts & (POLICY_SKIPPED | POLICY_LQI), 0));
	ask(w, "PATCH /api/v1/locks/front", "{\"window\":null,\"skipped_version\":null}", NULL);
	cr_assert(eq(u32, p->policy_parts, POLICY_WINDOW | POLICY_SKIPPED));
	cr_assert(not(p->policy.window.set));
}

Test(policy_api, wrong_values_are_named)
{
	static const char *const bodies[][2] = {
		{ "{\"auto_update\":\"always\"}", "/auto_update" },
		{ "{\"window\":\"2-5\"}", "/window" },
		{ "{\"window_days\":[\"monday\"]}", "/window_days" },
		{ "{\"time_zone\":\"../etc\"}", "/time_zone" },
		{ "{\"min_battery_voltage\":\"4\"}", "/min_battery_voltage" },
		{ "{\"min_battery_voltage\":0.2}", "/min_battery_voltage" },
		{ "{\"max_attempts\":11}", "/max_attempts" },
		{ "{\"pinned_version\":\"x\\t\"}", "/pinned_version" },
		{ "{\"priority\":11}", "/priority" },
	};

	for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
		const json_t *first;

		cr_assert(eq(uint, ask(w, "PATCH /api/v1/locks/front", bodies[i][0], NULL), 400),
			"%s", bodies[i][0]);
		first = json_array_get(json_object_get(w->json, "errors"), 0);
		cr_assert(eq(str, (char *)json_string_value(json_object_get(first, "path")),
				  (char *)bodies[i][1]),
			"%s", bodies[i][0]);
	}
}

Test(policy_api, pause_and_resume)
{
	cr_assert(eq(uint, ask(w, "PATCH /api/v1/policy", "{\"paused\":true}", NULL), 200));
	cr_assert(w->engine.paused);
	cr_assert(holds_true(json_object_get(w->json, "paused")));
	ask(w, "GET /api/v1/policy", NULL, NULL);
	cr_assert(holds_object(json_object_get(w->json, "defaults")));
	ask(w, "PATCH /api/v1/policy", "{\"paused\":false}", NULL);
	cr_assert(not(w->engine.paused));
	cr_assert(eq(uint, ask(w, "PATCH /api/v1/policy", "{}", NULL), 400));
}

Test(policy_api, update_all_makes_one_job_per_offer_and_says_who_was_refused)
{
	struct image *image = add_image(w, 'a');

	add_lock(w, "back");
	ask(w, "POST /api/v1/update-all", "{}", NULL);
	cr_assert(eq(uint, w->reply.status, 202));
	cr_assert(eq(sz, json_array_size(json_object_get(w->json, "jobs")), 0));
	w->engine.offer.image = image;
	(void)err_because(&w->engine.fails, ERR_CONFLICT, "lock_busy", "Job 3 is active.");
	ask(w, "POST /api/v1/update-all", "{\"priority\":2,\"force\":[\"battery_unknown\"]}", NULL);
	cr_assert(eq(sz, json_array_size(json_object_get(w->json, "jobs")), 1));
	cr_assert(eq(sz, json_array_size(json_object_get(w->json, "not_updated")), 1));
	cr_assert(eq(i8, w->engine.request.priority, 2));
	cr_assert(eq(sz, w->engine.request.n_force, 1));
	cr_assert(not(w->engine.request.has_version), "the offer, nothing that must be named");
	cr_assert(eq(uint, ask(w, "POST /api/v1/update-all", "{\"lock\":\"front\"}", NULL), 400));
}

Test(policy_api, verify_and_confirm)
{
	w->engine.answer = JOB_CREATED;
	cr_assert(eq(uint, ask(w, "POST /api/v1/jobs/17/verify", NULL, NULL), 202));
	cr_assert(strstr(w->engine.called, "verify 17  by") != NULL);
	cr_assert(eq(uint,
		ask(w, "POST /api/v1/jobs/17/confirm", "{\"version\":\"17.7.0.0\"}", NULL), 202));
	cr_assert(strstr(w->engine.called, "verify 17 17.7.0.0 by") != NULL);
	cr_assert(eq(
		uint, ask(w, "POST /api/v1/jobs/17/confirm", "{\"version\":\"\\t\"}", NULL), 400));
	cr_assert(eq(uint, ask(w, "POST /api/v1/jobs/x/verify", NULL, NULL), 404));
}

Test(policy_api, a_wait_says_what_to_do_and_by_when)
{
	struct job *job = &w->engine.jobs[0];

	job->phase = JOB_WAITING;
	job->waiting_for = WAIT_WAKE;
	w->engine.progress.next_at = 1780272000000;
	w->engine.progress.deadline = 1780876800000;
	ask(w, "GET /api/v1/locks/front", NULL, NULL);
	cr_assert(eq(str, (char *)text_of(w, "action"), "press_key"));
	cr_assert(eq(str, (char *)text_of(w, "deadline"), "2026-06-08T00:00:00.000Z"));
	ask(w, "GET /api/v1/jobs/17", NULL, NULL);
	cr_assert(eq(str, (char *)text_of(w, "action"), "press_key"));
	cr_assert(eq(str, (char *)text_of(w, "waiting_until"), "2026-06-01T00:00:00.000Z"));
}
