#include "server/config.h"

#include "server/base/alloc.h"
#include "server/base/text.h"
#include "server/config_adapter.h"
#include "server/config_mqtt.h"
#include "server/config_read.h"

#include <jansson.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	CONFIG_FILE_MAX = 1 << 20,
	ITEMS_MAX = 256,
	LOCKS_MAX = 1024 /* as many as the engine takes */,
	ADDRESS_BYTES = 39
};

static const char *const levels[] = { "error", "warn", "info", "debug", NULL };
static const char *const auth_modes[] = { "token", "none", NULL };

static enum err_code read_lock(
	struct config_lock *l, json_t *object, const char *path, struct err *e)
{
	json_t *policy = NULL;
	char inner[CONFIG_PATH_SIZE];
	enum err_code r;
	const struct config_field fields[] = {
		{ .key = "id", .type = FIELD_SLUG, .out = &l->id, .required = true },
		{ .key = "policy", .type = FIELD_OBJECT, .out = &policy },
		{ .key = "adapter", .type = FIELD_SLUG, .out = &l->adapter, .required = true },
		{ .key = "address",
			.type = FIELD_TEXT,
			.out = &l->address,
			.required = true,
			.min = 1,
			.max = ADDRESS_BYTES },
		{ .key = "name", .type = FIELD_TEXT, .out = &l->name, .min = 1, .max = 95 },
	};

	r = config_read(object, path, fields, ARRAY_SIZE(fields), e);
	l->has_policy = policy != NULL;
	if (r != OK || !policy)
		return r;
	(void)snprintf(inner, sizeof inner, "%s.policy", path);
	return config_read_lock_policy(&l->policy, policy, inner, e);
}

static enum err_code read_adapters(struct config *c, json_t *list, const char *name,
	config_adapter_reader *reader, struct err *e)
{
	for (size_t k = 0; k < json_array_size(list); k++) {
		struct config_adapter *a = &c->adapters[c->n_adapters++];
		char path[CONFIG_PATH_SIZE];
		enum err_code r;

		(void)snprintf(path, sizeof path, "%s[%zu]", name, k);
		r = reader(a, json_array_get(list, k), path, e);
		if (r != OK)
			return r;
		for (size_t i = 0; i + 1 < c->n_adapters; i++)
			if (!strcmp(c->adapters[i].id, a->id))
				return err_set(
					e, ERR_INVALID, "%s.id: \"%s\" is used twice", path, a->id);
	}
	return OK;
}

static const struct config_adapter *adapter_of(const struct config *c, const char *id)
{
	for (size_t i = 0; i < c->n_adapters; i++)
		if (!strcmp(c->adapters[i].id, id))
			return &c->adapters[i];
	return NULL;
}

/* On the air an EUI-64; in a cloud what the vendor calls it. */
static enum err_code check_address(
	struct config_lock *l, const struct config_adapter *adapter, struct err *e)
{
	if (strcmp(adapter->type, "cloud") != 0)
		return config_eui64(&l->address, e);
	for (const char *c = l->address; *c; c++)
		if (*c <= ' ' || *c > '~')
			return err_set(e, ERR_INVALID, "must be the lock's id in the cloud");
	return OK;
}

/* The file has versions of images only; ignored, a pin would let an update through. */
static bool names_version(const struct config_lock *l)
{
	return l->has_policy && (l->policy.pinned_version || l->policy.skipped_version);
}

static enum err_code check_lock(const struct config *c, size_t at, struct err *e)
{
	struct config_lock *l = &c->locks[at];
	const struct config_adapter *adapter = adapter_of(c, l->adapter);

	if (!adapter)
		return err_set(e, ERR_INVALID, "locks[%zu].adapter: there is no adapter \"%s\"", at,
			l->adapter);
	if (check_address(l, adapter, e) != OK)
		return err_prefix(e, "locks[%zu].address: ", at);
	if (strcmp(adapter->type, "cloud") == 0 && names_version(l))
		return err_set(e, ERR_INVALID,
			"locks[%zu].policy: a vendor's versions are pinned and skipped through the "
			"API",
			at);
	for (size_t i = 0; i < at; i++) {
		if (!strcmp(c->locks[i].id, l->id))
			return err_set(
				e, ERR_INVALID, "locks[%zu].id: \"%s\" is used twice", at, l->id);
		if (!strcmp(c->locks[i].adapter, l->adapter) &&
			!strcmp(c->locks[i].address, l->address))
			return err_set(e, ERR_INVALID,
				"locks[%zu].address: %s is already locks[%zu]", at, l->address, i);
	}
	return OK;
}

static enum err_code read_locks(struct config *c, json_t *list, struct err *e)
{
	size_t n = json_array_size(list);

