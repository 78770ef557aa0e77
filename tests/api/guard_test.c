#include "api/guard.h"

#include "server/base/check.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>

struct host_row {
	char listen[48], host[64];
	bool good;
};

ParameterizedTestParameters(guard, host)
{
	static struct host_row rows[] = {
		{ "127.0.0.1:8099", "127.0.0.1:8099", true },
		{ "127.0.0.1:8099", "127.0.0.1", true },
		{ "127.0.0.1:8099", "127.9.9.9:1", true },
		{ "127.0.0.1:8099", "localhost:8099", true },
		{ "127.0.0.1:8099", "LOCALHOST", true },
		{ "127.0.0.1:8099", "[::1]:8099", true },
		{ "127.0.0.1:8099", "[0:0::1]", true },
		{ "127.0.0.1:8099", "192.0.2.1:8099", false },
		{ "127.0.0.1:8099", "evil.example:8099", false },
		{ "127.0.0.1:8099", "localhost.evil.example", false },
		{ "127.0.0.1:8099", "127.0.0.1.evil.example", false },
		{ "127.0.0.1:8099", "127.0.0.1:8099:1", false },
		{ "127.0.0.1:8099", "127.0.0.1:x", false },
		{ "127.0.0.1:8099", "user@localhost", false },
		{ "127.0.0.1:8099", "[::1", false },
		{ "127.0.0.1:8099", "[::1]x", false },
		{ "127.0.0.1:8099", ":8099", false },
		{ "127.0.0.1:8099", "", false },
		{ "127.0.0.1:8099", "my.lan", true },
		{ "127.0.0.1:8099", "My.Lan:443", true },
		{ "127.0.0.1:8099", "ported.lan:81", true },
		{ "127.0.0.1:8099", "ported.lan:82", false },
		{ "127.0.0.1:8099", "ported.lan", false },
		{ "127.0.0.1:8099", "[2001:db8:0::7]:1", true },
		{ "192.0.2.7:8099", "192.0.2.7:8099", true },
		{ "192.0.2.7:8099", "192.0.2.8:8099", false },
		{ "[2001:db8::1]:8099", "[2001:db8:0:0::1]:8099", true },
		{ ":8099", "192.0.2.8:8099", true },
		{ "0.0.0.0:8099", "[2001:db8::9]", true },
		{ "[::]:8099", "192.0.2.8", true },
		{ ":8099", "evil.example", false },
	};

	return cr_make_param_array(struct host_row, rows, ARRAY_SIZE(rows));
}

ParameterizedTest(struct host_row *row, guard, host)
{
	static const char *const allowed[] = { "my.lan", "ported.lan:81", "2001:db8::7" };
	const struct guard_rules rules = { row->listen, allowed, 3 };

	cr_assert(eq(int, guard_host(&rules, row->host), row->good), "%s at %s", row->host,
		row->listen);
}

Test(guard, request_without_host_is_refused)
{
	const struct guard_rules rules = { "127.0.0.1:8099", NULL, 0 };

	cr_assert(not(guard_host(&rules, NULL)));
}

struct origin_row {
	char origin[64], host[64];
	bool good;
};

ParameterizedTestParameters(guard, origin)
{
	static struct origin_row rows[] = {
		{ "http://localhost:8099", "localhost:8099", true },
		{ "http://LOCALHOST:8099", "localhost:8099", true },
		{ "https://my.lan", "my.lan", true },
		{ "https://my.lan", "my.lan:443", true },
		{ "http://my.lan:80", "my.lan", true },
		{ "http://[::1]:8099", "[::1]:8099", true },
		{ "http://localhost:8098", "localhost:8099", false },
		{ "http://localhost", "localhost:8099", false },
		{ "http://evil.example", "localhost:8099", false },
		{ "http://localhost:8099.evil.example", "localhost:8099", false },
		{ "https://my.lan", "my.lan:80", false },
		{ "null", "localhost:8099", false },
		{ "", "localhost:8099", false },
		{ "file://", "localhost:8099", false },
		{ "http://", "localhost:8099", false },
		{ "chrome-extension://localhost", "localhost", false },
	};

	return cr_make_param_array(struct origin_row, rows, ARRAY_SIZE(rows));
}

ParameterizedTest(struct origin_row *row, guard, origin)
{
	cr_assert(eq(int, guard_origin(row->origin, row->host), row->good), "%s at %s", row->origin,
		row->host);
}

Test(guard, requests_of_programs_have_no_origin)
{
	cr_assert(guard_origin(NULL, "localhost"));
}

Test(guard, media_type_is_compared_without_parameters)
{
	cr_assert(guard_media("application/json", "application/json"));
	cr_assert(guard_media("Application/JSON; charset=utf-8", "application/json"));
	cr_assert(not(guard_media("application/jsonx", "application/json")));
	cr_assert(not(guard_media("text/plain", "application/json")));
	cr_assert(not(guard_media("", "application/json")));
	cr_assert(not(guard_media(NULL, "application/json")));
}
