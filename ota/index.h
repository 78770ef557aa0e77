/* index.h: a firmware index as a value: what somebody offers for download. Two forms of JSON are
 * understood: that of zigbee-OTA and Zigbee2MQTT's override index (an array), and zigpy's (an
 * object with "firmwares"). Bounded, sans-I/O; docs/firmware-sources.md has the keys. */
#pragma once

#include "ota/image.h"
#include "server/base/err.h"
#include "server/base/span.h"

#include <stdbool.h>
#include <stddef.h>

struct index_entry {
	/* What is known before the file is here: ids, version, size, name, hardware range, header
	 * string, file_sha512 (or ""), model (the only one, or ""). id is "", source is "index". */
	struct image image;
	char *url;           /* or a path, in an index of this machine */
	char *notes;         /* of the release: an address or a text; NULL */
	char *models;        /* exact model identifiers it is for: each ends with a NUL, then one
				more; NULL: any */
	char *manufacturers; /* exact manufacturer names, likewise */
	char sha3_256[SHA256_TEXT]; /* of the whole file, when the index has that; "" */
	bool has_min_version, has_max_version;
	uint32_t min_version, max_version; /* of what the lock runs now, both inclusive */
	bool strange;                      /* it has a key we do not know, maybe a restriction */
	uint32_t place;                    /* in its index */
};

struct index {
	struct index_entry **entries; /* by manufacturer, type and place */
	size_t n;
	size_t skipped;    /* entries that make no sense */
	struct err reason; /* of the first of them */
};

/* An index of this machine (local): a wrong entry or an unknown key refuses all of it, since a typo
 * in a restriction would let the wrong locks through; paths are allowed. One from elsewhere: wrong
 * entries are skipped, those with unknown keys marked strange; only addresses. */
struct index_reader;
struct index_reader *index_reader_new(bool local);
/* ERR_INTEGRITY "index_invalid", ERR_TOO_LARGE "index_too_large"; only free it then. */
MUST_USE enum err_code index_reader_feed(
	struct index_reader *reader, struct span bytes, struct err *e);
MUST_USE enum err_code index_reader_end(
	struct index_reader *reader, struct index **out, struct err *e);
void index_reader_free(struct index_reader *reader);
void index_free(struct index *index);

/* Is this the file that the entry describes? By SHA-512; an entry that has only SHA3-256 is about
 * an image that was fetched by an index (then that digest was checked) with its ids, version and
 * file length. */
bool index_entry_is_about(const struct index_entry *entry, const struct image *image);
/* Is text among the names of such a list? */
bool index_list_has(const char *list, const char *text);
