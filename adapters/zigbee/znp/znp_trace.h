/* znp_trace.h: frames in the debug log. Answers that could hold keys are cut behind their length.
 */
#pragma once

#include "adapters/zigbee/znp/znp_frame.h"

void znp_trace(void *owner, bool out, const struct znp_frame *frame);
