#include "adapters/stream_fd.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { NAME_SIZE = 64 };

static bool is_number(const char *text)
{
	return text[0] && strspn(text, "0123456789") == strlen(text);
}

static bool has_open(const char *pid, const char *real)
{
	char path[PATH_MAX], target[PATH_MAX];
	bool found = false;
	DIR *dir;

	(void)snprintf(path, sizeof path, "/proc/%.16s/fd", pid);
	dir = opendir(path);
	if (!dir)
		return false;
	for (struct dirent *d = readdir(dir); d && !found; d = readdir(dir)) {
		ssize_t n = readlinkat(dirfd(dir), d->d_name, target, sizeof target - 1);

		if (n <= 0)
			continue;
		target[n] = '\0';
		found = strcmp(target, real) == 0;
	}
	closedir(dir);
	return found;
}

static void name_of(const char *pid, char out[NAME_SIZE])
{
	char path[PATH_MAX], name[32] = "";
	FILE *f;

	(void)snprintf(path, sizeof path, "/proc/%.16s/comm", pid);
	f = fopen(path, "re");
	if (f && fgets(name, sizeof name, f))
		name[strcspn(name, "\n")] = '\0';
	if (f)
		(void)fclose(f);
	(void)snprintf(out, NAME_SIZE, "%s (process %.16s)", name[0] ? name : "a program", pid);
}

static bool find_holder(const char *path, char out[NAME_SIZE])
{
	char real[PATH_MAX], self[24];
	bool found = false;
	DIR *proc = opendir("/proc");

	(void)snprintf(self, sizeof self, "%ld", (long)getpid());
	if (!proc)
		return false;
	if (realpath(path, real))
		for (struct dirent *d = readdir(proc); d && !found; d = readdir(proc)) {
			found = is_number(d->d_name) && strcmp(d->d_name, self) != 0 &&
				has_open(d->d_name, real);
			if (found)
				name_of(d->d_name, out);
		}
	closedir(proc);
	return found;
}

void stream_in_use(struct err *why, const char *path)
{
	char holder[NAME_SIZE];

	if (find_holder(path, holder))
		err_because(why, ERR_BUSY, "port_in_use",
			"%s is in use by %s: stop that program first", path, holder);
	else
		err_because(why, ERR_BUSY, "port_in_use",
			"%s is in use by another program: stop that program first", path);
}
