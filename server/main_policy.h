/* main_policy.h: a part of main.c: the configuration's texts as the engine's options and policies.
 */
#pragma once

#include "ota/engine.h"
#include "server/base/err.h"

struct config;

/* All but loop, store and library. */
MUST_USE enum err_code main_engine_options(
	struct engine_options *out, const struct config *config, struct err *e);
/* The policy of a lock of the file; the errors name its place. */
MUST_USE enum err_code main_lock_policy(
	struct policy *out, const struct config *config, size_t lock, struct err *e);
