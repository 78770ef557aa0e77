/* openapi.h: openapi.yaml, embedded at build time. */
#pragma once

#include <stddef.h>
#include <stdint.h>

extern const uint8_t openapi_yaml[];
extern const size_t openapi_yaml_size;
