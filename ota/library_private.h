/* library_private.h: what the files library*.c share. */
#pragma once

#include "ota/library.h"
#include "server/worker.h"

#include <stdbool.h>

enum { LIBRARY_IMAGES_MAX = 2000, LIBRARY_UPLOADS_MAX = 4 };

/* What changes the rows happens one after the other, so that each sees what the one before did. */
struct library_change {
	struct library_change *next;
	void (*start)(struct library_change *change);
};

struct library {
	struct worker *work;
	struct store *store;
	char *folder;
	struct image **images; /* newest first */
	size_t n;
	struct library_change *changes, **changes_end; /* the first one is under way */
	size_t uploads;
	size_t busy; /* what still points here: uploads, imports, loads, changes */
	bool closed; /* library_free() was called: no more callbacks; the last busy one frees */
};

/* Work for the work thread; after library_free(), when that may be gone, it is done at once. */
void library_submit(struct library *library, struct work *work);
void library_hold(struct library *library);
void library_drop(struct library *library);
void library_change_begin(struct library *library, struct library_change *change);
void library_change_end(struct library *library); /* of the first one; starts the next */

void library_row_add(struct library *library, const struct image *image);
void library_row_remove(struct library *library, const char *id);
