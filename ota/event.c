#include "ota/event.h"

#include <assert.h>
#include <string.h>

static const char *const kinds[EVENT_KINDS] = {
	[EVENT_JOB] = "job",
	[EVENT_NOTE] = "note",
	[EVENT_LOCK] = "lock",
	[EVENT_IMAGE] = "image",
	[EVENT_ADAPTER] = "adapter",
	[EVENT_CHECK] = "check",
};

const char *event_kind_name(enum event_kind kind)
{
	assert((unsigned)kind < EVENT_KINDS);
	return kinds[kind];
}

bool event_kind_parse(enum event_kind *out, const char *name)
{
	for (unsigned i = 0; i < EVENT_KINDS; i++) {
		if (strcmp(kinds[i], name) == 0) {
			*out = (enum event_kind)i;
			return true;
		}
	}
	return false;
}
