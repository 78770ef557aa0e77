/* library.h: the images. Each is a private copy, DATA/images/<sha256>, written to a temporary file,
 * synced and renamed; hashing and files are on the work thread. */
#pragma once

#include "ota/image.h"
#include "ota/image_file.h"
#include "server/base/err.h"
#include "server/base/span.h"

#include <stddef.h>

struct library;
struct loop;
struct store;
struct worker;

/* images: the rows of the store (copied). Rows whose file is missing stay, and fail at load. */
MUST_USE enum err_code library_new(struct library **out, const char *folder, struct worker *work,
	struct store *store, const struct image *images, size_t n, struct err *e);
/* Before store_close(), before or after worker_free(), after all uploads were ended or aborted. No
 * done() or resumed() is called any more; what is under way ends by itself and frees the rest. */
void library_free(struct library *library);

size_t library_count(const struct library *library);
const struct image *library_at(const struct library *library, size_t i); /* newest first */
const struct image *library_find(const struct library *library, const char *id);

/* done: in the loop; image valid during the call; NULL on error. Known image: OK and that image.
 * Same manufacturer, type and version with another digest: ERR_CONFLICT "digest_changed". */
typedef void library_added(void *owner, const struct err *e, const struct image *image);

/* An upload, streamed: at most LIBRARY_PENDING_MAX bytes wait for the disk. More than a few uploads
 * at the same time: the first chunk is refused with ERR_BUSY. After an error call end or abort. */
enum { LIBRARY_PENDING_MAX = 256 * 1024 };
struct library_upload;
/* resumed: call library_upload_chunk again, there is room. */
struct library_upload *library_upload_begin(
	struct library *library, const char *name, void (*resumed)(void *owner), void *owner);
/* Takes up to n bytes; *took < n: wait for resumed(). ERR_TOO_LARGE, ERR_NO_SPACE, ERR_IO. */
MUST_USE enum err_code library_upload_chunk(
	struct library_upload *upload, const uint8_t *data, size_t n, size_t *took, struct err *e);
void library_upload_end(
	struct library_upload *upload, library_added *done, void *owner); /* frees */
void library_upload_abort(struct library_upload *upload);                 /* frees; no done */

/* One file on its way into the library. */
struct library_adding {
	int fd; /* -1: an empty file; closed in the end */
	char name[IMAGE_NAME_SIZE];
	const char *source; /* "upload", "folder", "index" */
	/* Always called, also after library_free(). image: NULL on error; known: it was there
	 * before. */
	void (*done)(void *owner, const struct err *e, const struct image *image, bool known);
	void *owner;
};
void library_add(struct library *library, const struct library_adding *adding);

/* Imports every file of a folder and of the folders in it that is an OTA image; others are logged
 * with the reason and counted as refused. Images that are known count as neither. Hidden files and
 * links that lead outside are left alone; at most LIBRARY_FOLDER_MAX files. One file at a time. */
enum { LIBRARY_FOLDER_MAX = 2000 };
void library_import_folder(struct library *library, const char *folder,
	void (*done)(void *owner, size_t added, size_t refused), void *owner);

/* ERR_CONFLICT "image_in_use" is the caller's business. Removes row and file. */
void library_remove(struct library *library, const char *id,
	void (*done)(void *owner, const struct err *e), void *owner);

/* Reads the bytes into memory and checks their SHA-256. bytes: caller's, free(); NULL on error
 * (ERR_NOT_FOUND, "image_missing" when only the file is gone; ERR_INTEGRITY "image_damaged";
 * ERR_IO). */
void library_load(struct library *library, const char *id,
	void (*done)(void *owner, const struct err *e, uint8_t *bytes, size_t size), void *owner);

/* For the command line: reads a file, fills digests and name. Blocks. */
MUST_USE enum err_code library_inspect(struct image_file *out, const char *path, struct err *e);
