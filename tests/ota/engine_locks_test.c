#include "tests/ota/engine_world.h"

#include <string.h>

/* What can be asked of locks, checks and adapters; and the end. */

TestSuite(engine_locks, .init = world_begin, .fini = world_end, .timeout = 60);

struct lock_answer {
	unsigned calls;
	struct err err;
	bool has_lock;
	struct lock lock;
};

static void lock_answered(void *owner, const struct err *e, const struct lock *lock)
{
	struct lock_answer *a = owner;

	a->calls++;
	a->has_lock = lock != NULL;
	if (e)
		a->err = *e;
	if (lock)
		a->lock = *lock;
}

static struct lock_answer put(const char *id, const struct lock_patch *patch, bool create)
{
	struct lock_answer a = { 0 };

	engine_put_lock(world.engine, id, patch, create, lock_answered, &a);
	cr_assert(eq(u32, a.calls, 0), "answered from inside the question");
	world_run(20);
	cr_assert(eq(u32, a.calls, 1));
	return a;
}

static struct lock_answer drop(const char *id)
{
	struct lock_answer a = { 0 };

	engine_remove_lock(world.engine, id, lock_answered, &a);
	world_run(20);
	cr_assert(eq(u32, a.calls, 1));
	return a;
}

static const struct event *last(enum event_kind kind)
{
	for (size_t i = world.n_events; i-- > 0;)
		if (world.events[i].kind == kind)
			return &world.events[i];
	return NULL;
}

Test(engine_locks, are_listed_by_id)
{
	cr_assert(eq(sz, engine_lock_count(world.engine), 3));
	cr_assert(eq(str, (char *)engine_lock_at(world.engine, 0)->id, "back"));
	cr_assert(eq(str, (char *)engine_lock_at(world.engine, 2)->id, "side"));
	cr_assert(eq(ptr, (void *)engine_lock_at(world.engine, 3), NULL));
}

Test(engine_locks, put_creates_and_changes)
{
	struct lock_patch patch = { .name = "Shed",
		.adapter = "stick",
		.address = "0x00124b00000000ff",
		.min_battery_percent = 70 };
	struct lock_answer a = put("shed", &patch, true);

	cr_assert(a.has_lock, "%s", a.err.text);
	cr_assert(eq(str, a.lock.name, "Shed"));
	cr_assert(eq(u8, a.lock.policy.min_battery_percent, 70));
	cr_assert(eq(str, (char *)last(EVENT_LOCK)->code, "added"));
	a = put("shed", &(struct lock_patch){ .name = "Hut", .min_battery_percent = -1 }, false);
	cr_assert(eq(str, a.lock.name, "Hut"));
	cr_assert(eq(u8, a.lock.policy.min_battery_percent, 70));
}

Test(engine_locks, what_put_refuses)
{
	struct lock_patch patch = {
		.adapter = "stick", .address = FRONT, .min_battery_percent = -1
	};

	cr_assert(eq(str, put("new", &patch, true).err.reason, "address_taken"));
	patch.address = "0x1";
	patch.adapter = "nowhere";
	cr_assert(eq(str, put("new", &patch, true).err.reason, "invalid"));
	patch.adapter = "stick";
	cr_assert(eq(str, put("No Slug", &patch, true).err.reason, "invalid"));
	cr_assert(eq(str, put("new", &patch, false).err.reason, "not_found"));
	start("front");
	cr_assert(eq(str, put("front", &patch, false).err.reason, "lock_busy"));
	cr_assert(eq(str, drop("front").err.reason, "lock_busy"));
}

Test(engine_locks, removed_ones_are_gone)
{
	cr_assert(drop("front").has_lock);
	cr_assert(eq(sz, engine_lock_count(world.engine), 2));
	cr_assert(eq(ptr, (void *)engine_lock(world.engine, "front"), NULL));
	cr_assert(eq(str, (char *)last(EVENT_LOCK)->code, "removed"));
	cr_assert(eq(str, drop("front").err.reason, "not_found"));
}

