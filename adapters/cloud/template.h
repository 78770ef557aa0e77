/* template.h: texts of a profile with {names} in them, and JSON with such texts. Pure. */
#pragma once

#include "adapters/cloud/cloud_json.h"
#include "adapters/cloud/text_buffer.h"
#include "server/base/err.h"

enum { VARS_MAX = 28, VAR_MAX = 512 };

struct vars { /* all borrowed */
	struct {
		const char *name, *value;
	} list[VARS_MAX];
	size_t n;
};

void vars_set(struct vars *vars, const char *name, const char *value); /* NULL: not there */
const char *vars_get(const struct vars *vars, const char *name);

enum template_use {
	TEMPLATE_TEXT,   /* a value of a JSON body: anything but NUL */
	TEMPLATE_PATH,   /* '/', '?', '#', '%', control characters in a value are refused */
	TEMPLATE_HEADER, /* control characters are refused */
};

/* Is each {name} in it closed, and a name? */
bool template_is_valid(const char *text);
/* ERR_NOT_FOUND: a name without a value; ERR_INVALID: a value that may not be there. */
MUST_USE enum err_code template_expand(struct text_buffer *out, const char *text,
	const struct vars *vars, enum template_use use, struct err *e);
/* A new value with all its texts expanded; "{#name}" alone becomes a number, and a member that is
 * "{name}" alone is left out when the name has no value. */
MUST_USE enum err_code template_json(
	json_t **out, const json_t *body, const struct vars *vars, struct err *e);
