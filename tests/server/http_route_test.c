#include "server/http_route.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>

#include <string.h>

struct row {
	char raw[48];
	bool good;
	char text[32];
	size_t segments;
};

ParameterizedTestParameters(http_route, paths)
{
	static struct row rows[] = {
		{ "/", true, "/", 1 },
		{ "/a/b", true, "/a/b", 2 },
		{ "/a/", true, "/a/", 2 },
		{ "//", true, "//", 2 },
		{ "/a%2Fb", true, "/a/b", 1 },
		{ "/%41%7e", true, "/A~", 1 },
		{ "/%c3%a4", true, "/ä", 1 },
		{ "/ä", true, "/ä", 1 },
		{ "", false, "", 0 },
		{ "a", false, "", 0 },
		{ "*", false, "", 0 },
		{ "http://x/", false, "", 0 },
		{ "/%00", false, "", 0 },
		{ "/a%0d%0a", false, "", 0 },
		{ "/\x01", false, "", 0 },
		{ "/%7F", false, "", 0 },
		{ "/%", false, "", 0 },
		{ "/%4", false, "", 0 },
		{ "/%4g", false, "", 0 },
		{ "/%c3", false, "", 0 },
		{ "/%c0%af", false, "", 0 },
		{ "/%ed%a0%80", false, "", 0 },
		{ "/%f4%90%80%80", false, "", 0 },
		{ "/%c3/%a4", false, "", 0 },
		{ "/1/2/3/4/5/6/7/8/9/10/11/12", true, "/1/2/3/4/5/6/7/8/9/10/11/12", 12 },
		{ "/1/2/3/4/5/6/7/8/9/10/11/12/13", false, "", 0 },
	};
	return cr_make_param_array(struct row, rows, sizeof rows / sizeof *rows);
}

ParameterizedTest(struct row *row, http_route, paths)
{
	struct http_path path;

	cr_assert(eq(int, http_path_parse(&path, row->raw), row->good), "%s", row->raw);
	if (!row->good)
		return;
	cr_assert(eq(str, path.text, row->text));
	cr_assert(eq(sz, path.n, row->segments));
}

Test(http_route, a_path_that_is_too_long_is_refused)
{
	char raw[HTTP_PATH_MAX + 2] = "/";
	struct http_path path;

	memset(raw + 1, 'a', HTTP_PATH_MAX - 2);
	cr_assert(http_path_parse(&path, raw));
	raw[HTTP_PATH_MAX - 1] = 'a';
	cr_assert(not(http_path_parse(&path, raw)));
}

static const struct http_route routes[] = {
	{ "GET", "/", NULL, 0, NULL },
	{ "GET", "/jobs", NULL, 0, NULL },
	{ "POST", "/jobs", NULL, 0, NULL },
	{ "GET", "/jobs/{id}", NULL, 0, NULL },
	{ "POST", "/jobs/{id}/cancel", NULL, 0, NULL },
	{ "GET", "/{a}/x/{b}", NULL, 0, NULL },
	{ "GET", "/things/all", NULL, 0, NULL },
	{ "GET", "/things/{id}", NULL, 0, NULL },
	{ "DELETE", "/things/{id}", NULL, 0, NULL },
};
static const struct http_route_table table = { routes, sizeof routes / sizeof *routes };
static struct http_params params;
static char allow[HTTP_ALLOW_MAX];

static int find(const char *method, const char *raw)
{
	static struct http_path path;

	cr_assert(http_path_parse(&path, raw));
	const struct http_route *found = http_route_find(&table, method, &path, &params, allow);

	return found ? (int)(found - routes) : -1;
}

Test(http_route, finds_by_method_and_path)
{
	cr_assert(eq(int, find("GET", "/"), 0));
	cr_assert(eq(int, find("HEAD", "/jobs"), 1));
	cr_assert(eq(int, find("POST", "/jobs"), 2));
	cr_assert(eq(int, find("GET", "/jobs/17"), 3));
	cr_assert(eq(str, (char *)http_params_get(&params, "id"), "17"));
	cr_assert(http_params_get(&params, "i") == NULL);
	cr_assert(http_params_get(&params, "idx") == NULL);
	cr_assert(eq(int, find("GET", "/p%2Fq/x/r%20s"), 5));
	cr_assert(eq(str, (char *)http_params_get(&params, "a"), "p/q"));
	cr_assert(eq(str, (char *)http_params_get(&params, "b"), "r s"));
}

Test(http_route, knows_404_from_405)
{
	cr_assert(eq(int, find("GET", "/nothing"), -1));
	cr_assert(eq(str, allow, ""));
	cr_assert(eq(int, find("GET", "/jobs/"), -1), "{id} is never empty");
	cr_assert(eq(str, allow, ""));
	cr_assert(eq(int, find("GET", "/jobs/1/cancel/2"), -1));
	cr_assert(eq(str, allow, ""));
	cr_assert(eq(int, find("PUT", "/jobs"), -1));
	cr_assert(eq(str, allow, "GET, HEAD, POST"));
	cr_assert(eq(int, find("get", "/jobs"), -1), "methods are case-sensitive");
	cr_assert(eq(int, find("HEAD", "/jobs/1/cancel"), -1));
	cr_assert(eq(str, allow, "POST"));
}

Test(http_route, a_thing_with_a_name_of_its_own_is_none_of_the_others)
{
	cr_assert(eq(int, find("GET", "/things/all"), 6));
	cr_assert(eq(int, find("DELETE", "/things/all"), -1));
	cr_assert(eq(str, allow, "GET, HEAD"));
	cr_assert(eq(int, find("DELETE", "/things/7"), 8));
	cr_assert(eq(int, find("GET", "/things/7"), 7));
}
