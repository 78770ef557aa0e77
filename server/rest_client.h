/* rest_client.h: one blocking HTTP exchange, by the control socket or a URL: for the command line,
 * and, with limits, on the thread of supervisor.h. curl_library.h loads libcurl. */
#pragma once

#include "server/base/err.h"
#include "server/base/span.h"

#include <stdatomic.h>

struct rest_client;

/* url NULL: the Unix socket at `socket`; otherwise http(s)://host:port with a bearer token. */
MUST_USE enum err_code rest_client_new(struct rest_client **out, const char *url,
	const char *socket, const char *token, struct err *e);
void rest_client_free(struct rest_client *client);

/* For who serves at the same time: whole exchanges, small answers, no proxy, and a way out. */
struct rest_limits {
	unsigned seconds;
	size_t answer_max;
	const atomic_bool *cancelled; /* looked at once a second */
};
void rest_client_limit(struct rest_client *client, const struct rest_limits *limits);

struct rest_answer {
	unsigned status;
	char *body; /* NUL-terminated, rest_answer_done() */
	size_t size;
};
/* type NULL: no body. ERR_IO when nobody answers (text says how to start the service). */
MUST_USE enum err_code rest_exchange(struct rest_client *client, const char *method,
	const char *path, const char *type, struct span body, struct rest_answer *out,
	struct err *e);
/* Streams a file as application/octet-stream. ERR_NOT_FOUND: no such file. */
MUST_USE enum err_code rest_upload(struct rest_client *client, const char *path, const char *file,
	struct rest_answer *out, struct err *e);
void rest_answer_done(struct rest_answer *answer);
