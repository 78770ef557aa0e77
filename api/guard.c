#include "api/guard.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <netinet/in.h>
#include <string.h>
#include <strings.h>

enum { HOST_MAX = 256 };

struct authority {
	char host[HOST_MAX]; /* without brackets */
	char port[8];        /* "" none */
};

static bool split_port(struct authority *out, const char *rest)
{
	size_t n;

	out->port[0] = '\0';
	if (!*rest)
		return true;
	n = strspn(rest + 1, "0123456789");
	if (*rest != ':' || rest[1 + n] || n >= sizeof out->port)
		return false;
	memcpy(out->port, rest + 1, n + 1);
	return true;
}

/* "name", "name:port", "[v6]", "[v6]:port" */
static bool split(struct authority *out, const char *text)
{
	bool bracket = text[0] == '[';
	size_t n = strcspn(text, bracket ? "]" : ":");

	if (bracket && text[n] != ']')
		return false;
	text += bracket;
	n -= bracket;
	if (n >= HOST_MAX)
		return false;
	memcpy(out->host, text, n);
	out->host[n] = '\0';
	return split_port(out, text + n + bracket);
}

static bool is_literal(const char *host)
{
	struct in6_addr raw;

	return inet_pton(AF_INET, host, &raw) == 1 || inet_pton(AF_INET6, host, &raw) == 1;
}

static bool same_address(const char *a, const char *b)
{
	struct in6_addr x, y;

	if (inet_pton(AF_INET6, a, &x) == 1 && inet_pton(AF_INET6, b, &y) == 1)
		return memcmp(&x, &y, sizeof x) == 0;
	return strcasecmp(a, b) == 0;
}

static bool is_loopback(const char *host)
{
	struct in_addr v4;

	if (inet_pton(AF_INET, host, &v4) == 1)
		return ntohl(v4.s_addr) >> 24 == IN_LOOPBACKNET;
	return strcasecmp(host, "localhost") == 0 ||
	       (is_literal(host) && same_address(host, "::1"));
}

static bool is_any(const char *host)
{
	return !*host || strcmp(host, "0.0.0.0") == 0 || strcmp(host, "*") == 0 ||
	       same_address(host, "::");
}

static bool is_allowed(const struct authority *host, const char *entry)
{
	struct authority allowed;

	/* A bare IPv6 literal is a host, not a host and ports. */
	if (is_literal(entry))
		return is_literal(host->host) && same_address(host->host, entry);
	return split(&allowed, entry) && strcasecmp(host->host, allowed.host) == 0 &&
	       (!allowed.port[0] || strcmp(host->port, allowed.port) == 0);
}

bool guard_host(const struct guard_rules *rules, const char *host)
{
	struct authority asked, own;

	if (!host || !split(&asked, host) || !asked.host[0])
		return false;
	if (is_loopback(asked.host))
		return true;
	if (is_literal(asked.host) && rules->listen && split(&own, rules->listen) &&
		(is_any(own.host) || same_address(asked.host, own.host)))
		return true;
	for (size_t i = 0; i < rules->n_allowed; i++)
		if (is_allowed(&asked, rules->allowed[i]))
			return true;
	return false;
}

static void drop_default_port(struct authority *a, const char *port)
{
	if (strcmp(a->port, port) == 0)
		a->port[0] = '\0';
}

bool guard_origin(const char *origin, const char *host)
{
	struct authority from, to;
	const char *port;

	if (!origin)
		return true;
	if (strncasecmp(origin, "http://", 7) == 0)
		port = "80";
	else if (strncasecmp(origin, "https://", 8) == 0)
		port = "443";
	else
		return false; /* "null", extensions, other schemes */
	if (!host || !split(&from, strchr(origin, '/') + 2) || !split(&to, host))
		return false;
	drop_default_port(&from, port);
	drop_default_port(&to, port);
	return from.host[0] && strcasecmp(from.host, to.host) == 0 &&
	       strcmp(from.port, to.port) == 0;
}

bool guard_media(const char *content_type, const char *wanted)
{
	size_t n = strlen(wanted);

	if (!content_type || strncasecmp(content_type, wanted, n) != 0)
		return false;
	return !content_type[n] || content_type[n] == ';' ||
	       isspace((unsigned char)content_type[n]);
}
