/* index_split.h: cuts a firmware index, JSON that comes in pieces, into its entries: the objects in
 * the outermost array, whether that is the whole document or one member of an object. Keeps one
 * entry and the frame around them, never the document. Sans-I/O. */
#pragma once

#include "server/base/err.h"
#include "server/base/span.h"

#include <stdbool.h>

enum {
	INDEX_ENTRY_MAX = 16 * 1024,
	INDEX_FRAME_MAX = 64 * 1024,
	INDEX_ENTRIES_MAX = 8192,
	INDEX_DEPTH_MAX = 32 /* brackets in brackets: the reader of an entry calls itself for each,
				on the small stack of a thread */
};

struct index_text {
	char *data;
	size_t size, room, max;
};

struct index_split {
	/* json: one whole object by its brackets; its inside was not looked at. */
	enum err_code (*entry)(void *owner, const char *json, size_t n, struct err *e);
	void *owner;
	struct index_text frame; /* the document with a null for each entry */
	struct index_text one;   /* the entry under way */
	char outer[2];           /* the first two open brackets */
	unsigned depth, entry_depth;
	bool in_string, escaped;
	size_t n; /* entries */
};

void index_split_begin(struct index_split *split,
	enum err_code (*entry)(void *owner, const char *json, size_t n, struct err *e),
	void *owner);
/* ERR_TOO_LARGE: an entry, the frame, their depth, or too many entries; what entry() returns. */
MUST_USE enum err_code index_split_feed(
	struct index_split *split, struct span bytes, struct err *e);
void index_split_done(struct index_split *split);
