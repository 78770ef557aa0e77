/* Profiles: what is shipped is whole; what is wrong is refused at its place; a code means what the
 * vendor's documents say. */
#include "adapters/cloud/envelope.h"
#include "server/base/alloc.h"
#include "server/base/text.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>

#include <stdlib.h>
#include <string.h>

static struct profile *open_profile(const char *name)
{
	struct profile *p = NULL;
	struct err e = { 0 };

	cr_assert(eq(int, profile_open(&p, name, &e), OK), "%s: %s", name, e.text);
	return p;
}

Test(cloud_profile, all_that_are_shipped_can_be_read)
{
	size_t n = 0;

	for (; profile_shipped_name(n); n++) {
		struct profile *p = open_profile(profile_shipped_name(n));

		cr_assert(eq(str, p->id, (char *)profile_shipped_name(n)));
		cr_assert(p->shipped);
		cr_assert(p->can_trigger || (p->app && p->steps), "%s guides nobody", p->id);
		profile_free(p);
	}
	cr_assert(eq(sz, n, 7));
}

struct code_row {
	char profile[12];
	unsigned status;
	char codes[160]; /* as the envelope has them, separated by blanks */
	enum vendor_class class;
};

ParameterizedTestParameters(cloud_profile, codes)
{
	static struct code_row rows[] = {
		{ "tuya", 200, "1010 1011 1012 1400", VENDOR_AUTH_EXPIRED },
		{ "tuya", 200, "1001 1004 1005", VENDOR_AUTH_CONFIG },
		{ "tuya", 200, "1013", VENDOR_CLOCK_SKEW },
		{ "tuya", 200, "1106 1114 2406 28841101 28841105", VENDOR_FORBIDDEN },
		{ "tuya", 200, "28841001 28841002 28841004", VENDOR_QUOTA_EXHAUSTED },
		{ "tuya", 200, "1110 1111 1199 28841104", VENDOR_RATE_LIMITED },
		{ "tuya", 200, "1113", VENDOR_IN_PROGRESS },
		{ "tuya", 200, "2001", VENDOR_DEVICE_OFFLINE },
		{ "tuya", 200, "2003 2008 2009", VENDOR_UNSUPPORTED },
		{ "tuya", 200, "1000 2010", VENDOR_NOT_FOUND },
		{ "tuya", 200, "1100 1101 1102 1103 1104 1105 1107 1108 1109", VENDOR_BAD_REQUEST },
		{ "tuya", 200, "500", VENDOR_ERROR },
		{ "tuya", 200, "424242", VENDOR_STRANGE },
		{ "aqara", 200, "108 804 2004 2005", VENDOR_AUTH_EXPIRED },
		{ "aqara", 200, "106 109 2006 2007", VENDOR_AUTH_CONFIG },
		{ "aqara", 200, "105", VENDOR_CLOCK_SKEW },
		{ "aqara", 200, "602 1209", VENDOR_DEVICE_OFFLINE },
		{ "aqara", 200, "603", VENDOR_FORBIDDEN },
		{ "aqara", 200, "612", VENDOR_GATEWAY_UNREACHABLE },
		{ "aqara", 200, "601", VENDOR_NOT_FOUND },
		{ "aqara", 200, "638", VENDOR_UNSUPPORTED },
		{ "aqara", 200, "301 302 303 304 639", VENDOR_BAD_REQUEST },
		{ "aqara", 200, "100 104 500 501", VENDOR_ERROR },
		{ "utec", 200, "INVALID_TOKEN", VENDOR_AUTH_EXPIRED },
		{ "utec", 200, "INTERNAL_ERROR", VENDOR_ERROR },
		{ "utec", 401, "x", VENDOR_AUTH_EXPIRED },
		{ "utec", 429, "x", VENDOR_RATE_LIMITED },
		{ "nuki", 401, "x", VENDOR_AUTH_CONFIG },
		{ "nuki", 403, "x", VENDOR_FORBIDDEN },
		{ "nuki", 404, "x", VENDOR_NOT_FOUND },
		{ "nuki", 429, "x", VENDOR_RATE_LIMITED },
		{ "nuki", 503, "x", VENDOR_ERROR },
		{ "switchbot", 200, "151 160", VENDOR_UNSUPPORTED },
		{ "switchbot", 200, "152", VENDOR_NOT_FOUND },
		{ "switchbot", 200, "161", VENDOR_DEVICE_OFFLINE },
		{ "switchbot", 200, "171", VENDOR_GATEWAY_UNREACHABLE },
		{ "switchbot", 200, "190", VENDOR_ERROR },
		{ "switchbot", 401, "x", VENDOR_AUTH_CONFIG },
		{ "ttlock", 200, "10003 10004", VENDOR_AUTH_EXPIRED },
		{ "ttlock", 200, "10011 30008", VENDOR_AUTH_CONFIG },
		{ "ttlock", 200, "30006 -3037", VENDOR_RATE_LIMITED },
		{ "ttlock", 200, "30007", VENDOR_QUOTA_EXHAUSTED },
		{ "ttlock", 200, "80000", VENDOR_CLOCK_SKEW },
		{ "ttlock", 200, "90000", VENDOR_ERROR },
		{ "ttlock", 200, "-2012 -3002 -3003", VENDOR_GATEWAY_UNREACHABLE },
		{ "ttlock", 200, "-3034 -3036", VENDOR_DEVICE_OFFLINE },
		{ "ttlock", 200, "-3035", VENDOR_LOCK_ASLEEP },
		{ "ttlock", 200, "-4043", VENDOR_UNSUPPORTED },
		{ "generic", 409, "ALREADY_UPDATING", VENDOR_IN_PROGRESS },
		{ "generic", 409, "LOW_BATTERY", VENDOR_LOW_BATTERY },
		{ "generic", 409, "DEVICE_OFFLINE", VENDOR_DEVICE_OFFLINE },
		{ "generic", 409, "SOMETHING", VENDOR_STRANGE },
		{ "generic", 400, "x", VENDOR_BAD_REQUEST },
		{ "generic", 302, "x", VENDOR_ERROR },
	};

	return cr_make_param_array(struct code_row, rows, ARRAY_SIZE(rows));
}

