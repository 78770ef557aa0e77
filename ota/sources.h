/* sources.h: where firmware comes from beside uploads: the indexes of the configuration. Each is
 * loaded from its offline copy at the start, asked again after a while (ETag), and kept as it was
 * when the new one is no good. A file is fetched only when somebody wants it, and enters the
 * library only when it is what the index describes. Single files that the configuration names are
 * fetched like indexes; their offline copy is the library's. */
#pragma once

#include "ota/catalog.h"
#include "ota/retraction.h"
#include "server/base/err.h"

struct http_client;
struct library;
struct loop;
struct sources;
struct worker;

enum { SOURCE_INDEX_MAX = 16 << 20 /* bytes of an index */, SOURCE_FILES_MAX = 64 };

enum source_kind { SOURCE_INDEX, SOURCE_FILE, SOURCE_LIST /* of retractions */ };

/* A single firmware file; the digests are of the whole file, NULL: any. */
struct source_file {
	const char *url, *sha256, *sha512;
};

struct sources_options {
	struct loop *loop;
	struct worker *work;
	struct library *library;
	struct http_client *http;
	const char *folder;         /* for the offline copies; made when it is not there */
	const char *const *indexes; /* addresses or paths, the one to be preferred first */
	size_t n;                   /* at most CATALOG_INDEXES_MAX */
	const struct source_file *files;
	size_t n_files;                  /* at most SOURCE_FILES_MAX */
	const char *const *lists;        /* of retractions: addresses or paths */
	size_t n_lists;                  /* at most RETRACTION_LISTS_MAX */
	const struct retraction *denied; /* by the configuration; borrowed */
	size_t n_denied;
	const char *const
		*hosts; /* NULL-terminated: who else may give files than the index's host */
	uint32_t refresh_s;
	/* An index is there, or became another one: what is offered may have changed. May be NULL.
	 */
	void (*changed)(void *owner, const char *index, size_t entries);
	/* A file of the configuration is in the library now. May be NULL. */
	void (*added)(void *owner, const struct image *image);
	/* A list of retractions is there, or became another one. May be NULL. */
	void (*retracted)(void *owner);
	void *owner;
};

/* Texts are copied. ERR_IO, ERR_NO_SPACE: the folder cannot be made. */
MUST_USE enum err_code sources_new(
	struct sources **out, const struct sources_options *options, struct err *e);
void sources_start(struct sources *sources);
/* Tells who waits for a file that the service stops; before http_client_free(). */
void sources_stop(struct sources *sources);
/* After http_client_free(), worker_free() and store_close(); NULL is fine. */
void sources_free(struct sources *sources);

const struct catalog *sources_catalog(const struct sources *sources);

const struct retractions *sources_retractions(const struct sources *sources);

struct source_view { /* valid until the loop goes on */
	enum source_kind kind;
	const char *name;        /* as in the configuration */
	size_t entries, skipped; /* a file: 1 entry when it is in the library */
	int64_t loaded_at;       /* Unix ms: when this content came; 0 never */
	int64_t checked_at;      /* when it was last confirmed; 0 never */
	bool busy;
	struct err err; /* of the last try; OK */
};
size_t sources_count(const struct sources *sources);
void sources_view(const struct sources *sources, size_t i, struct source_view *out);
/* Asks for all of them now. */
void sources_refresh(struct sources *sources);

/* Into the library; the same file is fetched once however many ask. done: in the loop, not from
 * inside; image valid during the call, NULL on error: firmware_digest, firmware_other,
 * firmware_gone, firmware_server, those of http_client.h and of the library. owner: the sources. */
void sources_fetch(void *owner, const struct index_entry *entry,
	void (*done)(void *arg, const struct err *e, const struct image *image), void *arg);
