#include "ota/image_digest.h"
#include "ota/library_file.h"
#include "ota/library_private.h"
#include "ota/store.h"
#include "server/base/alloc.h"
#include "server/base/text.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* One file into the library: read it (work), compare with the rows (loop), copy (work), commit
 * (db), add the row (loop), close the file (work). */
struct add {
	struct library_change change; /* first: start() gets it */
	struct work work;
	struct library *library;
	struct library_adding file;
	struct image image;
	bool known;
	struct err e;
};

static struct add *of(struct work *work)
{
	return (struct add *)(void *)((char *)work - offsetof(struct add, work));
}

static void submit(struct add *add, void (*run)(struct work *), void (*done)(struct work *))
{
	add->work = (struct work){ .run = run, .done = done };
	library_submit(add->library, &add->work);
}

static void run_close(struct work *work)
{
	if (of(work)->file.fd >= 0)
		(void)close(of(work)->file.fd); /* only read from */
}

static void done_close(struct work *work)
{
	struct add *add = of(work);
	struct library *library = add->library;
	bool good = add->e.code == OK;

	add->file.done(add->file.owner, good ? NULL : &add->e,
		good ? library_find(library, add->image.id) : NULL, add->known);
	library_change_end(library);
	free(add);
}

static void finish(struct add *add)
{
	submit(add, run_close, done_close);
}

static int64_t wall_now(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void run_remove_copy(struct work *work)
{
	struct add *add = of(work);

	/* What fails is only unused space; the error to tell is the one of the commit. */
	(void)!library_copy_remove(add->library->folder, add->image.id, NULL);
	run_close(work);
}

static void committed(void *owner, const struct err *e, int64_t job_id, const struct event *events,
	size_t n_events)
{
	struct add *add = owner;

	(void)job_id;
	(void)events;
	(void)n_events;
	if (e && e->code != OK) {
		add->e = *e;
		submit(add, run_remove_copy, done_close);
		return;
	}
	library_row_add(add->library, &add->image);
	finish(add);
}

/* The bytes are read a second time, so that nothing of this size waits in memory for the loop. */
static void run_copy(struct work *work)
{
	struct add *add = of(work);
	struct image_file f;
	uint8_t *bytes;
	size_t size;
	struct span file;

	if (library_file_read(&bytes, &size, add->file.fd, &add->e) != OK)
		return;
	file = (struct span){ bytes, size };
	if (image_file_read(&f, file, &add->e) == OK) {
		image_digests(&f, file);
		if (strcmp(f.image.id, add->image.id) != 0)
			err_set(&add->e, ERR_INTEGRITY, "changed while it was read");
		else
			(void)!library_copy_put(add->library->folder, f.image.id,
				(struct span){ bytes + f.offset, f.image.size }, &add->e);
	}
	free(bytes);
}

static void done_copy(struct work *work)
{
	struct add *add = of(work);
	struct store_change change = { .image = &add->image };

	if (add->e.code != OK || add->known) {
		finish(add);
		return;
	}
	add->image.added_at = wall_now();
	store_commit(add->library->store, &change, committed, add);
}

static void run_read(struct work *work)
{
	struct add *add = of(work);
	struct image_file f;
	uint8_t *bytes;
	size_t size;
	struct span file;

	if (library_file_read(&bytes, &size, add->file.fd, &add->e) != OK)
		return;
	file = (struct span){ bytes, size };
	if (image_file_read(&f, file, &add->e) == OK) {
		image_digests(&f, file);
		add->image = f.image;
		(void)text_copy(add->image.name, sizeof add->image.name, add->file.name);
		(void)text_copy(add->image.source, sizeof add->image.source, add->file.source);
	}
	free(bytes);
}

static enum err_code compare(struct add *add)
{
	const struct library *library = add->library;
	const struct image *image = &add->image;

	add->known = library_find(library, image->id);
	for (size_t i = 0; !add->known && i < library->n; i++) {
		const struct image *other = library->images[i];

		if (other->manufacturer_code == image->manufacturer_code &&
			other->image_type == image->image_type &&
			other->file_version == image->file_version)
			return err_because(&add->e, ERR_CONFLICT, "digest_changed",
				"differs from image %.12s... (%s), which has the same "
				"manufacturer, type and version",
				other->id, other->name);
	}
	if (!add->known && library->n >= LIBRARY_IMAGES_MAX)
		return err_set(&add->e, ERR_NO_SPACE, "the library has %d images, its maximum",
			LIBRARY_IMAGES_MAX);
	return OK;
}

static void done_read(struct work *work)
{
	struct add *add = of(work);

	if (add->library->closed) /* the copy would never get its row */
		err_set(&add->e, ERR_BUSY, "the service is stopping");
	if (add->e.code != OK || compare(add) != OK)
		finish(add);
	else
		submit(add, run_copy, done_copy);
}

static void start(struct library_change *change)
{
	submit((struct add *)(void *)change, run_read, done_read);
}

void library_add(struct library *library, const struct library_adding *adding)
{
	struct add *add = xcalloc(1, sizeof *add);

	add->library = library;
	add->file = *adding;
	add->change.start = start;
	library_change_begin(library, &add->change);
}
