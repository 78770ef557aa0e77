#include "server/base/alloc.h"

#include <stdlib.h>
#include <string.h>

void *xcalloc(size_t n, size_t size)
{
	void *p = calloc(n ? n : 1, size ? size : 1);

	if (!p)
		abort();
	return p;
}

void *xmemdup(const void *data, size_t size)
{
	void *p = xcalloc(1, size);

	if (size)
		memcpy(p, data, size);
	return p;
}

char *xstrdup(const char *text)
{
	return xmemdup(text, strlen(text) + 1);
}
