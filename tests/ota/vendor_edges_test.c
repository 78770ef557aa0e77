#include "ota/vendor_session.h"
#include "tests/ota/cloud_house.h"

#include <string.h>

/* What happens between two steps, before the first look, and when nobody can be asked any more. */

static void none(void)
{
}

TestSuite(vendor_edges, .init = none, .fini = cloud_end, .timeout = 60);
TestSuite(vendor_saved);

/* --- while the intent goes to disk --- */

static struct session_world world;
static struct lock lock;
static struct check check;
static struct session session;

static void intended(void)
{
	struct job job = { .id = 7,
		.vendor = true,
		.phase = JOB_CHECKING,
		.component = "main",
		.from_text = "1.0.0",
		.to_text = "2.0.0",
		.intent = INTENT_INTENDED,
		.intent_at = 5,
		.attempt = 1,
		.percent = -1 };

	lock = (struct lock){ .n_components = 1 };
	lock.components[0] =
		(struct lock_component){ .id = "main", .installed = "1.0.0", .available = "2.0.0" };
	session_init(&session, &job);
	session.vendor.may_trigger = true;
	session.vendor.fresh_at = 1000;
	check = (struct check){ .n = 0 };
	world = (struct session_world){ .lock = &lock,
		.adapter = ADAPTER_UP,
		.capabilities = DRIVES,
		.slot_free = true,
		.check = &check,
		.durable = &session.job,
		.give_up_after_s = 604800,
		.now = 2000,
		.wall = 2000 };
}

static unsigned orders(void)
{
	static struct job durable;
	unsigned n = 0;

	durable = session.job;
	world.durable = &durable;
	session_step(&session, &world, &(struct session_input){ .kind = SESSION_SAVED });
	for (size_t i = 0; i < session.n_actions; i++)
		n += session.actions[i].what == SESSION_TRIGGER;
	return n;
}

Test(vendor_saved, as_it_was_it_is_asked)
{
	intended();
	cr_assert(eq(u32, orders(), 1));
}

Test(vendor_saved, somebody_else_has_begun)
{
	intended();
	lock.components[0].state = VENDOR_DOWNLOADING;
	cr_assert(eq(u32, orders(), 0));
	cr_assert(eq(int, session.job.intent, INTENT_ADOPTED));
}

Test(vendor_saved, somebody_else_is_through)
{
	intended();
	strcpy(lock.components[0].installed, "2.0.0");
	cr_assert(eq(u32, orders(), 0));
	cr_assert(eq(int, session.job.phase, JOB_SUCCEEDED));
	cr_assert(eq(str, session.job.evidence, "version_observed"));
}

Test(vendor_saved, another_version_is_offered)
{
	intended();
	strcpy(lock.components[0].available, "2.1.0");
	cr_assert(eq(u32, orders(), 0));
	cr_assert(eq(str, session.job.to_text, "2.1.0"));
}

/* --- nobody can be asked any more --- */

static void house(unsigned capabilities)
{
	cloud_begin(capabilities);
	cloud_add("front");
}

static struct cloud_part *front(void)
{
	return &cloud.locks[0].parts[0];
}

static void gives_up(int64_t id, const char *code)
{
	struct job job;

	cloud_run(6 * 24 * HOUR);
	cr_assert(not(job_is_over(cloud_job(id).phase)));
	job = cloud_wait(id, 48);
	cr_assert(eq(str, (char *)job_phase_name(job.phase), "failed"));
	cr_assert(eq(str, job.outcome, (char *)code));
	cr_assert(eq(u32, cloud.triggers, 1));
}

Test(vendor_edges, a_cloud_that_never_comes_back_is_given_up)
{
	int64_t id;

	house(DRIVES);
	front()->plan.download = HOUR;
	cloud_start();
	id = cloud_update("front");
	cloud_run(10 * MINUTE);
	cloud_is(id, JOB_TRANSFERRING, WAIT_NOTHING);
	cloud.down = VENDOR_NO_NET;
	gives_up(id, "cloud_unreachable");
}

