/* index_entry.h: one entry of an index from its JSON text. */
#pragma once

#include "ota/index.h"

enum index_form { INDEX_ZIGBEE_OTA, INDEX_ZIGPY };

/* ERR_INTEGRITY "index_invalid": names the key. *out: index_entry_free(). */
MUST_USE enum err_code index_entry_read(struct index_entry **out, enum index_form form, bool local,
	struct span json, struct err *e);
void index_entry_free(struct index_entry *entry);
