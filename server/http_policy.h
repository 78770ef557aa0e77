/* http_policy.h: which outgoing requests are allowed, and when one is tried again. Pure. */
#pragma once

#include "server/base/err.h"
#include "server/base/msec.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

enum { HTTP_HOST_SIZE = 256, HTTP_LABEL_SIZE = 160 };

struct http_url {
	char host[HTTP_HOST_SIZE]; /* lower case, without brackets and final dot */
	uint16_t port;
};

/* https only, no user information, no control characters or spaces, at most 2,000 bytes.
 * ERR_FORBIDDEN "url_not_allowed". */
MUST_USE enum err_code http_url_read(struct http_url *out, const char *url, struct err *e);
/* What of a URL may be logged: scheme, host and path. A query may hold a secret and is cut off. */
void http_url_label(char out[HTTP_LABEL_SIZE], const char *url);

/* hosts: NULL-terminated; a name means that host alone, not what is below it. */
bool http_host_is_among(const char *host, const char *const *hosts);

/* Not loopback, private, link-local, shared (CGNAT), multicast, documentation or unspecified;
 * IPv4 inside IPv6 is looked at as IPv4. Other families are not public. */
bool http_address_is_public(const struct sockaddr *address);

/* "192.168.1.20/32", "fd00::/8", or an address alone. ERR_INVALID; also for link-local nets. */
struct http_net {
	int family;
	uint8_t address[16];
	unsigned bits;
};
MUST_USE enum err_code http_net_read(struct http_net *out, const char *text, struct err *e);
bool http_address_is_in(const struct http_net *nets, size_t n, const struct sockaddr *address);

/* Is it worth trying again what ended like this? status 0: no answer. */
bool http_may_retry(const struct err *failure, unsigned status);
/* How long to wait before attempt `next` (2 for the first repetition): doubles from 1 s to 60 s,
 * times 0.5 to 1.5 by `random`; at least what the server asked for. */
msec http_retry_delay(unsigned next, uint32_t random, int64_t retry_after_s);
/* Unix ms of an HTTP date; 0: none. */
int64_t http_date(const char *value);
/* Retry-After: seconds or an HTTP date; at most a day. -1: none, or nonsense. */
int64_t http_retry_after(const char *value, int64_t wall);
