#include "ota/index.h"

#include "ota/index_entry.h"
#include "ota/index_split.h"
#include "server/base/alloc.h"

#include <jansson.h>

#include <stdlib.h>
#include <string.h>

struct index_reader {
	struct index_split split;
	struct index *index;
	bool local;
};

static enum err_code keep(struct index *index, struct index_entry *entry, struct err *e)
{
	struct index_entry **more = index->entries;

	/* Room doubles: at every power of two the list is full. */
	if (!(index->n & (index->n - 1))) {
		more = reallocarray(
			index->entries, index->n ? 2 * index->n : 1, sizeof(struct index_entry *));
		if (!more) {
			index_entry_free(entry);
			return err_set(e, ERR_INTERNAL, "no memory for an index");
		}
	}
	index->entries = more;
	index->entries[index->n++] = entry;
	return OK;
}

static enum err_code on_entry(void *owner, const char *json, size_t n, struct err *e)
{
	struct index_reader *reader = owner;
	struct index *index = reader->index;
	enum index_form form = reader->split.outer[0] == '[' ? INDEX_ZIGBEE_OTA : INDEX_ZIGPY;
	size_t place = reader->split.n - 1;
	struct index_entry *entry = NULL;
	struct err why = { 0 };

	if (index_entry_read(&entry, form, reader->local, (struct span){ (const uint8_t *)json, n },
		    &why) == OK) {
		entry->place = (uint32_t)place;
		return keep(index, entry, e);
	}
	(void)err_prefix(&why, "entry %zu: ", place);
	if (!reader->local) {
		if (!index->skipped++)
			index->reason = why;
		return OK;
	}
	if (e)
		*e = why;
	return why.code;
}

struct index_reader *index_reader_new(bool local)
{
	struct index_reader *reader = xcalloc(1, sizeof *reader);

	reader->local = local;
	reader->index = xcalloc(1, sizeof *reader->index);
	index_split_begin(&reader->split, on_entry, reader);
	return reader;
}

enum err_code index_reader_feed(struct index_reader *reader, struct span bytes, struct err *e)
{
	return index_split_feed(&reader->split, bytes, e);
}

void index_reader_free(struct index_reader *reader)
{
	if (!reader)
		return;
	index_split_done(&reader->split);
	index_free(reader->index);
	free(reader);
}

static int by_key(const void *a, const void *b)
{
	const struct index_entry *one = *(const struct index_entry *const *)a;
	const struct index_entry *two = *(const struct index_entry *const *)b;
	uint32_t key1 = (uint32_t)one->image.manufacturer_code << 16 | one->image.image_type;
	uint32_t key2 = (uint32_t)two->image.manufacturer_code << 16 | two->image.image_type;

	if (key1 != key2)
		return key1 < key2 ? -1 : 1;
	return one->place < two->place ? -1 : one->place > two->place;
}

/* The document around the entries: nothing else may be in their list, and nothing may lack. */
static enum err_code check_frame(const struct index_split *split, struct err *e)
{
	json_error_t where = { .text = "nothing in it" };
	json_t *frame = split->frame.size ? json_loadb(split->frame.data, split->frame.size,
						    JSON_REJECT_DUPLICATES, &where)
					  : NULL;
	const json_t *list = json_is_object(frame) ? json_object_get(frame, "firmwares") : frame;
	bool good = json_is_array(list) && json_array_size(list) == split->n;

	json_decref(frame);
	if (!frame)
		return err_because(e, ERR_INTEGRITY, "index_invalid",
			"no whole JSON document: %.120s", where.text);
	if (!good)
		return err_because(e, ERR_INTEGRITY, "index_invalid",
			"neither a list of firmware nor an object with such a list named "
			"firmwares");
	return OK;
}

enum err_code index_reader_end(struct index_reader *reader, struct index **out, struct err *e)
{
	struct index *index = reader->index;
	enum err_code code = check_frame(&reader->split, e);

	if (code != OK)
		return code;
	if (index->n)
		qsort(index->entries, index->n, sizeof(struct index_entry *), by_key);
	*out = TAKE(reader->index);
	return OK;
}

void index_free(struct index *index)
{
	if (!index)
		return;
	for (size_t i = 0; i < index->n; i++)
		index_entry_free(index->entries[i]);
	free(index->entries);
	free(index);
}

bool index_list_has(const char *list, const char *text)
{
	for (; list && *list; list += strlen(list) + 1)
		if (!strcmp(list, text))
			return true;
	return false;
}

bool index_entry_is_about(const struct index_entry *entry, const struct image *image)
{
	const struct image *said = &entry->image;

	if (said->file_sha512[0])
		return strcmp(said->file_sha512, image->file_sha512) == 0;
	return said->manufacturer_code == image->manufacturer_code &&
	       said->image_type == image->image_type && said->file_version == image->file_version &&
	       said->size == image->file_size && !strcmp(image->source, "index");
}
