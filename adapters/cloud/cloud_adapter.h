/* cloud_adapter.h: the locks of one account at a vendor's cloud as an adapter (ADAPTER_VENDOR). It
 * looks at its locks now and then within the cloud's limits, and at once when it is asked to. */
#pragma once

#include "adapters/adapter.h"
#include "adapters/adapter_store.h"
#include "adapters/cloud/profile.h"
#include "adapters/cloud/secrets.h"

struct http_client;
struct loop;
struct worker;

struct cloud_options {
	struct loop *loop;
	struct worker *work;
	struct http_client *http;
	struct adapter_store *store;
	const char *id;
	struct profile *profile;  /* taken */
	struct secrets *secrets;  /* what is in it is taken */
	const char *origin;       /* of the region */
	const char *token_folder; /* where tokens are kept: the data folder */
};

/* ERR_FORBIDDEN, ERR_IO: the tokens' file cannot be used; profile and secrets are freed. */
MUST_USE enum err_code cloud_adapter_new(
	struct adapter **out, const struct cloud_options *options, struct err *e);
