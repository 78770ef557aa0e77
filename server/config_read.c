#include "server/config_read.h"

#include "server/base/alloc.h"
#include "server/base/text.h"

#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void replace(void *out, const char *text)
{
	char **slot = out;

	free(*slot);
	*slot = xstrdup(text);
}

static enum err_code take_lower_hex(
	const struct config_field *f, const char *text, const char *prefix, struct err *e)
{
	char lower[2 + 16 + 1];
	const char *digits = strncmp(text, "0x", 2) ? text : text + 2;
	size_t want = f->type == FIELD_EUI64 ? 16 : 2 * (size_t)f->max;
	size_t n;

	if (strlen(digits) != want || strspn(digits, "0123456789abcdefABCDEF") != want)
		return err_set(
			e, ERR_INVALID, "must be %s%zu hex digits", *prefix ? "0x and " : "", want);
	n = (size_t)snprintf(lower, sizeof lower, "%s%s", prefix, digits);
	for (size_t i = 0; i < n; i++)
		lower[i] = (char)tolower((unsigned char)lower[i]);
	replace(f->out, lower);
	return OK;
}

static enum err_code take_word(const struct config_field *f, const char *text, struct err *e)
{
	char all[128] = "";
	size_t n = 0;

	for (size_t i = 0; f->words[i]; i++) {
		if (!strcmp(f->words[i], text)) {
			replace(f->out, text);
			return OK;
		}
		n += (size_t)snprintf(
			all + n, sizeof all - n, "%s\"%s\"", i ? ", " : "", f->words[i]);
		assert(n < sizeof all);
	}
	return err_set(e, ERR_INVALID, "must be one of %s", all);
}

static bool port_number(const char *text)
{
	uint64_t v;

	return text && text_uint(&v, text, 65535) && strncmp(text, "0x", 2) != 0;
}

static enum err_code take_listen(const struct config_field *f, const char *text, struct err *e)
{
	const char *colon = strrchr(text, ':');

	if (!colon || !port_number(colon + 1) || (strchr(text, ':') != colon && text[0] != '['))
		return err_set(e, ERR_INVALID,
			"must be address:port, for example \"127.0.0.1:8099\" or \"[::1]:8099\"");
	replace(f->out, text);
	return OK;
}

static enum err_code take_port(const struct config_field *f, const char *text, struct err *e)
{
	bool tcp = !strncmp(text, "tcp://", 6);
	const char *colon = tcp ? strrchr(text + 6, ':') : NULL;

	if (text[0] != '/' && (!colon || colon == text + 6 || !port_number(colon + 1)))
		return err_set(e, ERR_INVALID,
			"must be a device path (\"/dev/serial/by-id/…\") or \"tcp://host:port\"");
	replace(f->out, text);
	return OK;
}

static enum err_code take_number(const struct config_field *f, const char *text, struct err *e)
{
	uint64_t v;

	if (!text_uint(&v, text, UINT32_MAX) || v < f->min || v > f->max)
		return err_set(
			e, ERR_INVALID, "must be a whole number from %u to %u", f->min, f->max);
	*(uint32_t *)f->out = (uint32_t)v;
	return OK;
}

static enum err_code take_signed(const struct config_field *f, const char *text, struct err *e)
{
	uint64_t v;
	bool minus = *text == '-';

	if (!text_uint(&v, text + minus, f->max))
		return err_set(
			e, ERR_INVALID, "must be a whole number from -%u to %u", f->max, f->max);
	*(int32_t *)f->out = minus ? -(int32_t)v : (int32_t)v;
	return OK;
}

static enum err_code take_tenth(const struct config_field *f, json_t *value, struct err *e)
{
	double tenths = json_number_value(value) * 10;
	bool fits = json_is_number(value) && tenths >= f->min && tenths <= f->max;
	uint32_t whole = fits ? (uint32_t)(tenths + 0.5) : 0;

	/* 4.65 is in range, but no tenth. */
	if (!fits || tenths - whole > 1e-6 || whole - tenths > 1e-6)
		return err_set(e, ERR_INVALID,
			"must be a number from %g to %g with one decimal at most", f->min / 10.0,
			f->max / 10.0);
	*(uint32_t *)f->out = whole;
	return OK;
}

static enum err_code take_bool(const struct config_field *f, const char *text, struct err *e)
{
	if (strcmp(text, "true") != 0 && strcmp(text, "false") != 0)
		return err_set(e, ERR_INVALID, "must be true or false");
	*(bool *)f->out = text[0] == 't';
	return OK;
}

/* The one meaning of a scalar, whether it came as JSON or from the environment. */
static enum err_code take_text(const struct config_field *f, const char *text, struct err *e)
{
	size_t n = strlen(text);

	switch (f->type) {
	case FIELD_TEXT:
		if (n < f->min || n > f->max)
			return err_set(e, ERR_INVALID, "must have %u to %u characters",
				f->min ? f->min : 0, f->max);
		replace(f->out, text);
		return OK;
	case FIELD_SLUG:
		if (!text_is_slug(text))
			return err_set(e, ERR_INVALID,
				"must be 1 to 63 of a-z, 0-9 and -, for example \"front-door\"");
		replace(f->out, text);
		return OK;
	case FIELD_ENUM:
		return take_word(f, text, e);
	case FIELD_PORT:
		return take_port(f, text, e);
	case FIELD_LISTEN:
		return take_listen(f, text, e);
	case FIELD_EUI64:
		return take_lower_hex(f, text, "0x", e);
	case FIELD_HEX:
		return take_lower_hex(f, text, "", e);
	case FIELD_UINT:
		return take_number(f, text, e);
	case FIELD_INT:
		return take_signed(f, text, e);
	case FIELD_BOOL:
		return take_bool(f, text, e);
	case FIELD_TENTH:
	case FIELD_OBJECT:
	case FIELD_ARRAY:
		break;
	}
	return err_set(e, ERR_INVALID, "cannot be given as text");
}

