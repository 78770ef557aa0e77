/* poll_control.h: the Poll Control cluster 0x0020 as far as we speak it (ZCL8 §3.16): the answer to
 * a check-in and the end of fast polling. We never change a device's intervals. */
#pragma once

#include "server/base/wire.h"

#include <stdbool.h>
#include <stdint.h>

struct zcl_frame;

enum { POLL_CONTROL_FAST_QS = 240 }; /* quarter seconds: one minute */

bool poll_control_is_check_in(const struct zcl_frame *frame);
void poll_control_put_response(struct wire_out *w, uint8_t tsn, bool start);
void poll_control_put_stop(struct wire_out *w, uint8_t tsn);
