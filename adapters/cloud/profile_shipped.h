/* profile_shipped.h: the profiles of adapters/cloud/profiles, in the binary (made by embed.py). */
#pragma once

#include "server/base/span.h"

struct shipped_profile {
	const char *name;
	struct span text;
};

extern const struct shipped_profile shipped_profiles[]; /* ends with a NULL name */
