/* image_elements.h: the sub-elements behind an image's header. Pure. */
#pragma once

#include "ota/image_file.h"

/* Telink's encrypted 0xF000 has two more bytes in its header: a flag and the count of fill bytes.
 */
enum { ELEMENT_HEADER = 6, ELEMENT_HEADER_LONG = 8, ELEMENT_TAG_TELINK = 0xF000 };

/* Fills elements, n_elements, first_tag and opaque of `out`, whose header is read. raw: the image.
 * Elements either fill it exactly, from the header to the end, or it is opaque. */
void image_elements_read(struct image_file *out, struct span raw);
