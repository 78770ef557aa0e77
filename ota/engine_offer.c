#include "ota/catalog.h"
#include "ota/engine_parts.h"
#include "ota/library.h"
#include "ota/offer.h"
#include "ota/retraction.h"

#include <string.h>

struct candidate engine_candidate(const struct engine *engine, const struct image *image)
{
	const struct engine_options *o = &engine->options;

	if (!image)
		return (struct candidate){ 0 };
	return (struct candidate){ .image = image,
		.says = o->catalog ? catalog_says(o->catalog, image) : NULL,
		.retracted = retractions_find(o->retractions, image) };
}

const char *engine_retracted(const struct engine *engine, const struct image *image)
{
	return retractions_find(engine->options.retractions, image);
}

static bool is_there(const struct candidate *all, size_t n, const struct index_entry *entry)
{
	const char *digest = entry->image.file_sha512;

	for (size_t i = 0; i < n; i++)
		if (index_entry_is_about(entry, all[i].image) ||
			(all[i].says && !*digest &&
				strcmp(all[i].says->sha3_256, entry->sha3_256) == 0))
			return true;
	return false;
}

size_t engine_candidates(const struct engine *engine, uint16_t manufacturer_code,
	uint16_t image_type, struct candidate out[ENGINE_CANDIDATES_MAX])
{
	const struct engine_options *o = &engine->options;
	const struct index_entry *found[ENGINE_CANDIDATES_MAX];
	size_t n = 0, entries = 0;

	for (size_t i = 0; i < library_count(o->library) && n < ENGINE_CANDIDATES_MAX; i++) {
		const struct image *image = library_at(o->library, i);

		if (image->manufacturer_code == manufacturer_code &&
			image->image_type == image_type)
			out[n++] = engine_candidate(engine, image);
	}
	if (o->catalog)
		entries = catalog_find(
			o->catalog, manufacturer_code, image_type, found, ENGINE_CANDIDATES_MAX);
	for (size_t i = 0; i < entries && n < ENGINE_CANDIDATES_MAX; i++)
		if (!is_there(out, n, found[i]))
			out[n++] = (struct candidate){ .image = &found[i]->image,
				.says = found[i],
				.retracted = retractions_find(o->retractions, &found[i]->image) };
	return n;
}

/* Takes out what the user skipped; *out: the last of them, or NULL. */
static size_t without_skipped(
	struct candidate *all, size_t n, uint32_t skip, const struct image **out)
{
	size_t kept = 0;

	*out = NULL;
	for (size_t i = 0; i < n; i++)
		if (skip && all[i].image->file_version == skip)
			*out = all[i].image;
		else
			all[kept++] = all[i];
	return kept;
}

/* A pinned version is the only one; a skipped one is none. */
void engine_choose(
	const struct engine *engine, const struct lock *lock, bool equal, struct offer *out)
{
	const struct lock_facts *facts = &lock->facts;
	struct candidate all[ENGINE_CANDIDATES_MAX];
	struct offer_wish wish = { .equal = equal };
	const struct image *skipped;
	struct policy policy;
	size_t n = engine_candidates(engine, facts->manufacturer_code, facts->image_type, all);

	engine_policy(engine, lock, &policy);
	wish.has_version = policy.pinned_version != 0;
	wish.version = policy.pinned_version;
	n = without_skipped(all, n, policy.skipped_version, &skipped);
	offer_choose(out, lock, all, n, &wish);
	if (skipped && facts->known & FACT_IMAGE_KEY)
		offer_refuse(out, skipped, "skipped");
}

void engine_offer(const struct engine *engine, const struct lock *lock, struct offer *out)
{
	const struct lock_facts *facts = &lock->facts;

	engine_choose(engine, lock, false, out);
	if (out->image && facts->known & FACT_VERSION &&
		out->image->file_version <= facts->version) {
		offer_refuse(out, out->image,
			out->image->file_version == facts->version ? "already_installed"
								   : "not_newer");
		out->image = NULL;
		out->says = NULL;
	}
}
