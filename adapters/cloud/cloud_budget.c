#include "adapters/cloud/cloud_private.h"

#include <inttypes.h>
#include <stdio.h>

enum { WRITE_EACH = 16 }; /* requests; so many at most are forgotten by a crash */

static const char key[] = "spent";

void budget_load(struct cloud *c)
{
	const char *text = c->store->get(c->store, key);
	int64_t day;
	uint32_t spent;

	if (!text || sscanf(text, "%" SCNd64 " %" SCNu32, &day, &spent) !=
			     2) /* NOLINT(cert-err34-c): ours */
		return;
	c->account.day = day; /* of another day: the account forgets it itself */
	c->account.spent = spent;
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
