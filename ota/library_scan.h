/* library_scan.h: which files of a folder may be images. Blocks; for the work thread. */
#pragma once

#include "server/base/err.h"

#include <stddef.h>

struct library_paths {
	char **path; /* sorted */
	size_t n;
};

/* Regular files in `folder` and its folders, without hidden ones; a link only when it leads to a
 * file inside `folder`. At most LIBRARY_FOLDER_MAX; what is left out is logged. */
MUST_USE enum err_code library_scan(struct library_paths *out, const char *folder, struct err *e);
void library_paths_done(struct library_paths *paths);
