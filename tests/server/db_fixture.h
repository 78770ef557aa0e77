/* db_fixture.h: a database in a folder of its own, with migrations that tests may apply in part. */
#pragma once

#include "server/db.h"
#include "tests/support/temp_dir.h"

#include <stdbool.h>

extern char path[TEMP_PATH + 16];
extern struct db *db;

void db_setup(void);
void db_teardown(void);
/* Opens path with the first n migrations into db; table t(v TEXT UNIQUE), from 2 on t(v, w). */
void open_with(size_t n);
/* The same where it must fail; db stays. */
enum err_code refusal(size_t n, struct err *e);

/* An operation that runs SQL text, or reads a number. */
struct op {
	struct db_op op;
	const char *text;
	int64_t number;
	int (*commit_hook)(void *);
	bool fails, done;
};

struct op text_op(const char *text);
void submit(struct op *op);
int64_t number(const char *text); /* at once; the first column of the first row */
