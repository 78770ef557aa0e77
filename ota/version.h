/* version.h: a Zigbee file version, compared as u32 and shown as four dotted bytes. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum { VERSION_TEXT_SIZE = 16 };
void version_text(char out[VERSION_TEXT_SIZE], uint32_t version); /* 0x11070000 -> "17.7.0.0" */
/* Dotted (each 0..255) or 0x-hex or decimal; false when it is neither. */
bool version_parse(uint32_t *out, const char *text);
