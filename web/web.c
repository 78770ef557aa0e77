#include "web/web.h"

#include "server/base/check.h"
#include "web_files.h" /* made by embed.py */

#include <string.h>

const struct web_file *web_find(const char *path)
{
	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		if (!strcmp(files[i].path, path))
			return &files[i];
	return NULL;
}