#define ELSEWHERE "0x00124b00000000ee"

Test(engine_locks, full_disk_undoes_a_change)
{
	struct lock_patch patch = { .name = "Other", .min_battery_percent = -1 };

	world.disk_full = true;
	cr_assert(eq(int, put("front", &patch, false).err.code, ERR_NO_SPACE));
	world.disk_full = false;
	world_run(MINUTE);
	cr_assert(eq(str, (char *)engine_lock(world.engine, "front")->name, "front"));
}

/* The adapter must not lose a lock that is still here. */
Test(engine_locks, full_disk_undoes_a_change_at_the_adapter_too)
{
	struct lock_patch patch = { .address = ELSEWHERE, .min_battery_percent = -1 };

	world.disk_full = true;
	cr_assert(eq(int, put("front", &patch, false).err.code, ERR_NO_SPACE));
	cr_assert(eq(str, world.stick->known, FRONT));
	cr_assert(eq(str, world.stick->forgotten, ELSEWHERE));
	cr_assert(eq(int, drop("back").err.code, ERR_NO_SPACE));
	cr_assert(eq(str, world.stick->known, BACK));
}

Test(engine_locks, what_was_undone_is_not_told_later)
{
	struct lock_patch patch = { .name = "Other", .min_battery_percent = -1 };
	size_t before = world.n_events;

	world.disk_full = true;
	cr_assert(eq(int, put("front", &patch, false).err.code, ERR_NO_SPACE));
	world.disk_full = false;
	lock_wakes(FRONT);
	world_run(10 * MINUTE);
	for (size_t i = before; i < world.n_events; i++)
		cr_assert(ne(str, world.events[i].code, "changed"));
}

Test(engine_locks, two_changes_of_one_turn_are_answered_each_with_its_own)
{
	struct lock_patch one = { .name = "One", .min_battery_percent = -1 };
	struct lock_patch two = { .name = "Two", .min_battery_percent = -1 };
	struct lock_answer a = { 0 }, b = { 0 };

	engine_put_lock(world.engine, "front", &one, false, lock_answered, &a);
	engine_put_lock(world.engine, "front", &two, false, lock_answered, &b);
	world_run(20);
	cr_assert(eq(u32, a.calls, 1));
	cr_assert(eq(u32, b.calls, 1));
	cr_assert(eq(str, a.lock.name, "One"));
	cr_assert(eq(str, b.lock.name, "Two"), "told before it was on disk");
}

Test(engine_locks, config_names_take_over_what_a_scan_found)
{
	struct lock_seen seen = { .address = "0x00124b00000000aa", .is_lock = true };
	struct adapter *a = &world.stick->adapter;
	struct err e = { 0 };

	a->to->seen(a->owner, a, &seen);
	world_run(20);
	cr_assert(eq(sz, engine_lock_count(world.engine), 4));
	cr_assert(eq(int,
		engine_config_lock(world.engine, "gate", "Gate", "stick", seen.address, &e), OK));
	world_run(20);
	cr_assert(eq(sz, engine_lock_count(world.engine), 4));
	cr_assert(eq(str,
		put("gate", &(struct lock_patch){ .name = "X", .min_battery_percent = -1 }, false)
			.err.reason,
		"managed_by_config"));
	cr_assert(eq(int, engine_config_lock(world.engine, "front", "F", "stick", FRONT, &e),
		ERR_CONFLICT));
}

/* Another address is another device: its version, battery and place in the network are unknown. */
Test(engine_locks, another_address_takes_nothing_over)
{
	struct lock_answer a = put("front",
		&(struct lock_patch){ .address = ELSEWHERE, .min_battery_percent = -1 }, false);

	cr_assert(a.has_lock, "%s", a.err.text);
	cr_assert(eq(u32, a.lock.facts.known, 0));
	cr_assert(eq(u16, a.lock.facts.network_address, 0xFFFF));
	cr_assert(eq(i64, a.lock.version_at, 0));
	cr_assert(eq(i16, a.lock.battery.half_percent, -1));
	cr_assert(eq(i64, a.lock.battery.at, 0));
}

