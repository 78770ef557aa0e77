#include "tests/ota/store_fixture.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if defined(__has_builtin)
#if __has_builtin(__builtin_clear_padding)
#define CLEAR_PADDING(p) __builtin_clear_padding(p)
#endif
#endif

TestSuite(store, .init = store_setup, .fini = store_teardown, .timeout = 60);

static void expect_same(const char *what, const void *kept, void *given, size_t size)
{
	const unsigned char *a = kept, *b = given;

	for (size_t i = 0; i < size; i++) {
#ifndef CLEAR_PADDING
		if (b[i] == 'A' && !a[i])
			continue; /* perhaps padding */
#endif
		if (a[i] != b[i]) {
			cr_fail("%s differs at byte %zu: kept %02x, given %02x", what, i, a[i],
				b[i]);
			return;
		}
	}
}

Test(store, keeps_every_member_of_a_job)
{
	struct job job;
	struct store_contents contents;

	fill_job(&job);
	job.id = put_ok(&job);
#ifdef CLEAR_PADDING
	CLEAR_PADDING(&job);
#endif
	reopen();
	contents = load(0);
	cr_assert(eq(sz, contents.n_jobs, 1));
	expect_same("job at start", contents.jobs, &job, sizeof job);
	store_contents_done(&contents);
	expect_same("job by id", one_job(job.id), &job, sizeof job);
	expect_same(
		"job in a list", jobs((struct job_filter){ .limit = 1 })->jobs, &job, sizeof job);

	job.n_force = 1;
	memset(job.force, 0, sizeof job.force);
	strcpy(job.force[0], "battery_low");
	job.status = 0x96;
	put_ok(&job);
	expect_same("job updated", one_job(job.id), &job, sizeof job);
}

static void fill_vendor(struct lock *lock)
{
	END(lock->auto_text), END(lock->told_text);
	END(lock->attested_text), END(lock->attested_part);
	END(lock->policy.pinned_text), END(lock->policy.skipped_text);
	lock->facts.online = true;
	lock->n_components = COMPONENTS_MAX;
	for (size_t i = 0; i < COMPONENTS_MAX; i++) {
		lock->components[i] = (struct lock_component){ .id = "a",
			.label = "b",
			.installed = "c",
			.available = "d",
			.state = VENDOR_TIMED_OUT,
			.blocked = true,
			.why = "e",
			.notes = "f",
			.timeout_s = UINT32_MAX };
	}
}

#ifdef CLEAR_PADDING
static void clear(struct lock *lock, size_t from, size_t to)
{
	memset((char *)lock + from, 0, to - from);
}

/* GCC 12 overlooks what is beside an array of structs. */
static void clear_around_components(struct lock *lock)
{
	size_t at = offsetof(struct lock, components);

	clear(lock, offsetof(struct lock, told_text) + sizeof lock->told_text, at);
	clear(lock, at + sizeof lock->components, sizeof *lock);
}
#endif

Test(store, keeps_every_member_of_a_lock)
{
	struct lock lock;
	struct store_change change = { .lock = &lock };
	struct store_contents contents;

	FILL(&lock);
	END(lock.id), END(lock.name), END(lock.adapter), END(lock.address), END(lock.problem);
	END(lock.problem_text), END(lock.facts.model), END(lock.facts.manufacturer);
	END(lock.facts.date_code), END(lock.facts.sw_build);
	END(lock.policy.window.zone);
	lock.policy.auto_update = AUTO_WINDOW;
	lock.policy.window.set = true;
	lock.managed = LOCK_BY_IMPORT;
	lock.facts.version_source = VERSION_ATTRIBUTE;
	lock.facts.lock_state = LOCK_UNKNOWN;
	lock.facts.door_state = DOOR_JAMMED;
	lock.facts.operating_mode = MODE_PASSAGE;
	lock.facts.version = UINT32_MAX;
	lock.facts.network_address = 0xFFFF;
	lock.facts.battery_decivolt = lock.battery.half_percent = -1;
	lock.facts.battery_alarm = lock.facts.sleepy = lock.battery.alarm = true;
	fill_vendor(&lock);
#ifdef CLEAR_PADDING
	CLEAR_PADDING(&lock);
	clear_around_components(&lock);
#endif
	cr_assert(eq(int, commit(&change).e.code, OK));
	reopen();
	contents = load(0);
	cr_assert(eq(sz, contents.n_locks, 1));
	expect_same("lock", contents.locks, &lock, sizeof lock);
	store_contents_done(&contents);

	strcpy(lock.name, "Back door");
	memset(lock.name + 9, 0, sizeof lock.name - 9);
	cr_assert(eq(int, commit(&change).e.code, OK));
	contents = load(0);
	cr_assert(eq(sz, contents.n_locks, 1));
	expect_same("lock updated", contents.locks, &lock, sizeof lock);
	store_contents_done(&contents);

	change = (struct store_change){ .remove_lock = lock.id };
	cr_assert(eq(int, commit(&change).e.code, OK));
	contents = load(0);
	cr_expect(eq(sz, contents.n_locks, 0));
	store_contents_done(&contents);
}

