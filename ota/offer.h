/* offer.h: which image a lock may be offered, and why others are not. Pure. */
#pragma once

#include "ota/image.h"
#include "ota/lock.h"

#include <stdbool.h>
#include <stddef.h>

enum { NOT_OFFERED_MAX = 16 };
struct offer {
	const struct image *image; /* NULL: none newer */
	size_t n_not_offered;
	struct {
		const struct image *image;
		const char *reason; /* a finding code: "model_unproven", "not_newer" … */
	} not_offered[NOT_OFFERED_MAX];
};

/* What else than "newer" is wished for. */
struct offer_wish {
	bool has_version; /* exactly this one; may be one that was rejected before */
	uint32_t version;
	bool equal; /* the installed version will do as well */
};

/* Goes through images[0..n): highest version that fits wins. wish NULL: only what is newer. */
void offer_choose(struct offer *out, const struct lock *lock, const struct image *const *images,
	size_t n, const struct offer_wish *wish);

/* Do several products share these ids, so that only a model match proves the image? */
bool offer_ids_are_shared(const struct image *image, const struct image *const *images, size_t n);
/* What the image is for: its own word, or a row of our reviewed overlay; "" unknown. */
const char *offer_model(const struct image *image);
/* NULL: the hardware range allows it; else "hardware_range" or "hardware_unknown". */
const char *offer_hardware(const struct image *image, const struct lock *lock);
/* Is the image for everybody, or for this very lock? */
bool offer_destination(const struct image *image, const struct lock *lock);
/* Is there proof, or no need of one? */
bool offer_model_proven(const struct image *image, const struct lock *lock, bool shared);