Test(vendor_edges, an_adapter_that_is_gone_while_the_lock_installs_is_given_up)
{
	int64_t id;

	house(DRIVES);
	front()->plan.install = HOUR;
	cloud_start();
	id = cloud_update("front");
	cloud_run(20 * MINUTE);
	cloud_is(id, JOB_APPLYING, WAIT_NOTHING);
	cloud_adapter(ADAPTER_STOPPED, NULL);
	gives_up(id, "no_contact");
}

Test(vendor_edges, while_it_is_unclear_the_adapter_is_waited_for)
{
	int64_t id;

	house(DRIVES);
	front()->plan.silent = front()->plan.lost = true;
	cloud_start();
	id = cloud_update("front");
	cloud_run(70 * SECOND);
	cloud_is(id, JOB_CHECKING, WAIT_NOTHING);
	cloud_adapter(ADAPTER_STOPPED, NULL);
	cloud_is(id, JOB_WAITING, WAIT_ADAPTER);
	cloud_run(MINUTE);
	cloud_adapter(ADAPTER_UP, NULL);
	cloud_run(5 * MINUTE);
	cloud_is(id, JOB_WAITING, WAIT_USER);
	cr_assert(eq(str, cloud_job(id).error.reason, "trigger_unclear"));
	cr_assert(eq(u32, cloud.triggers, 1));
}

Test(vendor_edges, an_adapter_that_goes_does_not_take_the_question_away)
{
	int64_t id;

	house(DRIVES);
	front()->plan.silent = front()->plan.lost = true;
	cloud_start();
	id = cloud_update("front");
	cloud_run(10 * MINUTE);
	cr_assert(eq(str, cloud_job(id).error.reason, "trigger_unclear"));
	cloud_adapter(ADAPTER_STOPPED, NULL);
	cloud_run(HOUR);
	cr_assert(eq(str, cloud_job(id).error.reason, "trigger_unclear"));
}

/* --- asked for before the vendor was asked what there is --- */

static int64_t before_the_first_look(void)
{
	cloud.locks[0].mute = true;
	cloud_start();
	cr_assert(eq(u8, engine_lock(cloud.engine, "front")->n_components, 0));
	cloud.locks[0].mute = false;
	return cloud_update("front");
}

Test(vendor_edges, asked_for_at_once_it_asks_and_goes_on)
{
	int64_t id;
	struct job job;

	house(DRIVES);
	strcpy(cloud_add_part(&cloud.locks[0], "9")->available, "3.0.0");
	id = before_the_first_look();
	job = cloud_wait(id, 2);
	cr_assert(eq(str, job.outcome, "updated"), "%s", job.summary);
	cr_assert(eq(str, job.component, "main"));
	cr_assert(eq(str, job.from_text, "1.0.0"));
	cr_assert(eq(str, job.to_text, "2.0.0"));
	cr_assert(not(cloud_told(id, "target_moved")));
	job = cloud_wait(cloud_newest().id, 2);
	cr_assert(eq(i64, job.continues, id));
	cr_assert(eq(str, job.outcome, "updated"));
	cr_assert(eq(u32, cloud.triggers, 2));
}

Test(vendor_edges, asked_for_at_once_and_nothing_is_offered)
{
	struct job job;

	house(DRIVES);
	front()->available[0] = '\0';
	job = cloud_wait(before_the_first_look(), 2);
	cr_assert(eq(str, job.outcome, "no_update"));
	cr_assert(eq(u32, cloud.triggers, 0));
}

Test(vendor_edges, a_guided_lock_that_was_not_asked_is_watched_all_the_same)
{
	int64_t id;
	struct job job;

	house(OBSERVES);
	id = before_the_first_look();
	cloud_run(MINUTE);
	cloud_is(id, JOB_WAITING, WAIT_USER);
	strcpy(front()->installed, "1.1.0");
	job = cloud_wait(id, 2);
	cr_assert(eq(str, job.outcome, "updated"), "%s", job.summary);
	cr_assert(eq(str, job.evidence, "version_observed"));
	cr_assert(eq(str, job.from_text, "1.0.0"));
}
