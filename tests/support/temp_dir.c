#include "tests/support/temp_dir.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

void temp_dir_make(char out[TEMP_PATH])
{
	const char *base = getenv("TMPDIR");

	(void)snprintf(out, TEMP_PATH, "%s/lockwright-XXXXXX", base ? base : "/tmp");
	if (!mkdtemp(out))
		abort();
}

void temp_dir_remove(const char *dir)
{
	char path[TEMP_PATH + 300];
	DIR *list = opendir(dir);

	while (list) {
		struct dirent *entry = readdir(list);

		if (!entry)
			break;
		(void)snprintf(path, sizeof path, "%s/%s", dir, entry->d_name);
		(void)unlink(path); /* "." and ".." stay */
	}
	if (list)
		closedir(list);
	(void)rmdir(dir);
}

uint8_t *temp_file_read(const char *path, size_t *size)
{
	FILE *file = fopen(path, "rb");
	struct stat info;
	uint8_t *data = NULL;

	if (file && fstat(fileno(file), &info) == 0) {
		data = malloc((size_t)info.st_size + 1);
		*size = data ? fread(data, 1, (size_t)info.st_size, file) : 0;
	}
	if (file)
		fclose(file);
	return data;
}

bool temp_file_write(const char *path, const void *data, size_t size)
{
	FILE *file = fopen(path, "wb");
	bool good = file && fwrite(data, 1, size, file) == size;

	return file && fclose(file) == 0 && good;
}
