#include "adapters/zigbee/radio_tell.h"

#include "server/base/text.h"

#include <string.h>

void radio_tell(
	struct radio *r, struct radio_tell *t, enum radio_state state, const struct err *why)
{
	const char *reason = why ? why->reason : "";

	if (t->told == state && strcmp(reason, t->reason) == 0)
		return;
	t->told = state;
	text_copy(t->reason, sizeof t->reason, reason);
	r->to->state(r->owner, state, why);
}
