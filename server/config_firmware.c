#include "server/config_firmware.h"

#include "server/base/alloc.h"
#include "server/config_read.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ITEMS_MAX = 256, HOSTS_MAX = 16, PATH_MAX_BYTES = 4000 };

void config_firmware_defaults(struct config_firmware *firmware)
{
	firmware->refresh_s = 24 * 3600;
}

struct list {
	const char *path;
	char ***out;
	size_t *n;
	json_t *json; /* NULL: not there */
};

static enum err_code read_lists(const struct list *lists, size_t n, struct err *e)
{
	enum err_code r = OK;

	for (size_t i = 0; r == OK && i < n; i++)
		if (lists[i].json)
			r = config_strings(
				lists[i].out, lists[i].n, lists[i].json, lists[i].path, e);
	return r;
}

static enum err_code check_hex(const char *text, size_t n, const char *path, struct err *e)
{
	if (!text || (strlen(text) == n && strspn(text, "0123456789abcdef") == n))
		return OK;
	return err_set(e, ERR_INVALID, "%s: must be %zu hex digits in lower case", path, n);
}

/* The address alone, or an object with the digests that the file must have. */
static enum err_code read_url(struct config_url *u, json_t *item, const char *path, struct err *e)
{
	const struct config_field fields[] = {
		{ .key = "url",
			.type = FIELD_TEXT,
			.out = &u->url,
			.required = true,
			.min = 1,
			.max = 2000 },
		{ .key = "sha256", .type = FIELD_TEXT, .out = &u->sha256, .max = 64 },
		{ .key = "sha512", .type = FIELD_TEXT, .out = &u->sha512, .max = 128 },
	};
	char inner[CONFIG_PATH_SIZE];
	enum err_code r = OK;

	if (json_is_string(item))
		u->url = xstrdup(json_string_value(item));
	else
		r = config_read(item, path, fields, ARRAY_SIZE(fields), e);
	if (r == OK && strncmp(u->url, "https://", 8) != 0)
		r = err_set(e, ERR_INVALID, "%s: must begin with https://", path);
	(void)snprintf(inner, sizeof inner, "%s.sha256", path);
	if (r == OK)
		r = check_hex(u->sha256, 64, inner, e);
	(void)snprintf(inner, sizeof inner, "%s.sha512", path);
	return r == OK ? check_hex(u->sha512, 128, inner, e) : r;
}

static enum err_code read_urls(struct config_firmware *f, json_t *list, struct err *e)
{
	size_t n = json_array_size(list);
	enum err_code r = OK;

	f->urls = xcalloc(n + 1, sizeof *f->urls);
	while (r == OK && f->n_urls < n) {
		size_t at = f->n_urls++;
		char path[CONFIG_PATH_SIZE];

		(void)snprintf(path, sizeof path, "firmware.urls[%zu]", at);
		r = read_url(&f->urls[at], json_array_get(list, at), path, e);
		for (size_t i = 0; r == OK && i < at; i++)
			if (!strcmp(f->urls[i].url, f->urls[at].url))
				r = err_set(e, ERR_INVALID, "%s: is already firmware.urls[%zu]",
					path, i);
	}
	return r;
}

/* NOLINTNEXTLINE(readability-function-size): a table */
enum err_code config_firmware_read(struct config_firmware *firmware, json_t *object, struct err *e)
{
	struct config_firmware *f = firmware;
	struct list lists[] = {
		{ "firmware.folders", &f->folders, &f->n_folders, NULL },
		{ "firmware.indexes", &f->indexes, &f->n_indexes, NULL },
		{ "firmware.hosts", &f->hosts, &f->n_hosts, NULL },
		{ "firmware.deny", &f->deny, &f->n_deny, NULL },
		{ "firmware.retractions", &f->retractions, &f->n_retractions, NULL },
	};
	struct list urls = { .path = "firmware.urls" };
	const struct config_field fields[] = {
		{ .key = "urls", .type = FIELD_ARRAY, .out = &urls.json, .max = CONFIG_URLS_MAX },
		{ .key = "folders", .type = FIELD_ARRAY, .out = &lists[0].json, .max = ITEMS_MAX },
		{ .key = "indexes",
			.type = FIELD_ARRAY,
			.out = &lists[1].json,
			.max = CONFIG_INDEXES_MAX },
		{ .key = "hosts", .type = FIELD_ARRAY, .out = &lists[2].json, .max = HOSTS_MAX },
		{ .key = "deny", .type = FIELD_ARRAY, .out = &lists[3].json, .max = ITEMS_MAX },
		{ .key = "retractions",
			.type = FIELD_ARRAY,
			.out = &lists[4].json,
			.max = CONFIG_RETRACTIONS_MAX },
		{ .key = "refresh_s",
			.type = FIELD_UINT,
			.out = &f->refresh_s,
			.min = 60,
			.max = 30 * 24 * 3600 },
		{ .key = "ca_file",
			.type = FIELD_TEXT,
			.out = &f->ca_file,
			.min = 1,
			.max = PATH_MAX_BYTES },
		{ .key = "proxy",
			.type = FIELD_TEXT,
			.out = &f->proxy,
			.min = 1,
			.max = PATH_MAX_BYTES },
		{ .key = "any_address", .type = FIELD_BOOL, .out = &f->any_address },
	};
	enum err_code r = config_read(object, "firmware", fields, ARRAY_SIZE(fields), e);

	if (r == OK)
		r = read_lists(lists, ARRAY_SIZE(lists), e);
	return r == OK && urls.json ? read_urls(firmware, urls.json, e) : r;
}

static void free_list(char **list)
{
	for (size_t i = 0; list && list[i]; i++)
		free(list[i]);
	free(list);
}

void config_firmware_done(struct config_firmware *firmware)
{
	for (size_t i = 0; i < firmware->n_urls; i++) {
		free(firmware->urls[i].url);
		free(firmware->urls[i].sha256);
		free(firmware->urls[i].sha512);
	}
	free(firmware->urls);
	free_list(firmware->folders);
	free_list(firmware->indexes);
	free_list(firmware->hosts);
	free_list(firmware->deny);
	free_list(firmware->retractions);
	free(firmware->ca_file);
	free(firmware->proxy);
}
