/* index_fuzz.c: any bytes as a firmware index. The first byte says how they come: in pieces, as a
 * local index or as one from elsewhere. Property: pieces do not matter, what is kept is within its
 * bounds and in order, and a local index has nothing strange in it. */
#include "ota/index.h"
#include "ota/index_split.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct index *read(struct span bytes, bool local, size_t piece)
{
	struct index_reader *reader = index_reader_new(local);
	struct index *index = NULL;
	struct err e;
	enum err_code code = OK;

	for (size_t at = 0; at < bytes.size && code == OK; at += piece)
		code = index_reader_feed(reader,
			(struct span){ bytes.data + at,
				bytes.size - at < piece ? bytes.size - at : piece },
			&e);
	if (code == OK)
		code = index_reader_end(reader, &index, &e);
	index_reader_free(reader);
	if (code != OK && (index || !e.reason[0]))
		abort();
	return index;
}

static void check_entry(const struct index_entry *entry, bool local)
{
	const struct image *image = &entry->image;
	size_t digest = strlen(image->file_sha512);

	if (image->id[0] || !entry->url || (local && entry->strange))
		abort();
	if (!digest && strlen(entry->sha3_256) != 64)
		abort();
	if (digest && digest != 128)
		abort();
	if (image->model[0] && !index_list_has(entry->models, image->model))
		abort();
	if (!local && !strstr(entry->url, "://"))
		abort();
}

static void check_order(const struct image *a, const struct image *b)
{
	if (a->manufacturer_code > b->manufacturer_code)
		abort();
	if (a->manufacturer_code == b->manufacturer_code && a->image_type > b->image_type)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span rest = { data + 1, size - 1 };
	struct index *whole, *pieces;
	bool local;

	if (!size)
		return 0;
	local = data[0] & 1;
	whole = read(rest, local, size);
	pieces = read(rest, local, 1 + (data[0] >> 1));
	if (!whole != !pieces ||
		(whole && (whole->n != pieces->n || whole->skipped != pieces->skipped)))
		abort();
	for (size_t i = 0; whole && i < whole->n; i++) {
		check_entry(whole->entries[i], local);
		if (i)
			check_order(&whole->entries[i - 1]->image, &whole->entries[i]->image);
		if (whole->entries[i]->place != pieces->entries[i]->place)
			abort();
	}
	index_free(whole);
	index_free(pieces);
	return 0;
}
