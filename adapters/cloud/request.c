#include "adapters/cloud/request.h"

#include "adapters/cloud/secrets.h"
#include "server/base/alloc.h"

#include <stdlib.h>
#include <string.h>

/* What stays as it is between the slashes of a path; "," and the like are common in profiles. */
static const char path_kept[] = "/,;@!$'()*+=&";
static const char query_kept[] = ",";

static void free_pairs(struct request_pair *pairs, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++) {
		free(pairs[i].name);
		secret_text_free(pairs[i].value);
		pairs[i] = (struct request_pair){ 0 };
	}
}

void request_cut(struct cloud_request *r, size_t headers, size_t query, size_t form)
{
	for (; r->n_headers > headers; r->n_headers--) {
		secret_text_free(r->headers[r->n_headers - 1]);
		r->headers[r->n_headers - 1] = NULL;
	}
	free_pairs(r->query, query, r->n_query);
	free_pairs(r->form, form, r->n_form);
	r->n_query = query < r->n_query ? query : r->n_query;
	r->n_form = form < r->n_form ? form : r->n_form;
}

void request_done(struct cloud_request *r)
{
	request_cut(r, 0, 0, 0);
	secret_text_free(r->path);
	secret_text_free(r->body);
	*r = (struct cloud_request){ 0 };
}

static bool has_control(const char *text)
{
	for (const char *c = text; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7F)
			return true;
	return false;
}

bool request_header(struct cloud_request *r, const char *name, const char *value)
{
	struct text_buffer b = text_buffer(REQUEST_TEXT_MAX);

	if (r->n_headers == REQUEST_HEADERS || has_control(name) || has_control(value))
		return false;
	text_add(&b, name);
	text_add(&b, ": ");
	text_add(&b, value);
	r->headers[r->n_headers] = text_take(&b);
	return r->headers[r->n_headers] && ++r->n_headers;
}

static bool add_pair(struct request_pair *pairs, size_t *n, const char *name, const char *value)
{
	if (*n == REQUEST_PAIRS)
		return false;
	pairs[*n].name = xstrdup(name);
	pairs[(*n)++].value = xstrdup(value);
	return true;
}

bool request_query(struct cloud_request *r, const char *name, const char *value)
{
	return add_pair(r->query, &r->n_query, name, value);
}

bool request_form(struct cloud_request *r, const char *name, const char *value)
{
	r->is_form = true;
	return add_pair(r->form, &r->n_form, name, value);
}

void request_close_form(struct cloud_request *r)
{
	struct text_buffer b = text_buffer((size_t)4 * REQUEST_TEXT_MAX);

	for (size_t i = 0; i < r->n_form; i++) {
		text_add(&b, i ? "&" : "");
		text_add_escaped(&b, r->form[i].name, "");
		text_add(&b, "=");
		text_add_escaped(&b, r->form[i].value, "");
	}
	secret_text_free(r->body);
	r->body = text_take(&b);
}

static void add_query(
	struct text_buffer *b, const struct request_pair *pairs, size_t n, bool encoded)
{
	for (size_t i = 0; i < n; i++) {
		text_add(b, i ? "&" : "?");
		if (encoded) {
			text_add_escaped(b, pairs[i].name, query_kept);
			text_add(b, "=");
			text_add_escaped(b, pairs[i].value, query_kept);
		} else {
			text_add(b, pairs[i].name);
			text_add(b, "=");
			text_add(b, pairs[i].value);
		}
	}
}

char *request_url(const struct cloud_request *r)
{
	struct text_buffer b = text_buffer(REQUEST_TEXT_MAX);

	text_add(&b, r->origin);
	text_add_escaped(&b, r->path, path_kept);
	add_query(&b, r->query, r->n_query, true);
	return text_take(&b);
}

static int by_name(const void *a, const void *b)
{
	const struct request_pair *x = a, *y = b;
	int order = strcmp(x->name, y->name);

	return order ? order : strcmp(x->value, y->value);
}

char *request_sorted(const struct cloud_request *r, bool encoded)
{
	struct text_buffer b = text_buffer(REQUEST_TEXT_MAX);
	struct request_pair sorted[REQUEST_PAIRS];

	memcpy(sorted, r->query, sizeof sorted);
	qsort(sorted, r->n_query, sizeof *sorted, by_name);
	if (encoded)
		text_add_escaped(&b, r->path, path_kept);
	else
		text_add(&b, r->path);
	add_query(&b, sorted, r->n_query, encoded);
	return text_take(&b);
}
