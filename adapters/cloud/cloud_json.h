/* cloud_json.h: JSON of clouds and profiles: parsing within bounds, JSON Pointer (RFC 6901), and
 * scalars as text (numbers and texts both occur as codes and ids). */
#pragma once

#include "server/base/err.h"
#include "server/base/span.h"

#include <jansson.h>

#include <stdbool.h>
#include <stddef.h>

struct json_bounds {
	size_t size, depth, values;
};

/* NULL: e says why, with line and column. Of equal keys the last one holds, unless strict. */
json_t *cloud_json_parse(
	struct span text, const struct json_bounds *bounds, bool strict, struct err *e);

bool pointer_is_valid(const char *pointer);
/* NULL: there is nothing. "" is the whole. */
json_t *pointer_get(const json_t *root, const char *pointer);
/* Text, number, true or false as text; false: it is none of these, or too long. */
bool scalar_text(char *out, size_t max, const json_t *value);
/* A whole number, also as text. */
bool scalar_int(json_int_t *out, const json_t *value);
/* A new text value. */
json_t *scalar_string(const json_t *value);
