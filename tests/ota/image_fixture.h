/* image_fixture.h: what the tests of image files share. */
#pragma once

#include "ota/image_file.h"
#include "tests/ota/make_image.h"

extern uint8_t bytes[2 * MADE_MAX], body[2 * MADE_MAX];
extern struct image_file f;
extern struct err e;

#define TEXT(s) ((struct span){ (const uint8_t *)(s), sizeof(s) - 1 })

/* Reads a heap copy of exactly this size, so that the sanitizer sees every over-read; into f or e.
 */
enum err_code read_bytes(const uint8_t *data, size_t size);
enum err_code read_made(const struct made_image *m); /* made in bytes */
struct made_image plain(void);                       /* with one element, in body */
void refused(const char *reason, const char *text);  /* asserts what e says */
