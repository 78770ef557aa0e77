/* http_wire.h: one attempt of one outgoing request, by libcurl on a thread of its own, which starts
 * with the first attempt: a service that asks nobody loads no libcurl. TLS 1.2 or later,
 * certificate and name verified, HTTP/1.1, redirects not followed, no cookies. Only http_client.c
 * uses it. */
#pragma once

#include "server/base/err.h"
#include "server/base/span.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct loop;
struct http_net;
struct http_wire;

struct http_wire_options {
	const char *ca_file; /* instead of the system's; NULL */
	const char *proxy;   /* "http://host:port"; NULL: none, whatever the environment says */
	bool any_address;    /* also loopback and private ones */
	const struct http_net *nets; /* allowed beside public ones; borrowed */
	size_t n_nets;
};

enum { HTTP_ETAG_SIZE = 128, HTTP_RETRY_AFTER_SIZE = 40, HTTP_LOCATION_SIZE = 2048 };

/* Embedded in the caller's object; it and what it borrows must live until done(). */
struct http_attempt {
	const char *method;         /* "GET" */
	const char *url;            /* as http_url_read() allows */
	const char *const *headers; /* "Name: value", NULL-terminated; may be NULL */
	const char *etag_known;     /* If-None-Match; NULL or "" */
	struct span body;           /* size 0: none */
	int fd;                     /* where a body of status 200 goes; -1: memory */
	size_t max_size;            /* of the answer's body */
	uint32_t timeout_s;         /* from the start to the last byte */
	bool fresh;                 /* a connection of its own, closed afterwards */

	void (*done)(struct http_attempt *attempt); /* in the loop */

	struct err err;  /* OK: there is a whole answer */
	unsigned status; /* 0: none */
	bool maybe_sent; /* true as soon as a byte of the request may have left */
	char etag[HTTP_ETAG_SIZE];
	char retry_after[HTTP_RETRY_AFTER_SIZE];
	char date[HTTP_RETRY_AFTER_SIZE];
	char location[HTTP_LOCATION_SIZE]; /* absolute, of a redirect; "" */
	uint8_t *data;                     /* the body, NUL behind it; the caller's, free() */
	size_t size;                       /* also of what went to fd */

	/* The wire's own. */
	struct http_attempt *next;
	bool any_address;
	const struct http_wire_options *options;
	void *curl, *lines;
	atomic_bool cancelled;
	size_t room; /* of data */
	bool too_large, address_refused, no_memory;
	int write_error;
	char problem[256];
};

struct http_wire *http_wire_new(struct loop *loop, const struct http_wire_options *options);
void http_wire_submit(struct http_wire *wire, struct http_attempt *attempt);
/* done() still comes, with ERR_BUSY "cancelled" unless it was over already. */
void http_wire_cancel(struct http_wire *wire, struct http_attempt *attempt);
/* Breaks off what is under way and calls the outstanding done()s directly. */
void http_wire_free(struct http_wire *wire);
