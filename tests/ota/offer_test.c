#include "ota/offer.h"

#include "ota/overlay.h"
#include "server/base/text.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <string.h>

#define SHA512_DANALOCK_17_7                                                                       \
	"9e45e56b0aef871e1280c678729fdce0a57628d40e569fbc3c26bca5acc2a5c4"                         \
	"088a90cbd59c9b6ea378d5c450310e04766b133333b23e7b4520e5c80282e334"

static struct lock make_lock(uint16_t maker, const char *model, uint32_t version)
{
	struct lock lock = { .facts = { .known = FACT_IMAGE_KEY | FACT_VERSION,
				     .manufacturer_code = maker,
				     .image_type = 4,
				     .version = version } };

	text_copy(lock.address, sizeof lock.address, "0x00124b0000000001");
	if (model) {
		text_copy(lock.facts.model, sizeof lock.facts.model, model);
		lock.facts.known |= FACT_MODEL;
	}
	return lock;
}

static struct image make_image(uint16_t maker, const char *model, uint32_t version)
{
	struct image image = {
		.manufacturer_code = maker, .image_type = 4, .file_version = version
	};

	text_copy(image.model, sizeof image.model, model);
	return image;
}

/* The choice among images of the library that no index knows. */
static void choose(struct offer *out, const struct lock *lock, const struct image *const *images,
	size_t n, const struct offer_wish *wish)
{
	struct candidate all[8] = { 0 };

	for (size_t i = 0; i < n; i++)
		all[i].image = images[i];
	offer_choose(out, lock, all, n, wish);
}

static bool proven(const struct image *image, const struct lock *lock, bool shared)
{
	return offer_proof(&(struct candidate){ .image = image }, lock, shared) == NULL;
}

static const char *hardware(const struct image *image, const struct lock *lock)
{
	return offer_hardware(&(struct candidate){ .image = image }, lock);
}

static const char *reason(const struct offer *offer, const struct image *image)
{
	for (size_t i = 0; i < offer->n_not_offered; i++)
		if (offer->not_offered[i].image == image)
			return offer->not_offered[i].reason;
	return "";
}

Test(offer, highest_version_wins_and_the_rest_say_why)
{
	struct lock lock = make_lock(0x1234, NULL, 5);
	struct image a = make_image(0x1234, "", 6), b = make_image(0x1234, "", 9),
		     c = make_image(0x1234, "", 4), d = make_image(0x1234, "", 5),
		     e = make_image(0x9999, "", 99);
	const struct image *all[] = { &a, &b, &c, &d, &e };
	struct offer offer;

	choose(&offer, &lock, all, 5, NULL);
	cr_assert(eq(ptr, (void *)offer.image, &b));
	cr_assert(eq(str, (char *)reason(&offer, &a), "superseded"));
	cr_assert(eq(str, (char *)reason(&offer, &c), "not_newer"));
	cr_assert(eq(str, (char *)reason(&offer, &d), "already_installed"));
	cr_assert(eq(sz, offer.n_not_offered, 3));
}

Test(offer, unknown_ids_get_nothing)
{
	struct lock lock = { 0 };
	struct image a = make_image(0, "", 6);
	const struct image *all[] = { &a };
	struct offer offer;

	choose(&offer, &lock, all, 1, NULL);
	cr_assert(eq(ptr, (void *)offer.image, NULL));
}

Test(offer, shared_ids_need_a_model_match)
{
	struct lock known = make_lock(0x115C, "V3-BTZBE", 1), old = make_lock(0x115C, "V3-BTZB", 1),
		    mute = make_lock(0x115C, NULL, 1);
	struct image bare = make_image(0x115C, "", 6), named = make_image(0x115C, "V3-BTZBE", 6);

	cr_assert(not(proven(&bare, &known, true)));
	cr_assert(proven(&named, &known, true));
	cr_assert(not(proven(&named, &old, true)));
	cr_assert(not(proven(&named, &mute, true)));
	cr_assert(not(proven(&named, &old, false)), "a known contradiction counts");
	cr_assert(proven(&bare, &mute, false));
}

Test(offer, reviewed_overlay_names_the_model_of_danalock_17_7)
{
	struct lock e = make_lock(0x115C, "V3-BTZBE", 0x11040000),
		    v1 = make_lock(0x115C, "V3-BTZB", 0x11040000);
	struct image image = make_image(0x115C, "", 0x11070000);
	const struct image *all[] = { &image };
	struct offer offer;

	text_copy(image.file_sha512, sizeof image.file_sha512, SHA512_DANALOCK_17_7);
	choose(&offer, &e, all, 1, NULL);
	cr_assert(eq(ptr, (void *)offer.image, &image));
	choose(&offer, &v1, all, 1, NULL);
	cr_assert(eq(ptr, (void *)offer.image, NULL));
	cr_assert(eq(str, (char *)reason(&offer, &image), "model_unproven"));
}

