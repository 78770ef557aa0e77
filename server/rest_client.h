/* rest_client.h: one blocking HTTP exchange for the command line, by the control socket or a URL.
 * libcurl's only user so far; curl_library.h loads it. */
#pragma once

#include "server/base/err.h"
#include "server/base/span.h"

struct rest_client;

/* url NULL: the Unix socket at `socket`; otherwise http(s)://host:port with a bearer token. */
MUST_USE enum err_code rest_client_new(struct rest_client **out, const char *url,
	const char *socket, const char *token, struct err *e);
void rest_client_free(struct rest_client *client);

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
