#include "ota/image_digest.h"
#include "ota/library.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

DEFINE_AUTO(uint8_t *, free)

/* One byte more than allowed is read, so that image_file_read() sees that it is too large. */
static enum err_code read_all(uint8_t **out, size_t *size, int fd, struct err *e)
{
	AUTO(free) uint8_t *bytes = malloc(IMAGE_FILE_MAX + 1);
	size_t n = 0;

	if (!bytes)
		return err_set(e, ERR_INTERNAL, "no memory for the file");
	while (n <= IMAGE_FILE_MAX) {
		ssize_t got = read(fd, bytes + n, IMAGE_FILE_MAX + 1 - n);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return err_set(e, ERR_IO, "cannot read it: %s", strerror(errno));
		if (!got)
			break;
		n += (size_t)got;
	}
	*size = n;
	*out = TAKE(bytes);
	return OK;
}

static enum err_code open_file(int *out, const char *path, struct err *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
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

enum err_code library_inspect(struct image_file *out, const char *path, struct err *e)
{
	AUTO(free) uint8_t *bytes = NULL;
	struct image_file f;
	size_t size;
	int fd = -1;
	enum err_code code = open_file(&fd, path, e);

	if (code != OK)
		return code;
	code = read_all(&bytes, &size, fd, e);
	(void)close(fd);
	if (code != OK)
		return code;
	code = image_file_read(&f, (struct span){ bytes, size }, e);
	if (code != OK)
		return code;
	image_digests(&f, (struct span){ bytes, size });
	image_name(f.image.name, path);
	*out = f;
	return OK;
}
