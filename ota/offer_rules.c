#include "ota/offer_rules.h"

#include "ota/overlay.h"
#include "server/base/check.h"
#include "server/base/text.h"

#include <string.h>

/* Makers known to put several products under one pair of ids. */
static const uint16_t sharing_makers[] = { 0x115F, 0x115C, 0x1002, 0x1141, 0xFFFF };

const char *offer_model(const struct candidate *one)
{
	const char *reviewed = overlay_model(one->image->file_sha512);

	if (*reviewed)
		return reviewed;
	if (one->image->model[0])
		return one->image->model;
	return one->says ? one->says->image.model : "";
}

static bool has_models(const struct candidate *one)
{
	return offer_model(one)[0] || (one->says && one->says->models);
}

static bool has_makers(const struct candidate *one)
{
	return one->says && one->says->manufacturers;
}

static bool is_for_model(const struct candidate *one, const char *model)
{
	const char *only = offer_model(one);

	return *only ? strcmp(only, model) == 0 : index_list_has(one->says->models, model);
}

static bool same_ids(const struct image *a, const struct image *b)
{
	return a->manufacturer_code == b->manufacturer_code && a->image_type == b->image_type;
}

/* Both say something, and not the same. */
static bool differ(const char *a, const char *b)
{
	return *a && *b && strcmp(a, b) != 0;
}

/* The first of them is enough to tell that there are others. */
static const char *models_of(const struct candidate *one)
{
	const char *model = offer_model(one);

	return !*model && one->says && one->says->models ? one->says->models : model;
}

static const char *makers_of(const struct candidate *one)
{
	return has_makers(one) ? one->says->manufacturers : "";
}

bool offer_ids_are_shared(const struct candidate *one, const struct candidate *all, size_t n)
{
	const char *models = models_of(one), *makers = makers_of(one);

	for (size_t i = 0; i < ARRAY_SIZE(sharing_makers); i++)
		if (sharing_makers[i] == one->image->manufacturer_code)
			return true;
	/* Two that differ: then one of them differs from the first that says anything. */
	for (size_t i = 0; i < n; i++) {
		if (!same_ids(all[i].image, one->image))
			continue;
		if (differ(models, models_of(&all[i])) || differ(makers, makers_of(&all[i])))
			return true;
		models = *models ? models : models_of(&all[i]);
		makers = *makers ? makers : makers_of(&all[i]);
	}
	return false;
}

const char *offer_proof(const struct candidate *one, const struct lock *lock, bool shared)
{
	const char *model = lock->facts.model, *maker = lock->facts.manufacturer;
	bool by_model = has_models(one), by_maker = has_makers(one);

	if (by_model && *model && !is_for_model(one, model))
		return "model_unproven";
	if (by_maker && *maker && !index_list_has(one->says->manufacturers, maker))
		return "manufacturer_unproven";
	if (!shared)
		return NULL;
	/* A match, not only the absence of a contradiction. */
	if ((by_model && !*model) || (!by_model && !by_maker))
		return "model_unproven";
	return by_maker && !*maker ? "manufacturer_unproven" : NULL;
}

static const char *hardware(const struct image *image, const struct lock *lock)
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

const char *offer_hardware(const struct candidate *one, const struct lock *lock)
{
	const char *why = hardware(one->image, lock);

	return why || !one->says ? why : hardware(&one->says->image, lock);
}

bool offer_destination(const struct image *image, const struct lock *lock)
{
	uint64_t address;

	if (!image->destination)
		return true;
	return text_uint(&address, lock->address, UINT64_MAX) && address == image->destination;
}

const char *offer_bounds(const struct candidate *one, const struct lock *lock)
{
	const struct index_entry *says = one->says;

	if (!says || (!says->has_min_version && !says->has_max_version))
		return NULL;
	if (!(lock->facts.known & FACT_VERSION))
		return "version_unknown";
	if (says->has_min_version && lock->facts.version < says->min_version)
		return "stepping_stone";
	if (says->has_max_version && lock->facts.version > says->max_version)
		return "version_bound";
	return NULL;
}

int offer_clarity(const struct candidate *one)
{
	const struct index_entry *says = one->says;
	int score = has_models(one) || has_makers(one) ? 1000 : 0;

	if (says && (says->has_min_version || says->has_max_version))
		score += 10;
	if (one->image->has_hardware_range || (says && says->image.has_hardware_range))
		score += 1;
	return score;
}

bool offer_same_file(const struct candidate *a, const struct candidate *b)
{
	const char *sha3_a = a->says ? a->says->sha3_256 : "";
	const char *sha3_b = b->says ? b->says->sha3_256 : "";

	return !differ(a->image->file_sha512, b->image->file_sha512) && !differ(sha3_a, sha3_b);
}
