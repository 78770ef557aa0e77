#include "tests/ota/image_fixture.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <stdlib.h>
#include <string.h>

uint8_t bytes[2 * MADE_MAX], body[2 * MADE_MAX];
struct image_file f;
struct err e;

enum err_code read_bytes(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size ? size : 1);
	enum err_code code;

	cr_assert(copy != NULL);
	memcpy(copy, data, size);
	memset(&e, 0, sizeof e);
	code = image_file_read(&f, (struct span){ copy, size }, &e);
	free(copy);
	return code;
}

enum err_code read_made(const struct made_image *m)
{
	return read_bytes(bytes, make_image(bytes, m));
}

static struct span one_element(void)
{
	return (struct span){ body, make_element(body, 0, TEXT("firmware of a lock")) };
}

struct made_image plain(void)
{
	return (struct made_image){ .manufacturer = 0x115C,
		.type = 4,
		.version = 0x11070000,
		.string = "A lock",
		.body = one_element() };
}

void refused(const char *reason, const char *text)
{
	cr_assert(eq(str, e.reason, (char *)reason));
	cr_assert(eq(str, e.text, (char *)text));
	cr_assert(eq(int, e.code, ERR_INTEGRITY));
	cr_assert(image_file_advice(reason)[0] != '\0');
}