Test(offer, ids_are_shared_when_two_models_use_them)
{
	struct image a = make_image(0x1234, "A", 6), b = make_image(0x1234, "B", 6),
		     c = make_image(0x1234, "A", 7);
	const struct candidate two[] = { { .image = &a }, { .image = &b } },
			       one[] = { { .image = &a }, { .image = &c } };

	cr_assert(offer_ids_are_shared(&two[0], two, 2));
	cr_assert(not(offer_ids_are_shared(&one[0], one, 2)));
}

Test(offer, hardware_range_and_destination)
{
	struct lock lock = make_lock(0x1234, NULL, 5);
	struct image image = make_image(0x1234, "", 6);

	cr_assert(eq(ptr, (void *)hardware(&image, &lock), NULL));
	image.has_hardware_range = true;
	image.hardware_min = 2;
	image.hardware_max = 3;
	cr_assert(eq(str, (char *)hardware(&image, &lock), "hardware_unknown"));
	lock.facts.known |= FACT_HARDWARE;
	lock.facts.hardware_version = 4;
	cr_assert(eq(str, (char *)hardware(&image, &lock), "hardware_range"));
	lock.facts.hardware_version = 3;
	cr_assert(eq(ptr, (void *)hardware(&image, &lock), NULL));
	cr_assert(offer_destination(&image, &lock));
	image.destination = 0x00124b0000000002;
	cr_assert(not(offer_destination(&image, &lock)));
	image.destination = 0x00124b0000000001;
	cr_assert(offer_destination(&image, &lock));
}

Test(offer, a_rejected_version_comes_only_when_asked_for)
{
	struct lock lock = make_lock(0x1234, NULL, 5);
	struct image image = make_image(0x1234, "", 6);
	const struct image *all[] = { &image };
	struct offer_wish wish = { .has_version = true, .version = 6 };
	struct offer offer;

	lock.rejected_version = 6;
	choose(&offer, &lock, all, 1, NULL);
	cr_assert(eq(str, (char *)reason(&offer, &image), "rejected_before"));
	choose(&offer, &lock, all, 1, &wish);
	cr_assert(eq(ptr, (void *)offer.image, &image));
}

/* --- what indexes say: one row per rule --- */

struct row {
	const char *what;
	/* the lock */
	const char *model, *maker;
	int hardware; /* -1 unknown */
	int64_t runs; /* -1 unknown */
	/* the entry */
	const char *models, *makers;
	int hardware_min, hardware_max; /* -1 none */
	int64_t min, max;               /* -1 none */
	bool strange, denied;
	uint16_t ids;
	uint32_t version;
	const char *reason; /* "" offered */
};

#define PLAIN                                                                                      \
	.hardware = -1, .runs = 5, .hardware_min = -1, .hardware_max = -1, .min = -1, .max = -1

static const struct row rows[] = {
	{ "newer", PLAIN, .version = 6, .reason = "" },
	{ "older", PLAIN, .version = 4, .reason = "not_newer" },
	{ "equal", PLAIN, .version = 5, .reason = "already_installed" },
	{ "model matches", PLAIN, .model = "M", .models = "M\0", .version = 6, .reason = "" },
	{ "one of the models", PLAIN, .model = "N", .models = "M\0N\0", .version = 6,
		.reason = "" },
	{ "other model", PLAIN, .model = "X", .models = "M\0", .version = 6,
		.reason = "model_unproven" },
	{ "case counts", PLAIN, .model = "m", .models = "M\0", .version = 6,
		.reason = "model_unproven" },
	{ "model not told, ids not shared", PLAIN, .models = "M\0", .version = 6, .reason = "" },
	{ "model not told, ids shared", PLAIN, .ids = 0x115F, .models = "M\0", .version = 6,
		.reason = "model_unproven" },
	{ "no word of a model, ids shared", PLAIN, .ids = 0x1002, .model = "M", .version = 6,
		.reason = "model_unproven" },
	{ "maker matches", PLAIN, .maker = "A", .makers = "A\0", .version = 6, .reason = "" },
	{ "other maker", PLAIN, .maker = "B", .makers = "A\0", .version = 6,
		.reason = "manufacturer_unproven" },
	{ "maker proves shared ids", PLAIN, .ids = 0x1002, .maker = "_TZ1",
		.makers = "_TZ0\0_TZ1\0", .version = 6, .reason = "" },
	{ "maker not told, ids shared", PLAIN, .ids = 0x1002, .makers = "A\0", .version = 6,
		.reason = "manufacturer_unproven" },
	{ "model matches, maker does not", PLAIN, .model = "M", .models = "M\0", .maker = "B",
		.makers = "A\0", .version = 6, .reason = "manufacturer_unproven" },
	{ "in the hardware range", .hardware = 3, .runs = 5, .hardware_min = 1, .hardware_max = 3,
		.min = -1, .max = -1, .version = 6, .reason = "" },
	{ "above the hardware range", .hardware = 4, .runs = 5, .hardware_min = 1,
		.hardware_max = 3, .min = -1, .max = -1, .version = 6, .reason = "hardware_range" },
	{ "hardware not told", .hardware = -1, .runs = 5, .hardware_min = 1, .hardware_max = 3,
		.min = -1, .max = -1, .version = 6, .reason = "hardware_unknown" },
	{ "stepping stone first", .hardware = -1, .runs = 5, .hardware_min = -1, .hardware_max = -1,
		.min = 6, .max = -1, .version = 9, .reason = "stepping_stone" },
	{ "the stepping stone is installed", .hardware = -1, .runs = 6, .hardware_min = -1,
		.hardware_max = -1, .min = 6, .max = 6, .version = 9, .reason = "" },
	{ "too new for it", .hardware = -1, .runs = 7, .hardware_min = -1, .hardware_max = -1,
		.min = 1, .max = 6, .version = 9, .reason = "version_bound" },
	{ "bounds need a known version", .hardware = -1, .runs = -1, .hardware_min = -1,
		.hardware_max = -1, .min = 1, .max = -1, .version = 9,
		.reason = "version_unknown" },
	{ "a key of unknown meaning", PLAIN, .strange = true, .version = 6,
		.reason = "index_key_unknown" },
	{ "denied", PLAIN, .denied = true, .version = 6, .reason = "retracted" },
	{ "wildcard maker", PLAIN, .ids = 0xFFFF, .version = 6, .reason = "wildcard_ids" },
	{ "wildcard version", PLAIN, .version = UINT32_MAX, .reason = "wildcard_ids" },
};

