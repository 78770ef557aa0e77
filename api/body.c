#include "api/body.h"

#include "server/base/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char *type_name(const json_t *value)
{
	static const char *const names[] = {
		[JSON_OBJECT] = "an object",
		[JSON_ARRAY] = "an array",
		[JSON_STRING] = "a string",
		[JSON_INTEGER] = "a number",
		[JSON_REAL] = "a fraction",
		[JSON_TRUE] = "true",
		[JSON_FALSE] = "false",
		[JSON_NULL] = "null",
	};

	return names[json_typeof(value)];
}

struct place {
	const struct body_field *field;
	const json_t *value;
	char path[64];
	struct problem_details *details;
};

static void wrong(const struct place *place, const char *wanted)
{
	problem_add(
		place->details, place->path, "must be %s, not %s", wanted, type_name(place->value));
}

static void read_text(const struct place *place)
{
	const char *text = json_string_value(place->value);
	size_t n = json_string_length(place->value);
	const struct body_field *field = place->field;

	if (!text)
		wrong(place, "a string");
	else if (field->max && ((int64_t)n < field->min || (int64_t)n > field->max))
		problem_add(place->details, place->path,
			"must have %" PRId64 " to %" PRId64 " bytes, has %zu", field->min,
			field->max, n);
	else
		*(const char **)field->out = text;
}

/* 3.0 is a whole number, too. */
static bool whole(int64_t *out, const json_t *value)
{
	static const double exact =
		9007199254740992; /* 2^53: each whole number below has a double */
	double real = json_real_value(value);

	if (json_is_integer(value)) {
		*out = json_integer_value(value);
		return true;
	}
	if (!json_is_real(value) || real <= -exact || real >= exact)
		return false;
	*out = (int64_t)real;
	return (double)*out == real;
}

static void read_int(const struct place *place)
{
	int64_t v;
	const struct body_field *field = place->field;

	if (!whole(&v, place->value))
		wrong(place, "a whole number");
	else if (v < field->min || v > field->max)
		problem_add(place->details, place->path,
			"must be from %" PRId64 " to %" PRId64 ", is %" PRId64, field->min,
			field->max, v);
	else
		*(int64_t *)field->out = v;
}

/* 4.6 -> 46; binary fractions are rounded. */
static void read_tenth(const struct place *place)
{
	const struct body_field *field = place->field;
	double value = json_number_value(place->value) * 10;
	int64_t tenths;

	if (!json_is_number(place->value)) {
		wrong(place, "a number");
		return;
	}
	if (value < (double)field->min || value > (double)field->max) {
		problem_add(place->details, place->path,
			"must be from %" PRId64 ".%" PRId64 " to %" PRId64 ".%" PRId64,
			field->min / 10, field->min % 10, field->max / 10, field->max % 10);
		return;
	}
	tenths = (int64_t)(value + 0.5);
	*(int64_t *)field->out = tenths;
}

static void read_bool(const struct place *place)
{
	if (!json_is_boolean(place->value))
		wrong(place, "true or false");
	else
		*(bool *)place->field->out = json_is_true(place->value);
}

static void read_time(const struct place *place)
{
	const char *text = json_string_value(place->value);
	int64_t at;

	if (!text)
		wrong(place, "a time");
	else if (!text_parse_time(&at, text) || at <= 0)
		problem_add(place->details, place->path,
			"must be a time like 2026-06-01T03:00:00Z, not \"%.40s\"", text);
	else
		*(int64_t *)place->field->out = at;
}

static void read_texts(struct place *place)
{
	struct body_texts *out = place->field->out;
	size_t n = json_array_size(place->value);
	int64_t max = place->field->max ? place->field->max : BODY_TEXTS_MAX;
	struct place item = { .details = place->details };

	if (!json_is_array(place->value)) {
		wrong(place, "an array of strings");
		return;
	}
	if ((int64_t)n > max) {
		problem_add(place->details, place->path,
			"must have at most %" PRId64 " items, has %zu", max, n);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		const struct body_field field = { .type = BODY_TEXT, .out = &out->at[i] };

		item.field = &field;
		item.value = json_array_get(place->value, i);
		(void)snprintf(item.path, sizeof item.path, "%.40s/%zu", place->path, i);
		read_text(&item);
	}
	out->n = n;
}

