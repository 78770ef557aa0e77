/* catalog.h: the indexes that are loaded, in the order of the configuration, and what they say. */
#pragma once

#include "ota/index.h"

enum { CATALOG_INDEXES_MAX = 16 };

struct catalog {
	struct index *index[CATALOG_INDEXES_MAX]; /* NULL: not loaded */
	size_t n;
	unsigned changes; /* how often an index was put */
};

/* Replaces (and frees) the index at that place; takes it. */
void catalog_put(struct catalog *catalog, size_t place, struct index *index);
void catalog_done(struct catalog *catalog);

/* The entries for one product, in the order of the indexes and of their places there; at most max.
 * Valid until the next catalog_put(). */
size_t catalog_find(const struct catalog *catalog, uint16_t manufacturer_code, uint16_t image_type,
	const struct index_entry **out, size_t max);
/* What the indexes say of a file that is here already: the first entry with its digest, or NULL. */
const struct index_entry *catalog_says(const struct catalog *catalog, const struct image *image);