static struct lock lock_of(const struct row *row)
{
	struct lock lock = make_lock(row->ids ? row->ids : 0x1234, row->model, (uint32_t)row->runs);

	if (row->runs < 0)
		lock.facts.known &= ~(unsigned)FACT_VERSION;
	if (row->maker)
		text_copy(lock.facts.manufacturer, sizeof lock.facts.manufacturer, row->maker);
	if (row->hardware >= 0) {
		lock.facts.known |= FACT_HARDWARE;
		lock.facts.hardware_version = (uint16_t)row->hardware;
	}
	return lock;
}

static struct index_entry entry_of(const struct row *row)
{
	struct index_entry entry = { .image = make_image(
					     row->ids ? row->ids : 0x1234, "", row->version),
		.models = (char *)row->models,
		.manufacturers = (char *)row->makers,
		.has_min_version = row->min >= 0,
		.has_max_version = row->max >= 0,
		.min_version = (uint32_t)row->min,
		.max_version = (uint32_t)row->max,
		.strange = row->strange };

	entry.image.has_hardware_range = row->hardware_min >= 0;
	entry.image.hardware_min = (uint16_t)row->hardware_min;
	entry.image.hardware_max = (uint16_t)row->hardware_max;
	return entry;
}

Test(offer, each_rule_of_the_indexes_decides)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct lock lock = lock_of(&rows[i]);
		struct index_entry entry = entry_of(&rows[i]);
		struct candidate one = { .image = &entry.image,
			.says = &entry,
			.retracted = rows[i].denied ? "it bricks" : NULL };
		struct offer offer;

		offer_choose(&offer, &lock, &one, 1, NULL);
		cr_expect(eq(str, (char *)reason(&offer, &entry.image), (char *)rows[i].reason),
			"%s", rows[i].what);
		cr_expect(eq(int, offer.image != NULL, !rows[i].reason[0]), "%s", rows[i].what);
	}
}

static struct index_entry make_entry(uint32_t version, const char *models, char digest)
{
	struct index_entry entry = { .image = make_image(0x1234, "", version),
		.models = (char *)models };

	entry.image.file_sha512[0] = digest;
	return entry;
}

static void choose2(struct offer *out, const struct index_entry *a, const struct index_entry *b,
	const struct offer_wish *wish)
{
	struct lock lock = make_lock(0x1234, "M", 5);
	const struct candidate all[] = { { .image = &a->image, .says = a },
		{ .image = &b->image, .says = b } };

	offer_choose(out, &lock, all, 2, wish);
}

Test(offer, the_more_clearly_meant_one_wins_over_the_newer)
{
	struct index_entry meant = make_entry(7, "M\0", 'a'), newer = make_entry(8, NULL, 'b');
	struct offer offer;

	choose2(&offer, &newer, &meant, NULL);
	cr_assert(eq(ptr, (void *)offer.image, &meant.image));
	cr_assert(eq(ptr, (void *)offer.says, &meant));
	cr_assert(eq(str, (char *)reason(&offer, &newer.image), "less_specific"));
}

