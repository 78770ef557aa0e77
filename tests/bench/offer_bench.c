/* offer_bench.c: how long an index takes to load and a lock to be offered something of it.
 * offer_bench INDEX.json [ROUNDS]. Beside it a library of 500 images of the same products. */
#include "ota/catalog.h"
#include "ota/engine.h"
#include "ota/library.h"
#include "ota/store.h"
#include "server/base/text.h"
#include "tests/support/loop_virtual.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { IMAGES = 500, FILE_MAX = 16 << 20 };

static struct image images[IMAGES];

size_t library_count(const struct library *library)
{
	(void)library;
	return IMAGES;
}

const struct image *library_at(const struct library *library, size_t i)
{
	(void)library;
	return &images[i];
}

const struct image *library_find(const struct library *library, const char *id)
{
	(void)library;
	(void)id;
	return NULL;
}

void library_load(struct library *library, const char *id,
	void (*done)(void *owner, const struct err *e, uint8_t *bytes, size_t size), void *owner)
{
	(void)library;
	(void)id;
	(void)done;
	(void)owner;
}

static double now_us(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static struct index *load(const uint8_t *bytes, size_t n)
{
	struct index_reader *reader = index_reader_new(false);
	struct index *index = NULL;
	struct err e = { 0 };
	enum err_code code = OK;

	for (size_t at = 0; at < n && code == OK; at += 32768)
		code = index_reader_feed(
			reader, (struct span){ bytes + at, n - at < 32768 ? n - at : 32768 }, &e);
	if (code == OK)
		code = index_reader_end(reader, &index, &e);
	index_reader_free(reader);
	if (code != OK)
		(void)fprintf(stderr, "%s\n", e.text);
	return index;
}

static void fill_library(const struct index *index)
{
	for (size_t i = 0; i < IMAGES; i++) {
		images[i] = index->entries[i * index->n / IMAGES]->image;
		(void)snprintf(images[i].id, sizeof images[i].id, "%064zx", i);
	}
}

static struct lock lock_for(const struct image *image)
{
	struct lock lock = { .facts = { .known = FACT_IMAGE_KEY | FACT_VERSION | FACT_MODEL,
				     .manufacturer_code = image->manufacturer_code,
				     .image_type = image->image_type,
				     .version = 1 } };

	(void)text_copy(lock.facts.model, sizeof lock.facts.model, image->model);
	return lock;
}

/* One lock for each entry of the index. */
static void offer_all(const struct engine *engine, const struct index *index, double *us)
{
	for (size_t i = 0; i < index->n; i++) {
		struct lock lock = lock_for(&index->entries[i]->image);
		struct offer offer;
		double begun = now_us();

		engine_offer(engine, &lock, &offer);
		us[i] = now_us() - begun;
	}
}

int main(int argc, char **argv)
{
	int rounds = argc > 2 ? (int)strtol(argv[2], NULL, 10) : 20;
	uint8_t *bytes = malloc(FILE_MAX);
	FILE *file = argc > 1 && bytes ? fopen(argv[1], "rb") : NULL;
	double loads[1000], *us;
	struct catalog catalog = { 0 };
	struct engine_options options = { .loop = loop_new(), .catalog = &catalog };
	struct store_contents contents = { 0 };
	size_t n;

	if (!file || rounds < 1 || rounds > 1000)
		return 2;
	n = fread(bytes, 1, FILE_MAX, file);
	(void)fclose(file);
	for (int i = 0; i < rounds; i++) {
		double begun = now_us();
		struct index *index = load(bytes, n);

		loads[i] = now_us() - begun;
		if (!index)
			return 1;
		catalog_put(&catalog, 0, index);
	}
	qsort(loads, (size_t)rounds, sizeof *loads, by_value);
	(void)printf("load: %zu entries, median %.2f ms, worst %.2f ms\n", catalog.index[0]->n,
		loads[rounds / 2] / 1e3, loads[rounds - 1] / 1e3);

	struct engine *engine = engine_new(&options, &contents);

	n = catalog.index[0]->n;
	us = calloc(n, sizeof *us);
	fill_library(catalog.index[0]);
	offer_all(engine, catalog.index[0], us); /* warm */
	offer_all(engine, catalog.index[0], us);
	qsort(us, n, sizeof *us, by_value);
	(void)printf("select, library of %d: median %.1f us, p99 %.1f us, worst %.1f us per lock\n",
		IMAGES, us[n / 2], us[n * 99 / 100], us[n - 1]);
	free(us);
	free(bytes);
	engine_free(engine);
	catalog_done(&catalog);
	loop_free(options.loop);
	return 0;
}
