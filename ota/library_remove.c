#include "ota/library_file.h"
#include "ota/library_private.h"
#include "ota/store.h"
#include "server/base/alloc.h"
#include "server/base/text.h"

#include <stdlib.h>

/* First the row, then the file: a row without its file would fail when a lock needs it. */
struct removal {
	struct library_change change; /* first: start() gets it */
	struct work work;
	struct library *library;
	char id[SHA256_TEXT];
	bool row_gone;
	struct err e;
	void (*done)(void *owner, const struct err *e);
	void *owner;
};

static struct removal *of(struct work *work)
{
	return (struct removal *)(void *)((char *)work - offsetof(struct removal, work));
}

static void run(struct work *work)
{
	struct removal *r = of(work);

	if (r->row_gone)
		(void)!library_copy_remove(r->library->folder, r->id, &r->e); /* told by done */
}

static void done(struct work *work)
{
	struct removal *r = of(work);
	struct library *library = r->library;

	if (!library->closed)
		r->done(r->owner, r->e.code == OK ? NULL : &r->e);
	library_change_end(library);
	free(r);
}

static void finish(struct removal *r)
{
	r->work = (struct work){ .run = run, .done = done };
	library_submit(r->library, &r->work);
}

static void committed(void *owner, const struct err *e, int64_t job_id, const struct event *events,
	size_t n_events)
{
	struct removal *r = owner;

	(void)job_id;
	(void)events;
	(void)n_events;
	if (e && e->code != OK) {
		r->e = *e;
	} else {
		r->row_gone = true;
		library_row_remove(r->library, r->id);
	}
	finish(r);
}

static void start(struct library_change *change)
{
	struct removal *r = (struct removal *)(void *)change;
	struct store_change remove = { .remove_image = r->id };

	if (library_find(r->library, r->id)) {
		store_commit(r->library->store, &remove, committed, r);
		return;
	}
	err_set(&r->e, ERR_NOT_FOUND, "no image has this id");
	finish(r); /* also then done() comes later, not from inside the call */
}

void library_remove(struct library *library, const char *id,
	void (*done_)(void *owner, const struct err *e), void *owner)
{
	struct removal *r = xcalloc(1, sizeof *r);

	r->library = library;
	r->done = done_;
	r->owner = owner;
	r->change.start = start;
	if (!text_copy(r->id, sizeof r->id, id))
		r->id[0] = '\0'; /* not found, like all that is no id */
	library_change_begin(library, &r->change);
}
