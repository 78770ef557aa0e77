#include "ota/catalog.h"

#include <assert.h>
#include <string.h>

void catalog_put(struct catalog *catalog, size_t place, struct index *index)
{
	assert(place < CATALOG_INDEXES_MAX);
	index_free(catalog->index[place]);
	catalog->index[place] = index;
	if (place >= catalog->n)
		catalog->n = place + 1;
	catalog->changes++;
}

void catalog_done(struct catalog *catalog)
{
	for (size_t i = 0; i < catalog->n; i++)
		index_free(catalog->index[i]);
	*catalog = (struct catalog){ 0 };
}

static uint32_t key_of(uint16_t manufacturer_code, uint16_t image_type)
{
	return (uint32_t)manufacturer_code << 16 | image_type;
}

static uint32_t key_at(const struct index *index, size_t i)
{
	const struct image *image = &index->entries[i]->image;

	return key_of(image->manufacturer_code, image->image_type);
}

/* The first entry whose key is not below. */
static size_t lower_bound(const struct index *index, uint32_t key)
{
	size_t low = 0, high = index->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (key_at(index, middle) < key)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

size_t catalog_find(const struct catalog *catalog, uint16_t manufacturer_code, uint16_t image_type,
	const struct index_entry **out, size_t max)
{
	uint32_t key = key_of(manufacturer_code, image_type);
	size_t n = 0;

	for (size_t k = 0; k < catalog->n; k++) {
		const struct index *index = catalog->index[k];

		for (size_t i = index ? lower_bound(index, key) : 0;
			index && i < index->n && key_at(index, i) == key && n < max; i++)
			out[n++] = index->entries[i];
	}
	return n;
}

const struct index_entry *catalog_says(const struct catalog *catalog, const struct image *image)
{
	uint32_t key = key_of(image->manufacturer_code, image->image_type);

	for (size_t k = 0; k < catalog->n; k++) {
		const struct index *index = catalog->index[k];

		for (size_t i = index ? lower_bound(index, key) : 0;
			index && i < index->n && key_at(index, i) == key; i++)
			if (index_entry_is_about(index->entries[i], image))
				return index->entries[i];
	}
	return NULL;
}