	c->locks = xcalloc(n, sizeof *c->locks);
	for (c->n_locks = 0; c->n_locks < n;) {
		struct config_lock *l = &c->locks[c->n_locks];
		json_t *item = json_array_get(list, c->n_locks);
		char path[CONFIG_PATH_SIZE];
		enum err_code r;

		(void)snprintf(path, sizeof path, "locks[%zu]", c->n_locks++);
		r = read_lock(l, item, path, e);
		if (r == OK)
			r = check_lock(c, c->n_locks - 1, e);
		if (r != OK)
			return r;
	}
	return OK;
}

static enum err_code read_auth(struct config *c, json_t *object, struct err *e)
{
	const struct config_field fields[] = {
		{ .key = "mode", .type = FIELD_ENUM, .out = &c->auth_mode, .words = auth_modes },
	};

	return config_read(object, "auth", fields, ARRAY_SIZE(fields), e);
}

struct sections {
	json_t *auth, *adapters, *clouds, *locks, *firmware, *hosts, *policy, *mqtt;
};

static enum err_code read_sections(struct config *c, const struct sections *s, struct err *e)
{
	enum err_code r = OK;

	if (s->auth)
		r = read_auth(c, s->auth, e);
	c->adapters = xcalloc(
		json_array_size(s->adapters) + json_array_size(s->clouds) + 1, sizeof *c->adapters);
	if (r == OK)
		r = read_adapters(c, s->adapters, "adapters", config_read_adapter, e);
	if (r == OK)
		r = read_adapters(c, s->clouds, "clouds", config_cloud_read, e);
	if (r == OK && s->locks)
		r = read_locks(c, s->locks, e);
	if (r == OK && s->firmware)
		r = config_firmware_read(&c->firmware, s->firmware, e);
	if (r == OK && s->hosts)
		r = config_strings(
			&c->allowed_hosts, &c->n_allowed_hosts, s->hosts, "allowed_hosts", e);
	return r == OK ? config_read_policy(&c->policy, s->policy, e) : r;
}

/* "mqtt": "off" is what people write for {"enabled": false}. */
static void spell_out_mqtt(json_t *root)
{
	const json_t *mqtt = json_object_get(root, "mqtt");
	const char *text = json_string_value(mqtt);

	if (json_is_false(mqtt) || (text && !strcmp(text, "off")))
		(void)json_object_set_new(/* it was there: it has room */
			root, "mqtt", json_pack("{s:b}", "enabled", 0));
}

/* NOLINTNEXTLINE(readability-function-size): a table */
static enum err_code read_root(
	struct config *c, json_t *root, const char *const *environ_list, struct err *e)
{
	struct sections s = { 0 };
	const struct config_field fields[] = {
		{ .key = "listen", .type = FIELD_LISTEN, .out = &c->listen },
		{ .key = "data_dir",
			.type = FIELD_TEXT,
			.out = &c->data_dir,
			.min = 1,
			.max = 4000 },
		{ .key = "log_level", .type = FIELD_ENUM, .out = &c->log_level, .words = levels },
		{ .key = "give_up_after_s",
			.type = FIELD_UINT,
			.out = &c->give_up_after_s,
			.min = 3600,
			.max = 31536000 },
		{ .key = "history_days",
			.type = FIELD_UINT,
			.out = &c->history_days,
			.min = 1,
			.max = 3650 },
		{ .key = "history_mb",
			.type = FIELD_UINT,
			.out = &c->history_mb,
			.min = 16,
			.max = 65536 },
		{ .key = "upgrade_delay_s",
			.type = FIELD_UINT,
			.out = &c->upgrade_delay_s,
			.max = 3600 },
		{ .key = "announce", .type = FIELD_BOOL, .out = &c->announce },
		{ .key = "auth", .type = FIELD_OBJECT, .out = &s.auth },
		{ .key = "adapters", .type = FIELD_ARRAY, .out = &s.adapters, .max = ITEMS_MAX },
		{ .key = "clouds", .type = FIELD_ARRAY, .out = &s.clouds, .max = ITEMS_MAX },
		{ .key = "locks", .type = FIELD_ARRAY, .out = &s.locks, .max = LOCKS_MAX },
		{ .key = "firmware", .type = FIELD_OBJECT, .out = &s.firmware },
		{ .key = "allowed_hosts", .type = FIELD_ARRAY, .out = &s.hosts, .max = ITEMS_MAX },
		{ .key = "policy", .type = FIELD_OBJECT, .out = &s.policy },
		{ .key = "mqtt", .type = FIELD_OBJECT, .out = &s.mqtt },
	};
	enum err_code r = config_read(root, "", fields, ARRAY_SIZE(fields), e);

