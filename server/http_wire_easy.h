/* http_wire_easy.h: one attempt as a libcurl transfer: its options, what its callbacks take, and
 * how it ended. For the thread of http_wire_curl.c. */
#pragma once

#include "server/http_wire.h"

struct curl_library;

/* ERR_INTERNAL: no memory; nothing is left to clean up. */
MUST_USE enum err_code http_easy_begin(struct http_attempt *attempt, const struct curl_library *lib,
	const struct http_wire_options *options, struct err *e);
/* code: a CURLcode. Fills the answer and frees the transfer, which is in no multi any more. */
void http_easy_end(struct http_attempt *attempt, const struct curl_library *lib, int code);
