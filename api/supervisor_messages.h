/* supervisor_messages.h: what is said to the Supervisor of Home Assistant OS, and what its answers
 * mean: {"result":"ok","data":…} or {"result":"error","message":…}. Pure. */
#pragma once

#include "server/base/err.h"
#include "server/base/span.h"

#include <stdbool.h>
#include <stdint.h>

enum { SUPERVISOR_UUID_SIZE = 64 };

struct found_broker {
	char host[256];
	uint16_t port;
	bool tls;
	char user[256], password[1024]; /* "" none */
};

/* The answer to GET /services/mqtt. ERR_NOT_FOUND: no broker is there (yet). */
MUST_USE enum err_code supervisor_read_broker(
	struct found_broker *out, unsigned status, struct span body, struct err *e);
bool same_broker(const struct found_broker *a, const struct found_broker *b);

/* The body of POST /discovery: where Home Assistant's integration finds us. malloc'ed. */
char *supervisor_discovery_message(const char *host, uint16_t port, const char *token);
/* The answer to it: by what name it can be taken back. */
MUST_USE enum err_code supervisor_read_discovery(
	char uuid[SUPERVISOR_UUID_SIZE], unsigned status, struct span body, struct err *e);
