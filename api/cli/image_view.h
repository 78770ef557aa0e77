/* image_view.h: an inspected image file, for people and for programs. */
#pragma once

#include "ota/image_file.h"

void image_print(const struct image_file *f);
void image_print_json(const struct image_file *f);
void image_print_refusal_json(const struct err *e);
