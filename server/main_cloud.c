#include "server/main_cloud.h"

#include "adapters/cloud/cloud_adapter.h"
#include "adapters/cloud/credentials.h"
#include "server/base/alloc.h"
#include "server/base/text.h"
#include "server/config.h"
#include "server/http_client.h"
#include "server/http_policy.h"
#include "server/loop.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

enum { NETS_MAX = 16 };

/* Of one account that trusts or allows more than others. */
struct own_client {
	struct own_client *next;
	struct http_client *http;
	struct http_net nets[NETS_MAX];
};

struct main_cloud {
	const struct config *config;
	struct loop *loop;
	struct worker *work;
	struct http_client *common; /* NULL: nobody needed it yet */
	struct own_client *own;
};

struct main_cloud *main_cloud_new(
	const struct config *config, struct loop *loop, struct worker *work)
{
	struct main_cloud *m = xcalloc(1, sizeof *m);

	m->config = config;
	m->loop = loop;
	m->work = work;
	return m;
}

void main_cloud_free(struct main_cloud *cloud)
{
	if (!cloud)
		return;
	while (cloud->own) {
		struct own_client *o = cloud->own;

		cloud->own = o->next;
		http_client_free(o->http);
		free(o);
	}
	http_client_free(cloud->common);
	free(cloud);
}

/* Paths in the configuration are as seen from its folder. */
static void place(char out[PATH_MAX], const struct config *config, const char *path)
{
	bool plain = path[0] == '/' || !config->folder;

	(void)snprintf(
		out, PATH_MAX, "%s%s%s", plain ? "" : config->folder, plain ? "" : "/", path);
}

static enum err_code open_profile(struct profile **out, const struct config *config,
	const struct config_cloud *c, struct err *e)
{
	char path[PATH_MAX];

	if (!strchr(c->profile, '/'))
		return profile_open(out, c->profile, e);
	place(path, config, c->profile);
	return profile_open(out, path, e);
}

static enum err_code find_origin(const char **out, const struct profile *profile,
	const struct config_cloud *c, struct err *e)
{
	const struct profile_region *region;
	char all[160] = "";
	size_t n = 0;

	if (c->origin) {
		*out = c->origin;
		return profile_origin_is_valid(c->origin)
			       ? OK
			       : err_set(e, ERR_INVALID,
					 "origin: must be like \"https://cloud.vendor.example\"");
	}
	region = profile_region(profile, c->region);
	if (region) {
		*out = region->origin;
		return OK;
	}
	for (size_t i = 0; i < profile->n_regions && n < sizeof all; i++)
		n += (size_t)snprintf(
			all + n, sizeof all - n, "%s%s", i ? ", " : "", profile->regions[i].name);
	return err_set(e, ERR_INVALID, "region: must be one of %s", all);
}

static enum err_code collect_secrets(struct secrets *out, const struct profile *profile,
	const struct config *config, const struct config_adapter *entry, struct err *e)
{
	const struct config_cloud *c = &entry->cloud;
	char path[PATH_MAX];
	enum err_code r = OK;

	if (c->credentials) {
		place(path, config, c->credentials);
		r = credentials_file(out, path, e);
	}
	for (size_t i = 0; r == OK && i < c->n_secrets; i++)
		if (!secrets_put(out, c->secrets[i].name, c->secrets[i].value))
			r = err_set(e, ERR_TOO_LARGE, "secrets: too many, or too long");
	if (r != OK)
		return r;
	credentials_environment(out, entry->id, profile);
	return credentials_check(out, profile, e);
}

enum err_code main_cloud_account(struct main_account *out, const struct config *config,
	const struct config_adapter *entry, struct err *e)
{
	AUTO(profile_free) struct profile *p = NULL;
	struct main_account found = { 0 };
	enum err_code r = open_profile(&p, config, &entry->cloud, e);

	if (r == OK)
		r = find_origin(&found.origin, p, &entry->cloud, e);
	if (r == OK)
		r = collect_secrets(&found.secrets, p, config, entry, e);
	if (r != OK) {
		secrets_done(&found.secrets);
		return r;
	}
	found.profile = TAKE(p);
	*out = found;
	return OK;
}

static enum err_code make_own(struct own_client **out, const struct main_cloud *m,
	const struct config_cloud *c, struct err *e)
{
	struct own_client *o = xcalloc(1, sizeof *o);
	char ca[PATH_MAX];
	struct http_client_options options = { .loop = m->loop, .nets = o->nets };
	enum err_code r = OK;

	for (size_t i = 0; r == OK && i < c->n_allow_private && i < NETS_MAX; i++) {
		r = http_net_read(&o->nets[options.n_nets++], c->allow_private[i], e);
		if (r != OK)
			(void)err_prefix(e, "allow_private[%zu]: ", i);
	}
	if (r != OK) {
		free(o);
		return r;
	}
	if (c->ca_file) {
		place(ca, m->config, c->ca_file);
		options.ca_file = ca;
	}
	o->http = http_client_new(&options);
	*out = o;
	return OK;
}

enum err_code main_cloud_client(struct http_client **out, struct main_cloud *cloud,
	const struct config_adapter *entry, struct err *e)
{
	const struct http_client_options common = { .loop = cloud->loop };
	struct own_client *own;
	enum err_code r;

	if (!entry->cloud.ca_file && !entry->cloud.n_allow_private) {
		if (!cloud->common)
			cloud->common = http_client_new(&common);
		*out = cloud->common;
		return OK;
	}
	r = make_own(&own, cloud, &entry->cloud, e);
	if (r != OK)
		return r;
	own->next = cloud->own;
	cloud->own = own;
	*out = own->http;
	return OK;
}

/* What is secret in memory shall not land in a file when the process crashes. */
static void no_core_files(void)
{
	const struct rlimit none = { 0, 0 };

	(void)setrlimit(RLIMIT_CORE, &none); /* less is always allowed */
}

enum err_code main_cloud_adapter(struct adapter **out, struct main_cloud *cloud,
	const struct config_adapter *entry, struct adapter_store *store, struct err *e)
{
	struct main_account account = { 0 };
	struct cloud_options options = { .loop = cloud->loop,
		.work = cloud->work,
		.store = store,
		.id = entry->id,
		.secrets = &account.secrets,
		.token_folder = cloud->config->data_dir };
	enum err_code r;

	no_core_files();
	r = main_cloud_client(&options.http, cloud, entry, e);
	if (r == OK)
		r = main_cloud_account(&account, cloud->config, entry, e);
	if (r != OK)
		return r;
	options.profile = account.profile;
	options.origin = account.origin;
	return cloud_adapter_new(out, &options, e);
}
