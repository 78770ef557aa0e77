/* engine_doubles.h: what engine_world.c puts under the engine: a disk that can be full, a library
 * of two images, an adapter that only remembers. */
#pragma once

#include "tests/ota/engine_world.h"

struct stick *stick_new(void);
/* The linker gives store_commit() a wrapping; this is what is inside. */
void __real_store_commit(
	struct store *store, const struct store_change *change, store_done *done, void *owner);
