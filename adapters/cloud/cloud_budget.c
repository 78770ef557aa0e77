#include "adapters/cloud/cloud_private.h"
#include "server/base/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { WRITE_EACH = 16 }; /* requests; so many at most are forgotten by a crash */

static const char key[] = "spent";

void budget_load(struct cloud *c)
{
	const char *text = c->store->get(c->store, key);
	uint64_t day, spent;
	char copy[48], *space;

	if (!text || !text_copy(copy, sizeof copy, text))
		return;
	space = strchr(copy, ' ');
	if (!space)
		return;
	*space = '\0';
	if (!text_uint(&day, copy, INT32_MAX) || !text_uint(&spent, space + 1, UINT32_MAX))
		return;
	c->account.day = (int64_t)day; /* of another day: the account forgets it itself */
	c->account.spent = (uint32_t)spent;
}

void budget_spend(struct cloud *c)
{
	char text[48];

	account_spend(&c->account, loop_now(c->loop), loop_wall(c->loop));
	if (c->account.spent % WRITE_EACH != 1)
		return;
	(void)snprintf(text, sizeof text, "%" PRId64 " %" PRIu32, c->account.day, c->account.spent);
	c->store->put(c->store, key, text);
}
