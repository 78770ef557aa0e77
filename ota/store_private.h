/* store_private.h: what the store_*.c files share: rows as tables of fields, and their places. */
#pragma once

#include "ota/store.h"
#include "server/db.h"

#include <stdbool.h>
#include <stddef.h>

struct corner; /* of one adapter, store_kv.c */

struct store {
	struct db *db;
	struct corner *corners;
};

/* How one member of a struct is kept in one column. */
enum field_kind {
	FIELD_TEXT,
	FIELD_SIGNED,
	FIELD_UNSIGNED, /* 64 bits keep their pattern */
	FIELD_BOOL,
	FIELD_NAME, /* an enum, kept by name so that a reordering cannot change its meaning */
	FIELD_LIST, /* texts joined by commas */
};

struct names {
	const char *(*name)(int value);
	int n;
};

struct field {
	const char *column;
	enum field_kind kind;
	size_t offset, size;       /* of the member; LIST: of one text */
	const struct names *names; /* NAME */
	size_t count_offset, max;  /* LIST: its uint8_t count and the most it holds */
};

#define FIELD(kind, type, member, column)                                                          \
	{                                                                                          \
		column, kind, offsetof(type, member), sizeof(((type *)0)->member), NULL, 0, 0      \
	}
#define FIELD_ENUM(type, member, column, names)                                                    \
	{                                                                                          \
		column, FIELD_NAME, offsetof(type, member), sizeof(((type *)0)->member), names, 0, \
			0                                                                          \
	}

/* The first field is the primary key; a number of 0 there lets SQLite give one. */
struct table {
	const char *name;
	size_t row_size;
	const struct field *fields;
	size_t n;
};

struct rows {
	void *data; /* n structs; free() */
	size_t n;
};

/* store_row.c. row_put() inserts, or updates the row with that key. */
MUST_USE enum err_code row_put(
	sqlite3 *sql, const struct table *table, const void *row, struct err *e);
/* "SELECT <all columns> FROM <table> <tail>", tail with its %-arguments. */
MUST_USE enum err_code row_select(sqlite3 *sql, sqlite3_stmt **out, const struct table *table,
	struct err *e, const char *tail, ...) PRINTF_LIKE(5, 6);
/* Reads to the end and finalizes. */
MUST_USE enum err_code rows_read(sqlite3 *sql, sqlite3_stmt *statement, const struct table *table,
	struct rows *out, struct err *e);
MUST_USE enum err_code row_delete(
	sqlite3 *sql, const char *text, const char *key, struct err *e); /* "DELETE … = ?" */

extern const char *const store_migrations[]; /* store_schema.c */
extern const size_t store_n_migrations;

extern const struct table store_lock_table, store_image_table, store_job_table, store_event_table;

#define FINAL_PHASES "('succeeded', 'failed', 'cancelled')"

/* store_job.c: inserts (gives *id) or moves a job. On a conflict *in_the_way is the other job. */
MUST_USE enum err_code store_put_job(
	sqlite3 *sql, const struct job *job, int64_t *id, int64_t *in_the_way, struct err *e);
/* store_component.c: the components of a lock, all at once. */
MUST_USE enum err_code store_put_components(sqlite3 *sql, const struct lock *lock, struct err *e);
MUST_USE enum err_code store_remove_components(sqlite3 *sql, const char *lock, struct err *e);
/* Into the locks that were loaded. */
MUST_USE enum err_code store_load_components(sqlite3 *sql, const struct rows *locks, struct err *e);
void store_corners_free(struct corner *corners); /* store_kv.c */
