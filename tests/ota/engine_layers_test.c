#include "ota/engine.h"
#include "tests/ota/engine_world.h"

#include <string.h>

/* What holds for a lock: what was set here, then its entry in the configuration file, then the
 * defaults; and how many may load through an adapter. */

TestSuite(engine_layers, .init = world_begin, .fini = world_end, .timeout = 60);

static void on_lock(void *owner, const struct err *e, const struct lock *lock)
{
	(void)lock;
	*(enum err_code *)owner = e ? e->code : OK;
}

static enum err_code patch(unsigned parts, const struct policy *policy)
{
	const struct lock_patch p = {
		.min_battery_percent = -1, .policy_parts = parts, .policy = *policy
	};
	enum err_code code = ERR_INTERNAL;

	engine_put_lock(world.engine, "front", &p, false, on_lock, &code);
	world_run(20);
	return code;
}

static struct policy holds(void)
{
	struct policy policy;

	engine_policy(world.engine, engine_lock(world.engine, "front"), &policy);
	return policy;
}

static void file_says(const struct policy *policy)
{
	engine_config_policy(world.engine, "front", policy);
}

Test(engine_layers, what_was_set_here_wins_until_it_is_taken_back)
{
	file_says(&(struct policy){ .min_lqi = 80, .max_attempts = 2, .priority = 3 });
	cr_assert(eq(u8, holds().min_lqi, 80));
	cr_assert(eq(u8, holds().max_attempts, 2));
	cr_assert(eq(i8, holds().priority, 3));
	cr_assert(eq(u8, holds().min_battery_percent, 50), "open in both: the default");
	cr_assert(eq(int, patch(POLICY_LQI, &(struct policy){ .min_lqi = 60 }), OK));
	cr_assert(eq(u8, holds().min_lqi, 60));
	cr_assert(eq(u8, holds().max_attempts, 2), "only what was set");
	world_kill();
	world_start();
	cr_assert(eq(u8, holds().max_attempts, 4), "no longer in the file");
	file_says(&(struct policy){ .min_lqi = 80 });
	cr_assert(eq(u8, holds().min_lqi, 60), "kept over a restart");
	cr_assert(eq(int, patch(POLICY_LQI, &(struct policy){ .min_lqi = 0 }), OK));
	cr_assert(eq(u8, holds().min_lqi, 80));
}

Test(engine_layers, a_version_pinned_in_the_file_is_the_only_one)
{
	struct offer offer;

	file_says(&(struct policy){ .pinned_version = OLD });
	engine_offer(world.engine, engine_lock(world.engine, "front"), &offer);
	cr_assert(eq(ptr, (void *)offer.image, NULL));
	is_at(start("front"), JOB_WAITING, WAIT_USER);
	engine_offer(world.engine, engine_lock(world.engine, "back"), &offer);
	cr_assert(eq(str, (char *)offer.image->id, NEW_IMAGE), "another lock's business");
}

Test(engine_layers, a_version_skipped_in_the_file_is_not_offered)
{
	struct offer offer;
	bool skipped = false;

	file_says(&(struct policy){ .skipped_version = NEW });
	engine_offer(world.engine, engine_lock(world.engine, "front"), &offer);
	cr_assert(eq(ptr, (void *)offer.image, NULL));
	for (size_t i = 0; i < offer.n_not_offered; i++)
		skipped = skipped || strcmp(offer.not_offered[i].reason, "skipped") == 0;
	cr_assert(skipped);
}

Test(engine_layers, jobs_have_the_priority_of_the_file)
{
	file_says(&(struct policy){ .priority = 4 });
	cr_assert(eq(i8, stored(start("front")).priority, 4));
	cr_assert(eq(i8, stored(start("back")).priority, 0));
}

Test(engine_layers, the_window_of_the_file_is_enough_for_automatic_updates)
{
	const struct policy by_itself = { .auto_update = AUTO_WINDOW };

	cr_assert(eq(int, patch(POLICY_AUTO_UPDATE, &by_itself), ERR_INVALID));
	file_says(&(struct policy){ .window = { .set = true, .from = 120, .to = 300 } });
	cr_assert(eq(int, patch(POLICY_AUTO_UPDATE, &by_itself), OK));
}

static void offer_all(const int64_t id[3])
{
	update(FRONT, id[0], UPDATE_OFFERED, 0);
	update(BACK, id[1], UPDATE_OFFERED, 0);
	update(SIDE, id[2], UPDATE_OFFERED, 0);
}

Test(engine_layers, an_adapter_can_have_its_own_number_of_transfers)
{
	const int64_t id[3] = { start("front"), start("back"), start("side") };

	cr_assert(eq(u32, engine_transfers(world.engine, "stick"), 2));
	engine_adapter_transfers(world.engine, "stick", 1);
	offer_all(id);
	is_at(id[0], JOB_TRANSFERRING, WAIT_NOTHING);
	is_at(id[1], JOB_WAITING, WAIT_SLOT);
	is_at(id[2], JOB_WAITING, WAIT_SLOT);
	engine_adapter_transfers(world.engine, "stick", 3);
	offer_all(id);
	is_at(id[1], JOB_TRANSFERRING, WAIT_NOTHING);
	is_at(id[2], JOB_TRANSFERRING, WAIT_NOTHING);
	engine_adapter_transfers(world.engine, "stick", 0);
	cr_assert(eq(u32, engine_transfers(world.engine, "stick"), 2));
}
