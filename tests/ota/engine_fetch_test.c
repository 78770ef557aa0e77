#include "ota/catalog.h"
#include "ota/library.h"
#include "server/base/alloc.h"
#include "server/base/text.h"
#include "tests/ota/engine_world.h"

#include <stdlib.h>
#include <string.h>

/* What an index offers and the library does not have yet. */
static struct catalog catalog;
static struct {
	unsigned calls;
	char url[64];
	void (*done)(void *arg, const struct err *e, const struct image *image);
	void *arg;
} fetching;

static void fetch(void *owner, const struct index_entry *entry,
	void (*done)(void *arg, const struct err *e, const struct image *image), void *arg)
{
	(void)owner;
	fetching.calls++;
	text_copy(fetching.url, sizeof fetching.url, entry->url);
	fetching.done = done;
	fetching.arg = arg;
}

static struct index *index_with(uint32_t version)
{
	struct index *index = xcalloc(1, sizeof *index);
	struct index_entry *entry = xcalloc(1, sizeof *entry);

	entry->image = (struct image){ .manufacturer_code = MAKER,
		.image_type = KIND,
		.file_version = version,
		.size = IMAGE_SIZE,
		.file_sha512 = "fetched-digest",
		.source = "index",
		.name = "newest.ota" };
	entry->url = xstrdup("https://one.example/newest.ota");
	index->entries = xcalloc(1, sizeof *index->entries);
	index->entries[0] = entry;
	index->n = 1;
	return index;
}

static void begin(void)
{
	memset(&fetching, 0, sizeof fetching);
	catalog_put(&catalog, 0, index_with(NEW + 1));
	world_begin();
	world_kill();
	world.catalog = &catalog;
	world.fetch = fetch;
	world_start();
	world_run(10);
}

static void end(void)
{
	world_end();
	catalog_done(&catalog);
}

TestSuite(engine_fetch, .init = begin, .fini = end, .timeout = 60);

static void answer_fetch(bool good)
{
	struct err e;

	err_because(&e, ERR_INTEGRITY, "firmware_digest", "it is another file");
	world.fetched = good;
	fetching.done(fetching.arg, good ? NULL : &e,
		good ? library_find((struct library *)&world, FETCHED_IMAGE) : NULL);
	world_run(20);
}

Test(engine_fetch, what_only_an_index_has_is_offered)
{
	struct offer offer;

	engine_offer(world.engine, engine_lock(world.engine, "front"), &offer);
	cr_assert(eq(str, (char *)offer.image->id, ""));
	cr_assert(eq(u32, offer.image->file_version, NEW + 1));
	cr_assert(offer.says != NULL);
}

Test(engine_fetch, a_job_fetches_it_first_and_is_then_made)
{
	struct job_request r = { .lock = "front", .requested_by = "test" };
	struct answer a = { 0 };

	engine_create_job(world.engine, &r, answered, &a);
	world_run(1000);
	cr_assert(eq(u32, fetching.calls, 1));
	cr_assert(eq(str, fetching.url, "https://one.example/newest.ota"));
	cr_assert(eq(u32, a.calls, 0), "not before it is here");
	answer_fetch(true);
	cr_assert(eq(u32, a.calls, 1));
	cr_assert(a.has_job, "%s", a.err.text);
	cr_assert(eq(str, a.job.image, FETCHED_IMAGE));
	cr_assert(eq(u32, a.job.to_version, NEW + 1));
}

Test(engine_fetch, what_cannot_be_fetched_makes_no_job_and_says_why)
{
	struct job_request r = { .lock = "front", .requested_by = "test" };
	struct answer a = { 0 };

	engine_create_job(world.engine, &r, answered, &a);
	answer_fetch(false);
	cr_assert(eq(u32, a.calls, 1));
	cr_assert(eq(str, a.err.reason, "firmware_digest"));
	cr_assert(eq(ptr, (void *)active("front"), NULL));
}

Test(engine_fetch, the_same_wish_again_is_the_same_job)
{
	struct job_request r = { .lock = "front", .requested_by = "test" };
	struct answer a = { 0 }, b = { 0 };

	engine_create_job(world.engine, &r, answered, &b);
	answer_fetch(true);
	cr_assert(eq(u32, b.calls, 1));
	cr_assert(eq(u32, fetching.calls, 1));
	ask(&a, &r);
	cr_assert(eq(i64, a.job.id, b.job.id));
	cr_assert(eq(int, a.kind, JOB_EXISTING));
}

Test(engine_fetch, an_engine_that_is_gone_is_not_told)
{
	struct job_request r = { .lock = "front", .requested_by = "test" };
	struct answer a = { 0 };

	engine_create_job(world.engine, &r, answered, &a);
	world_kill();
	world.fetched = true;
	fetching.done(fetching.arg, NULL, library_find((struct library *)&world, FETCHED_IMAGE));
	cr_assert(eq(u32, a.calls, 0));
	world_start();
	world_run(10);
}

static void done(void *owner, const struct err *e, const struct lock *lock)
{
	(void)owner;
	(void)lock;
	cr_assert(not(e && e->code), "%s", e ? e->text : "");
}

static void update_by_itself(void)
{
	struct lock_patch p = { .min_battery_percent = -1,
		.policy_parts = POLICY_AUTO_UPDATE | POLICY_WINDOW,
		.policy = { .auto_update = AUTO_WINDOW, .window = { .set = true, .to = 1440 } } };

	engine_put_lock(world.engine, "front", &p, false, done, NULL);
	world_run(20);
}

Test(engine_fetch, a_download_that_fails_is_none_of_the_three_tries)
{
	unsigned calls = 0;

	update_by_itself();
	for (unsigned hour = 0; hour < 6 * 24; hour++) {
		world_run(HOUR);
		if (fetching.calls > calls)
			answer_fetch(false);
		calls = fetching.calls;
	}
	cr_assert(ge(u32, calls, 5), "once a day as long as it takes, not %u times", calls);
	cr_assert(le(u32, calls, 8));
}

/* Both say NEW: the one of the library, and one of an index that says more than we understand. */
Test(engine_fetch, what_may_be_restricted_is_never_updated_to_by_itself)
{
	struct index *index = index_with(NEW);

	index->entries[0]->strange = true;
	index->entries[0]->models = xmemdup("M1\0", 4);
	catalog_put(&catalog, 0, index);
	update_by_itself();
	world_run(3 * MINUTE);
	cr_assert(eq(u32, fetching.calls, 0));
	cr_assert(ne(ptr, (void *)active("front"), NULL));
	cr_assert(eq(str, (char *)active("front")->image, NEW_IMAGE));
}

Test(engine_fetch, what_is_in_the_library_is_not_fetched_again)
{
	struct offer offer;

	world.fetched = true;
	engine_offer(world.engine, engine_lock(world.engine, "front"), &offer);
	cr_assert(eq(str, (char *)offer.image->id, FETCHED_IMAGE));
	cr_assert(offer.says != NULL, "the index still says what it knows of it");
	for (size_t i = 0; i < offer.n_not_offered; i++)
		cr_assert(ne(str, (char *)offer.not_offered[i].image->id, ""));
}
