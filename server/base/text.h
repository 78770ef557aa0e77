/* text.h: small conversions between values and text. All outputs are NUL-terminated and cut to fit.
 */
#pragma once

#include "server/base/span.h"

#include <stdbool.h>
#include <stdint.h>

/* Copies as much as fits; returns whether all of it did. */
bool text_copy(char *out, size_t max, const char *in);
/* Lower-case hex without separators; out holds 2 * bytes.size + 1. */
void text_hex(char *out, struct span bytes);
/* "0a1B" -> bytes; false on odd length, a non-hex digit or more than max bytes. */
bool text_unhex(uint8_t *out, size_t max, size_t *size, const char *hex);
/* Decimal or 0x-hex, whole text, within [0, max]. */
bool text_uint(uint64_t *out, const char *text, uint64_t max);
/* RFC 3339 UTC with milliseconds, "2026-11-25T08:00:00.000Z", from Unix milliseconds. */
enum { TEXT_TIME_SIZE = 32 };
void text_time(char out[TEXT_TIME_SIZE], int64_t wall);
bool text_parse_time(int64_t *out, const char *rfc3339);
/* A stable id out of a name: lower-case letters, digits and '-', 1..63 characters. */
void text_slug(char *out, size_t max, const char *name);
bool text_is_slug(const char *text);
