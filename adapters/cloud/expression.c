#include "adapters/cloud/expression.h"

#include "server/base/text.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { COMPARED_SIZE = 256 };

static bool is_true(const json_t *object, const char *key)
{
	return json_is_true(json_object_get(object, key));
}

static void lower(char *text)
{
	for (; *text; text++)
		*text = (char)tolower((unsigned char)*text);
}

/* What a profile compares with: a text may hold names. */
static bool wanted_text(char out[COMPARED_SIZE], const json_t *value, const struct vars *vars)
{
	struct text_buffer b = text_buffer(COMPARED_SIZE - 1);
	bool good;

	if (!json_is_string(value))
		return scalar_text(out, COMPARED_SIZE, value);
	good = template_expand(&b, json_string_value(value), vars, TEMPLATE_TEXT, NULL) == OK &&
	       text_copy(out, COMPARED_SIZE, b.data ? b.data : "");
	text_buffer_done(&b);
	return good;
}

static bool same(const json_t *found, const json_t *value, const struct vars *vars, bool ci)
{
	char a[COMPARED_SIZE], b[COMPARED_SIZE];

	if (!scalar_text(a, sizeof a, found) || !wanted_text(b, value, vars))
		return false;
	return ci ? strcasecmp(a, b) == 0 : strcmp(a, b) == 0;
}

static bool matches_any(const json_t *found, const json_t *values, const struct vars *vars, bool ci)
{
	if (!json_is_array(values))
		return same(found, values, vars, ci);
	for (size_t i = 0; i < json_array_size(values); i++)
		if (same(found, json_array_get(values, i), vars, ci))
			return true;
	return false;
}

bool expression_matches(const json_t *item, const json_t *where, const struct vars *vars, bool ci)
{
	const char *pointer;
	json_t *values;

	json_object_foreach(
		(json_t *)where, pointer, values) if (!matches_any(pointer_get(item, pointer),
							      values, vars, ci)) return false;
	return true;
}

static const json_t *root_of(const json_t *x, const struct scope *scope)
{
	const char *in = json_string_value(json_object_get(x, "in"));

	if (scope->item)
		return scope->item;
	for (size_t i = 0; in && i < scope->n; i++)
		if (!strcmp(scope->answers[i].id, in))
			return scope->answers[i].body;
	return in || !scope->n ? NULL : scope->answers[scope->n - 1].body;
}

static bool is_larger(const json_t *a, const json_t *b, const char *by)
{
	json_int_t x, y;

	if (!scalar_int(&x, pointer_get(a, by)))
		return false;
	return !b || !scalar_int(&y, pointer_get(b, by)) || x > y;
}

/* The first element that matches, or of all of them the one with the largest number. */
static json_t *pick(const json_t *x, const json_t *list, const struct scope *scope)
{
	const json_t *where = json_object_get(x, "where"), *best = NULL;
	const char *by = json_string_value(json_object_get(x, "max_by"));
	const char *take = json_string_value(json_object_get(x, "take"));

	for (size_t i = 0; i < json_array_size(list) && i < EXPRESSION_ITEMS_MAX; i++) {
		const json_t *item = json_array_get(list, i);

		if (!expression_matches(item, where, scope->vars, is_true(x, "ci")))
			continue;
		if (!by)
			return json_incref(pointer_get(item, take));
		if (is_larger(item, best, by))
			best = item;
	}
	return best ? json_incref(pointer_get(best, take)) : NULL;
}

/* NOLINTNEXTLINE(misc-no-recursion): "each" does not nest */
static json_t *record_of(const json_t *each, const json_t *item, const struct scope *scope)
{
	struct scope inner = *scope;
	json_t *record = json_object(), *x;
	const char *name;

	inner.item = item;
	json_object_foreach((json_t *)each, name, x)
	{
		json_t *value = expression_value(x, &inner);

		if (value)
			(void)json_object_set_new(record, name, value); /* fails only for NULL */
	}
	return record;
}

/* NOLINTNEXTLINE(misc-no-recursion): "each" does not nest */
static json_t *records(const json_t *x, const json_t *list, const struct scope *scope)
{
	const json_t *each = json_object_get(x, "each");
	json_t *all = json_array();

	for (size_t i = 0; i < json_array_size(list) && i < EXPRESSION_ITEMS_MAX; i++)
		(void)json_array_append_new(
			all, record_of(each, json_array_get(list, i), scope)); /* the same */
	return all;
}

