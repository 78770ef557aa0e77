/* supervisor_discovery.h: offers the service to Home Assistant's integration through the
 * Supervisor, with a token made for that alone. Token and the Supervisor's name for the offer are
 * kept in a file beside the database, so that each start offers the same; a token that was revoked
 * is made anew. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct api;
struct supervisor;
struct supervisor_discovery;
struct worker;

extern const char supervisor_token_name[]; /* of the token */

struct supervisor_discovery_options { /* texts are copied */
	struct api *api;
	struct supervisor *supervisor;
	struct worker *work;
	const char *file;
	const char *host; /* our own name among the Supervisor's containers */
	uint16_t port;
	bool wanted; /* false: what was offered before is taken back, and the token with it */
};

/* Reads the file, blocking: at start-up. */
struct supervisor_discovery *supervisor_discovery_new(
	const struct supervisor_discovery_options *options);
/* After supervisor_free(), before api_free(). NULL is fine. */
void supervisor_discovery_free(struct supervisor_discovery *discovery);
