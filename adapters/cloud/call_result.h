/* call_result.h: outputs of an operation as facts: what is not plausible is not known. */
#pragma once

#include "adapters/cloud/call.h"

void call_result_init(struct call_result *r);
void call_result_done(struct call_result *r);
/* Adds what is in `outputs`, the object of an operation's outputs; keep: filter of locks or NULL.
 * Returns how many locks there were before the filter. */
size_t call_result_add(struct call_result *r, const json_t *outputs, const json_t *keep);
