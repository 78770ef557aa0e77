/* adapter_store.h: a durable key-value store that main hands to an adapter (network pinned at first
 * adoption, network addresses, learned block sizes). Reads are from memory, writes are
 * asynchronous. */
#pragma once

#include <stddef.h>

struct adapter_store {
	/* The value (valid until the next put of that key) or NULL. */
	const char *(*get)(struct adapter_store *store, const char *key);
	void (*put)(
		struct adapter_store *store, const char *key, const char *value); /* NULL deletes */
};
