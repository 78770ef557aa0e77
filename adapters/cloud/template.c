#include "adapters/cloud/template.h"

#include "server/base/text.h"

#include <assert.h>
#include <string.h>

enum { NAME_SIZE = 40, TEXT_MAX = 4096 };

void vars_set(struct vars *vars, const char *name, const char *value)
{
	for (size_t i = 0; i < vars->n; i++)
		if (!strcmp(vars->list[i].name, name)) {
			vars->list[i].value = value;
			return;
		}
	assert(vars->n < VARS_MAX);
	vars->list[vars->n].name = name;
	vars->list[vars->n++].value = value;
}

const char *vars_get(const struct vars *vars, const char *name)
{
	for (size_t i = 0; i < vars->n; i++)
		if (!strcmp(vars->list[i].name, name))
			return vars->list[i].value;
	return NULL;
}

/* text is behind the '{'; false: no name, or not closed. */
static bool read_name(char name[NAME_SIZE], const char **text)
{
	const char *c = *text + (**text == '#');
	size_t n = strspn(c, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");

	if (!n || n >= NAME_SIZE || c[n] != '}')
		return false;
	memcpy(name, c, n);
	name[n] = '\0';
	*text = c + n + 1;
	return true;
}

bool template_is_valid(const char *text)
{
	char name[NAME_SIZE];

	while ((text = strchr(text, '{'))) {
		text++;
		if (!read_name(name, &text))
			return false;
	}
	return true;
}

static bool may_stand(const char *value, enum template_use use)
{
	for (const char *c = value; *c; c++) {
		unsigned char v = (unsigned char)*c;

		if (use != TEMPLATE_TEXT && (v < ' ' || v == 0x7F))
			return false;
		if (use == TEMPLATE_PATH && strchr("/?#%\\", v))
			return false;
	}
	return use != TEMPLATE_PATH || (strcmp(value, ".") != 0 && strcmp(value, "..") != 0);
}

static enum err_code add_value(struct text_buffer *out, const char *name, const struct vars *vars,
	enum template_use use, struct err *e)
{
	const char *value = vars_get(vars, name);

	if (!value)
		return err_set(e, ERR_NOT_FOUND, "{%s} has no value", name);
	if (!may_stand(value, use))
		return err_set(
			e, ERR_INVALID, "{%s} has a character that may not stand there", name);
	text_add(out, value);
	return OK;
}

enum err_code template_expand(struct text_buffer *out, const char *text, const struct vars *vars,
	enum template_use use, struct err *e)
{
	char name[NAME_SIZE];
	enum err_code r = OK;

	while (r == OK && *text) {
		size_t n = strcspn(text, "{");

		text_add_n(out, text, n);
		text += n;
		if (!*text)
			break;
		text++;
		if (!read_name(name, &text))
			return err_set(e, ERR_INVALID, "a { that opens no name");
		r = add_value(out, name, vars, use, e);
	}
	if (r == OK && out->bad)
		return err_set(e, ERR_TOO_LARGE, "it becomes longer than %zu bytes", out->max);
	return r;
}

static enum err_code expand_text(
	json_t **out, const char *text, const struct vars *vars, struct err *e)
{
	struct text_buffer b = text_buffer(TEXT_MAX);
	enum err_code r = template_expand(&b, text, vars, TEMPLATE_TEXT, e);
	bool number = !strncmp(text, "{#", 2) && strchr(text, '}') == text + strlen(text) - 1;
	uint64_t v;

	if (r == OK && number && !text_uint(&v, b.data ? b.data : "", INT32_MAX))
		r = err_set(e, ERR_INVALID, "%s is no number", text);
	if (r == OK)
		*out = number ? json_integer((json_int_t)v) : json_string(b.data ? b.data : "");
	text_buffer_done(&b);
	if (r == OK && !*out)
		return err_set(e, ERR_INVALID, "a value is no UTF-8");
	return r;
}

static enum err_code expand_list(
	json_t *to, const json_t *from, const struct vars *vars, struct err *e)
{
	enum err_code r = OK;

	for (size_t i = 0; r == OK && i < json_array_size(from); i++) {
		json_t *item = NULL;

		r = template_json(&item, json_array_get(from, i), vars, e);
		if (r == OK)
			(void)json_array_append_new(to, item); /* fails only for NULL */
	}
	return r;
}

/* A member that is nothing but a name without a value is left out: what is not said is not sent. */
static bool is_unsaid(const json_t *value, const struct vars *vars)
{
	const char *text = json_string_value(value);
	char name[NAME_SIZE];

	if (!text || *text++ != '{' || !read_name(name, &text) || *text)
		return false;
	return !vars_get(vars, name);
}

static enum err_code expand_object(
	json_t *to, const json_t *from, const struct vars *vars, struct err *e)
{
	enum err_code r = OK;
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)from, key, value)
	{
		json_t *item = NULL;

		if (r != OK || is_unsaid(value, vars))
			continue;
		r = template_json(&item, value, vars, e);
		if (r == OK)
			(void)json_object_set_new(to, key, item); /* fails only for NULL */
	}
	return r;
}

/* NOLINTNEXTLINE(misc-no-recursion): as deep as the profile, which is bounded */
enum err_code template_json(
	json_t **out, const json_t *body, const struct vars *vars, struct err *e)
{
	json_t *made;
	enum err_code r;

	if (json_is_string(body))
		return expand_text(out, json_string_value(body), vars, e);
	if (!json_is_object(body) && !json_is_array(body)) {
		*out = json_incref((json_t *)body);
		return OK;
	}
	made = json_is_object(body) ? json_object() : json_array();
	r = json_is_object(body) ? expand_object(made, body, vars, e)
				 : expand_list(made, body, vars, e);
	if (r == OK)
		*out = made;
	else
		json_decref(made);
	return r;
}
