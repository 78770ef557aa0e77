#include "tests/adapters/vectors.h"

#include "server/base/text.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

json_t *vectors_load(const char *name)
{
	const char *dir = getenv("LOCKWRIGHT_TEST_VECTORS");
	char path[1024];
	json_t *all;

	snprintf(path, sizeof path, "%s/%s", dir ? dir : VECTORS_DEFAULT, name);
	all = json_load_file(path, 0, NULL);
	if (!all && getenv("CI"))
		cr_fatal("no golden frames at %s", path);
	if (!all)
		cr_skip("no golden frames at %s", path);
	return all;
}

struct span unhex(const char *hex)
{
	static uint8_t raw[10][600];
	static size_t next;
	uint8_t *out = raw[next++ % 10];
	char tight[1200] = "";
	size_t n = 0, size = 0;

	for (; *hex; hex++)
		if (*hex != ' ')
			tight[n++] = *hex;
	if (!text_unhex(out, sizeof raw[0], &size, tight))
		cr_fatal("not hex: %s", tight);
	return (struct span){ out, size };
}
