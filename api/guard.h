/* guard.h: what a browser could be tricked into, refused by header (DNS rebinding, cross-site
 * requests). Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct guard_rules {
	const char *listen; /* "127.0.0.1:8099", "[::]:8099", ":8099" */
	const char *const *allowed;
	size_t n_allowed;
};

/* The Host header: localhost, a loopback literal, the literal we listen on, an allowed name. Any
 * port. When we listen on all addresses, every IP literal: rebinding needs a name. */
bool guard_host(const struct guard_rules *rules, const char *host);
/* NULL (no browser) or the same host and port that Host names. */
bool guard_origin(const char *origin, const char *host);
/* "application/json; charset=utf-8" is "application/json". */
bool guard_media(const char *content_type, const char *wanted);
