#include "ota/offer.h"

#include "server/base/text.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

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

	offer_choose(&offer, &lock, all, 5, NULL);
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

	offer_choose(&offer, &lock, all, 1, NULL);
	cr_assert(eq(ptr, (void *)offer.image, NULL));
}

Test(offer, shared_ids_need_a_model_match)
{
	struct lock known = make_lock(0x115C, "V3-BTZBE", 1), old = make_lock(0x115C, "V3-BTZB", 1),
		    mute = make_lock(0x115C, NULL, 1);
	struct image bare = make_image(0x115C, "", 6), named = make_image(0x115C, "V3-BTZBE", 6);

	cr_assert(not(offer_model_proven(&bare, &known, true)));
	cr_assert(offer_model_proven(&named, &known, true));
	cr_assert(not(offer_model_proven(&named, &old, true)));
	cr_assert(not(offer_model_proven(&named, &mute, true)));
	cr_assert(not(offer_model_proven(&named, &old, false)), "a known contradiction counts");
	cr_assert(offer_model_proven(&bare, &mute, false));
}

Test(offer, reviewed_overlay_names_the_model_of_danalock_17_7)
{
	struct lock e = make_lock(0x115C, "V3-BTZBE", 0x11040000),
		    v1 = make_lock(0x115C, "V3-BTZB", 0x11040000);
	struct image image = make_image(0x115C, "", 0x11070000);
	const struct image *all[] = { &image };
	struct offer offer;

	text_copy(image.file_sha512, sizeof image.file_sha512, SHA512_DANALOCK_17_7);
	offer_choose(&offer, &e, all, 1, NULL);
	cr_assert(eq(ptr, (void *)offer.image, &image));
	offer_choose(&offer, &v1, all, 1, NULL);
	cr_assert(eq(ptr, (void *)offer.image, NULL));
	cr_assert(eq(str, (char *)reason(&offer, &image), "model_unproven"));
}

Test(offer, ids_are_shared_when_two_models_use_them)
{
	struct image a = make_image(0x1234, "A", 6), b = make_image(0x1234, "B", 6),
		     c = make_image(0x1234, "A", 7);
	const struct image *two[] = { &a, &b }, *one[] = { &a, &c };

	cr_assert(offer_ids_are_shared(&a, two, 2));
	cr_assert(not(offer_ids_are_shared(&a, one, 2)));
}

Test(offer, hardware_range_and_destination)
{
	struct lock lock = make_lock(0x1234, NULL, 5);
	struct image image = make_image(0x1234, "", 6);

	cr_assert(eq(ptr, (void *)offer_hardware(&image, &lock), NULL));
	image.has_hardware_range = true;
	image.hardware_min = 2;
	image.hardware_max = 3;
	cr_assert(eq(str, (char *)offer_hardware(&image, &lock), "hardware_unknown"));
	lock.facts.known |= FACT_HARDWARE;
	lock.facts.hardware_version = 4;
	cr_assert(eq(str, (char *)offer_hardware(&image, &lock), "hardware_range"));
	lock.facts.hardware_version = 3;
	cr_assert(eq(ptr, (void *)offer_hardware(&image, &lock), NULL));
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
	offer_choose(&offer, &lock, all, 1, NULL);
	cr_assert(eq(str, (char *)reason(&offer, &image), "rejected_before"));
	offer_choose(&offer, &lock, all, 1, &wish);
	cr_assert(eq(ptr, (void *)offer.image, &image));
}
