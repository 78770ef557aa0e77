#include "adapters/cloud/cloud_json.h"

#include "server/base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NUMBER_SIZE = 40 };

/* Counts what would cost memory before any is spent. */
static bool within_bounds(struct span text, const struct json_bounds *bounds)
{
	size_t depth = 0, values = 1;
	bool quoted = false;

	for (size_t i = 0; i < text.size; i++) {
		uint8_t c = text.data[i];

		if (quoted) {
			if (c == '\\')
				i++;
			quoted = c != '"';
		} else if (c == '"') {
			quoted = true;
		} else if (c == '{' || c == '[') {
			depth++;
			values++;
		} else if ((c == '}' || c == ']') && depth) {
			depth--;
		} else if (c == ',') {
			values++;
		}
		if (depth > bounds->depth || values > bounds->values)
			return false;
	}
	return true;
}

json_t *cloud_json_parse(
	struct span text, const struct json_bounds *bounds, bool strict, struct err *e)
{
	size_t flags = JSON_DECODE_ANY | (strict ? JSON_REJECT_DUPLICATES : 0);
	json_error_t where;
	json_t *root;

	if (text.size > bounds->size) {
		(void)err_set(e, ERR_TOO_LARGE, "larger than %zu bytes", bounds->size);
		return NULL;
	}
	if (!within_bounds(text, bounds)) {
		(void)err_set(e, ERR_INVALID, "nested deeper than %zu, or more than %zu values",
			bounds->depth, bounds->values);
		return NULL;
	}
	root = json_loadb((const char *)text.data, text.size, flags, &where);
	if (!root) /* the library's own words may quote what it read */
		(void)err_set(
			e, ERR_INVALID, "no JSON: line %d, column %d", where.line, where.column);
	return root;
}

bool pointer_is_valid(const char *pointer)
{
	if (*pointer && *pointer != '/')
		return false;
	for (const char *c = pointer; *c; c++)
		if (*c == '~' && c[1] != '0' && c[1] != '1')
			return false;
	return true;
}

/* The next part without its slash; false: it is too long for any key here. */
static bool next_part(char *out, size_t max, const char **pointer)
{
	const char *c = *pointer + 1;
	size_t n = 0;

	for (; *c && *c != '/'; c++) {
		if (n + 1 >= max)
			return false;
		if (*c == '~' && c[1]) {
			out[n++] = c[1] == '1' ? '/' : '~';
			c++;
		} else {
			out[n++] = *c;
		}
	}
	out[n] = '\0';
	*pointer = c;
	return true;
}

static json_t *item_of(const json_t *array, const char *part)
{
	uint64_t index;

	if (part[0] == '0' && part[1])
		return NULL;
	if (strspn(part, "0123456789") != strlen(part) || !text_uint(&index, part, SIZE_MAX))
		return NULL;
	return json_array_get(array, (size_t)index);
}

json_t *pointer_get(const json_t *root, const char *pointer)
{
	const json_t *at = root;
	char part[128];

	while (at && *pointer) {
		if (!next_part(part, sizeof part, &pointer))
			return NULL;
		at = json_is_object(at)  ? json_object_get(at, part)
		     : json_is_array(at) ? item_of(at, part)
					 : NULL;
	}
	return (json_t *)at;
}

bool scalar_text(char *out, size_t max, const json_t *value)
{
	char number[NUMBER_SIZE];

	if (!value)
		return false;
	switch (json_typeof(value)) {
	case JSON_STRING:
		return text_copy(out, max, json_string_value(value));
	case JSON_INTEGER:
		(void)snprintf(number, sizeof number, "%lld", (long long)json_integer_value(value));
		return text_copy(out, max, number);
	case JSON_REAL:
		(void)snprintf(number, sizeof number, "%.15g", json_real_value(value));
		return text_copy(out, max, number);
	case JSON_TRUE:
		return text_copy(out, max, "true");
	case JSON_FALSE:
		return text_copy(out, max, "false");
	case JSON_OBJECT:
	case JSON_ARRAY:
	case JSON_NULL:
		break;
	}
	return false;
}

bool scalar_int(json_int_t *out, const json_t *value)
{
	char *end;
	long long n;

	if (json_is_integer(value)) {
		*out = json_integer_value(value);
		return true;
	}
	if (json_is_real(value)) {
		double real = json_real_value(value);

		if (!(real > -1e15 && real < 1e15) || (double)(json_int_t)real != real)
			return false;
		*out = (json_int_t)real;
		return true;
	}
	if (!json_is_string(value) || json_string_length(value) == 0 ||
		json_string_length(value) > 18)
		return false;
	n = strtoll(json_string_value(value), &end, 10);
	if (*end || strspn(json_string_value(value), "-0123456789") != json_string_length(value))
		return false;
	*out = n;
	return true;
}

json_t *scalar_string(const json_t *value)
{
	char text[NUMBER_SIZE];

	if (json_is_string(value))
		return json_incref((json_t *)value);
	return scalar_text(text, sizeof text, value) ? json_string(text) : NULL;
}
