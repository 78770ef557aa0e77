/* znp_status.h: what a Z-Stack status of a send means for the sender. */
#pragma once

#include "adapters/zigbee/send_queue.h"

enum { ZNP_SUCCESS = 0x00, ZNP_INVALID_PARAMETER = 0x02, ZNP_DUPLICATE_ENTRY = 0xB8 };

enum radio_result znp_status_result(uint8_t status);
const char *znp_status_space(uint8_t status); /* "mac" from 0xE0 on, else "znp" */
const char *znp_status_name(uint8_t status);  /* "buffer_full"; "status" if it has none */

extern const struct send_family znp_send_family;
