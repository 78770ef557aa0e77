#include "adapters/cloud/token_file.h"

#include "server/base/alloc.h"
#include "server/base/text.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_MAX = 4 * SECRET_MAX };

void token_file_name(struct token_file *file, const char *folder, const char *account,
	const struct profile *profile, const char *origin)
{
	*file = (struct token_file){ 0 };
	(void)snprintf(file->path, sizeof file->path, "%s/cloud-%s.json", folder, account);
	(void)text_copy(file->profile, sizeof file->profile, profile->id);
	(void)text_copy(file->origin, sizeof file->origin, origin);
}

static enum err_code check_file(int fd, const char *path, size_t max, struct err *e)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return err_set(e, ERR_IO, "%s: %s", path, strerror(errno));
	if (!S_ISREG(st.st_mode) || st.st_size > (off_t)max)
		return err_set(e, ERR_INVALID, "%s: is no file of at most %zu bytes", path, max);
	if (st.st_mode & 077)
		return err_set(e, ERR_FORBIDDEN,
			"%s: others can read it; chmod 600 it (and change what is in it)", path);
	if (st.st_uid != geteuid() && st.st_uid != 0)
		return err_set(e, ERR_FORBIDDEN, "%s: belongs to somebody else", path);
	return OK;
}

static ssize_t read_whole(int fd, char *out, size_t max)
{
	size_t n = 0;
	ssize_t got = 1;

	while (got > 0 && n < max) {
		got = read(fd, out + n, max - n);
		if (got < 0 && errno == EINTR)
			got = 1;
		else if (got > 0)
			n += (size_t)got;
	}
	return got < 0 ? -1 : (ssize_t)n;
}

enum err_code private_file_read(char **out, const char *path, size_t max, struct err *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	AUTO(secret_text_free) char *text = NULL;
	enum err_code r;

	if (fd < 0)
		return err_set(e, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "%s: %s", path,
			errno == ELOOP ? "is a symbolic link" : strerror(errno));
	r = check_file(fd, path, max, e);
	if (r == OK) {
		text = xcalloc(1, max + 1);
		if (read_whole(fd, text, max) < 0)
			r = err_set(e, ERR_IO, "%s: %s", path, strerror(errno));
	}
	close(fd);
	if (r == OK)
		*out = TAKE(text);
	return r;
}

static const char *text_at(const json_t *root, const char *key)
{
	const char *text = json_string_value(json_object_get(root, key));

	return text ? text : "";
}

static void take(const struct token_file *file, struct tokens *tokens, const json_t *root)
{
	json_int_t generation = json_integer_value(json_object_get(root, "generation"));

	if (strcmp(text_at(root, "profile"), file->profile) != 0 ||
		strcmp(text_at(root, "origin"), file->origin) != 0 ||
		!*text_at(root, "access_token"))
		return;
	tokens_set(tokens, text_at(root, "access_token"), text_at(root, "refresh_token"),
		json_integer_value(json_object_get(root, "got_at")),
		json_integer_value(json_object_get(root, "ends_at")));
	tokens->generation = (uint32_t)generation;
}

enum err_code token_file_read(const struct token_file *file, struct tokens *tokens, struct err *e)
{
	static const struct json_bounds bounds = { FILE_MAX, 4, 32 };
	AUTO(secret_text_free) char *text = NULL;
	struct err why = { 0 };
	json_t *root;
	enum err_code r = private_file_read(&text, file->path, FILE_MAX, &why);

	if (r == ERR_NOT_FOUND)
		return OK;
	if (r != OK) {
		if (e)
			*e = why;
		return r;
	}
	assert(text);
	root = cloud_json_parse(
		(struct span){ (const uint8_t *)text, strlen(text) }, &bounds, true, e);
	if (!root)
		return err_prefix(e, "%s: ", file->path);
	take(file, tokens, root);
	json_decref(root);
	return OK;
}

static enum err_code write_whole(int fd, const char *text)
{
	size_t n = strlen(text);

	while (n) {
		ssize_t put = write(fd, text, n);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return ERR_IO;
		text += put;
		n -= (size_t)put;
	}
	return fsync(fd) == 0 ? OK : ERR_IO;
}

static enum err_code sync_folder(const char *path)
{
	char *folder = xstrdup(path), *slash = strrchr(folder, '/');
	enum err_code r;
	int fd;

	if (slash)
		*slash = '\0';
	fd = open(slash ? folder : ".", O_RDONLY | O_CLOEXEC | O_DIRECTORY);
	r = fd >= 0 && fsync(fd) == 0 ? OK : ERR_IO;
	if (fd >= 0)
		close(fd);
	free(folder);
	return r;
}

static enum err_code replace(const char *path, const char *text, struct err *e)
{
	char temporary[4104];
	enum err_code r;
	int fd;

	(void)snprintf(temporary, sizeof temporary, "%s.new", path);
	(void)unlink(temporary); /* of a write that was broken off */
	fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return err_set(e, ERR_IO, "%s: %s", temporary, strerror(errno));
	r = write_whole(fd, text);
	if (close(fd) != 0)
		r = ERR_IO;
	if (r == OK && rename(temporary, path) == 0 && sync_folder(path) == OK)
		return OK;
	return err_set(e, ERR_IO, "%s: %s", path, strerror(errno));
}

enum err_code token_file_write(
	const struct token_file *file, const struct tokens *tokens, struct err *e)
{
	json_t *root = json_pack("{s:s, s:s, s:I, s:s, s:s, s:I, s:I}", "profile", file->profile,
		"origin", file->origin, "generation", (json_int_t)tokens->generation,
		"access_token", tokens->access ? tokens->access : "", "refresh_token",
		tokens->refresh ? tokens->refresh : "", "got_at", (json_int_t)tokens->got_at,
		"ends_at", (json_int_t)tokens->ends_at);
	AUTO(secret_text_free) char *text = json_dumps(root, JSON_INDENT(1));

	json_decref(root);
	if (!text)
		return err_set(e, ERR_INTERNAL, "a token is no text");
	return replace(file->path, text, e);
}
