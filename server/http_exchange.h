/* http_exchange.h: one request and its answer, between the HTTP library below and the handlers
 * above. Knows no library: http_mhd.c brings bytes and takes the answer away.
 *
 * Begin -> data* -> end -> answered or lifted. A refusal (guard, 404, 405, 413, an upload's error)
 * is an answer that is there early; what is left of the body is then swallowed. */
#pragma once

#include "server/http.h"
#include "server/http_route.h"
#include "server/oneport.h"

enum {
	HTTP_QUERIES_MAX = 16,
	HTTP_QUERY_SIZE = 2048, /* of all names and values, decoded */
	/* A refused body is read up to here (or to the route's maximum), so that the client gets to
	 * read why instead of a reset. */
	HTTP_SWALLOW_MAX = 4 << 20,
};

struct http_exchange;

/* What the library below can do. */
struct http_below {
	const char *(*header)(const struct http_exchange *ex, const char *name);
	int (*socket)(const struct http_exchange *ex);
	void (*wake)(struct http_exchange *ex); /* it is answered or goes on */
};

struct http_above { /* one per server */
	struct http_options options;
	struct http_route_table table;
	const struct http_below *below;
	struct http_exchange *first; /* all that are open */
	struct lift_list lifts;
};

struct http_answer {
	unsigned status;
	char *head; /* lines "Name: value\n" */
	char *body; /* malloc */
	size_t size;
};

struct http_exchange {
	struct http_request request;
	struct http_above *above;
	struct http_exchange *next, **link;
	struct http_path path;
	struct http_params params;
	struct {
		const char *name, *value;
	} queries[HTTP_QUERIES_MAX];
	size_t n_queries, queries_used, queries_bad;
	char queries_text[HTTP_QUERY_SIZE];
	const struct http_route *route;
	char allow[HTTP_ALLOW_MAX]; /* of a 405 */
	struct http_reply *reply;   /* the promise, while somebody holds it */
	uint8_t *body;
	size_t size, max; /* of body; size counts an upload's bytes too */
	size_t swallowed;
	void *sink; /* of an open upload */
	bool uploading, ended, answered, lifted;
	bool go_on; /* http_resume() came before the pause */
	struct http_answer answer;
};

void http_exchange_init(struct http_exchange *ex, struct http_above *above);
void http_exchange_query(struct http_exchange *ex, const char *raw_name, const char *raw_value);
/* raw_path and method live as long as ex. Guard, route and limits; nothing of the body yet. */
void http_exchange_begin(struct http_exchange *ex, const char *method, const char *raw_path);
/* Is the answer better given now, with the body unread? */
bool http_exchange_refuses(const struct http_exchange *ex);
/* How much was taken: less than n means pause. False: give up the connection. */
bool http_exchange_data(struct http_exchange *ex, const uint8_t *data, size_t n, size_t *took);
void http_exchange_end(struct http_exchange *ex); /* the body is complete */
/* The server stops: 503 for whoever still waits. False: it is in mid-body, give it up. */
bool http_exchange_stop(struct http_exchange *ex);
/* The connection is over, whatever the state. Frees what ex holds, not ex. */
void http_exchange_done(struct http_exchange *ex);
