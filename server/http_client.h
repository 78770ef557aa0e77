/* http_client.h: outgoing HTTPS requests: what may be asked of whom, how often, and again when.
 *
 * A request goes only to an allowed host over TLS, is tried again with growing pauses when that can
 * help, follows redirects only to allowed hosts, and is held back while its host rests (a host that
 * failed BREAKER times in a row rests for a minute, then twice as long, up to an hour). A trigger
 * changes something at the other side: it is tried exactly once, on a connection of its own, and
 * its answer says whether it may have arrived. Logs name host and path, never query, header or
 * body. */
#pragma once

#include "server/base/err.h"
#include "server/base/span.h"

#include <stdbool.h>
#include <stdint.h>

struct loop;
struct http_net;
struct http_client;
struct http_call;

struct http_client_options {
	struct loop *loop;
	const char *ca_file; /* instead of the system's certificates; NULL */
	const char *proxy;   /* "http://host:port"; NULL: none */
	bool any_address;    /* also loopback and private addresses: for tests and houses that have
				their own server */
	const struct http_net *nets; /* what is allowed beside public addresses; borrowed */
	size_t n_nets;
};

enum { HTTP_CALLS_MAX = 64, HTTP_TRIES_MAX = 4, HTTP_REDIRECTS_MAX = 3 };

struct http_call_options {  /* copied, but hosts are borrowed until done() */
	const char *method; /* NULL: GET */
	const char *url;
	const char *const *hosts;   /* NULL-terminated: who may be asked, also by a redirect */
	const char *const *headers; /* "Name: value", NULL-terminated; NULL */
	const char *etag;           /* known already: If-None-Match; NULL */
	struct span body;
	int fd;             /* where the body of a 200 is written, from its start; -1: memory */
	size_t max_size;    /* of the answer's body */
	uint32_t timeout_s; /* of one attempt; 0: 30 */
	bool trigger;
	bool once; /* tried once and not sent on, for what must be signed anew each time */
};

/* What is known about the request when there is no answer. */
enum http_sent {
	HTTP_NOT_SENT,   /* surely never left: nothing can have happened */
	HTTP_MAYBE_SENT, /* it may have had its effect */
	HTTP_ANSWERED
};

struct http_result {
	struct err err;  /* OK: a whole answer, whatever its status is */
	unsigned status; /* 0: none */
	enum http_sent sent;
	const char *etag; /* "" none */
	struct span body; /* NUL behind it; in memory only */
	size_t size;      /* of the body */
	unsigned tries;
	int64_t date;          /* the server's clock (Unix ms); 0 not said */
	int64_t retry_after_s; /* as the server or the rest of its host says; -1 unknown */
};

struct http_client *http_client_new(const struct http_client_options *options);
/* Breaks off what is under way; no done() is called any more. */
void http_client_free(struct http_client *client);

/* done: in the loop, never from inside this call; result valid during it; afterwards the call is
 * gone. Errors: url_not_allowed, host_not_listed, address_not_allowed, redirect_refused,
 * tls_failed, host_resting, too_large, timeout, io, no_space, busy (more than HTTP_CALLS_MAX),
 * no_libcurl. */
struct http_call *http_client_call(struct http_client *client,
	const struct http_call_options *options,
	void (*done)(void *owner, const struct http_result *result), void *owner);
/* done() is not called. A trigger that is called off may have arrived. fd may still be written to
 * until http_client_free(), so give the call a copy of its own. NULL is fine. */
void http_client_cancel(struct http_call *call);
