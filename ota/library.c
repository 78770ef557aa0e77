#include "ota/library_file.h"
#include "ota/library_private.h"
#include "ota/store.h"
#include "server/base/alloc.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* NOLINTNEXTLINE(readability-function-size): all it stands on, and once in the process */
enum err_code library_new(struct library **out, const char *folder, struct worker *work,
	struct store *store, const struct image *images, size_t n, struct err *e)
{
	struct library *library;
	enum err_code code = library_folder_prepare(folder, e);

	if (code != OK)
		return code;
	library = xcalloc(1, sizeof *library);
	library->work = work;
	library->store = store;
	library->folder = xstrdup(folder);
	library->changes_end = &library->changes;
	for (size_t i = 0; i < n; i++)
		library_row_add(library, &images[i]);
	*out = library;
	return OK;
}

static void destroy(struct library *library)
{
	for (size_t i = 0; i < library->n; i++)
		free(library->images[i]);
	free(library->images);
	free(library->folder);
	free(library);
}

void library_free(struct library *library)
{
	if (!library)
		return;
	library->closed = true;
	if (!library->busy)
		destroy(library);
}

void library_submit(struct library *library, struct work *work)
{
	if (!library->closed) {
		worker_submit(library->work, work);
		return;
	}
	work->run(work);
	work->done(work);
}

void library_hold(struct library *library)
{
	library->busy++;
}

void library_drop(struct library *library)
{
	assert(library->busy);
	if (!--library->busy && library->closed)
		destroy(library);
}

void library_change_begin(struct library *library, struct library_change *change)
{
	bool idle = !library->changes;

	library_hold(library);
	change->next = NULL;
	*library->changes_end = change;
	library->changes_end = &change->next;
	if (idle)
		change->start(change);
}

void library_change_end(struct library *library)
{
	assert(library->changes);
	library->changes = library->changes->next;
	if (library->changes)
		library->changes->start(library->changes);
	else
		library->changes_end = &library->changes;
	library_drop(library);
}

size_t library_count(const struct library *library)
{
	return library->n;
}

const struct image *library_at(const struct library *library, size_t i)
{
	assert(i < library->n);
	return library->images[i];
}

static size_t index_of(const struct library *library, const char *id)
{
	size_t i = 0;

	while (i < library->n && strcmp(library->images[i]->id, id) != 0)
		i++;
	return i;
}

const struct image *library_find(const struct library *library, const char *id)
{
	size_t i = index_of(library, id);

	return i < library->n ? library->images[i] : NULL;
}

void library_row_add(struct library *library, const struct image *image)
{
	struct image **grown =
		reallocarray(library->images, library->n + 1, sizeof(struct image *));
	size_t i = 0;

	if (!grown)
		abort(); /* as xcalloc(): a few bytes for a row */
	library->images = grown;
	while (i < library->n && grown[i]->added_at > image->added_at)
		i++;
	memmove(grown + i + 1, grown + i, (library->n - i) * sizeof(struct image *));
	grown[i] = xmemdup(image, sizeof *image);
	library->n++;
}

void library_row_remove(struct library *library, const char *id)
{
	size_t i = index_of(library, id);

	if (i == library->n)
		return;
	free(library->images[i]);
	library->n--;
	memmove(library->images + i, library->images + i + 1,
		(library->n - i) * sizeof(struct image *));
}
