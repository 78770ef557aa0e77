/* expression.h: what a profile says of how a value is found in an answer. No arithmetic, no
 * branches, no functions: pointers, filters, maps and conversions. Pure. */
#pragma once

#include "adapters/cloud/cloud_json.h"
#include "adapters/cloud/template.h"

enum { SCOPE_ANSWERS = 8, EXPRESSION_ITEMS_MAX = 2000 };

struct scope {
	struct {
		const char *id;
		const json_t *body;
	} answers[SCOPE_ANSWERS]; /* so far; the last one is meant where "in" is left out */
	size_t n;
	const json_t *item;    /* inside "each": its element */
	const json_t *outputs; /* earlier outputs, an object; NULL */
	const struct vars *vars;
};

/* Is it an expression? path: where it stands, for the error. Counts what it makes into *outputs. */
MUST_USE enum err_code expression_check(
	const json_t *expression, const char *path, size_t *outputs, struct err *e);
/* A new value, or NULL: absent (which is never false). */
json_t *expression_value(const json_t *expression, const struct scope *scope);
/* Do all pairs (pointer to value, or to a list of values) hold for the item? Compared as text. */
bool expression_matches(const json_t *item, const json_t *where, const struct vars *vars, bool ci);
