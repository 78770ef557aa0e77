#include "ota/library_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define INCOMING ".incoming-"

enum err_code library_file_failed(struct err *e, const char *doing)
{
	bool full = errno == ENOSPC || errno == EDQUOT || errno == EFBIG;

	if (full)
		return err_set(e, ERR_NO_SPACE, "no space left for the image: %s (%s)", doing,
			strerror(errno));
	return err_set(e, ERR_IO, "%s: %s", doing, strerror(errno));
}

static void remove_leftovers(DIR *dir)
{
	for (const struct dirent *entry; (entry = readdir(dir)) != NULL;)
		if (!strncmp(entry->d_name, INCOMING, sizeof INCOMING - 1))
			(void)unlinkat(dirfd(dir), entry->d_name, 0); /* tried again next time */
}

enum err_code library_folder_prepare(const char *folder, struct err *e)
{
	DIR *dir;

	if (mkdir(folder, 0700) && errno != EEXIST)
		return library_file_failed(e, "making the folder of images");
	if (chmod(folder, 0700))
		return library_file_failed(e, "protecting the folder of images");
	dir = opendir(folder);
	if (!dir)
		return library_file_failed(e, "opening the folder of images");
	remove_leftovers(dir);
	(void)closedir(dir);
	return OK;
}

enum err_code library_file_open(int *out, const char *path, bool no_follow, struct err *e)
{
	/* Not blocking: somebody may have put a FIFO there. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | (no_follow ? O_NOFOLLOW : 0));
	struct stat st;

	if (fd < 0)
		return err_set(e, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "cannot open it: %s",
			strerror(errno));
	if (fstat(fd, &st) || !S_ISREG(st.st_mode)) {
		(void)close(fd);
		return err_set(e, ERR_INVALID, "is not a regular file");
	}
	*out = fd;
	return OK;
}

int library_file_incoming(char path[PATH_MAX], const char *folder)
{
	int n = snprintf(path, PATH_MAX, "%s/" INCOMING "XXXXXX", folder);

	if (n < 0 || n >= PATH_MAX) {
		errno = ENAMETOOLONG;
		return -1;
	}
	return mkostemp(path, O_CLOEXEC);
}

enum err_code library_file_spool(int *out, const char *folder, struct err *e)
{
	char path[PATH_MAX];
	int fd = library_file_incoming(path, folder);

	if (fd < 0)
		return library_file_failed(e, "making a temporary file");
	if (unlink(path)) {
		enum err_code code = library_file_failed(e, "unnaming the temporary file");

		(void)close(fd);
		return code;
	}
	*out = fd;
	return OK;
}

enum err_code library_file_write(int fd, struct span bytes, struct err *e)
{
	while (bytes.size) {
		ssize_t n = write(fd, bytes.data, bytes.size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return library_file_failed(e, "writing the image");
		bytes.data += n;
		bytes.size -= (size_t)n;
	}
	return OK;
}

static enum err_code fill(uint8_t *bytes, size_t max, size_t *size, int fd, struct err *e)
{
	size_t n = 0;

	while (n < max) {
		ssize_t got = pread(fd, bytes + n, max - n, (off_t)n);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return err_set(e, ERR_IO, "cannot read it: %s", strerror(errno));
		if (!got)
			break;
		n += (size_t)got;
	}
	*size = n;
	return OK;
}

enum err_code library_file_read(uint8_t **out, size_t *size, int fd, struct err *e)
{
	struct stat st = { 0 };
	uint8_t *bytes;
	size_t max;

	if (fd >= 0 && fstat(fd, &st))
		return err_set(e, ERR_IO, "cannot read it: %s", strerror(errno));
	max = st.st_size > IMAGE_FILE_MAX ? IMAGE_FILE_MAX + 1 : (size_t)st.st_size;
	bytes = malloc(max ? max : 1);
	if (!bytes)
		return err_set(e, ERR_INTERNAL, "no memory for %zu bytes", max);
	if (fill(bytes, max, size, fd, e) != OK) {
		free(bytes);
		return ERR_IO;
	}
	*out = bytes;
	return OK;
}
