#include "server/http_route.h"

#include <stdio.h>
#include <string.h>

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The length of the UTF-8 sequence at p (RFC 3629 §4), 0 if it is none or a control character. */
static size_t utf8_length(const unsigned char *p, size_t left)
{
	size_t n = *p < 0x80 ? 1 : *p >= 0xC2 && *p < 0xE0 ? 2 : *p >= 0xE0 && *p < 0xF0 ? 3 : 4;

	if (n == 1)
		return *p >= 0x20 && *p != 0x7F;
	if (*p < 0xC2 || *p > 0xF4 || n > left)
		return 0;
	for (size_t i = 1; i < n; i++)
		if ((p[i] & 0xC0) != 0x80)
			return 0;
	/* Overlong, surrogates, above U+10FFFF. */
	if ((*p == 0xE0 && p[1] < 0xA0) || (*p == 0xED && p[1] > 0x9F) ||
		(*p == 0xF0 && p[1] < 0x90) || (*p == 0xF4 && p[1] > 0x8F))
		return 0;
	return n;
}

static bool is_text(const char *text, size_t size)
{
	const unsigned char *p = (const unsigned char *)text;

	while (size) {
		size_t n = utf8_length(p, size);

		if (!n)
			return false;
		p += n;
		size -= n;
	}
	return true;
}

bool http_unescape(char *out, size_t max, const char *raw, size_t size)
{
	size_t n = 0;

	for (size_t i = 0; i < size; i++) {
		char c = raw[i];

		if (c == '%') {
			int high = i + 2 < size ? hex_digit(raw[i + 1]) : -1;
			int low = i + 2 < size ? hex_digit(raw[i + 2]) : -1;

			if (high < 0 || low < 0)
				return false;
			c = (char)(high << 4 | low);
			i += 2;
		}
		if (n + 1 >= max)
			return false;
		out[n++] = c;
	}
	if (n >= max)
		return false;
	out[n] = 0;
	return is_text(out, n);
}

bool http_path_parse(struct http_path *path, const char *raw)
{
	size_t used = 0;

	path->n = 0;
	if (*raw != '/' || !http_unescape(path->text, sizeof path->text, raw, strlen(raw)))
		return false;
	while (*raw == '/') {
		size_t size = strcspn(++raw, "/");
		char *part = path->parts + used;

		if (path->n == HTTP_SEGMENTS_MAX ||
			!http_unescape(part, sizeof path->parts - used, raw, size))
			return false;
		path->segments[path->n++] = part;
		used += strlen(part) + 1;
		raw += size;
	}
	return true;
}

bool http_route_match(const char *pattern, const struct http_path *path, struct http_params *params)
{
	params->n = 0;
	for (size_t i = 0; i < path->n; i++) {
		const char *got = path->segments[i];

		if (*pattern++ != '/')
			return false;

		size_t size = strcspn(pattern, "/");
		bool any = *pattern == '{';

		if (any && *got && params->n < HTTP_PARAMS_MAX) {
			params->list[params->n].name = pattern + 1;
			params->list[params->n++].value = got;
		} else if (any || strlen(got) != size || strncmp(got, pattern, size) != 0) {
			return false;
		}
		pattern += size;
	}
	return !*pattern;
}

const char *http_params_get(const struct http_params *params, const char *name)
{
	size_t size = strlen(name);

	for (size_t i = 0; i < params->n; i++)
		if (strncmp(params->list[i].name, name, size) == 0 &&
			params->list[i].name[size] == '}')
			return params->list[i].value;
	return NULL;
}

static void allow_also(char allow[HTTP_ALLOW_MAX], const char *method)
{
	size_t n = strlen(allow);
	const char *more = strcmp(method, "GET") ? method : "GET, HEAD";

	(void)snprintf(allow + n, HTTP_ALLOW_MAX - n, "%s%s", n ? ", " : "", more);
}

const struct http_route *http_route_find(const struct http_route_table *table, const char *method,
	const struct http_path *path, struct http_params *params, char allow[HTTP_ALLOW_MAX])
{
	const char *want = strcmp(method, "HEAD") ? method : "GET";
	const char *resource = NULL;

	*allow = 0;
	for (size_t i = 0; i < table->n; i++) {
		const struct http_route *route = &table->routes[i];

		if (!http_route_match(route->pattern, path, params))
			continue;
		if (resource && strcmp(resource, route->pattern) != 0)
			continue;
		resource = route->pattern;
		if (!strcmp(route->method, want)) {
			*allow = 0;
			return route;
		}
		allow_also(allow, route->method);
	}
	params->n = 0;
	return NULL;
}
