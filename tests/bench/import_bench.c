/* import_bench.c: how a folder of many images comes into the library: time and memory.
 * import_bench FOLDER [FILES [BYTES]]. FOLDER is made, filled with distinct images, and left. */
#include "ota/library.h"
#include "ota/library_file.h"
#include "ota/store.h"
#include "server/base/alloc.h"
#include "server/base/log.h"
#include "server/worker.h"
#include "tests/ota/make_image.h"
#include "tests/support/loop_virtual.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

/* A store that agrees with everything. */
struct store {
	struct loop *loop;
	store_done *done;
	void *owner;
	unsigned commits;
};

static void agree(void *arg)
{
	struct store *store = arg;

	store->done(store->owner, NULL, 0, NULL, 0);
}

static long memory(const char *name)
{
	FILE *status = fopen("/proc/self/status", "re");
	char line[128];
	long kib = -1;

	while (status && fgets(line, sizeof line, status))
		if (!strncmp(line, name, strlen(name)))
			kib = strtol(line + strlen(name) + 1, NULL, 10);
	if (status)
		(void)fclose(status);
	return kib;
}

void store_commit(
	struct store *store, const struct store_change *change, store_done *done, void *owner)
{
	(void)change;
	store->done = done;
	store->owner = owner;
	if (++store->commits % 250 == 0 || store->commits == 50)
		(void)printf("%5u images: RssAnon %ld KiB, peak of RSS %ld KiB\n", store->commits,
			memory("RssAnon:"), memory("VmHWM:"));
	loop_post(store->loop, agree, store);
}

static bool write_image(const char *folder, unsigned i, size_t size)
{
	uint8_t *body = xcalloc(1, size), *image = xcalloc(1, size + 128);
	struct made_image head = { .manufacturer = 0x1234, .type = 1, .version = i + 1 };
	size_t n = make_image(image, &head);
	char path[PATH_MAX];
	FILE *file;
	bool good;

	n += make_element(image + n, 0, (struct span){ body, size });
	image[52] = (uint8_t)n;
	image[53] = (uint8_t)(n >> 8);
	image[54] = (uint8_t)(n >> 16);
	(void)snprintf(path, sizeof path, "%s/%05u.ota", folder, i);
	file = fopen(path, "wbe");
	good = file && fwrite(image, 1, n, file) == n;
	good = file && !fclose(file) && good;
	free(image);
	free(body);
	return good;
}

static void on_done(void *owner, size_t added, size_t refused)
{
	(void)printf("added %zu, refused %zu\n", added, refused);
	loop_stop(owner);
}

int main(int argc, char **argv)
{
	unsigned files = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 1500;
	size_t size = argc > 3 ? strtoul(argv[3], NULL, 10) : 200000;
	struct store store = { .loop = loop_new() };
	struct worker *work = worker_new(store.loop, "work", NULL);
	struct library *library;
	char from[PATH_MAX], into[PATH_MAX];
	struct timespec begun, ended;
	struct err e = { 0 };

	if (argc < 2 || mkdir(argv[1], 0700))
		return 2;
	(void)snprintf(from, sizeof from, "%s/from", argv[1]);
	(void)snprintf(into, sizeof into, "%s/images", argv[1]);
	(void)mkdir(from, 0700); /* shows when the first file is written */
	for (unsigned i = 0; i < files; i++)
		if (!write_image(from, i, size))
			return 1;
	log_set_level(LOG_LEVEL_ERROR);
	if (library_new(&library, into, work, &store, NULL, 0, &e) != OK)
		return 1;
	(void)clock_gettime(CLOCK_MONOTONIC, &begun);
	library_import_folder(library, from, on_done, store.loop);
	loop_run(store.loop);
	(void)clock_gettime(CLOCK_MONOTONIC, &ended);
	(void)printf("%u files of %zu bytes in %.1f s\n", files, size,
		(double)(ended.tv_sec - begun.tv_sec) +
			(double)(ended.tv_nsec - begun.tv_nsec) / 1e9);
	library_free(library);
	worker_free(work);
	loop_free(store.loop);
	return 0;
}
