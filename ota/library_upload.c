#include "ota/library_file.h"
#include "ota/library_private.h"
#include "server/base/alloc.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Two halves: the work thread writes one while the other fills. */
enum { HALF = LIBRARY_PENDING_MAX / 2 };

struct half {
	size_t size;
	uint8_t data[HALF];
};

struct library_upload {
	struct work work;
	struct library *library;
	struct half *filling, *writing; /* writing: the thread's, as fd and failure, while busy */
	bool busy, blocked, ended, aborted;
	uint64_t total;
	int fd;
	struct err failure, e;
	char name[IMAGE_NAME_SIZE];
	void (*resumed)(void *owner);
	void *owner;
	library_added *done;
	void *done_owner;
};

static struct library_upload *of(struct work *work)
{
	return (struct library_upload *)(void *)((char *)work -
						 offsetof(struct library_upload, work));
}

struct library_upload *library_upload_begin(
	struct library *library, const char *name, void (*resumed)(void *owner), void *owner)
{
	struct library_upload *upload = xcalloc(1, sizeof *upload);

	upload->library = library;
	upload->fd = -1;
	upload->resumed = resumed;
	upload->owner = owner;
	upload->filling = xcalloc(1, sizeof *upload->filling);
	upload->writing = xcalloc(1, sizeof *upload->writing);
	image_name(upload->name, name);
	library_hold(library);
	if (library->uploads++ >= LIBRARY_UPLOADS_MAX)
		err_set(&upload->e, ERR_BUSY, "%d uploads are under way already",
			LIBRARY_UPLOADS_MAX);
	return upload;
}

static void release(struct library_upload *upload)
{
	upload->library->uploads--;
	library_drop(upload->library);
	free(upload->filling);
	free(upload->writing);
	free(upload);
}

static void run_write(struct work *work)
{
	struct library_upload *upload = of(work);
	struct span bytes = { upload->writing->data, upload->writing->size };

	if (upload->fd < 0 &&
		library_file_spool(&upload->fd, upload->library->folder, &upload->failure) != OK)
		return;
	(void)!library_file_write(upload->fd, bytes, &upload->failure); /* failure keeps it */
}

static void run_discard(struct work *work)
{
	if (of(work)->fd >= 0)
		(void)close(of(work)->fd); /* it has no name: all is gone */
}

static void done_discard(struct work *work)
{
	struct library_upload *upload = of(work);

	if (upload->ended && !upload->library->closed)
		upload->done(upload->done_owner, &upload->e, NULL);
	release(upload);
}

static void submit(
	struct library_upload *upload, void (*run)(struct work *), void (*done)(struct work *))
{
	upload->busy = true;
	upload->work = (struct work){ .run = run, .done = done };
	library_submit(upload->library, &upload->work);
}

/* The upload itself goes as soon as its bytes are on their way; this is what remains. */
struct ending {
	struct library *library;
	library_added *done;
	void *owner;
};

static void added(void *owner, const struct err *e, const struct image *image, bool known)
{
	struct ending *ending = owner;

	(void)known;
	if (!ending->library->closed)
		ending->done(ending->owner, e, image);
	free(ending);
}

static void hand_over(struct library_upload *upload)
{
	struct ending *ending =
		xmemdup(&(struct ending){ upload->library, upload->done, upload->done_owner },
			sizeof *ending);
	struct library_adding adding = {
		.fd = upload->fd, .source = "upload", .done = added, .owner = ending
	};

	memcpy(adding.name, upload->name, sizeof adding.name);
	library_add(upload->library, &adding);
	release(upload);
}

static void done_write(struct work *work);

static bool write_next(struct library_upload *upload)
{
	struct half *full = upload->filling;

	if (upload->busy || !full->size || upload->e.code != OK)
		return false;
	upload->filling = upload->writing;
	upload->filling->size = 0;
	upload->writing = full;
	submit(upload, run_write, done_write);
	return true;
}

/* Whatever comes next, unless the work thread has something of ours. Frees the upload when it is
 * ended and all is written. */
static void go_on(struct library_upload *upload)
{
	if (upload->busy)
		return;
	if (upload->aborted || (upload->ended && upload->e.code != OK))
		submit(upload, run_discard, done_discard);
	else if (!write_next(upload) && upload->ended)
		hand_over(upload);
}

static void done_write(struct work *work)
{
	struct library_upload *upload = of(work);
	bool resume = upload->blocked && !upload->ended && !upload->aborted;

	upload->busy = false;
	upload->blocked = false;
	if (upload->e.code == OK)
		upload->e = upload->failure;
	go_on(upload);
	if (resume && !upload->library->closed)
		upload->resumed(upload->owner);
}

static size_t fill(struct half *half, const uint8_t *data, size_t n)
{
	size_t part = n < HALF - half->size ? n : HALF - half->size;

	memcpy(half->data + half->size, data, part);
	half->size += part;
	return part;
}

enum err_code library_upload_chunk(
	struct library_upload *upload, const uint8_t *data, size_t n, size_t *took, struct err *e)
{
	size_t done;

	assert(!upload->ended && !upload->aborted);
	if (upload->e.code == OK && upload->total + n > IMAGE_FILE_MAX)
		err_because(&upload->e, ERR_TOO_LARGE, "image_too_large",
			"is larger than %d bytes, the largest accepted image", IMAGE_FILE_MAX);
	if (upload->e.code != OK) {
		if (e)
			*e = upload->e;
		return upload->e.code;
	}
	done = fill(upload->filling, data, n);
	if (write_next(upload)) /* the other half is free now */
		done += fill(upload->filling, data + done, n - done);
	upload->total += done;
	upload->blocked = done < n;
	*took = done;
	return OK;
}

void library_upload_end(struct library_upload *upload, library_added *done, void *owner)
{
	upload->ended = true;
	upload->done = done;
	upload->done_owner = owner;
	go_on(upload);
}

void library_upload_abort(struct library_upload *upload)
{
	upload->aborted = true;
	go_on(upload);
}