/* NOLINTNEXTLINE(misc-no-recursion): "each" does not nest */
static json_t *from_list(const json_t *x, const struct scope *scope)
{
	const char *pointer = json_string_value(json_object_get(x, "list"));
	json_t *list = pointer_get(root_of(x, scope), pointer), *wrapped = NULL, *value;

	if (json_is_object(list) && is_true(x, "wrap_object")) {
		wrapped = json_array();
		(void)json_array_append(wrapped, list); /* fails only for NULL */
		list = wrapped;
	}
	value = !json_is_array(list)         ? NULL
		: json_object_get(x, "each") ? records(x, list, scope)
					     : pick(x, list, scope);
	json_decref(wrapped);
	return value;
}

/* NOLINTNEXTLINE(misc-no-recursion): as deep as the profile, which is bounded */
static json_t *first_of(const json_t *choices, const struct scope *scope)
{
	for (size_t i = 0; i < json_array_size(choices); i++) {
		json_t *value = expression_value(json_array_get(choices, i), scope);

		if (value)
			return value;
	}
	return NULL;
}

/* NOLINTNEXTLINE(misc-no-recursion): as deep as the profile, which is bounded */
static json_t *source_of(const json_t *x, const struct scope *scope)
{
	const char *absent = json_string_value(json_object_get(x, "not_present"));
	json_t *value;

	if (json_object_get(x, "const"))
		return json_incref(json_object_get(x, "const"));
	if (absent)
		return json_boolean(!json_object_get(scope->outputs, absent));
	if (json_object_get(x, "first_of"))
		return first_of(json_object_get(x, "first_of"), scope);
	if (json_object_get(x, "list"))
		return from_list(x, scope);
	value = pointer_get(root_of(x, scope), json_string_value(json_object_get(x, "at")));
	return json_incref(value);
}

static json_t *as_packed24(const json_t *value)
{
	char text[24];
	json_int_t n;

	if (!scalar_int(&n, value) || n < 0 || n > 0xFFFFFF)
		return NULL;
	(void)snprintf(
		text, sizeof text, "%d.%d.%d", (int)(n >> 16), (int)(n >> 8 & 255), (int)(n & 255));
	return json_string(text);
}

static json_t *as_bool(const json_t *value)
{
	char text[8];

	if (!scalar_text(text, sizeof text, value))
		return NULL;
	if (!strcasecmp(text, "true") || !strcmp(text, "1"))
		return json_true();
	return !strcasecmp(text, "false") || !strcmp(text, "0") ? json_false() : NULL;
}

/* Takes value; NULL: it is not of that kind. */
static json_t *convert(json_t *value, const char *as)
{
	json_t *made = NULL;
	json_int_t n;

	if (!value || !as)
		return value;
	if (!strcmp(as, "int"))
		made = scalar_int(&n, value) ? json_integer(n) : NULL;
	else if (!strcmp(as, "bool"))
		made = as_bool(value);
	else if (!strcmp(as, "packed24"))
		made = as_packed24(value);
	else
		made = scalar_string(value);
	json_decref(value);
	return made;
}

/* Takes value. *known: the map has it, even when it says null. */
static json_t *translate(json_t *value, const json_t *x, bool *known)
{
	const json_t *map = json_object_get(x, "map");
	char key[COMPARED_SIZE];
	json_t *to = NULL;

	if (!value || !map)
		return value;
	if (scalar_text(key, sizeof key, value)) {
		if (is_true(x, "ci"))
			lower(key);
		to = json_object_get(map, key);
	}
	*known = to != NULL;
	json_decref(value);
	return json_is_null(to) ? NULL : json_incref(to);
}

static json_t *present(json_t *value)
{
	if (!json_is_null(value))
		return value;
	json_decref(value);
	return NULL;
}

/* NOLINTNEXTLINE(misc-no-recursion): as deep as the profile, which is bounded */
json_t *expression_value(const json_t *expression, const struct scope *scope)
{
	bool known = false;
	json_t *value = present(source_of(expression, scope));

	value = translate(value, expression, &known);
	value = convert(value, json_string_value(json_object_get(expression, "as")));
	if (!value && !known)
		value = json_incref(json_object_get(expression, "default"));
	return present(value);
}
