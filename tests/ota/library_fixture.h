/* library_fixture.h: a library on virtual time with a store that only remembers. */
#pragma once

#include "ota/library.h"
#include "ota/store.h"
#include "tests/support/loop_virtual.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What the library needs of a store: rows that come and go, one commit at a time, later. */
struct store {
	struct loop *loop;
	struct image rows[16];
	size_t n;
	enum err_code refuse;
	bool hold; /* the test gives the answers */
	store_done *done;
	void *owner;
	struct err e;
};

extern struct library_fixture {
	struct loop *loop;
	struct worker *worker;
	struct store store;
	struct library *library;
	char dir[64], folder[80], import[80];
} t;

/* What a done() said. */
struct answer {
	bool done;
	enum err_code code;
	char reason[40];
	char id[SHA256_TEXT];
	uint8_t *bytes;
	size_t size, added, refused;
	unsigned resumed;
};

void library_begin(void);
void library_end(void);
void fake_store_answer(void *arg);
void reopen_library(void);
void on_added(void *owner, const struct err *e, const struct image *image);
void on_removed(void *owner, const struct err *e);
void on_loaded(void *owner, const struct err *e, uint8_t *bytes, size_t size);
void on_imported(void *owner, size_t added, size_t refused);
void on_resumed(void *owner);
void settle(void);
size_t lock_image(uint8_t *out, uint32_t version, const char *content);
struct answer upload_bytes(const uint8_t *data, size_t n, const char *name);
struct answer upload(uint32_t version, const char *content);
struct answer load(const char *id);
size_t files_in(const char *path);
void put_file(const char *folder, const char *name, const void *data, size_t n);
void put_image(const char *folder, const char *name, uint32_t version, const char *content);
struct answer import_folder(const char *folder);
