/* config_cloud.h: an account at a lock vendor's cloud: an adapter of type "cloud". */
#pragma once

#include "server/base/err.h"

#include <jansson.h>

#include <stddef.h>

struct config_secret {
	char *name, *value;
};

struct config_cloud {
	char *profile;        /* "tuya", or the path of the user's own */
	char *region;         /* of the profile; NULL: its only one */
	char *origin;         /* "https://…", only for "generic"; NULL */
	char *credentials;    /* a file; NULL */
	char *ca_file;        /* instead of the system's authorities; NULL */
	char **allow_private; /* nets at home that may be asked, "192.168.1.20/32"; NULL at the end
			       */
	size_t n_allow_private;
	struct config_secret *secrets; /* in the configuration itself */
	size_t n_secrets;
};

struct config_adapter;

/* path: of the entry, for errors. Reads also its id and type. */
MUST_USE enum err_code config_cloud_read(
	struct config_adapter *a, json_t *object, const char *path, struct err *e);
void config_cloud_done(struct config_cloud *cloud);
