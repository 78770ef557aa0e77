/* library_file.h: the files of the library. Everything here blocks: for the work thread, the start
 * and the command line. ERR_NO_SPACE when the disk is full, else ERR_IO. */
#pragma once

#include "ota/image_file.h"

#include <limits.h>
#include <stdbool.h>

/* Makes the folder (0700) and removes what an interrupted run left in it. */
MUST_USE enum err_code library_folder_prepare(const char *folder, struct err *e);
/* Opens a regular file; no_follow: refuses a link as its last part. */
MUST_USE enum err_code library_file_open(int *out, const char *path, bool no_follow, struct err *e);
/* A file that has no name and vanishes when closed. */
MUST_USE enum err_code library_file_spool(int *out, const char *folder, struct err *e);
MUST_USE enum err_code library_file_write(int fd, struct span bytes, struct err *e);
/* All of a file from its start into memory, but at most IMAGE_FILE_MAX + 1 bytes; fd < 0: nothing.
 * *out: free(). */
MUST_USE enum err_code library_file_read(uint8_t **out, size_t *size, int fd, struct err *e);
/* A new file of mode 0600 under a name that library_folder_prepare() removes; -1 and errno. */
int library_file_incoming(char path[PATH_MAX], const char *folder);
/* Makes an error of errno; doing: "writing the image". */
enum err_code library_file_failed(struct err *e, const char *doing);

/* The private copy of an image, FOLDER/<id>: durable when OK; no trace when not. */
MUST_USE enum err_code library_copy_put(
	const char *folder, const char *id, struct span raw, struct err *e);
/* Checked against id. ERR_NOT_FOUND, ERR_INTEGRITY. *out: free(). */
MUST_USE enum err_code library_copy_get(
	uint8_t **out, size_t *size, const char *folder, const char *id, struct err *e);
/* OK when there is none. */
MUST_USE enum err_code library_copy_remove(const char *folder, const char *id, struct err *e);
