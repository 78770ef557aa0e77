/* config_adapter.h: one entry of the config's "adapters" or "clouds". */
#pragma once

#include "server/config.h"

#include <jansson.h>

typedef enum err_code config_adapter_reader(
	struct config_adapter *a, json_t *object, const char *path, struct err *e);

/* path: where the entry is, for errors. */
enum err_code config_read_adapter(
	struct config_adapter *a, json_t *object, const char *path, struct err *e);
void config_free_adapter(struct config_adapter *a); /* what it holds */
