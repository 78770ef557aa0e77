#include "ota/index_split.h"

#include <stdlib.h>

void index_split_begin(struct index_split *split,
	enum err_code (*entry)(void *owner, const char *json, size_t n, struct err *e), void *owner)
{
	*split = (struct index_split){ .entry = entry, .owner = owner };
	split->frame.max = INDEX_FRAME_MAX;
	split->one.max = INDEX_ENTRY_MAX;
}

void index_split_done(struct index_split *split)
{
	free(split->frame.data);
	free(split->one.data);
}

static enum err_code put(struct index_text *text, char c, const char *what, struct err *e)
{
	size_t room = text->room ? 2 * text->room : 1024;
	char *more;

	if (text->size == text->max)
		return err_because(e, ERR_TOO_LARGE, "index_too_large",
			"%s has more than %zu bytes", what, text->max);
	if (text->size == text->room) {
		more = realloc(text->data, room);
		if (!more)
			return err_set(e, ERR_INTERNAL, "no memory for an index");
		text->data = more;
		text->room = room;
	}
	text->data[text->size++] = c;
	return OK;
}

/* An object directly in the outermost array. */
static bool begins_entry(const struct index_split *s, char c)
{
	if (c != '{' || s->in_string || s->entry_depth)
		return false;
	return (s->depth == 1 && s->outer[0] == '[') ||
	       (s->depth == 2 && s->outer[0] == '{' && s->outer[1] == '[');
}

static void follow(struct index_split *s, char c)
{
	if (s->in_string) {
		s->in_string = s->escaped || c != '"';
		s->escaped = !s->escaped && c == '\\';
	} else if (c == '"') {
		s->in_string = true;
	} else if (c == '{' || c == '[') {
		if (s->depth < 2)
			s->outer[s->depth] = c;
		s->depth++;
	} else if ((c == '}' || c == ']') && s->depth) {
		s->depth--;
	}
}

static enum err_code put_frame(struct index_split *s, const char *text, size_t n, struct err *e)
{
	enum err_code code = OK;

	for (size_t i = 0; i < n && code == OK; i++)
		code = put(&s->frame, text[i], "the index around its entries", e);
	return code;
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Of a run of white space one character is as good as all. */
static bool is_idle(const struct index_split *s, char c)
{
	return !s->in_string && is_space(c) && s->frame.size &&
	       is_space(s->frame.data[s->frame.size - 1]);
}

static enum err_code end_entry(struct index_split *s, struct err *e)
{
	enum err_code code = put_frame(s, "null", 4, e);

	s->entry_depth = 0;
	if (code == OK && s->n++ >= INDEX_ENTRIES_MAX)
		return err_because(e, ERR_TOO_LARGE, "index_too_large",
			"the index has more than %d entries", INDEX_ENTRIES_MAX);
	return code == OK ? s->entry(s->owner, s->one.data, s->one.size, e) : code;
}

static enum err_code take(struct index_split *s, char c, struct err *e)
{
	enum err_code code;

	if (begins_entry(s, c)) {
		s->entry_depth = s->depth + 1;
		s->one.size = 0;
	}
	follow(s, c);
	if (s->depth > INDEX_DEPTH_MAX)
		return err_because(e, ERR_TOO_LARGE, "index_too_large",
			"the index has more than %d brackets in brackets", INDEX_DEPTH_MAX);
	if (!s->entry_depth)
		return is_idle(s, c) ? OK : put_frame(s, &c, 1, e);
	code = put(&s->one, c, "an entry of the index", e);
	if (code == OK && s->depth < s->entry_depth)
		code = end_entry(s, e);
	return code;
}

enum err_code index_split_feed(struct index_split *split, struct span bytes, struct err *e)
{
	enum err_code code = OK;

	for (size_t i = 0; i < bytes.size && code == OK; i++)
		code = take(split, (char)bytes.data[i], e);
	return code;
}