/* {"payload": {"error": {"code": …}}} for the pointer "/payload/error/code". */
static char *body_with_code(const struct profile *p, const char *code)
{
	const char *pointer = json_string_value(json_object_get(p->envelope, "code"));
	char *end, *copy = strdup(pointer);
	long long number = strtoll(code, &end, 10);
	json_t *value = *end ? json_string(code) : json_integer(number);
	char *text, *slash;

	while ((slash = strrchr(copy, '/'))) {
		json_t *outer = json_object();

		json_object_set_new(outer, slash + 1, value);
		value = outer;
		*slash = '\0';
	}
	text = json_dumps(value, 0);
	json_decref(value);
	free(copy);
	return text;
}

ParameterizedTest(struct code_row *row, cloud_profile, codes)
{
	struct profile *p = open_profile(row->profile);
	char *rest = row->codes, *code;

	while ((code = strsep(&rest, " "))) {
		char *body = body_with_code(p, code);
		struct cloud_answer answer = { .sent = HTTP_ANSWERED,
			.status = row->status,
			.retry_after_s = -1,
			.body = { (const uint8_t *)body, strlen(body) } };
		struct verdict v;
		json_t *read;

		envelope_judge(&v, &read, p, &answer);
		cr_assert(eq(int, v.class, row->class), "%s %u %s: class %d", row->profile,
			row->status, code, v.class);
		cr_assert(eq(ptr, read, NULL));
		free(body);
	}
	profile_free(p);
}

/* A shipped profile with one part of its text replaced. */
static enum err_code read_changed(const char *from, const char *to, struct err *e)
{
	struct span text = profile_shipped_text(0);
	char *copy = xcalloc(1, text.size + 1), *at, *all;
	struct profile *p = NULL;
	enum err_code r;

	memcpy(copy, text.data, text.size);
	at = strstr(copy, from);
	cr_assert(ne(ptr, at, NULL), "\"%s\" is not in the profile", from);
	*at = '\0';
	cr_assert(ge(int, asprintf(&all, "%s%s%s", copy, to, at + strlen(from)), 0));
	r = profile_read(&p, (struct span){ (const uint8_t *)all, strlen(all) }, e);
	cr_assert(eq(int, r == OK, p != NULL));
	profile_free(p);
	free(all);
	free(copy);
	return r;
}

struct wrong_row {
	char from[64], to[96], where[64];
};

