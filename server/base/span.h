/* span.h: borrowed bytes. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct span {
	const uint8_t *data;
	size_t size;
};
