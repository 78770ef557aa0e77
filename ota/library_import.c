#include "ota/library_file.h"
#include "ota/library_private.h"
#include "ota/library_scan.h"
#include "server/base/alloc.h"
#include "server/base/log.h"

#include <stdlib.h>

/* A folder into the library: list it (work), then each file: open (work), library_add(). */
struct import {
	struct work work;
	struct library *library;
	char *folder;
	struct library_paths paths;
	size_t next, added, refused;
	int fd;
	struct err e;
	void (*done)(void *owner, size_t added, size_t refused);
	void *owner;
};

static struct import *of(struct work *work)
{
	return (struct import *)(void *)((char *)work - offsetof(struct import, work));
}

static void submit(struct import *import, void (*run)(struct work *), void (*done)(struct work *))
{
	import->work = (struct work){ .run = run, .done = done };
	library_submit(import->library, &import->work);
}

static void finish(struct import *import)
{
	if (!import->library->closed)
		import->done(import->owner, import->added, import->refused);
	library_drop(import->library);
	library_paths_done(&import->paths);
	free(import->folder);
	free(import);
}

static void log_refusal(const char *path, const struct err *e)
{
	if (e->code == ERR_INTEGRITY)
		log_info("image file=%s refused reason=%s \"%s\"", path, e->reason, e->text);
	else
		log_warn("image file=%s refused reason=%s \"%s\"", path, e->reason, e->text);
}

static void go_on(struct import *import);

static void refuse(struct import *import, const struct err *e)
{
	import->refused++;
	log_refusal(import->paths.path[import->next++], e);
	go_on(import);
}

static void added(void *owner, const struct err *e, const struct image *image, bool known)
{
	struct import *import = owner;

	if (e) {
		refuse(import, e);
		return;
	}
	if (!known) {
		import->added++;
		log_info("image=%.12s file=%s added", image->id, import->paths.path[import->next]);
	}
	import->next++;
	go_on(import);
}

static void run_open(struct work *work)
{
	struct import *import = of(work);

	/* What went wrong is in import->e. */
	(void)!library_file_open(&import->fd, import->paths.path[import->next], true, &import->e);
}

static void done_open(struct work *work)
{
	struct import *import = of(work);
	struct library_adding adding = {
		.fd = import->fd, .source = "folder", .done = added, .owner = import
	};

	if (import->e.code != OK) {
		refuse(import, &import->e);
		return;
	}
	image_name(adding.name, import->paths.path[import->next]);
	library_add(import->library, &adding);
}

static void go_on(struct import *import)
{
	if (import->next == import->paths.n || import->library->closed) {
		finish(import);
		return;
	}
	import->e = (struct err){ 0 };
	submit(import, run_open, done_open);
}

static void run_scan(struct work *work)
{
	struct import *import = of(work);

	/* What went wrong is in import->e. */
	(void)!library_scan(&import->paths, import->folder, &import->e);
}

static void done_scan(struct work *work)
{
	struct import *import = of(work);

	if (import->e.code != OK)
		log_warn("image folder=%s not imported \"%s\"", import->folder, import->e.text);
	go_on(import);
}

void library_import_folder(struct library *library, const char *folder,
	void (*done)(void *owner, size_t added, size_t refused), void *owner)
{
	struct import *import = xcalloc(1, sizeof *import);

	import->library = library;
	import->folder = xstrdup(folder);
	import->done = done;
	import->owner = owner;
	library_hold(library);
	submit(import, run_scan, done_scan);
}