ParameterizedTestParameters(cloud_profile, wrong)
{
	static struct wrong_row rows[] = {
		{ "cloud-profile/1", "cloud-profile/2", "profile: must be" },
		{ "\"id\": \"tuya\"", "\"id\": \"../x\"", "id: must be" },
		{ "https://openapi.tuyacn.com", "http://openapi.tuyacn.com", "regions.cn" },
		{ "https://openapi.tuyacn.com", "https://u@openapi.tuyacn.com", "regions.cn" },
		{ "https://openapi.tuyacn.com", "https://openapi.tuyacn.com/x", "regions.cn" },
		{ "tuya-hmac-sha256-v2", "home-made", "auth.scheme" },
		{ "\"access_secret\"", "\"Access Secret\"", "auth.secrets[1]" },
		{ "\"rps\": 1", "\"rps\": -1", "limits.rps" },
		{ "\"daily\": 2000", "\"daily\": 0", "limits.daily" },
		{ "\"timeout_ms\": 10000", "\"speed\": 1", "limits.speed: is not known" },
		{ "\"at\": \"/success\", \"eq\": true", "\"eq\": true", "envelope.ok" },
		{ "\"code\": \"/code\"", "\"code\": \"code\"", "envelope.code" },
		{ "\"class\": \"clock_skew\"", "\"class\": \"sunny\"", "errors[1].class" },
		{ "[1013]", "[[1013]]", "errors[1]" },
		{ "\"method\": \"GET\", \"path\": \"/v1.0/iot-01",
			"\"method\": \"DELETE\", \"path\": \"/v1", "ops.list.requests[0].method" },
		{ "/v2.0/cloud/thing/{device_id}\"", "//evil.example/{device_id}\"",
			"ops.status.requests[0].path" },
		{ "{device_id}/status", "{device id}/status", "ops.status.requests[1].path" },
		{ "\"max\": 40", "\"max\": 4000", "ops.list.requests[0].page.max" },
		{ "\"as\": \"bool\", \"default\": false", "\"as\": \"truth\"",
			"ops.trigger.out.accepted.as" },
		{ "\"at\": \"/type_desc\"", "\"at\": \"type_desc\"",
			"ops.check.out.modules.each.label.at" },
		{ "\"at\": \"/type_desc\"", "\"at\": \"/a~2\"",
			"ops.check.out.modules.each.label.at" },
		{ "\"at\": \"/type_desc\"", "\"run\": \"rm\"",
			"ops.check.out.modules.each.label.run" },
		{ "\"ops\": {", "\"ops\": { \"list\": {},", "no JSON: line" },
		{ "/firmware/{module}\" }",
			"/firmware/{module}\", \"page\": { \"var\": \"c\", \"next\": \"/n\", "
			"\"max\": 9 } }",
			"ops.trigger.page: a trigger has no pages" },
		{ "\"can_check\": true", "\"can_fly\": true", "capabilities.can_fly" },
	};

	return cr_make_param_array(struct wrong_row, rows, ARRAY_SIZE(rows));
}

ParameterizedTest(struct wrong_row *row, cloud_profile, wrong)
{
	struct err e = { 0 };

	cr_assert(ne(int, read_changed(row->from, row->to, &e), OK), "%s was taken", row->to);
	cr_assert(ne(ptr, strstr(e.text, row->where), NULL), "%s: %s", row->where, e.text);
}

Test(cloud_profile, a_syntax_error_names_its_line)
{
	struct err e = { 0 };

	cr_assert(eq(int, read_changed("\"auth\": {", "\"auth\" {", &e), ERR_INVALID));
	cr_assert(ne(ptr, strstr(e.text, "line 13"), NULL), "%s", e.text);
}

Test(cloud_profile, is_bounded)
{
	static char deep[64], many[PROFILE_SIZE_MAX + 2];
	struct profile *p = NULL;
	struct err e = { 0 };

	memset(deep, '[', 20);
	memset(deep + 20, ']', 20);
	cr_assert(eq(int, profile_read(&p, (struct span){ (uint8_t *)deep, 40 }, &e), ERR_INVALID));
	cr_assert(ne(ptr, strstr(e.text, "deeper"), NULL), "%s", e.text);
	memset(many, ' ', sizeof many);
	cr_assert(eq(int,
		profile_read(&p, (struct span){ (uint8_t *)many, PROFILE_SIZE_MAX + 1 }, &e),
		ERR_TOO_LARGE));
	cr_assert(eq(ptr, p, NULL));
}

Test(cloud_profile, what_there_is_is_named)
{
	struct profile *p = NULL;
	struct err e = { 0 };

	cr_assert(eq(int, profile_open(&p, "tuja", &e), ERR_NOT_FOUND));
	cr_assert(ne(ptr, strstr(e.text, "tuya, aqara"), NULL), "%s", e.text);
}
