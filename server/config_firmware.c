#include "server/config_firmware.h"

#include "server/config_read.h"

#include <stdio.h>
#include <stdlib.h>

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

enum err_code config_firmware_read(struct config_firmware *firmware, json_t *object, struct err *e)
{
	struct config_firmware *f = firmware;
	struct list lists[] = {
		{ "firmware.folders", &f->folders, &f->n_folders, NULL },
		{ "firmware.indexes", &f->indexes, &f->n_indexes, NULL },
		{ "firmware.hosts", &f->hosts, &f->n_hosts, NULL },
		{ "firmware.deny", &f->deny, &f->n_deny, NULL },
	};
	const struct config_field fields[] = {
		{ .key = "folders", .type = FIELD_ARRAY, .out = &lists[0].json, .max = ITEMS_MAX },
		{ .key = "indexes",
			.type = FIELD_ARRAY,
			.out = &lists[1].json,
			.max = CONFIG_INDEXES_MAX },
		{ .key = "hosts", .type = FIELD_ARRAY, .out = &lists[2].json, .max = HOSTS_MAX },
		{ .key = "deny", .type = FIELD_ARRAY, .out = &lists[3].json, .max = ITEMS_MAX },
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

	return r == OK ? read_lists(lists, ARRAY_SIZE(lists), e) : r;
}

static void free_list(char **list)
{
	for (size_t i = 0; list && list[i]; i++)
		free(list[i]);
	free(list);
}

void config_firmware_done(struct config_firmware *firmware)
{
	free_list(firmware->folders);
	free_list(firmware->indexes);
	free_list(firmware->hosts);
	free_list(firmware->deny);
	free(firmware->ca_file);
	free(firmware->proxy);
}
