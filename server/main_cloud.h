/* main_cloud.h: composes accounts at vendors' clouds out of the configuration: profile, secrets,
 * the client of the outside. For main.c and the commands. */
#pragma once

#include "adapters/cloud/secrets.h"
#include "server/base/err.h"

struct adapter;
struct adapter_store;
struct config;
struct config_adapter;
struct http_client;
struct loop;
struct main_cloud;
struct profile;
struct worker;

struct main_cloud *main_cloud_new(
	const struct config *config, struct loop *loop, struct worker *work);
/* The adapter of one account; errors say what is wrong in its entry. */
MUST_USE enum err_code main_cloud_adapter(struct adapter **out, struct main_cloud *cloud,
	const struct config_adapter *entry, struct adapter_store *store, struct err *e);
/* After engine_free(). NULL is fine. */
void main_cloud_free(struct main_cloud *cloud);

/* What an entry means. */
struct main_account {
	struct profile *profile; /* the caller's, as the secrets are */
	struct secrets secrets;
	const char *origin; /* of the profile, or of the entry */
};
MUST_USE enum err_code main_cloud_account(struct main_account *out, const struct config *config,
	const struct config_adapter *entry, struct err *e);
/* The client for an entry: the common one, or its own when it trusts or allows more. */
MUST_USE enum err_code main_cloud_client(struct http_client **out, struct main_cloud *cloud,
	const struct config_adapter *entry, struct err *e);

int main_cloud_command(int argc, char **argv); /* lockwright cloud …; argv[0] is "cloud" */
