/* offer.h: which image a lock may be offered, and why others are not. Pure: facts in, a choice and
 * its reasons out. docs/firmware-sources.md has the rules in words. */
#pragma once

#include "ota/image.h"
#include "ota/index.h"
#include "ota/lock.h"

#include <stdbool.h>
#include <stddef.h>

/* What may come into question: an image of the library, with what an index says of it, or an image
 * that only an index knows and that would have to be fetched (its id is ""). */
struct candidate {
	const struct image *image;      /* the library's, or says->image */
	const struct index_entry *says; /* NULL: no index knows it */
	const char *retracted;          /* why it was withdrawn or is denied; NULL: it is not */
};

enum { NOT_OFFERED_MAX = 16 };
struct offer {
	const struct image *image; /* NULL: none newer; id "": to be fetched */
	size_t n_not_offered;
	struct {
		const struct image *image;
		const char *reason; /* a code of the catalogue: "model_unproven", "not_newer" … */
		const char *detail; /* more about it; NULL; as long as the candidate's texts */
	} not_offered[NOT_OFFERED_MAX];
	const struct index_entry *says; /* of image; NULL */
};

/* What else than "newer" is wished for. */
struct offer_wish {
	bool has_version; /* exactly this one; may be one that was rejected before */
	uint32_t version;
	bool equal; /* the installed version will do as well */
};

/* Goes through all[0..n), nearer sources first. Of those that fit, the most clearly meant one wins
 * (a model that matches before none), then the highest version. Two different files of that
 * version: neither ("digest_changed"). wish NULL: only what is newer. */
void offer_choose(struct offer *out, const struct lock *lock, const struct candidate *all, size_t n,
	const struct offer_wish *wish);

/* Do several products share these ids, so that only a positive match proves the image? */
bool offer_ids_are_shared(const struct candidate *one, const struct candidate *all, size_t n);
/* What the image is for: our reviewed overlay, its own word, or an index's; "" unknown or several.
 */
const char *offer_model(const struct candidate *one);
/* NULL: the hardware ranges of header and index allow it; else "hardware_range" or
 * "hardware_unknown". */
const char *offer_hardware(const struct candidate *one, const struct lock *lock);
/* Is the image for everybody, or for this very lock? */
bool offer_destination(const struct image *image, const struct lock *lock);
/* NULL: model and manufacturer's name match or need not; else "model_unproven" or
 * "manufacturer_unproven". */
const char *offer_proof(const struct candidate *one, const struct lock *lock, bool shared);
/* NULL: what the lock runs is within the bounds of the index; else "stepping_stone" (another
 * version first), "version_bound" (too new for it) or "version_unknown". */
const char *offer_bounds(const struct candidate *one, const struct lock *lock);
/* Adds to not_offered, while there is room. */
void offer_refuse(struct offer *out, const struct image *image, const char *reason);
