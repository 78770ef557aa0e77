#include "api/cli/cli.h"
#include "tests/ota/make_image.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/redirect.h>
#include <jansson.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char path[64];

static void save(const void *data, size_t n)
{
	int fd;

	(void)snprintf(path, sizeof path, "/tmp/lockwright-image-XXXXXX");
	fd = mkstemp(path);
	cr_assert(ge(int, fd, 0));
	cr_assert(eq(i64, write(fd, data, n), (int64_t)n));
	(void)close(fd);
}

static void save_lock_image(void)
{
	uint8_t bytes[MADE_MAX], body[64];
	size_t n = make_element(body, 0, (struct span){ (const uint8_t *)"firmware", 8 });
	struct made_image m = { .manufacturer = 0x115C,
		.type = 4,
		.version = 0x11070000,
		.control = 7,
		.security = 1,
		.destination = 0x00124B0012345678,
		.hardware_min = 1,
		.hardware_max = 5,
		.string = "A lock",
		.body = { body, n } };

	save(bytes, make_image(bytes, &m));
}

static void begin(void)
{
	cr_redirect_stdout();
	cr_redirect_stderr();
}

static void end(void)
{
	if (path[0])
		(void)unlink(path);
}

TestSuite(cli_image, .init = begin, .fini = end);

static int inspect(char *option)
{
	char *argv[] = { "image", "inspect", path, option, NULL };

	return cli_image(option ? 4 : 3, argv);
}

static json_t *printed(void)
{
	char text[8192] = { 0 };
	json_error_t e;
	json_t *value;

	(void)fflush(stdout);
	(void)fread(text, 1, sizeof text - 1, cr_get_redirected_stdout());
	value = json_loads(text, JSON_REJECT_DUPLICATES, &e);
	cr_assert(value != NULL, "%s in: %s", e.text, text);
	return value;
}

static const char *string(const json_t *value, const char *key)
{
	const char *text = json_string_value(json_object_get(value, key));

	return text ? text : "(none)";
}

static long long number(const json_t *value, const char *key)
{
	return json_is_integer(json_object_get(value, key))
		       ? json_integer_value(json_object_get(value, key))
		       : -1;
}

Test(cli_image, json_has_every_field_of_the_header)
{
	json_t *value, *element;

	save_lock_image();
	cr_assert(eq(int, inspect("--json"), 0));
	value = printed();
	cr_assert(eq(int, (int)strlen(string(value, "id")), 64));
	cr_assert(eq(int, (int)strlen(string(value, "file_sha512")), 128));
	cr_assert(eq(str, (char *)string(value, "file_sha256"), (char *)string(value, "id")));
	cr_assert(eq(str, (char *)string(value, "version"), "17.7.0.0"));
	cr_assert(eq(str, (char *)string(value, "file_version"), "0x11070000"));
	cr_assert(eq(str, (char *)string(value, "destination"), "0x00124b0012345678"));
	cr_assert(eq(str, (char *)string(value, "header_string"), "A lock"));
	cr_assert(eq(str, (char *)string(value, "container"), "none"));
	cr_assert(eq(str, (char *)string(value, "field_control"), "0x0007"));
	cr_assert(eq(str, (char *)string(value, "manufacturer_code"), "0x115c"));
	cr_assert(eq(str, (char *)string(value, "image_type"), "0x0004"));
	cr_assert(eq(i64, number(value, "security_version"), 1));
	cr_assert(eq(i64, number(value, "hardware_min"), 1));
	cr_assert(eq(i64, number(value, "hardware_max"), 5));
	cr_assert(eq(i64, number(value, "header_length"), 69));
	cr_assert(eq(i64, number(value, "size"), 83));
	cr_assert(eq(int, !!json_is_array(json_object_get(value, "warnings")), 1));
	element = json_array_get(json_object_get(value, "elements"), 0);
	cr_assert(eq(str, (char *)string(element, "tag"), "0x0000"));
	cr_assert(eq(str, (char *)string(element, "tag_name"), "upgrade image"));
	cr_assert(eq(i64, number(element, "offset"), 75));
	cr_assert(eq(i64, number(element, "length"), 8));
	json_decref(value);
}

Test(cli_image, refusal_is_an_error_object_and_exit_1)
{
	json_t *value, *error;

	save("\xEB\x17\xA6\x03 a bare payload of more than fifty-six bytes, so it is not too small",
		70);
	cr_assert(eq(int, inspect("--json"), 1));
	value = printed();
	error = json_object_get(value, "error");
	cr_assert(eq(str, (char *)string(error, "code"), "image_bare_payload"));
	cr_assert(eq(str, (char *)string(error, "detail"),
		"is a bare Silicon Labs GBL file without the Zigbee OTA header"));
	cr_assert(lt(sz, 10, strlen(string(error, "advice"))));
	json_decref(value);
}

Test(cli_image, people_see_version_and_id)
{
	char text[4096] = { 0 };

	save_lock_image();
	cr_assert(eq(int, inspect(NULL), 0));
	(void)fflush(stdout);
	(void)fread(text, 1, sizeof text - 1, cr_get_redirected_stdout());
	cr_assert(strstr(text, "A lock, version 17.7.0.0 (0x11070000)") == text);
	cr_assert(strstr(text, "0x115c (4444)") != NULL);
	cr_assert(strstr(text, "0x00124b0012345678") != NULL);
	cr_assert(strstr(text, "upgrade image") != NULL);
}

Test(cli_image, wrong_usage_is_exit_2)
{
	char *none[] = { "image", NULL };
	char *two[] = { "image", "inspect", "a", "b", NULL };
	char *unknown[] = { "image", "inspect", "a", "--yaml", NULL };
	char *missing[] = { "image", "inspect", "/nonexistent/file.ota", NULL };

	cr_assert(eq(int, cli_image(1, none), 2));
	cr_assert(eq(int, cli_image(4, two), 2));
	cr_assert(eq(int, cli_image(4, unknown), 2));
	cr_assert(eq(int, cli_image(3, missing), 1));
}
