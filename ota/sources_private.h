/* sources_private.h: what the files sources*.c share. */
#pragma once

#include "ota/image_file.h"
#include "ota/sources.h"
#include "server/base/msec.h"
#include "server/worker.h"

#include <limits.h>

enum { SOURCE_ETAG_SIZE = 128, SOURCE_HOSTS_MAX = 16 };

/* One index of the configuration, or one file. */
struct source {
	struct sources *sources;
	enum source_kind kind;
	size_t place; /* in the catalog, or among the lists of retractions */
	char *name;
	bool local;          /* a path */
	char copy[PATH_MAX]; /* the offline copy, or the path itself */
	char etag[SOURCE_ETAG_SIZE];
	const char *hosts[SOURCE_HOSTS_MAX + 2]; /* that of the address; a file: also the others */
	char host[256];
	bool asked; /* the offline copy was looked at */
	msec due;
	unsigned failures; /* in a row */
	int64_t loaded_at, checked_at;
	struct err err;
	struct source_load *load; /* under way; NULL */
	char digest[SHA256_TEXT]; /* of what is loaded; "" */
	/* Of a file: what it must be, and what it was when it came; "" any, not yet. */
	char sha256[SHA256_TEXT], sha512[SHA512_TEXT], came[SHA512_TEXT];
};

/* Something on its way: an index, sources_load.c, or a file, sources_file.c. */
struct source_load {
	struct work work;
	struct source *source;
	int fd;              /* what comes */
	char path[PATH_MAX]; /* its name until it is kept; "" none */
	char etag[SOURCE_ETAG_SIZE];
	struct index *index;
	struct retraction_list *list;
	char digest[SHA256_TEXT], came[SHA512_TEXT];
	int64_t loaded_at; /* of the offline copy */
	struct err e;
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
	struct retractions retractions;
	struct source *source; /* n, the indexes first */
	size_t n;
	struct loop_timer *timer;
	struct source_fetch *fetches;
	bool stopped;
};

/* sources_load.c: brings one index up to date; first its offline copy. Ends in source_loaded(). */
void source_load_begin(struct source *source);
void source_load_free(struct source_load *load);
struct source_load *source_load_new(struct source *source);
void source_load_submit(
	struct source_load *load, void (*run)(struct work *), void (*done)(struct work *));
struct source_load *source_load_of(struct work *work);
/* The tag of what is kept, beside it; second line: what a file was. Both block. */
void source_tag_read(struct source_load *load);
MUST_USE enum err_code source_tag_write(const struct source_load *load, struct err *e);
/* sources_file.c: is it new, and is it what it must be? Ends in source_loaded(). */
void source_file_begin(struct source *source);
const struct image *source_file_image(const struct source *source); /* in the library; NULL */
/* sources.c: e NULL: it was asked, and what there is now is known. */
void source_loaded(struct source *source, const struct err *e);
/* Another one came. Takes it. */
void source_put_index(struct source *source, struct index *index);
void source_put_list(struct source *source, struct retraction_list *list);
/* The host of an address, for http_call_options.hosts; false: no proper address. */
bool source_host(char out[256], const char *url);
/* sources_fetch.c */
void source_fetches_stop(struct sources *sources);
