/* secret_file.h: a small file of our own that only our user may read. Blocks: start-up, or a
 * worker.
 */
#pragma once

#include "server/base/err.h"

#include <stddef.h>

/* All of it, at most max - 1 bytes, NUL-terminated. ERR_NOT_FOUND: there is none; ERR_INVALID: it
 * is longer. */
MUST_USE enum err_code secret_file_read(char *out, size_t max, const char *path, struct err *e);
/* Either the old one or all of the new one is there, whatever happens; OK: on disk. */
MUST_USE enum err_code secret_file_write(const char *path, const char *text, struct err *e);
