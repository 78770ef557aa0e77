/* integrations.h: which integrations show our locks by themselves. While one does, the locks have
 * no device of MQTT discovery beside it: no lock is shown twice. What is kept is durable and
 * belongs to a token: it ends when the integration says so, when its token is revoked, or when it
 * has not been renewed for a month. */
#pragma once

#include "adapters/adapter_store.h"
#include "ota/store.h"

#include <stdbool.h>

enum {
	INTEGRATIONS_MAX = 8,
	INTEGRATION_ID_MAX = 64,
	INTEGRATION_STALE_S = 30 * 24 * 3600 /* they renew daily */
};

struct integration {
	char id[INTEGRATION_ID_MAX + 1]; /* its own: a config entry of Home Assistant */
	char principal[64];              /* whose token it has */
	int64_t seen_at;                 /* Unix ms; last renewed */
};

struct integrations {
	struct integration at[INTEGRATIONS_MAX];
	size_t n;
	struct adapter_store *values;
};

bool integrations_is_id(const char *id); /* 1..64 of A-Z a-z 0-9 _ - */
MUST_USE enum err_code integrations_load(
	struct integrations *all, struct store *store, struct err *e);
/* New, or renewed; principal takes it over. NULL: too many. */
const struct integration *integrations_put(struct integrations *all, const struct integration *one);
bool integrations_remove(struct integrations *all, const char *id); /* false: there is none */
void integrations_forget_token(struct integrations *all, const char *principal);
/* Does any of them show the locks? */
bool integrations_show(const struct integrations *all, int64_t wall);