	if (r == OK)
		r = read_sections(c, &s, e);
	if (r == OK && environ_list)
		r = config_environment(environ_list, fields, ARRAY_SIZE(fields), e);
	return r == OK ? config_read_mqtt(&c->mqtt, s.mqtt, environ_list, e) : r;
}

static void defaults(struct config *c)
{
	c->listen = xstrdup("127.0.0.1:8099");
	c->data_dir = xstrdup("/var/lib/lockwright");
	c->auth_mode = xstrdup("token");
	c->log_level = xstrdup("info");
	c->announce = true;
	c->give_up_after_s = 7 * 24 * 3600;
	c->history_days = 365;
	c->history_mb = 256;
	c->upgrade_delay_s = 5;
	config_firmware_defaults(&c->firmware);
}

void config_allow_host(struct config *config, const char *host)
{
	char **list = xcalloc(config->n_allowed_hosts + 2, sizeof *list);

	for (size_t i = 0; i < config->n_allowed_hosts; i++)
		list[i] = config->allowed_hosts[i];
	list[config->n_allowed_hosts++] = xstrdup(host);
	free(config->allowed_hosts);
	config->allowed_hosts = list;
}

bool config_listens_on_loopback(const struct config *config)
{
	const char *a = config->listen;

	return !strncmp(a, "127.", 4) || !strncmp(a, "localhost:", 10) || !strncmp(a, "[::1]:", 6);
}

static enum err_code check_whole(const struct config *c, struct err *e)
{
	if (!strcmp(c->auth_mode, "none") && !config_listens_on_loopback(c))
		return err_set(e, ERR_INVALID,
			"auth.mode: \"none\" is allowed only while listen is a loopback address; "
			"use \"token\" or listen on 127.0.0.1");
	return OK;
}

enum err_code config_parse(
	struct config **out, const char *json, const char *const *environ_list, struct err *e)
{
	AUTO(config_free) struct config *c = xcalloc(1, sizeof *c);
	json_error_t where;
	json_t *root;
	enum err_code r;

	root = json_loads(json, JSON_REJECT_DUPLICATES, &where);
	if (!root)
		return err_set(e, ERR_INVALID, "line %d, column %d: %s", where.line, where.column,
			where.text);
	defaults(c);
	spell_out_mqtt(root);
	r = read_root(c, root, environ_list, e);
	json_decref(root);
	if (r == OK)
		r = check_whole(c, e);
	if (r == OK)
		*out = TAKE(c);
	return r;
}

static enum err_code read_file(char **out, const char *path, struct err *e)
{
	FILE *f = fopen(path, "re");
	char *text;
	size_t n;

	if (!f)
		return err_set(e, ERR_IO, "%s", strerror(errno));
	text = xcalloc(1, CONFIG_FILE_MAX + 1);
	n = fread(text, 1, CONFIG_FILE_MAX + 1, f);
	if (ferror(f) || n > CONFIG_FILE_MAX) {
		(void)fclose(f);
		free(text);
		return err_set(
			e, ERR_IO, n > CONFIG_FILE_MAX ? "larger than 1 MiB" : "cannot read");
	}
	(void)fclose(f); /* only read from */
	text[n] = '\0';
	*out = text;
	return OK;
}

static char *folder_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *folder = slash ? strndup(path, (size_t)(slash - path)) : strdup(".");

	if (!folder)
		abort();
	return folder;
}

extern char **environ;

enum err_code config_load(struct config **out, const char *path, struct err *e)
{
	char *text = NULL;
	enum err_code r = OK;

	if (path)
		r = read_file(&text, path, e);
	if (r == OK)
		r = config_parse(out, text ? text : "{}", (const char *const *)environ, e);
	free(text);
	if (r == OK && path) {
		config_mqtt_look_at(&(*out)->mqtt, path);
		(*out)->folder = folder_of(path);
	}
	if (r != OK && path)
		(void)err_prefix(e, "%s: ", path);
	return r;
}

static void free_list(char **list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(list[i]);
	free(list);
}

static void free_lock(struct config_lock *l)
{
	free(l->id);
	free(l->adapter);
	free(l->address);
	free(l->name);
	config_policy_done(&l->policy);
}

void config_free(struct config *config)
{
	if (!config)
		return;
	for (size_t i = 0; i < config->n_adapters; i++)
		config_free_adapter(&config->adapters[i]);
	for (size_t i = 0; i < config->n_locks; i++)
		free_lock(&config->locks[i]);
	free(config->adapters);
	free(config->locks);
	config_policy_done(&config->policy);
	config_mqtt_done(&config->mqtt);
	free_list(config->allowed_hosts, config->n_allowed_hosts);
	config_firmware_done(&config->firmware);
	free(config->folder);
	free(config->listen);
	free(config->data_dir);
	free(config->auth_mode);
	free(config->log_level);
	free(config);
}
