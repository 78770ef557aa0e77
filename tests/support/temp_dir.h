/* temp_dir.h: a folder of its own for a test, and files as bytes. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TEMP_PATH = 512 };

void temp_dir_make(char out[TEMP_PATH]); /* aborts when that fails */
void temp_dir_remove(const char *dir);   /* with the files in it */
/* The whole file, malloced; NULL when there is none. */
uint8_t *temp_file_read(const char *path, size_t *size);
bool temp_file_write(const char *path, const void *data, size_t size);
