#include "ota/image_digest.h"
#include "ota/library_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static enum err_code path_of(char out[PATH_MAX], const char *folder, const char *id, struct err *e)
{
	int n = snprintf(out, PATH_MAX, "%s/%s", folder, id);

	if (n > 0 && n < PATH_MAX)
		return OK;
	return err_set(e, ERR_IO, "the folder of images has too long a path");
}

static enum err_code sync_folder(const char *folder, struct err *e)
{
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	enum err_code code = OK;

	if (fd < 0 || fsync(fd))
		code = library_file_failed(e, "making the image durable");
	if (fd >= 0)
		(void)close(fd);
	return code;
}

static enum err_code write_synced(int fd, struct span raw, struct err *e)
{
	enum err_code code = library_file_write(fd, raw, e);

	if (code == OK && fsync(fd))
		code = library_file_failed(e, "making the image durable");
	if (close(fd) && code == OK)
		code = library_file_failed(e, "writing the image");
	return code;
}

/* A good copy is not written again: that spares flash memory at each start. */
static bool is_there(const char *folder, const char *id)
{
	uint8_t *bytes;
	size_t size;

	if (library_copy_get(&bytes, &size, folder, id, NULL) != OK)
		return false;
	free(bytes);
	return true;
}

enum err_code library_copy_put(const char *folder, const char *id, struct span raw, struct err *e)
{
	char path[PATH_MAX], incoming[PATH_MAX];
	enum err_code code = path_of(path, folder, id, e);
	int fd;

	if (code != OK || is_there(folder, id))
		return code;
	fd = library_file_incoming(incoming, folder);
	if (fd < 0)
		return library_file_failed(e, "making a temporary file");
	code = write_synced(fd, raw, e);
	if (code == OK && rename(incoming, path))
		code = library_file_failed(e, "naming the image");
	if (code != OK) {
		(void)unlink(incoming); /* else removed at the next start */
		return code;
	}
	return sync_folder(folder, e);
}

static enum err_code check(struct span bytes, const char *id, struct err *e)
{
	char found[SHA256_TEXT];

	sha256_text(found, bytes);
	if (!strcmp(found, id))
		return OK;
	return err_because(e, ERR_INTEGRITY, "image_damaged",
		"the copy of the image changed on disk (SHA-256 %.12s... instead of %.12s...)",
		found, id);
}

enum err_code library_copy_get(
	uint8_t **out, size_t *size, const char *folder, const char *id, struct err *e)
{
	char path[PATH_MAX];
	uint8_t *bytes;
	size_t n;
	int fd;
	enum err_code code = path_of(path, folder, id, e);

	if (code == OK)
		code = library_file_open(&fd, path, true, e);
	if (code != OK)
		return code;
	code = library_file_read(&bytes, &n, fd, e);
	(void)close(fd);
	if (code != OK)
		return code;
	code = check((struct span){ bytes, n }, id, e);
	if (code != OK) {
		free(bytes);
		return code;
	}
	*out = bytes;
	*size = n;
	return OK;
}

enum err_code library_copy_remove(const char *folder, const char *id, struct err *e)
{
	char path[PATH_MAX];
	enum err_code code = path_of(path, folder, id, e);

	if (code == OK && unlink(path) && errno != ENOENT)
		code = library_file_failed(e, "removing the image");
	return code;
}
