#include "api/query.h"

#include "server/base/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void complain(struct query *query, const char *name, const char *wanted, const char *got)
{
	char path[64];

	(void)snprintf(path, sizeof path, "?%s", name);
	problem_add(&query->details, path, "must be %s, not \"%.40s\"", wanted, got);
}

/* Digits only, perhaps a minus: "0x10", "+1" and " 1" are mistakes here. */
static bool decimal(int64_t *out, const char *text, int64_t max)
{
	bool minus = *text == '-';
	uint64_t v;

	text += minus;
	if (!*text || text[strspn(text, "0123456789")] || !text_uint(&v, text, (uint64_t)max))
		return false;
	*out = minus ? -(int64_t)v : (int64_t)v;
	return true;
}

void query_int(struct query *query, const char *name, int64_t *out, int64_t min, int64_t max)
{
	const char *text = http_query(query->request, name);
	char wanted[64];
	int64_t v;

	if (!text)
		return;
	if (decimal(&v, text, max) && v >= min) {
		*out = v;
		return;
	}
	if (max == INT64_MAX)
		(void)snprintf(wanted, sizeof wanted, "a whole number from %" PRId64, min);
	else
		(void)snprintf(wanted, sizeof wanted, "a whole number from %" PRId64 " to %" PRId64,
			min, max);
	complain(query, name, wanted, text);
}

void query_word(struct query *query, const char *name, const char **out, const char *const *words)
{
	const char *text = http_query(query->request, name);
	char wanted[128] = "one of";

	if (!text)
		return;
	for (const char *const *word = words; *word; word++) {
		size_t n = strlen(wanted);

		if (strcmp(*word, text) == 0) {
			*out = *word;
			return;
		}
		(void)snprintf(wanted + n, sizeof wanted - n, " %s", *word);
	}
	complain(query, name, wanted, text);
}

void query_slug(struct query *query, const char *name, const char **out)
{
	const char *text = http_query(query->request, name);

	if (!text)
		return;
	if (text_is_slug(text))
		*out = text;
	else
		complain(query, name, "lower-case letters, digits and '-'", text);
}

bool query_id(const struct http_request *request, int64_t *out)
{
	const char *text = http_param(request, "id");

	return text && decimal(out, text, INT64_MAX) && *out > 0;
}

bool query_failed(const struct query *query, struct http_reply *reply)
{
	struct err e;

	if (!query->details.n)
		return false;
	(void)err_because(&e, ERR_INVALID, "invalid_query", "%s %s", query->details.at[0].path,
		query->details.at[0].detail);
	problem_send(reply, query->request->path, &e, &query->details);
	return true;
}
