/* image_payload.h: what kind of firmware is in an image, and whether it looks whole. Pure.
 * The server never needs to understand a payload; this only finds damage and names things. */
#pragma once

#include "server/base/span.h"

/* "gbl", "ebl", "telink" or "unknown". *doubt: NULL, or what is wrong with it. */
const char *image_payload_kind(struct span payload, const char **doubt);
/* What a file without an OTA header is, if it is known: "a bare Silicon Labs GBL file ..."; NULL
 * otherwise. *reason: image_bare_payload for firmware, image_no_header for what is none. */
const char *image_stranger(struct span file, const char **reason);
