#include "ota/sources.h"
#include "tests/api/support.h"

size_t sources_count(const struct sources *sources)
{
	return sources->n;
}

void sources_view(const struct sources *sources, size_t i, struct source_view *out)
{
	*out = sources->views[i];
}

void sources_refresh(struct sources *sources)
{
	sources->refreshes++;
}
