#include "tests/scenarios/files.h"

#include "server/base/alloc.h"
#include "tests/support/temp_dir.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <stdio.h>
#include <stdlib.h>

uint8_t *file_read(struct world *w, const char *name, size_t *size)
{
	const char *where = getenv("LOCKWRIGHT_TEST_FIRMWARE");
	char path[TEMP_PATH];
	uint8_t *bytes;

	(void)snprintf(path, sizeof path, "%s/%s", where ? where : "", name);
	bytes = temp_file_read(path, size);
	cr_assert(bytes != NULL, "scenario %s: %s", w->number, path);
	return bytes;
}

void file_world(struct world *w, const char *name, struct sim_lock_options lock)
{
	size_t size = 0;
	uint8_t *bytes = file_read(w, name, &size);
	struct image_file f;
	struct err e = { 0 };

	cr_assert(eq(int, image_file_read(&f, (struct span){ bytes, size }, &e), OK), "%s", e.text);
	lock.manufacturer_code = f.image.manufacturer_code;
	lock.image_type = f.image.image_type;
	lock.version = f.image.file_version - 1;
	if (f.image.has_hardware_range)
		lock.hardware_version = f.image.hardware_min;
	world_begin(w, &(struct world_options){ .no_image = true, .lock = lock });
	EXPECT(w, world_import(w, (struct span){ bytes, size }), "%s", w->code);
	free(w->image);
	w->image = xmemdup(bytes + f.offset, f.image.size);
	w->image_size = f.image.size;
	w->target = f.image.file_version;
	free(bytes);
}

void file_update(struct world *w)
{
	EXPECT(w,
		world_ask(w, &(struct job_request){ .lock = "front",
				     .image = w->image_id,
				     .force = { "model_unproven", "opaque_image" },
				     .n_force = 2 }),
		"%s", w->code);
	world_finish(w, 12);
	world_expect_updated(w);
}
