/* image_header.h: the header of an OTA image. Pure. */
#pragma once

#include "ota/image_file.h"

#include <stdbool.h>

/* Fills the header's fields of *out when it is plausible; at: from the magic to where its file or
 * container ends. longer: more bytes than the known fields need are welcome (fields of the future).
 */
MUST_USE enum err_code image_header_read(
	struct image_file *out, struct span at, bool longer, struct err *e);
/* Warns of what is plausible but odd. */
void image_header_doubt(struct image_file *out);
/* Adds to out->warning. */
void image_warn(struct image_file *out, const char *fmt, ...) PRINTF_LIKE(2, 3);
