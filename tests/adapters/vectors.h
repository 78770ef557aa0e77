/* vectors.h: golden frames made outside this project, for tests. They lie beside the checkout or at
 * LOCKWRIGHT_TEST_VECTORS; absent ones fail in CI and are skipped elsewhere. */
#pragma once

#include "server/base/span.h"

#include <jansson.h>

/* The content of a file of the vectors' folder; the caller releases it. */
json_t *vectors_load(const char *name);
/* Hex text as bytes, valid until the tenth call after. */
struct span unhex(const char *hex);
