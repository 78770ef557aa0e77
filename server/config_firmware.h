/* config_firmware.h: the section "firmware" of the configuration: where images come from. */
#pragma once

#include "server/base/err.h"

#include <jansson.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CONFIG_INDEXES_MAX = 16, CONFIG_URLS_MAX = 64, CONFIG_RETRACTIONS_MAX = 4 };

struct config_url { /* of a single file; the digests are of the whole file, in lower-case hex */
	char *url;  /* https */
	char *sha256, *sha512; /* NULL: any */
};

struct config_firmware {         /* the lists are NULL-terminated */
	char **folders;          /* whose files are imported at start */
	char **indexes;          /* addresses (https) or paths, the one to be preferred first */
	char **hosts;            /* who may give files beside an index's own host */
	char **deny;             /* SHA-512, image id, or manufacturer/type/version */
	struct config_url *urls; /* n_urls */
	size_t n_urls;
	char **retractions; /* lists of withdrawn firmware: addresses (https) or paths */
	size_t n_retractions;
	size_t n_folders, n_indexes, n_hosts, n_deny;
	uint32_t refresh_s; /* 86400 */
	char *ca_file;      /* instead of the system's; NULL */
	char *proxy;        /* "http://host:port"; NULL: none */
	bool any_address;   /* also servers inside the own network */
};

void config_firmware_defaults(struct config_firmware *firmware);
MUST_USE enum err_code config_firmware_read(
	struct config_firmware *firmware, json_t *object, struct err *e);
void config_firmware_done(struct config_firmware *firmware);