/* "front" becomes a lock of the file; its job is in the phase that the test brings it to. */
static int64_t job_of_a_lock_of_the_file(void)
{
	struct err e;
	int64_t id;

	cr_assert(eq(
		int, engine_config_lock(world.engine, "porch", "P", "stick", ELSEWHERE, &e), OK));
	world_run(20);
	lock_says_version(ELSEWHERE, OLD);
	lock_reads(ELSEWHERE, 170, LOCK_LOCKED);
	id = start("porch");
	update(ELSEWHERE, id, UPDATE_OFFERED, 0);
	update(ELSEWHERE, id, UPDATE_PROGRESS, 400);
	is_at(id, JOB_TRANSFERRING, WAIT_NOTHING);
	return id;
}

Test(engine_locks, other_lock_under_the_same_id_does_not_end_the_job_of_the_first)
{
	int64_t id = job_of_a_lock_of_the_file();
	struct err e;

	cr_assert(eq(int,
		engine_config_lock(world.engine, "porch", "P", "stick", "0x00124b00000000dd", &e),
		OK));
	world_run(20);
	lock_says_version("0x00124b00000000dd", NEW);
	world_run(20);
	cr_assert(eq(str, stored(id).outcome, "lock_replaced"));
	cr_assert(eq(int, stored(id).phase, JOB_FAILED));
	cr_assert(eq(ptr, (void *)active("porch"), NULL));
}

Test(engine_locks, address_spelled_otherwise_is_the_same_lock)
{
	int64_t id = job_of_a_lock_of_the_file();
	struct err e;

	cr_assert(eq(int,
		engine_config_lock(world.engine, "porch", "P", "stick", "0x00124B00000000EE", &e),
		OK));
	world_run(20);
	is_at(id, JOB_TRANSFERRING, WAIT_NOTHING);
	cr_assert(eq(u32, engine_lock(world.engine, "porch")->facts.version, OLD));
}

Test(engine_locks, job_follows_its_lock_to_the_name_in_the_file)
{
	static const char address[] = "0x00124b00000000aa";
	struct lock_seen seen = { .address = address, .is_lock = true };
	struct adapter *a = &world.stick->adapter;
	const char *old;
	struct err e;
	int64_t id;

	a->to->seen(a->owner, a, &seen);
	world_run(20);
	old = last(EVENT_LOCK)->lock;
	lock_says_version(address, OLD);
	lock_reads(address, 170, LOCK_LOCKED);
	id = start(old);
	update(address, id, UPDATE_OFFERED, 0);
	update(address, id, UPDATE_PROGRESS, 400);
	cr_assert(eq(
		int, engine_config_lock(world.engine, "gate", "Gate", "stick", address, &e), OK));
	world_run(20);
	cr_assert(eq(sz, engine_lock_count(world.engine), 4));
	cr_assert(eq(sz, engine_active_count(world.engine), 1));
	cr_assert(ne(ptr, (void *)active("gate"), NULL));
	cr_assert(eq(str, stored(id).lock, "gate"));
	lock_says_version(address, NEW);
	is_at(id, JOB_SUCCEEDED, WAIT_NOTHING);
}

/* One device, one lock: else it could have two active jobs. */
Test(engine_locks, file_moves_a_lock_to_where_a_scan_found_one)
{
	struct lock_seen seen = { .address = "0x00124b00000000aa", .is_lock = true };
	struct adapter *a = &world.stick->adapter;
	struct err e;

	cr_assert(eq(
		int, engine_config_lock(world.engine, "porch", "P", "stick", ELSEWHERE, &e), OK));
	a->to->seen(a->owner, a, &seen);
	world_run(20);
	cr_assert(eq(sz, engine_lock_count(world.engine), 5));
	cr_assert(eq(int, engine_config_lock(world.engine, "porch", "P", "stick", seen.address, &e),
		OK));
	world_run(20);
	cr_assert(eq(sz, engine_lock_count(world.engine), 4));
}