Test(offer, two_files_of_one_version_are_both_refused)
{
	struct index_entry a = make_entry(7, NULL, 'a'), b = make_entry(7, NULL, 'b'),
			   better = make_entry(8, NULL, 'c');
	struct offer offer;

	choose2(&offer, &a, &b, NULL);
	cr_assert(eq(ptr, (void *)offer.image, NULL));
	cr_assert(eq(str, (char *)reason(&offer, &a.image), "digest_changed"));
	cr_assert(eq(str, (char *)reason(&offer, &b.image), "digest_changed"));
	b.image.file_sha512[0] = 'a';
	choose2(&offer, &a, &b, NULL);
	cr_assert(eq(ptr, (void *)offer.image, &a.image), "the same file twice: the nearer source");
	cr_assert(eq(sz, offer.n_not_offered, 0));
	b.image.file_sha512[0] = 'b';
	{
		struct lock lock = make_lock(0x1234, "M", 5);
		const struct candidate all[] = { { .image = &a.image, .says = &a },
			{ .image = &b.image, .says = &b },
			{ .image = &better.image, .says = &better } };

		offer_choose(&offer, &lock, all, 3, NULL);
		cr_assert(eq(ptr, (void *)offer.image, &better.image),
			"a newer one ends the dispute");
	}
}

Test(offer, only_who_asks_by_version_gets_an_older_or_doubtful_one)
{
	struct index_entry old = make_entry(4, NULL, 'a'), strange = make_entry(9, NULL, 'b');
	struct offer_wish four = { .has_version = true, .version = 4 },
			  nine = { .has_version = true, .version = 9 };
	struct offer offer;

	strange.strange = true;
	choose2(&offer, &old, &strange, NULL);
	cr_assert(eq(ptr, (void *)offer.image, NULL));
	choose2(&offer, &old, &strange, &four);
	cr_assert(eq(ptr, (void *)offer.image, &old.image));
	choose2(&offer, &old, &strange, &nine);
	cr_assert(eq(ptr, (void *)offer.image, &strange.image));
}

Test(offer, an_index_vouches_for_a_file_whose_inside_cannot_be_checked)
{
	struct lock lock = make_lock(0x1234, NULL, 5);
	struct index_entry entry = make_entry(6, NULL, 'a');
	struct image image = make_image(0x1234, "", 6);
	struct candidate one = { .image = &image };
	struct offer offer;

	image.opaque = true;
	offer_choose(&offer, &lock, &one, 1, NULL);
	cr_assert(eq(str, (char *)reason(&offer, &image), "opaque_image"));
	one.says = &entry;
	offer_choose(&offer, &lock, &one, 1, NULL);
	cr_assert(eq(ptr, (void *)offer.image, &image));
}

Test(offer, ids_are_shared_when_indexes_name_two_models_or_makers)
{
	struct index_entry m = make_entry(6, "M\0", 'a'), n = make_entry(7, "N\0O\0", 'b'),
			   bare = make_entry(8, NULL, 'c');
	const struct candidate all[] = { { .image = &m.image, .says = &m },
		{ .image = &n.image, .says = &n }, { .image = &bare.image, .says = &bare } };
	struct lock lock = make_lock(0x1234, "M", 5);
	struct offer offer;

	cr_assert(offer_ids_are_shared(&all[2], all, 3));
	offer_choose(&offer, &lock, all, 3, NULL);
	cr_assert(eq(ptr, (void *)offer.image, &m.image));
	cr_assert(eq(str, (char *)reason(&offer, &bare.image), "model_unproven"));
}

Test(offer, what_is_denied_is_named_by_digest_id_or_version)
{
	struct image image = make_image(0x115C, "", 0x11040000);
	struct deny deny[3];

	text_copy(image.file_sha512, sizeof image.file_sha512, SHA512_DANALOCK_17_7);
	memset(image.id, 'a', 64);
	cr_assert(eq(int, deny_read(&deny[0], SHA512_DANALOCK_17_7, NULL), OK));
	cr_assert(eq(int, deny_read(&deny[1], image.id, NULL), OK));
	cr_assert(eq(int, deny_read(&deny[2], "0x115c/4/0x11040000", NULL), OK));
	for (size_t i = 0; i < 3; i++)
		cr_assert(deny_has(&deny[i], 1, &image), "%zu", i);
	image.file_version++;
	cr_assert(not(deny_has(&deny[2], 1, &image)));
	cr_assert(not(deny_has(deny, 0, &image)));
	for (size_t i = 0; i < 5; i++) {
		static const char *const bad[] = { "", "abc", "1/2", "1/2/3/4", "x/1/1" };

		cr_assert(ne(int, deny_read(&deny[0], bad[i], NULL), OK), "%s", bad[i]);
	}
}