Test(store, components_go_with_their_lock_and_with_what_it_has)
{
	struct lock lock = { .id = "vendors", .n_components = 2 }, other = { .id = "other" };
	struct store_change change = { .lock = &lock };
	struct store_contents contents;

	strcpy(lock.components[0].id, "0");
	strcpy(lock.components[1].id, "9");
	cr_assert(eq(int, commit(&change).e.code, OK));
	lock.n_components = 1;
	cr_assert(eq(int, commit(&change).e.code, OK));
	change.lock = &other;
	cr_assert(eq(int, commit(&change).e.code, OK));
	contents = load(0);
	cr_assert(eq(sz, contents.n_locks, 2));
	cr_expect(eq(u8, contents.locks[0].n_components, 0));
	cr_expect(eq(u8, contents.locks[1].n_components, 1));
	cr_expect(eq(str, (char *)contents.locks[1].components[0].id, "0"));
	store_contents_done(&contents);

	change = (struct store_change){ .remove_lock = "vendors" };
	cr_assert(eq(int, commit(&change).e.code, OK));
	lock.n_components = 0;
	change = (struct store_change){ .lock = &lock };
	cr_assert(eq(int, commit(&change).e.code, OK));
	contents = load(0);
	cr_expect(eq(u8, contents.locks[1].n_components, 0), "not those of the lock before");
	store_contents_done(&contents);
}

Test(store, keeps_every_member_of_an_image)
{
	struct image image;
	struct store_change change = { .image = &image };
	struct store_contents contents;

	FILL(&image);
	END(image.id), END(image.header_string), END(image.container), END(image.trailer);
	END(image.file_sha256), END(image.file_sha512), END(image.signature), END(image.source);
	END(image.name), END(image.model);
	image.has_hardware_range = image.opaque = true;
	image.destination = 0xFEDCBA9876543210;
#ifdef CLEAR_PADDING
	CLEAR_PADDING(&image);
#endif
	cr_assert(eq(int, commit(&change).e.code, OK));
	reopen();
	contents = load(0);
	cr_assert(eq(sz, contents.n_images, 1));
	expect_same("image", contents.images, &image, sizeof image);
	store_contents_done(&contents);

	change = (struct store_change){ .remove_image = image.id };
	cr_assert(eq(int, commit(&change).e.code, OK));
	contents = load(0);
	cr_expect(eq(sz, contents.n_images, 0));
	store_contents_done(&contents);
}

Test(store, keeps_every_member_of_an_event)
{
	struct event event;
	struct store_change change = { .n_events = 1 };
	struct answer answer;

	FILL(&event);
	END(event.lock), END(event.adapter), END(event.image), END(event.phase);
	END(event.waiting_for), END(event.code), END(event.text);
	event.kind = EVENT_CHECK;
	event.bytes_total = -1;
	change.events[0] = event;
	answer = commit(&change);
	cr_assert(eq(int, answer.e.code, OK));
	event.seq = answer.events[0].seq;
	cr_expect(eq(i64, event.seq, 1), "whatever the caller had there");
#ifdef CLEAR_PADDING
	CLEAR_PADDING(&event);
#endif
	reopen();
	expect_same(
		"event", events((struct event_filter){ .limit = 1 })->events, &event, sizeof event);
}

Test(store, keeps_tokens)
{
	struct token token, *tokens = NULL;
	struct answer answer = { .calls = 0 };
	struct err e;
	size_t n;

	FILL(&token);
	END(token.name), END(token.digest);
	store_token_put(store, &token, simple, &answer);
	token.used_at = 5; /* the store took a copy, and a second put replaces it */
	store_token_put(store, &token, simple, &answer);
	flush();
	cr_expect(eq(uint, answer.calls, 2));
	cr_expect(eq(int, answer.e.code, OK));
#ifdef CLEAR_PADDING
	CLEAR_PADDING(&token);
#endif
	reopen();
	cr_assert(eq(int, store_tokens_load(store, &tokens, &n, &e), OK));
	cr_assert(eq(sz, n, 1));
	expect_same("token", tokens, &token, sizeof token);
	free(tokens);

	store_token_remove(store, token.name, simple, &answer);
	flush();
	cr_expect(eq(int, answer.e.code, OK));
	store_token_remove(store, token.name, simple, &answer);
	flush();
	cr_expect(eq(int, answer.e.code, ERR_NOT_FOUND));
	cr_assert(eq(int, store_tokens_load(store, &tokens, &n, &e), OK));
	cr_expect(eq(sz, n, 0));
	free(tokens);
}

Test(store, loads_active_jobs_and_those_that_still_say_abort)
{
	struct store_contents contents;
	struct job job = job_of("front-door");
	int64_t cancelled = put_ok(&job), active;

	job.id = cancelled;
	job.phase = JOB_CANCELLED;
	job.abort_until = 1000;
	put_ok(&job);
	job = job_of("front-door");
	active = put_ok(&job);
	contents = load(999);
	cr_assert(eq(sz, contents.n_jobs, 2));
	cr_expect(eq(i64, contents.jobs[0].id, cancelled));
	cr_expect(eq(i64, contents.jobs[1].id, active));
	store_contents_done(&contents);
	contents = load(1000);
	cr_assert(eq(sz, contents.n_jobs, 1));
	cr_expect(eq(i64, contents.jobs[0].id, active));
	store_contents_done(&contents);
}
