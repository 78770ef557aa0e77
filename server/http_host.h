/* http_host.h: how much the hosts that are asked may be asked: at most HTTP_HOST_BURST requests at
 * once and then one each HTTP_HOST_SPACING_MS; and a host that keeps failing rests. No clock. */
#pragma once

#include "server/base/msec.h"

#include <stdbool.h>
#include <stddef.h>

enum {
	HTTP_HOSTS_MAX = 32,
	HTTP_HOST_BURST = 8,
	HTTP_HOST_SPACING_MS = 250,
	HTTP_HOST_FAILURES = 5, /* in a row, then it rests */
	HTTP_HOST_REST_MS = 60000,
	HTTP_HOST_REST_MAX_MS = 3600000
};

struct http_host {
	char name[256];
	msec next;       /* the tokens are all spent before this, see http_host_turn() */
	msec rest_until; /* 0: not resting */
	msec rest;       /* the last one's length */
	unsigned failures;
	bool probing; /* one attempt finds out whether the rest is over */
	msec used;
};

struct http_hosts {
	struct http_host host[HTTP_HOSTS_MAX];
	size_t n;
};

/* Made when new; the one not used for longest goes when there are too many. */
struct http_host *http_host_find(struct http_hosts *hosts, const char *name, msec now);
/* When the next request may go (now: at once) and takes that turn. */
msec http_host_turn(struct http_host *host, msec now);
/* 0: it may be asked; else for how long it still rests. After a rest one attempt may go. */
msec http_host_rests(struct http_host *host, msec now);
void http_host_worked(struct http_host *host);
/* asked: how long the server wants to be left alone; 0 unknown. A minute or more begins at once,
 * whatever came before. */
void http_host_failed(struct http_host *host, msec now, msec asked);
