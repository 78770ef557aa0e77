#include "ota/image_digest.h"
#include "ota/library.h"
#include "ota/library_file.h"

#include <stdlib.h>
#include <unistd.h>

DEFINE_AUTO(uint8_t *, free)

enum err_code library_inspect(struct image_file *out, const char *path, struct err *e)
{
	AUTO(free) uint8_t *bytes = NULL;
	struct image_file f;
	size_t size = 0;
	int fd = -1;
	enum err_code code = library_file_open(&fd, path, false, e);

	if (code != OK)
		return code;
	code = library_file_read(&bytes, &size, fd, e);
	(void)close(fd);
	if (code == OK)
		code = image_file_read(&f, (struct span){ bytes, size }, e);
	if (code != OK)
		return code;
	image_digests(&f, (struct span){ bytes, size });
	image_name(f.image.name, path);
	*out = f;
	return OK;
}
