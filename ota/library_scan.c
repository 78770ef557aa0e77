#include "ota/library_scan.h"

#include "ota/library.h"
#include "server/base/alloc.h"
#include "server/base/log.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct scan {
	char root[PATH_MAX + 1]; /* without links, ends in '/' */
	struct library_paths paths;
};

static void take(struct scan *scan, const char *path)
{
	if (scan->paths.n < LIBRARY_FOLDER_MAX)
		scan->paths.path[scan->paths.n++] = xstrdup(path);
	else
		log_warn("image folder=%s file=%s skipped \"more than %d files\"", scan->root, path,
			LIBRARY_FOLDER_MAX);
}

static void take_link(struct scan *scan, const char *path)
{
	char real[PATH_MAX];
	struct stat st;

	if (!realpath(path, real) || strncmp(real, scan->root, strlen(scan->root)) != 0)
		log_info("image file=%s skipped \"a link that leads outside or nowhere\"", path);
	else if (!lstat(real, &st) && S_ISREG(st.st_mode))
		take(scan, real);
}

static void scan_folder(struct scan *scan, const char *folder, bool deeper);

static void scan_entry(struct scan *scan, const char *path, bool deeper)
{
	struct stat st;

	if (lstat(path, &st))
		return; /* gone meanwhile */
	if (S_ISREG(st.st_mode))
		take(scan, path);
	else if (S_ISLNK(st.st_mode))
		take_link(scan, path);
	else if (S_ISDIR(st.st_mode) && deeper)
		scan_folder(scan, path, false);
}

static void scan_folder(struct scan *scan, const char *folder, bool deeper)
{
	DIR *dir = opendir(folder);
	char path[PATH_MAX];

	if (!dir) {
		log_warn("image folder=%s skipped \"%s\"", folder, strerror(errno));
		return;
	}
	for (const struct dirent *entry; (entry = readdir(dir)) != NULL;) {
		int n = snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);

		if (entry->d_name[0] != '.' && n > 0 && n < (int)sizeof path)
			scan_entry(scan, path, deeper);
	}
	(void)closedir(dir);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

enum err_code library_scan(struct library_paths *out, const char *folder, struct err *e)
{
	struct scan scan = { 0 };
	char root[PATH_MAX];

	if (!realpath(folder, root))
		return err_set(e, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "cannot open it: %s",
			strerror(errno));
	(void)snprintf(scan.root, sizeof scan.root, "%s/", root);
	scan.paths.path = xcalloc(LIBRARY_FOLDER_MAX, sizeof *scan.paths.path);
	scan_folder(&scan, root, true);
	qsort(scan.paths.path, scan.paths.n, sizeof *scan.paths.path, by_name);
	*out = scan.paths;
	return OK;
}

void library_paths_done(struct library_paths *paths)
{
	for (size_t i = 0; i < paths->n; i++)
		free(paths->path[i]);
	free(paths->path);
}
