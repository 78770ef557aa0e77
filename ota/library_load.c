#include "ota/library_file.h"
#include "ota/library_private.h"
#include "server/base/alloc.h"
#include "server/base/text.h"

#include <stdlib.h>

struct load {
	struct work work;
	struct library *library;
	char id[SHA256_TEXT];
	uint8_t *bytes;
	size_t size;
	struct err e;
	void (*done)(void *owner, const struct err *e, uint8_t *bytes, size_t size);
	void *owner;
};

static struct load *of(struct work *work)
{
	return (struct load *)(void *)((char *)work - offsetof(struct load, work));
}

static void run(struct work *work)
{
	struct load *l = of(work);

	if (l->e.code != OK)
		return;
	if (library_copy_get(&l->bytes, &l->size, l->library->folder, l->id, &l->e) ==
		ERR_NOT_FOUND)
		err_because(&l->e, ERR_NOT_FOUND, "image_missing",
			"the file of image %.12s... is gone from the data folder: upload it again",
			l->id);
}

static void done(struct work *work)
{
	struct load *l = of(work);

	if (l->library->closed)
		free(l->bytes);
	else
		l->done(l->owner, l->e.code == OK ? NULL : &l->e, l->bytes, l->size);
	library_drop(l->library);
	free(l);
}

void library_load(struct library *library, const char *id,
	void (*done_)(void *owner, const struct err *e, uint8_t *bytes, size_t size), void *owner)
{
	struct load *l = xcalloc(1, sizeof *l);

	l->work = (struct work){ .run = run, .done = done };
	l->library = library;
	l->done = done_;
	l->owner = owner;
	(void)text_copy(l->id, sizeof l->id, id); /* all of it, when there is a row */
	/* Only ids of rows become paths. */
	if (!library_find(library, id))
		err_set(&l->e, ERR_NOT_FOUND, "no image has this id");
	library_hold(library);
	library_submit(library, &l->work);
}
