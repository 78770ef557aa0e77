#include "server/secret_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_SIZE = 4096 };

static enum err_code failed(struct err *e, const char *path)
{
	return err_set(e,
		errno == ENOENT   ? ERR_NOT_FOUND
		: errno == ENOSPC ? ERR_NO_SPACE
				  : ERR_IO,
		"%.120s: %s", path, strerror(errno));
}

enum err_code secret_file_read(char *out, size_t max, const char *path, struct err *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	ssize_t n;

	if (fd < 0)
		return failed(e, path);
	n = read(fd, out, max);
	if (n < 0 || (size_t)n == max) {
		enum err_code code =
			n < 0 ? failed(e, path) : err_set(e, ERR_INVALID, "%.120s: too long", path);

		explicit_bzero(out, max);
		close(fd);
		return code;
	}
	out[n] = '\0';
	close(fd);
	return OK;
}

static enum err_code fill(const char *part, const char *text, struct err *e)
{
	int fd = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	size_t n = strlen(text);
	enum err_code code = OK;

	if (fd < 0)
		return failed(e, part);
	if (fchmod(fd, 0600) || write(fd, text, n) != (ssize_t)n || fsync(fd))
		code = failed(e, part);
	close(fd);
	return code;
}

static enum err_code sync_folder(const char *path, struct err *e)
{
	char folder[PATH_SIZE];
	const char *slash = strrchr(path, '/');
	enum err_code code = OK;
	int fd;

	(void)snprintf(folder, sizeof folder, "%.*s", slash ? (int)(slash - path + 1) : 1,
		slash ? path : ".");
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return failed(e, folder);
	if (fsync(fd))
		code = failed(e, folder);
	close(fd);
	return code;
}

enum err_code secret_file_write(const char *path, const char *text, struct err *e)
{
	char part[PATH_SIZE];
	enum err_code code;

	if (snprintf(part, sizeof part, "%s.part", path) >= (int)sizeof part)
		return err_set(e, ERR_INVALID, "%.120s: too long a path", path);
	code = fill(part, text, e);
	if (!code && rename(part, path))
		code = failed(e, path);
	if (code) {
		(void)unlink(part); /* may not be there */
		return code;
	}
	return sync_folder(path, e);
}
