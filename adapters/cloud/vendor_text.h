/* vendor_text.h: what a vendor writes, made fit to be shown: it is never trusted. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* UTF-8 without control, bidi and invisible format characters, cut at a whole character; what is no
 * UTF-8 becomes '?'. Line ends become spaces. in NULL is "". */
void vendor_text(char *out, size_t max, const char *in);
/* A version: 1 to 64 printable ASCII characters, trimmed. Anything else is none: "" and false. */
bool vendor_version(char *out, size_t max, const char *in);
/* An id: printable ASCII without spaces, all of it; else "" and false. */
bool vendor_id(char *out, size_t max, const char *in);