static void read_value(struct place *place)
{
	if (json_is_null(place->value)) {
		if (!place->field->nullable)
			problem_add(place->details, place->path, "must not be null");
		return;
	}
	switch (place->field->type) {
	case BODY_TEXT:
		read_text(place);
		return;
	case BODY_BOOL:
		read_bool(place);
		return;
	case BODY_INT:
		read_int(place);
		return;
	case BODY_TENTH:
		read_tenth(place);
		return;
	case BODY_TIME:
		read_time(place);
		return;
	case BODY_TEXTS:
		read_texts(place);
		return;
	}
}

static const struct body_field *field_of(const struct body_field *fields, const char *name)
{
	for (; fields->name; fields++)
		if (strcmp(fields->name, name) == 0)
			return fields;
	return NULL;
}

static void name_unknown(
	const char *name, const struct body_field *fields, struct problem_details *details)
{
	char known[320] = "", path[64];

	for (; fields->name; fields++) {
		size_t n = strlen(known);

		(void)snprintf(known + n, sizeof known - n, "%s%s", n ? ", " : "", fields->name);
	}
	(void)snprintf(path, sizeof path, "/%.60s", name);
	problem_add(details, path, "is not known here; known: %s", *known ? known : "nothing");
}

static void read_members(
	json_t *root, const struct body_field *fields, struct problem_details *details)
{
	const char *name;
	json_t *value;

	json_object_foreach(root, name, value)
	{
		struct place place = { field_of(fields, name), value, "", details };

		(void)snprintf(place.path, sizeof place.path, "/%.60s", name);
		if (place.field)
			read_value(&place);
		else
			name_unknown(name, fields, details);
	}
	for (; fields->name; fields++) {
		char path[64];

		(void)snprintf(path, sizeof path, "/%s", fields->name);
		if (fields->required && !json_object_get(root, fields->name))
			problem_add(details, path, "is missing");
	}
}

static bool is_too_deep(struct span text)
{
	int depth = 0, deepest = 0;
	bool quoted = false;

	for (size_t i = 0; i < text.size; i++) {
		uint8_t c = text.data[i];

		if (c == '"')
			quoted = !quoted;
		else if (quoted && c == '\\')
			i++;
		else if (!quoted && (c == '{' || c == '['))
			deepest = ++depth > deepest ? depth : deepest;
		else if (!quoted && (c == '}' || c == ']'))
			depth--;
	}
	return deepest > BODY_DEPTH_MAX;
}

static enum err_code parse(json_t **root, struct span text, struct err *e)
{
	json_error_t why;

	if (!text.size) {
		*root = json_object();
		return OK;
	}
	if (is_too_deep(text))
		return err_because(e, ERR_INVALID, "invalid_json",
			"The body is nested deeper than %d levels.", BODY_DEPTH_MAX);
	*root = json_loadb((const char *)text.data, text.size, JSON_REJECT_DUPLICATES, &why);
	if (!*root)
		return err_because(e, ERR_INVALID, "invalid_json",
			"The body is no JSON: line %d, column %d: %.120s.", why.line, why.column,
			why.text);
	if (json_is_object(*root))
		return OK;
	json_decref(*root);
	*root = NULL;
	return err_because(e, ERR_INVALID, "invalid_body", "The body must be a JSON object.");
}

enum err_code body_read(json_t **root, struct span text, const struct body_field *fields,
	struct problem_details *details, struct err *e)
{
	json_t *read = NULL;
	enum err_code code = parse(&read, text, e);

	if (code)
		return code;
	details->n = 0;
	read_members(read, fields, details);
	if (!details->n) {
		*root = read;
		return OK;
	}
	json_decref(read);
	return err_because(e, ERR_INVALID, "invalid_body", "%s %s", details->at[0].path,
		details->at[0].detail);
}
