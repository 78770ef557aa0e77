/* http_route.h: from a request's raw path to a route and its parameters. Sans-I/O.
 *
 * Segments are split before they are decoded, so "%2F" is a character of a segment, never a
 * separator. Refused: bad escapes, control characters (NUL too), text that is not UTF-8. */
#pragma once

#include "server/http.h"

enum {
	HTTP_PATH_MAX = 1024,
	HTTP_SEGMENTS_MAX = 12,
	HTTP_PARAMS_MAX = 4,
	HTTP_ALLOW_MAX = 64,
};

struct http_path {
	char text[HTTP_PATH_MAX];  /* decoded, for people and logs */
	char parts[HTTP_PATH_MAX]; /* the decoded segments, each NUL-terminated */
	const char *segments[HTTP_SEGMENTS_MAX];
	size_t n;
};

struct http_params {
	struct {
		const char *name; /* inside the pattern, up to '}' */
		const char *value;
	} list[HTTP_PARAMS_MAX];
	size_t n;
};

/* "%41" -> "A". False: see above, or it does not fit. */
bool http_unescape(char *out, size_t max, const char *raw, size_t size);

bool http_path_parse(struct http_path *path, const char *raw);
/* {x} matches one segment that is not empty; params point into pattern and path. */
bool http_route_match(
	const char *pattern, const struct http_path *path, struct http_params *params);
const char *http_params_get(const struct http_params *params, const char *name);

struct http_route_table {
	const struct http_route *routes;
	size_t n;
};
/* HEAD finds GET's route. The first pattern that fits is the resource: "/things/all" stands before
 * "/things/{id}" and takes no method from it. NULL: allow is "" (nothing there) or the methods that
 * are, "GET, HEAD". */
const struct http_route *http_route_find(const struct http_route_table *table, const char *method,
	const struct http_path *path, struct http_params *params, char allow[HTTP_ALLOW_MAX]);