static enum err_code take_json(const struct config_field *f, json_t *value, struct err *e)
{
	char number[24];

	if (f->type == FIELD_OBJECT || f->type == FIELD_ARRAY) {
		bool object = f->type == FIELD_OBJECT;

		if (object ? !json_is_object(value) : !json_is_array(value))
			return err_set(
				e, ERR_INVALID, "must be %s", object ? "an object" : "a list");
		if (!object && json_array_size(value) > f->max)
			return err_set(e, ERR_INVALID, "has more than %u items", f->max);
		*(json_t **)f->out = value;
		return OK;
	}
	if (f->type == FIELD_TENTH)
		return take_tenth(f, value, e);
	if (f->type == FIELD_BOOL && json_is_boolean(value))
		return take_bool(f, json_is_true(value) ? "true" : "false", e);
	if ((f->type == FIELD_UINT || f->type == FIELD_INT) && json_is_integer(value)) {
		(void)snprintf(number, sizeof number, "%lld", (long long)json_integer_value(value));
		return take_text(f, number, e);
	}
	if (!json_is_string(value) || f->type == FIELD_BOOL)
		return err_set(e, ERR_INVALID,
			f->type == FIELD_BOOL                           ? "must be true or false"
			: f->type == FIELD_UINT || f->type == FIELD_INT ? "must be a number"
									: "must be a text");
	return take_text(f, json_string_value(value), e);
}

static size_t common_prefix(const char *a, const char *b)
{
	size_t n = 0;

	while (a[n] && a[n] == b[n])
		n++;
	return n;
}

static enum err_code unknown_key(
	const char *key, const struct config_field *fields, size_t n, struct err *e)
{
	size_t best = 0;

	for (size_t i = 1; i < n; i++)
		if (common_prefix(fields[i].key, key) > common_prefix(fields[best].key, key))
			best = i;
	return err_set(e, ERR_INVALID, "is not known; did you mean \"%s\"?", fields[best].key);
}

static const struct config_field *find(const char *key, const struct config_field *fields, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(fields[i].key, key))
			return &fields[i];
	return NULL;
}

enum err_code config_read(json_t *object, const char *path, const struct config_field *fields,
	size_t n, struct err *e)
{
	const char *key, *dot = *path ? "." : "";
	json_t *value;

	if (!json_is_object(object))
		return err_set(e, ERR_INVALID, "%s: must be an object", *path ? path : "the file");
	json_object_foreach(object, key, value)
	{
		const struct config_field *f = find(key, fields, n);
		enum err_code r = f ? take_json(f, value, e) : unknown_key(key, fields, n, e);

		if (r != OK)
			return err_prefix(e, "%s%s%s: ", path, dot, key);
	}
	for (size_t i = 0; i < n; i++)
		if (fields[i].required && !json_object_get(object, fields[i].key))
			return err_set(
				e, ERR_INVALID, "%s%s%s: is missing", path, dot, fields[i].key);
	return OK;
}

/* "LOCKWRIGHT_DATA_DIR=/x" and "data_dir" -> "/x". */
static const char *override_of(const char *const *environ_list, const char *key)
{
	static const char prefix[] = "LOCKWRIGHT_";

	for (; *environ_list; environ_list++) {
		const char *p = *environ_list;
		size_t i = 0;

		if (strncmp(p, prefix, sizeof prefix - 1) != 0)
			continue;
		for (p += sizeof prefix - 1; key[i] && toupper((unsigned char)key[i]) == *p; i++)
			p++;
		if (!key[i] && *p == '=')
			return p + 1;
	}
	return NULL;
}

enum err_code config_environment(
	const char *const *environ_list, const struct config_field *fields, size_t n, struct err *e)
{
	for (size_t i = 0; i < n; i++) {
		const char *text = override_of(environ_list, fields[i].key);

		if (!text || fields[i].type == FIELD_OBJECT || fields[i].type == FIELD_ARRAY)
			continue;
		if (take_text(&fields[i], text, e) != OK) {
			char upper[64];

			(void)text_copy(upper, sizeof upper, fields[i].key);
			for (char *c = upper; *c; c++)
				*c = (char)toupper((unsigned char)*c);
			return err_prefix(e, "LOCKWRIGHT_%s: ", upper);
		}
	}
	return OK;
}

enum err_code config_eui64(char **text, struct err *e)
{
	const struct config_field field = { .type = FIELD_EUI64, .out = text };
	char *copy = xstrdup(*text);
	enum err_code r = take_lower_hex(&field, copy, "0x", e);

	free(copy);
	return r;
}

enum err_code config_strings(char ***out, size_t *n, json_t *list, const char *path, struct err *e)
{
	json_t *item;
	size_t i;

	*out = xcalloc(json_array_size(list) + 1, sizeof **out);
	json_array_foreach(list, i, item)
	{
		if (!json_is_string(item) || !*json_string_value(item))
			return err_set(e, ERR_INVALID, "%s[%zu]: must be a text", path, i);
		(*out)[(*n)++] = xstrdup(json_string_value(item));
	}
	return OK;
}
