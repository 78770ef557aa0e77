/* request.h: one request to a cloud before it is signed and sent. It keeps path and query as they
 * are meant and encodes them once, when the address is made: what is signed and what is sent come
 * from the same pairs. */
#pragma once

#include "adapters/cloud/text_buffer.h"

enum { REQUEST_PAIRS = 24, REQUEST_HEADERS = 24, REQUEST_TEXT_MAX = 8192 };

struct request_pair {
	char *name, *value;
};

struct cloud_request {
	char method[8];
	const char *origin; /* "https://api.example", borrowed */
	const char *label;  /* for the log: the path as the profile writes it, without values */
	char *path;         /* as meant, without query */
	struct request_pair query[REQUEST_PAIRS];
	size_t n_query;
	struct request_pair form[REQUEST_PAIRS]; /* the body, when it is a form */
	size_t n_form;
	char *headers[REQUEST_HEADERS + 1]; /* "Name: value"; NULL at the end */
	size_t n_headers;
	char *body; /* NULL: none */
	bool is_form;
	bool trigger; /* it has an effect: once, on a connection of its own */
	bool token;   /* it asks for a token, so it bears none */
};

void request_done(struct cloud_request *r);
/* False: too many, or the value has a control character. */
bool request_header(struct cloud_request *r, const char *name, const char *value);
bool request_query(struct cloud_request *r, const char *name, const char *value);
bool request_form(struct cloud_request *r, const char *name, const char *value);
/* Takes the headers away again, from the n-th on: to sign anew. */
void request_cut(struct cloud_request *r, size_t headers, size_t query, size_t form);
/* Makes body out of form; NULL body when there is nothing. */
void request_close_form(struct cloud_request *r);
/* "/path?b=2&a=1" as it is sent, with its origin; NULL: too long. Wiped by who takes it. */
char *request_url(const struct cloud_request *r);
/* Path and query sorted by name, then value: as meant, or as sent (without the origin). */
char *request_sorted(const struct cloud_request *r, bool encoded);
