#include "server/http_route.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What a decoded path is encoded to is parsed to the same path again. */
static void encode(const struct http_path *path, char *out)
{
	for (size_t i = 0; i < path->n; i++) {
		*out++ = '/';
		for (const char *p = path->segments[i]; *p; p++)
			out += snprintf(out, 4, "%%%02X", (unsigned char)*p);
	}
	*out = 0;
}

static void same(const struct http_path *a, const struct http_path *b)
{
	if (a->n != b->n || strcmp(a->text, b->text))
		abort();
	for (size_t i = 0; i < a->n; i++)
		if (strcmp(a->segments[i], b->segments[i]))
			abort();
}

static void match_all(const struct http_path *path)
{
	static const struct http_route routes[] = {
		{ "GET", "/api/v1/jobs/{id}", NULL, 0, NULL },
		{ "POST", "/api/v1/jobs/{id}/cancel", NULL, 0, NULL },
		{ "GET", "/{a}/{b}/{c}/{d}", NULL, 0, NULL },
		{ "GET", "/{a}/{b}/{c}/{d}/{e}", NULL, 0, NULL }, /* more than fit */
	};
	struct http_route_table table = { routes, 4 };
	struct http_params params;
	char allow[HTTP_ALLOW_MAX];
	const struct http_route *found = http_route_find(&table, "GET", path, &params, allow);

	if (!found && params.n)
		abort();
	for (size_t i = 0; i < params.n; i++)
		if (!*params.list[i].value)
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char raw[4096], again[3 * HTTP_PATH_MAX + 64];
	static struct http_path path, back;

	if (size >= sizeof raw)
		return 0;
	memcpy(raw, data, size);
	raw[size] = 0;
	if (!http_path_parse(&path, raw))
		return 0;
	match_all(&path);
	encode(&path, again);
	if (!http_path_parse(&back, again))
		abort();
	same(&path, &back);
	return 0;
}
