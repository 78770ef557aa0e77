#include "tests/ota/cloud_house.h"

#include <string.h>

/* What happens by itself to locks of vendors: notices, windows, what is pinned and skipped. */

static void none(void)
{
}

TestSuite(vendor_policy, .init = none, .fini = cloud_end, .timeout = 60);

static void done(void *owner, const struct err *e, const struct lock *lock)
{
	(void)lock;
	*(struct err *)owner = e ? *e : (struct err){ .code = OK };
}

static struct err patch(unsigned parts, const struct policy *policy)
{
	struct lock_patch p = {
		.min_battery_percent = -1, .policy_parts = parts, .policy = *policy
	};
	static struct err e;

	e = (struct err){ .code = ERR_INTERNAL };
	engine_put_lock(cloud.engine, "front", &p, false, done, &e);
	cloud_run(50);
	return e;
}

static void house(unsigned capabilities)
{
	cloud_begin(capabilities);
	cloud_add("front");
	cloud_start();
}

static void always(enum auto_update what)
{
	struct policy p = { .auto_update = what, .window = { .set = true } };

	cr_assert(window_parse(&p.window, "00:00-23:59"));
	cr_assert(eq(int, patch(POLICY_AUTO_UPDATE | POLICY_WINDOW, &p).code, OK));
}

static unsigned notices(void)
{
	unsigned n = 0;

	for (size_t i = 0; i < cloud.n_events; i++)
		n += strcmp(cloud.events[i].code, "update_available") == 0;
	return n;
}

Test(vendor_policy, in_the_window_it_starts_by_itself)
{
	struct job job;

	house(DRIVES);
	always(AUTO_WINDOW);
	cloud_run(30 * MINUTE);
	job = cloud_newest();
	cr_assert(job.automatic);
	job = cloud_wait(job.id, 2);
	cr_assert(eq(str, (char *)job_phase_name(job.phase), "succeeded"), "%s", job.summary);
	cr_assert(eq(u32, notices(), 1));
}

Test(vendor_policy, what_fails_is_not_tried_for_ever)
{
	house(DRIVES);
	cloud.locks[0].parts[0].plan.ends = VENDOR_FAILED;
	always(AUTO_WINDOW);
	cloud_run(24 * 7 * HOUR);
	cr_assert(eq(u32, cloud.triggers, 3));
}

Test(vendor_policy, a_guided_lock_is_only_told_of)
{
	house(CHECK_ONLY);
	always(AUTO_WINDOW);
	cloud_run(3 * HOUR);
	cr_assert(eq(i64, cloud_newest().id, 0));
	cr_assert(eq(u32, notices(), 1));
	strcpy(cloud.locks[0].parts[0].available, "2.1.0");
	cloud_poll();
	cloud_run(3 * MINUTE);
	cr_assert(eq(u32, notices(), 2));
}

Test(vendor_policy, what_is_skipped_is_not_offered)
{
	struct policy p = { .skipped_text = "V2.0.0" };

	house(DRIVES);
	cr_assert(eq(int, patch(POLICY_SKIPPED, &p).code, OK));
	always(AUTO_WINDOW);
	cloud_run(HOUR);
	cr_assert(eq(i64, cloud_newest().id, 0));
	strcpy(cloud.locks[0].parts[0].available, "2.1.0");
	cloud_poll();
	cloud_run(HOUR);
	cr_assert(eq(u32, cloud.triggers, 1));
}

Test(vendor_policy, a_pin_holds_the_target)
{
	struct policy p = { .pinned_text = "1.9" };
	int64_t id;

	house(DRIVES);
	cr_assert(eq(int, patch(POLICY_PINNED, &p).code, OK));
	id = cloud_update("front");
	cloud_run(MINUTE);
	cloud_is(id, JOB_WAITING, WAIT_USER);
	cr_assert(eq(str, cloud_job(id).error.reason, "version_pinned"));
	p.pinned_text[0] = '\0';
	cr_assert(eq(int, patch(POLICY_PINNED, &p).code, OK));
	cloud_run(30 * MINUTE);
	cr_assert(eq(u32, cloud.triggers, 1));
}

static void paused(void *owner, const struct err *e)
{
	(void)owner;
	cr_assert(not(e && e->code), "%s", e ? e->text : "");
}

static void pause_all(bool pause)
{
	engine_pause(cloud.engine, pause, paused, NULL);
	cloud_run(20);
	cr_assert(eq(int, engine_is_paused(cloud.engine), pause));
}

Test(vendor_policy, the_pause_and_the_window_hold_the_order)
{
	struct policy p = { .window = { .set = true } };
	int64_t id;

	house(DRIVES);
	pause_all(true);
	id = cloud_update("front");
	cloud_run(HOUR);
	cloud_is(id, JOB_WAITING, WAIT_USER);
	cr_assert(eq(u32, cloud.looks, 0), "the cloud need not be asked");
	cr_assert(window_parse(&p.window, "02:00-03:00")); /* it is past one */
	cr_assert(eq(int, patch(POLICY_WINDOW, &p).code, OK));
	pause_all(false);
	cloud_run(MINUTE);
	cloud_is(id, JOB_WAITING, WAIT_WINDOW);
	cr_assert(eq(u32, cloud.triggers, 0));
	cloud_run(HOUR);
	cr_assert(eq(u32, cloud.triggers, 1));
}

Test(vendor_policy, what_is_skipped_of_one_component_is_not_taken_along_with_another)
{
	struct policy p = { .skipped_text = "2.0.0" };
	struct cloud_part *radio;

	cloud_begin(DRIVES);
	cloud_add("front");
	cloud_start();
	cr_assert(eq(int, patch(POLICY_SKIPPED, &p).code, OK));
	radio = cloud_add_part(&cloud.locks[0], "9");
	strcpy(radio->available, "3.0.0");
	cloud_poll();
	always(AUTO_WINDOW);
	cloud_run(2 * HOUR);
	cr_assert(eq(u32, radio->triggers, 1));
	cr_assert(eq(u32, cloud.locks[0].parts[0].triggers, 0), "2.0.0 is skipped");
}
