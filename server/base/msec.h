/* msec.h: monotonic milliseconds, handed in by the caller; 0 = never.
 * Wall-clock times are int64_t Unix milliseconds and are called wall or *_at. */
#pragma once

#include <stdint.h>

typedef uint64_t msec;
