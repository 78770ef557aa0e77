/* config_read.h: reads a JSON object by a table of its fields; the same table serves the
 * environment (LOCKWRIGHT_<KEY> for scalars of the top level). Errors name the path and what is
 * allowed. */
#pragma once

#include "server/base/err.h"

#include <jansson.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CONFIG_PATH_SIZE = 96 };

enum config_field_type { /* what `out` points to */
	FIELD_TEXT,      /* char *: min..max bytes */
	FIELD_SLUG,      /* char *: a-z 0-9 - */
	FIELD_ENUM,      /* char *: one of words */
	FIELD_PORT,      /* char *: absolute path or tcp://host:port */
	FIELD_LISTEN,    /* char *: address:port */
	FIELD_EUI64,     /* char *: "0x" and 16 hex digits, kept in lower case */
	FIELD_HEX,  /* char *: 2 * max hex digits, with or without 0x, kept in lower case without */
	FIELD_UINT, /* uint32_t: min..max; JSON number or "0x…" text */
	FIELD_INT,  /* int32_t: -max..max */
	FIELD_TENTH,  /* uint32_t: tenths, min..max of them; a JSON number like 4.6 */
	FIELD_BOOL,   /* bool */
	FIELD_OBJECT, /* json_t *, borrowed */
	FIELD_ARRAY,  /* json_t *, borrowed; at most max items */
};

struct config_field {
	const char *key;
	enum config_field_type type;
	void *out; /* a char * is replaced (the old one freed) */
	bool required;
	uint32_t min, max;
	const char *const *words; /* NULL-terminated */
};

/* path: of the object, "" for the top. Unknown keys are errors and name the nearest known one. */
MUST_USE enum err_code config_read(json_t *object, const char *path,
	const struct config_field *fields, size_t n, struct err *e);
MUST_USE enum err_code config_environment(const char *const *environ_list,
	const struct config_field *fields, size_t n, struct err *e);
/* Is *text an EUI-64? Then it is kept in lower case. */
MUST_USE enum err_code config_eui64(char **text, struct err *e);
/* A list of texts that are not empty, into one that ends with NULL; *n counts also on error. */
MUST_USE enum err_code config_strings(
	char ***out, size_t *n, json_t *list, const char *path, struct err *e);
