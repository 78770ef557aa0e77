/* Where profiles come from: the binary, or a file of the user's. */
#include "adapters/cloud/profile.h"
#include "adapters/cloud/profile_shipped.h"
#include "server/base/alloc.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const char *profile_shipped_name(size_t i)
{
	return shipped_profiles[i].name;
}

struct span profile_shipped_text(size_t i)
{
	return shipped_profiles[i].text;
}

static enum err_code unknown(const char *name, struct err *e)
{
	char all[120] = "";
	size_t n = 0;

	for (size_t i = 0; shipped_profiles[i].name && n < sizeof all; i++)
		n += (size_t)snprintf(
			all + n, sizeof all - n, "%s%s", i ? ", " : "", shipped_profiles[i].name);
	return err_set(e, ERR_NOT_FOUND,
		"there is no profile \"%.60s\"; it is a path, or one of %s", name, all);
}

static enum err_code read_whole(int fd, uint8_t *out, size_t *size, struct err *e)
{
	struct stat st;
	size_t n = 0;
	ssize_t got = 1;

	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
		return err_set(e, ERR_INVALID, "is no file");
	while (got > 0 && n <= PROFILE_SIZE_MAX) {
		got = read(fd, out + n, PROFILE_SIZE_MAX + 1 - n);
		n += got > 0 ? (size_t)got : 0;
	}
	if (got < 0)
		return err_set(e, ERR_IO, "%s", strerror(errno));
	if (n > PROFILE_SIZE_MAX)
		return err_set(e, ERR_TOO_LARGE, "larger than %d bytes", PROFILE_SIZE_MAX);
	*size = n;
	return OK;
}

static enum err_code open_file(struct profile **out, const char *path, struct err *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	uint8_t *text;
	size_t size = 0;
	enum err_code r;

	if (fd < 0)
		return err_set(e, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "%s: %s", path,
			strerror(errno));
	text = xcalloc(1, PROFILE_SIZE_MAX + 1);
	r = read_whole(fd, text, &size, e);
	if (r == OK)
		r = profile_read(out, (struct span){ text, size }, e);
	free(text);
	close(fd);
	return r == OK ? OK : err_prefix(e, "%s: ", path);
}

enum err_code profile_open(struct profile **out, const char *name, struct err *e)
{
	enum err_code r;

	for (size_t i = 0; shipped_profiles[i].name; i++) {
		if (strcmp(shipped_profiles[i].name, name) != 0)
			continue;
		r = profile_read(out, shipped_profiles[i].text, e);
		if (r == OK)
			(*out)->shipped = true;
		return r;
	}
	return strchr(name, '/') ? open_file(out, name, e) : unknown(name, e);
}
