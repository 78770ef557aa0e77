#include "ota/retraction.h"

#include "server/base/alloc.h"
#include "server/base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_MAX_BYTES = 400 };

/* Reviewed: lies in the public index's folder of withdrawn images; no lock's firmware does. */
static const struct retraction reviewed[] = {
	{ { .by_version = true,
		  .manufacturer_code = 0x1015,
		  .image_type = 0x0393,
		  .file_version = 0x00020006 },
		"the public index took this keypad firmware (2.0.6) back" },
};

static const char *find(const struct retraction *rows, size_t n, const struct image *image)
{
	for (size_t i = 0; i < n; i++)
		if (deny_has(&rows[i].what, 1, image))
			return rows[i].reason;
	return NULL;
}

const char *retractions_find(const struct retractions *all, const struct image *image)
{
	const char *why = all ? find(all->denied, all->n_denied, image) : NULL;

	for (size_t i = 0; all && !why && i < RETRACTION_LISTS_MAX; i++)
		if (all->list[i])
			why = find(all->list[i]->rows, all->list[i]->n, image);
	return why ? why : find(reviewed, ARRAY_SIZE(reviewed), image);
}

/* Printable, as far as it goes. */
static void read_reason(char out[RETRACTION_REASON_SIZE], const char *text)
{
	text += strspn(text, " \t");
	(void)text_copy(out, RETRACTION_REASON_SIZE, *text ? text : "it was withdrawn");
	for (char *c = out; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = ' ';
}

enum err_code retraction_read(struct retraction *out, const char *line, struct err *e)
{
	char what[SHA512_TEXT];
	size_t n = strcspn(line, " \t");
	struct retraction found = { 0 };
	enum err_code code;

	if (n >= sizeof what)
		return err_set(e, ERR_INVALID, "begins with no digest and no version");
	memcpy(what, line, n);
	what[n] = '\0';
	code = deny_read(&found.what, what, e);
	if (code)
		return code;
	read_reason(found.reason, line + n);
	*out = found;
	return OK;
}

static enum err_code add(struct retraction_list *list, const char *line, struct err *e)
{
	struct retraction *more = list->rows;

	if (list->n == RETRACTIONS_MAX)
		return err_because(e, ERR_TOO_LARGE, "retractions_too_large", "more than %d lines",
			RETRACTIONS_MAX);
	/* Room doubles: at every power of two the list is full. */
	if (!(list->n & (list->n - 1)))
		more = reallocarray(more, list->n ? 2 * list->n : 1, sizeof *more);
	if (!more)
		return err_set(e, ERR_INTERNAL, "no memory for a list");
	list->rows = more;
	if (retraction_read(&list->rows[list->n], line, e) == OK) {
		list->n++;
		return OK;
	}
	return ERR_INVALID;
}

static enum err_code read_line(
	struct retraction_list *list, struct span text, size_t number, bool local, struct err *e)
{
	char line[LINE_MAX_BYTES + 1];
	struct err why = { 0 };
	enum err_code code;

	while (text.size && strchr(" \t\r", text.data[text.size - 1]))
		text.size--;
	if (!text.size || text.data[0] == '#')
		return OK;
	if (text.size > LINE_MAX_BYTES || memchr(text.data, '\0', text.size)) {
		code = err_set(&why, ERR_INVALID, "is no text or too long");
	} else {
		memcpy(line, text.data, text.size);
		line[text.size] = '\0';
		code = add(list, line, &why);
	}
	if (code == ERR_INVALID) {
		(void)err_because(&why, ERR_INTEGRITY, "retractions_invalid", "line %zu %.150s",
			number, why.text);
		if (!local && !list->skipped++)
			list->why = why;
		code = local ? ERR_INTEGRITY : OK;
	}
	if (code && e)
		*e = why;
	return code;
}

DEFINE_AUTO(struct retraction_list *, retraction_list_free)

enum err_code retraction_list_read(
	struct retraction_list **out, struct span text, bool local, struct err *e)
{
	AUTO(retraction_list_free) struct retraction_list *list = xcalloc(1, sizeof *list);
	size_t number = 1;
	enum err_code code = OK;

	if (text.size > RETRACTION_LIST_MAX)
		return err_because(e, ERR_TOO_LARGE, "retractions_too_large",
			"it has more than %d KiB", RETRACTION_LIST_MAX / 1024);
	while (code == OK && text.size) {
		const uint8_t *end = memchr(text.data, '\n', text.size);
		size_t n = end ? (size_t)(end - text.data) : text.size;

		code = read_line(list, (struct span){ text.data, n }, number++, local, e);
		n += end ? 1 : 0;
		text = (struct span){ text.data + n, text.size - n };
	}
	if (code == OK && list->skipped && list->skipped >= list->n) {
		if (e)
			*e = list->why;
		return ERR_INTEGRITY; /* a web page, most likely */
	}
	if (code == OK)
		*out = TAKE(list);
	return code;
}

void retraction_list_free(struct retraction_list *list)
{
	if (!list)
		return;
	free(list->rows);
	free(list);
}
