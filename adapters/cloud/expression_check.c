#include "adapters/cloud/expression.h"

#include <stdio.h>
#include <string.h>

enum { PATH_SIZE = 160 };

/* What an expression is made of: the first five are its sources, exactly one of them is there. */
static const char *const keys[] = { "at", "list", "first_of", "const", "not_present", "in", "where",
	"take", "max_by", "wrap_object", "each", "as", "map", "default", "ci", NULL };
enum { SOURCES = 5 };
static const char *const conversions[] = { "int", "bool", "str", "packed24", NULL };

static bool is_among(const char *word, const char *const *words)
{
	while (*words && strcmp(*words, word) != 0)
		words++;
	return *words != NULL;
}

static bool is_pointer(const json_t *value)
{
	return json_is_string(value) && pointer_is_valid(json_string_value(value));
}

static enum err_code check_keys(const json_t *x, const char *path, struct err *e)
{
	unsigned sources = 0;
	const char *key;
	json_t *value;

	if (!json_is_object(x))
		return err_set(e, ERR_INVALID, "%s: must be an expression: an object", path);
	json_object_foreach((json_t *)x, key, value) if (!is_among(key, keys)) return err_set(
		e, ERR_INVALID, "%s.%.40s: is not known", path, key);
	for (size_t i = 0; i < SOURCES; i++)
		sources += json_object_get(x, keys[i]) != NULL;
	if (sources != 1)
		return err_set(e, ERR_INVALID,
			"%s: must have one of at, list, first_of, const, not_present", path);
	return OK;
}

static enum err_code check_pointers(const json_t *x, const char *path, struct err *e)
{
	static const char *const pointers[] = { "at", "list", "take", "max_by" };
	const json_t *where = json_object_get(x, "where");
	const char *key;
	json_t *value;

	for (size_t i = 0; i < ARRAY_SIZE(pointers); i++)
		if (json_object_get(x, pointers[i]) && !is_pointer(json_object_get(x, pointers[i])))
			return err_set(
				e, ERR_INVALID, "%s.%s: must be a JSON pointer", path, pointers[i]);
	if (where && !json_is_object(where))
		return err_set(e, ERR_INVALID, "%s.where: must be an object", path);
	json_object_foreach((json_t *)where, key, value)
	{
		if (!pointer_is_valid(key))
			return err_set(
				e, ERR_INVALID, "%s.where: %.40s is no JSON pointer", path, key);
		if (json_is_object(value) || json_is_null(value) ||
			(json_is_string(value) && !template_is_valid(json_string_value(value))))
			return err_set(e, ERR_INVALID,
				"%s.where: %.40s must be compared with a value or a list", path,
				key);
	}
	return OK;
}

static enum err_code check_words(const json_t *x, const char *path, struct err *e)
{
	static const char *const texts[] = { "in", "not_present", "as" };
	static const char *const flags[] = { "wrap_object", "ci" };
	const json_t *as = json_object_get(x, "as"), *map = json_object_get(x, "map");

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		if (json_object_get(x, texts[i]) && !json_is_string(json_object_get(x, texts[i])))
			return err_set(e, ERR_INVALID, "%s.%s: must be a text", path, texts[i]);
	for (size_t i = 0; i < ARRAY_SIZE(flags); i++)
		if (json_object_get(x, flags[i]) && !json_is_boolean(json_object_get(x, flags[i])))
			return err_set(
				e, ERR_INVALID, "%s.%s: must be true or false", path, flags[i]);
	if (as && !is_among(json_string_value(as), conversions))
		return err_set(e, ERR_INVALID, "%s.as: must be int, bool, str or packed24", path);
	if (map && !json_is_object(map))
		return err_set(e, ERR_INVALID, "%s.map: must be an object", path);
	return OK;
}

/* NOLINTNEXTLINE(misc-no-recursion): as deep as the profile, which is bounded */
static enum err_code check_each(const json_t *x, const char *path, size_t *outputs, struct err *e)
{
	const json_t *each = json_object_get(x, "each");
	enum err_code r = OK;
	char inner[PATH_SIZE];
	const char *name;
	json_t *value;

	if (!each == !json_object_get(x, "take"))
		return err_set(e, ERR_INVALID, "%s: a list needs either take or each", path);
	if (!each)
		return OK;
	if (!json_is_object(each))
		return err_set(e, ERR_INVALID, "%s.each: must be an object", path);
	json_object_foreach((json_t *)each, name, value)
	{
		(void)snprintf(inner, sizeof inner, "%s.each.%s", path, name);
		if (r == OK && json_object_get(value, "each"))
			r = err_set(e, ERR_INVALID, "%s: each does not nest", inner);
		if (r == OK)
			r = expression_check(value, inner, outputs, e);
	}
	return r;
}

/* NOLINTNEXTLINE(misc-no-recursion): as deep as the profile, which is bounded */
static enum err_code check_choices(
	const json_t *choices, const char *path, size_t *outputs, struct err *e)
{
	enum err_code r = OK;
	char inner[PATH_SIZE];

	if (!json_array_size(choices))
		return err_set(e, ERR_INVALID, "%s.first_of: must be a list", path);
	for (size_t i = 0; r == OK && i < json_array_size(choices); i++) {
		(void)snprintf(inner, sizeof inner, "%s.first_of[%zu]", path, i);
		r = expression_check(json_array_get(choices, i), inner, outputs, e);
	}
	return r;
}

/* NOLINTNEXTLINE(misc-no-recursion): as deep as the profile, which is bounded */
enum err_code expression_check(
	const json_t *expression, const char *path, size_t *outputs, struct err *e)
{
	enum err_code r = check_keys(expression, path, e);

	if (r == OK)
		r = check_pointers(expression, path, e);
	if (r == OK)
		r = check_words(expression, path, e);
	(*outputs)++;
	if (r == OK && json_object_get(expression, "list"))
		r = check_each(expression, path, outputs, e);
	if (r == OK && json_object_get(expression, "first_of"))
		r = check_choices(json_object_get(expression, "first_of"), path, outputs, e);
	return r;
}