Test(engine_locks, check_answers_at_once_and_an_event_follows_the_read)
{
	struct check check;
	struct err e;

	world_run(25 * HOUR);
	cr_assert(eq(int, engine_check(world.engine, "front", &check, &e), OK));
	cr_assert(ne(u32, check.pending & READ_BATTERY, 0));
	cr_assert(eq(ptr, (void *)last(EVENT_CHECK), NULL));
	lock_wakes(FRONT);
	cr_assert(eq(u32, world.stick->reads, 1));
	lock_says_version(FRONT, OLD);
	lock_reads(FRONT, 180, LOCK_LOCKED);
	world_run(20);
	cr_assert(ne(ptr, (void *)last(EVENT_CHECK), NULL));
	cr_assert(eq(int, engine_check(world.engine, "nobody", &check, &e), ERR_NOT_FOUND));
}

Test(engine_locks, facts_are_saved_together)
{
	unsigned before = world.commits;

	for (int i = 0; i < 100; i++) {
		lock_reads(FRONT, 100 + i, LOCK_LOCKED);
		world_run(200);
	}
	cr_assert(le(u32, world.commits - before, 4));
	world_run(11 * SECOND);
	cr_assert(eq(i16, engine_lock(world.engine, "front")->battery.half_percent, 199));
}

Test(engine_locks, version_is_news_at_once)
{
	lock_says_version(FRONT, NEW);
	world_run(10);
	cr_assert(eq(u32, engine_lock(world.engine, "front")->facts.version, NEW));
	cr_assert(eq(str, (char *)last(EVENT_LOCK)->code, "version"));
}

Test(engine_locks, wake_now_notifies)
{
	struct err e;

	cr_assert(eq(int, engine_wake_now(world.engine, "front", &e), ERR_CONFLICT));
	start("front");
	cr_assert(not(world.stick->order.notify_now));
	cr_assert(eq(int, engine_wake_now(world.engine, "front", &e), OK));
	cr_assert(world.stick->order.notify_now);
}

Test(engine_locks, problem_stays_until_dismissed_or_the_next_start)
{
	int64_t id = start("front");

	update(FRONT, id, UPDATE_OFFERED, 0);
	update_ends(FRONT, id, "ota_end", 0x96);
	world_run(10);
	cr_assert(eq(str, (char *)engine_lock(world.engine, "front")->problem, "invalid_image"));
	put("front", &(struct lock_patch){ .dismiss_problem = true, .min_battery_percent = -1 },
		false);
	cr_assert(eq(str, (char *)engine_lock(world.engine, "front")->problem, ""));
}

Test(engine_locks, offer_says_what_and_why_not)
{
	struct offer offer;

	engine_offer(world.engine, engine_lock(world.engine, "front"), &offer);
	cr_assert(eq(str, (char *)offer.image->id, NEW_IMAGE));
	cr_assert(eq(sz, offer.n_not_offered, 1));
	cr_assert(not(engine_uses_image(world.engine, NEW_IMAGE)));
	start("front");
	cr_assert(engine_uses_image(world.engine, NEW_IMAGE));
}

static void stopped(void *owner)
{
	(*(unsigned *)owner)++;
}

Test(engine_locks, stop_saves_what_was_not_saved_yet)
{
	int64_t id = start("front");
	unsigned calls = 0;

	update(FRONT, id, UPDATE_OFFERED, 0);
	world_run(10);
	update(FRONT, id, UPDATE_PROGRESS, 250);
	engine_stop(world.engine, stopped, &calls);
	cr_assert(eq(u32, calls, 0));
	world_run(50);
	cr_assert(eq(u32, calls, 1));
	cr_assert(eq(u64, stored(id).bytes_done, 250));
}

Test(engine_locks, stop_does_not_wait_for_a_full_disk)
{
	unsigned calls = 0;

	start("front");
	world.disk_full = true;
	engine_stop(world.engine, stopped, &calls);
	world_run(5 * SECOND);
	cr_assert(eq(u32, calls, 1));
}
