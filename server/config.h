/* config.h: one file (JSON), LOCKWRIGHT_* environment overrides for scalars, defaults; all checked.
 *
 * Every wrong key, type or range is an error that names the path ("adapters[1].baud") and says what
 * is allowed. The struct owns its strings; it is read-only after loading. */
#pragma once

#include "server/base/err.h"
#include "server/config_cloud.h"
#include "server/config_firmware.h"
#include "server/config_policy.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct config_adapter {
	char *id;   /* slug, unique */
	char *type; /* "znp", "ezsp", "cloud" */
	char *port; /* "/dev/serial/by-id/…" or "tcp://host:port" */
	uint32_t baud;
	char *flow; /* "none", "rtscts", "xonxoff" */
	struct {    /* what the stick must be, else foreign_network; all optional */
		bool has_pan_id, has_channel;
		uint16_t pan_id;
		uint8_t channel;
		char *ext_pan_id;  /* 16 hex digits, as people write it; NULL */
		char *coordinator; /* "0x00124b…"; NULL */
	} network;
	uint32_t transfers; /* at a time; 0: as the policy says */
	bool confirmed;     /* "adopt": true: the user allows the first start of this stick */
	char *zigbee2mqtt;  /* folder with database.db and configuration.yaml to learn locks from;
			       NULL */
	struct config_cloud cloud; /* "cloud": instead of all that stands above */
};

struct config_lock {
	char *id; /* slug, unique */
	char *adapter;
	char *address;
	char *name; /* NULL: id */
	bool has_policy;
	struct config_policy policy;
};

struct config_mqtt {
	char *host;   /* NULL: no broker, or: */
	bool find;    /* none is named, and we are an app of Home Assistant, which knows it */
	bool enabled; /* true */
	uint32_t port;
	char *user, *password; /* NULL: none */
	char *password_file;   /* where password came from; NULL */
	bool password_in_config;
	bool tls;
	char *ca_file;           /* NULL: the system's authorities */
	char *certificate, *key; /* NULL: none */
	char *topic;             /* "lockwright" */
	char *discovery_prefix;  /* "homeassistant" */
	char *page_url;          /* under which people reach our page; NULL */
};

struct config {
	char *folder;         /* of the file, for paths that stand in it; NULL: there is none */
	char *listen;         /* "127.0.0.1:8099" */
	char *data_dir;       /* "/var/lib/lockwright" */
	char *auth_mode;      /* "token" | "none" (loopback listen only) */
	char *log_level;      /* "info" */
	char **allowed_hosts; /* beside loopback names and IP literals of listen */
	size_t n_allowed_hosts;
	struct config_adapter *adapters;
	size_t n_adapters;
	struct config_lock *locks;
	size_t n_locks;
	struct config_firmware firmware;
	struct config_mqtt mqtt;
	bool announce;            /* where we are, to the network or to Home Assistant; true */
	uint32_t give_up_after_s; /* 604800 */
	uint32_t history_days;    /* events and finished jobs are kept that long; 365 */
	uint32_t history_mb;      /* and as long as the database uses less, MiB; 256 */
	uint32_t upgrade_delay_s; /* End Response: apply in n s; 5 */
	struct config_policy policy;
};

/* path NULL: defaults and environment only. */
MUST_USE enum err_code config_load(struct config **out, const char *path, struct err *e);
/* The same from text; environ: NULL-terminated "NAME=value" list (may be NULL). */
MUST_USE enum err_code config_parse(
	struct config **out, const char *json, const char *const *environ_list, struct err *e);
void config_free(struct config *config);
DEFINE_AUTO(struct config *, config_free)
/* One more name under which others reach us; before anybody reads the list. */
void config_allow_host(struct config *config, const char *host);
/* Is `listen` reachable from this machine only? */
bool config_listens_on_loopback(const struct config *config);
