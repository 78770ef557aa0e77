/* alloc.h: allocation of small fixed objects. What a peer can size has a named maximum first and
 * uses plain malloc with a checked result. */
#pragma once

#include <stddef.h>

/* Zeroed; aborts the process when there is no memory: a job resumes after the restart. */
void *xcalloc(size_t n, size_t size);
void *xmemdup(const void *data, size_t size);
char *xstrdup(const char *text);
