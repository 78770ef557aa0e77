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
	lock.components[0] = (struct lock_component){
		.id = "main", .installed = "1.0.0", .available = "2.0.0"
	};
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
