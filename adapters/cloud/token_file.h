/* token_file.h: tokens on disk, beside the database: a file of its own for each account, readable
 * by us alone, replaced as a whole and synced before a new pair is used. It names profile and
 * origin: tokens of another cloud are none. Blocks: for the worker's thread. */
#pragma once

#include "adapters/cloud/tokens.h"

struct token_file {
	char path[4096];
	char profile[PROFILE_ID_SIZE], origin[PROFILE_ORIGIN_SIZE];
};

/* "<folder>/cloud-<account>.json" */
void token_file_name(struct token_file *file, const char *folder, const char *account,
	const struct profile *profile, const char *origin);
/* Leaves tokens untouched when there is no file, or one of another cloud (OK). ERR_FORBIDDEN:
 * others can read it. */
MUST_USE enum err_code token_file_read(
	const struct token_file *file, struct tokens *tokens, struct err *e);
MUST_USE enum err_code token_file_write(
	const struct token_file *file, const struct tokens *tokens, struct err *e);

/* A file with secrets of at most max bytes: ours, a file, and nobody else's to read. The text is
 * wiped by secret_text_free(). ERR_NOT_FOUND: there is none. */
MUST_USE enum err_code private_file_read(char **out, const char *path, size_t max, struct err *e);
