#include "server/base/text.h"
#include "tests/api/support.h"

#include <string.h>

size_t library_count(const struct library *library)
{
	return library->n;
}

const struct image *library_at(const struct library *library, size_t i)
{
	return &library->images[i];
}

const struct image *library_find(const struct library *library, const char *id)
{
	for (size_t i = 0; i < library->n; i++)
		if (strcmp(library->images[i].id, id) == 0)
			return &library->images[i];
	return NULL;
}

struct library_upload *library_upload_begin(
	struct library *library, const char *name, void (*resumed)(void *owner), void *owner)
{
	(void)text_copy(library->name, sizeof library->name, name);
	library->resumed = resumed;
	library->resumed_owner = owner;
	library->received = 0;
	return (struct library_upload *)library;
}

enum err_code library_upload_chunk(
	struct library_upload *upload, const uint8_t *data, size_t n, size_t *took, struct err *e)
{
	struct library *library = (struct library *)upload;

	(void)data;
	if (library->fails.code) {
		*e = library->fails;
		return e->code;
	}
	*took = n < library->room ? n : library->room;
	library->room -= *took;
	library->received += *took;
	return OK;
}

void library_upload_end(struct library_upload *upload, library_added *done, void *owner)
{
	struct library *library = (struct library *)upload;

	done(owner, library->fails.code ? &library->fails : NULL, &library->images[0]);
}

void library_upload_abort(struct library_upload *upload)
{
	((struct library *)upload)->aborted = true;
}

void library_remove(struct library *library, const char *id,
	void (*done)(void *owner, const struct err *e), void *owner)
{
	(void)id;
	library->n = 0;
	done(owner, NULL);
}

struct image *add_image(struct world *w, char fill)
{
	struct image *image = &w->library.images[w->library.n++];

	memset(image->id, fill, SHA256_TEXT - 1);
	(void)text_copy(image->name, sizeof image->name, "lock.ota");
	image->file_version = 0x11070000;
	image->added_at = 1;
	return image;
}
