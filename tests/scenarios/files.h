/* files.h: real firmware files of the scenarios, from LOCKWRIGHT_TEST_FIRMWARE. */
#pragma once

#include "ota/image_file.h"
#include "tests/scenarios/world.h"

/* The whole file; free(). Its absence is a failure. */
uint8_t *file_read(struct world *w, const char *name, size_t *size);
/* A world whose lock takes the image in this file; it is imported, the raw image is w->image. */
void file_world(struct world *w, const char *name, struct sim_lock_options lock);
/* The update of lock 0 to it, with all that can be forced about it; must end updated. */
void file_update(struct world *w);
