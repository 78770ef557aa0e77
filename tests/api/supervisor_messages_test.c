#include "api/supervisor_messages.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct span span_of(const char *text)
{
	return (struct span){ (const uint8_t *)text, strlen(text) };
}

Test(supervisor_messages, reads_a_broker)
{
	static const char answer[] =
		"{\"result\":\"ok\",\"data\":{\"host\":\"core-mosquitto\",\"port\":1883,\"ssl\":"
		"true,"
		"\"username\":\"addons\",\"password\":\"s3cret\",\"protocol\":\"3.1.1\","
		"\"addon\":\"core_mosquitto\"}}";
	struct found_broker b, same;
	struct err e = { 0 };

	cr_assert(eq(int, supervisor_read_broker(&b, 200, span_of(answer), &e), OK), "%s", e.text);
	cr_assert(eq(str, b.host, "core-mosquitto"));
	cr_assert(eq(u16, b.port, 1883));
	cr_assert(b.tls);
	cr_assert(eq(str, b.user, "addons"));
	cr_assert(eq(str, b.password, "s3cret"));
	same = b;
	cr_assert(same_broker(&b, &same));
	same.password[0] = 'S';
	cr_assert(not(same_broker(&b, &same)));
}

Test(supervisor_messages, a_broker_may_have_no_user)
{
	struct found_broker b;
	struct err e;

	cr_assert(eq(int,
		supervisor_read_broker(&b, 200,
			span_of("{\"result\":\"ok\",\"data\":{\"host\":\"h\",\"port\":1,"
				"\"username\":null,\"ssl\":null}}"),
			&e),
		OK));
	cr_assert(eq(str, b.user, ""));
	cr_assert(eq(str, b.password, ""));
	cr_assert(not(b.tls));
}

struct row {
	unsigned status;
	char body[200];
	enum err_code want;
	char text[120];
};

#define DATA(fields) "{\"result\":\"ok\",\"data\":{" fields "}}"
#define UNUSABLE "the Supervisor tells of no broker that can be used"

ParameterizedTestParameters(supervisor_messages, refuses)
{
	static struct row rows[] = {
		{ 400, "{\"result\":\"error\",\"message\":\"Service not enabled\"}", ERR_NOT_FOUND,
			"the Supervisor answers 400 Service not enabled" },
		{ 403, "{\"result\":\"error\",\"message\":\"No \\\"access\\u0007\"}", ERR_FORBIDDEN,
			"the Supervisor answers 403 No ?access?" },
		{ 401, "401: Unauthorized", ERR_FORBIDDEN, "the Supervisor answers 401 " },
		{ 502, "", ERR_PROTOCOL, "the Supervisor answers 502 " },
		{ 200, "[]", ERR_PROTOCOL, "the Supervisor answers 200 " },
		{ 200, "{\"result\":\"error\",\"data\":{}}", ERR_PROTOCOL,
			"the Supervisor answers 200 " },
		{ 200, "{\"result\":\"ok\",\"data\":[]}", ERR_PROTOCOL,
			"the Supervisor's answer has no data" },
		{ 200, DATA(""), ERR_PROTOCOL, UNUSABLE },
		{ 200, DATA("\"host\":\"\",\"port\":1883"), ERR_PROTOCOL, UNUSABLE },
		{ 200, DATA("\"host\":\"a b\",\"port\":1883"), ERR_PROTOCOL, UNUSABLE },
		{ 200, DATA("\"host\":\"u@h\",\"port\":1883"), ERR_PROTOCOL, UNUSABLE },
		{ 200, DATA("\"host\":7,\"port\":1883"), ERR_PROTOCOL, UNUSABLE },
		{ 200, DATA("\"host\":\"h\",\"port\":0"), ERR_PROTOCOL, UNUSABLE },
		{ 200, DATA("\"host\":\"h\",\"port\":65536"), ERR_PROTOCOL, UNUSABLE },
		{ 200, DATA("\"host\":\"h\",\"port\":\"1883\""), ERR_PROTOCOL, UNUSABLE },
		{ 200, DATA("\"host\":\"h\",\"port\":1883,\"ssl\":\"no\""), ERR_PROTOCOL,
			UNUSABLE },
		{ 200, DATA("\"host\":\"h\",\"port\":1883,\"password\":7"), ERR_PROTOCOL,
			UNUSABLE },
	};

	return cr_make_param_array(struct row, rows, sizeof rows / sizeof *rows);
}

ParameterizedTest(struct row *row, supervisor_messages, refuses)
{
	struct found_broker b = { .host = "before" };
	struct err e = { 0 };

	cr_assert(eq(int, supervisor_read_broker(&b, row->status, span_of(row->body), &e),
			  (int)row->want),
		"%s", row->body);
	cr_assert(eq(str, e.text, row->text));
	cr_assert(eq(str, b.host, "before"));
}

Test(supervisor_messages, what_is_too_long_is_no_broker)
{
	char body[1400], long_text[1100];
	struct found_broker b;
	struct err e;

	memset(long_text, 'x', sizeof long_text - 1);
	long_text[sizeof long_text - 1] = '\0';
	(void)snprintf(body, sizeof body, DATA("\"host\":\"h\",\"port\":1883,\"password\":\"%s\""),
		long_text);
	cr_assert(eq(int, supervisor_read_broker(&b, 200, span_of(body), &e), ERR_PROTOCOL));
	(void)snprintf(body, sizeof body, DATA("\"host\":\"%.300s\",\"port\":1883"), long_text);
	cr_assert(eq(int, supervisor_read_broker(&b, 200, span_of(body), &e), ERR_PROTOCOL));
}

Test(supervisor_messages, offers_itself)
{
	char *text = supervisor_discovery_message("local-lockwright", 8099, "lw_x");

	cr_assert(eq(str, text,
		"{\"service\":\"lockwright\",\"config\":{\"host\":\"local-lockwright\","
		"\"port\":8099,\"token\":\"lw_x\"}}"));
	free(text);
}

Test(supervisor_messages, remembers_the_offers_name_if_it_is_one)
{
	char uuid[SUPERVISOR_UUID_SIZE] = "before";
	struct err e;

	cr_assert(eq(int,
		supervisor_read_discovery(
			uuid, 200, span_of(DATA("\"uuid\":\"6a0fb3de1e0f4c2a\"")), &e),
		OK));
	cr_assert(eq(str, uuid, "6a0fb3de1e0f4c2a"));
	/* It becomes part of a path. */
	cr_assert(eq(int,
		supervisor_read_discovery(
			uuid, 200, span_of(DATA("\"uuid\":\"../core/stop\"")), &e),
		ERR_PROTOCOL));
	cr_assert(
		eq(int, supervisor_read_discovery(uuid, 200, span_of(DATA("")), &e), ERR_PROTOCOL));
	cr_assert(eq(str, uuid, "6a0fb3de1e0f4c2a"));
}
