#include "ota/offer.h"

#include "server/base/text.h"

#include <string.h>

/* What the public index does not say of two files that were looked at by hand: the newer one lacks
 * its model, and an older generation of the lock shares the ids. */
static const struct {
	const char *sha512;
	const char *model;
} overlay[] = {
	{ "44e421aecf5b0c5793a1ba836257f8601408e1dcc2832846b0093e7c2f2a4c10"
	  "0632b8a71ef346b9c611be1d15602bcc3b693002994830b8e857da6e931f6722",
		"V3-BTZBE" },
	{ "9e45e56b0aef871e1280c678729fdce0a57628d40e569fbc3c26bca5acc2a5c4"
	  "088a90cbd59c9b6ea378d5c450310e04766b133333b23e7b4520e5c80282e334",
		"V3-BTZBE" },
};

/* Makers known to put several products under one pair of ids. */
static const uint16_t sharing_makers[] = { 0x115F, 0x115C, 0x1002, 0x1141, 0xFFFF };

const char *offer_model(const struct image *image)
{
	if (image->model[0])
		return image->model;
	for (size_t i = 0; i < sizeof overlay / sizeof *overlay; i++)
		if (strcmp(overlay[i].sha512, image->file_sha512) == 0)
			return overlay[i].model;
	return "";
}

static bool same_ids(const struct image *a, const struct image *b)
{
	return a->manufacturer_code == b->manufacturer_code && a->image_type == b->image_type;
}

bool offer_ids_are_shared(const struct image *image, const struct image *const *images, size_t n)
{
	const char *model = offer_model(image);
	const char *other;

	for (size_t i = 0; i < sizeof sharing_makers / sizeof *sharing_makers; i++)
		if (sharing_makers[i] == image->manufacturer_code)
			return true;
	for (size_t i = 0; i < n; i++) {
		other = offer_model(images[i]);
		if (same_ids(images[i], image) && other[0] && model[0] && strcmp(other, model) != 0)
			return true;
	}
	return false;
}

bool offer_model_proven(const struct image *image, const struct lock *lock, bool shared)
{
	const char *model = offer_model(image);

	if (model[0] && lock->facts.model[0])
		return strcmp(model, lock->facts.model) == 0;
	return !shared;
}

const char *offer_hardware(const struct image *image, const struct lock *lock)
{
	if (!image->has_hardware_range)
		return NULL;
	if (!(lock->facts.known & FACT_HARDWARE))
		return "hardware_unknown";
	if (lock->facts.hardware_version < image->hardware_min ||
		lock->facts.hardware_version > image->hardware_max)
		return "hardware_range";
	return NULL;
}

bool offer_destination(const struct image *image, const struct lock *lock)
{
	uint64_t address;

	if (!image->destination)
		return true;
	return text_uint(&address, lock->address, UINT64_MAX) && address == image->destination;
}

static const char *version_objection(
	const struct image *image, const struct lock *lock, const struct offer_wish *wish)
{
	bool known = lock->facts.known & FACT_VERSION;

	if (wish && wish->has_version)
		return image->file_version == wish->version ? NULL : "other_version";
	if (lock->rejected_version && image->file_version == lock->rejected_version)
		return "rejected_before";
	if (known && image->file_version < lock->facts.version)
		return "not_newer";
	if (known && image->file_version == lock->facts.version)
		return wish && wish->equal ? NULL : "already_installed";
	return NULL;
}

static const char *objection(const struct image *image, const struct lock *lock, bool shared)
{
	if (image->manufacturer_code == 0xFFFF || image->image_type == 0xFFFF)
		return "wildcard_ids";
	if (image->opaque)
		return "opaque_image";
	if (!offer_destination(image, lock))
		return "destination_mismatch";
	if (!offer_model_proven(image, lock, shared))
		return "model_unproven";
	return offer_hardware(image, lock);
}

static bool is_foreign(const struct image *image, const struct lock *lock)
{
	return image->manufacturer_code != lock->facts.manufacturer_code ||
	       image->image_type != lock->facts.image_type;
}

static void refuse(struct offer *out, const struct image *image, const char *reason)
{
	if (out->n_not_offered == NOT_OFFERED_MAX)
		return;
	out->not_offered[out->n_not_offered].image = image;
	out->not_offered[out->n_not_offered++].reason = reason;
}

void offer_choose(struct offer *out, const struct lock *lock, const struct image *const *images,
	size_t n, const struct offer_wish *wish)
{
	*out = (struct offer){ 0 };
	if (!(lock->facts.known & FACT_IMAGE_KEY))
		return;
	for (size_t i = 0; i < n; i++) {
		const struct image *image = images[i];
		const char *why = NULL;

		/* Images for other products are not worth a line. */
		if (is_foreign(image, lock))
			continue;
		why = objection(image, lock, offer_ids_are_shared(image, images, n));
		if (!why)
			why = version_objection(image, lock, wish);
		if (why) {
			refuse(out, image, why);
		} else if (!out->image || image->file_version > out->image->file_version) {
			if (out->image)
				refuse(out, out->image, "superseded");
			out->image = image;
		} else {
			refuse(out, image, "superseded");
		}
	}
}
