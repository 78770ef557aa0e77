/* sources_private.h: what the files sources*.c share. */
#pragma once

#include "ota/image_file.h"
#include "ota/sources.h"
#include "server/base/msec.h"
#include "server/worker.h"

#include <limits.h>

enum { SOURCE_ETAG_SIZE = 128, SOURCE_HOSTS_MAX = 16 };

/* One index of the configuration. */
struct source {
	struct sources *sources;
	size_t place;
	char *name;
	bool local;          /* a path */
	char copy[PATH_MAX]; /* the offline copy, or the path itself */
	char etag[SOURCE_ETAG_SIZE];
	const char *hosts[2]; /* that of the address */
	char host[256];
	bool asked; /* the offline copy was looked at */
	msec due;
	unsigned failures; /* in a row */
	int64_t loaded_at, checked_at;
	struct err err;
	struct source_load *load; /* under way; NULL */
	char digest[SHA256_TEXT]; /* of what is loaded; "" */
};

struct source_waiter {
	struct source_waiter *next;
	void (*done)(void *arg, const struct err *e, const struct image *image);
	void *arg;
};

struct source_fetch {
	struct source_fetch *next;
	struct sources *sources;
	struct work work;
	char *url; /* or a path */
	bool local;
	struct image image; /* as the index describes it */
	char sha3_256[SHA256_TEXT];
	char host[256];
	const char *hosts[SOURCE_HOSTS_MAX + 2];
	int fd; /* -1: none */
	struct err e;
	struct source_waiter *waiters;
};

struct sources {
	struct sources_options options; /* texts are copies */
	char *folder;
	char *hosts[SOURCE_HOSTS_MAX + 1];
	struct catalog catalog;
	struct source source[CATALOG_INDEXES_MAX];
	size_t n;
	struct loop_timer *timer;
	struct source_fetch *fetches;
	bool stopped;
};

/* sources_load.c: brings one index up to date; first its offline copy. Ends in source_loaded(). */
void source_load_begin(struct source *source);
void source_load_free(struct source_load *load);
/* sources.c: index NULL: unchanged, or the error says why. Takes index. */
void source_loaded(struct source *source, struct index *index, const struct err *e);
/* The host of an address, for http_call_options.hosts; false: no proper address. */
bool source_host(char out[256], const char *url);
/* sources_fetch.c */
void source_fetches_stop(struct sources *sources);
