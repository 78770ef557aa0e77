#include "server/http_policy.h"

#include "server/base/text.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { URL_MAX = 2000, DAY_S = 86400 };

static const char scheme[] = "https://";

static enum err_code not_allowed(struct err *e, const char *why)
{
	return err_because(e, ERR_FORBIDDEN, "url_not_allowed", "the address %s", why);
}

/* Host and port of "host", "host:8443" or "[::1]:8443". */
static bool read_authority(struct http_url *out, const char *text, size_t n)
{
	char copy[HTTP_HOST_SIZE + 10];
	char *host = copy, *end;
	uint64_t port = 443;

	if (!n || n >= sizeof copy)
		return false;
	memcpy(copy, text, n);
	copy[n] = '\0';
	end = strchr(copy, *copy == '[' ? ']' : ':');
	if (*copy == '[') {
		if (!end)
			return false;
		host = copy + 1;
		*end++ = '\0';
		if (*end && *end != ':')
			return false;
	}
	if (end && *end == ':') {
		*end = '\0';
		if (!text_uint(&port, end + 1, 65535) || !port || end[1] == '0')
			return false;
	}
	for (char *c = host; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	n = strlen(host);
	if (n && host[n - 1] == '.')
		host[n - 1] = '\0';
	out->port = (uint16_t)port;
	return *host && text_copy(out->host, sizeof out->host, host);
}

enum err_code http_url_read(struct http_url *out, const char *url, struct err *e)
{
	struct http_url found = { 0 };
	const char *authority = url + sizeof scheme - 1;
	size_t n;

	if (strlen(url) > URL_MAX)
		return not_allowed(e, "is too long");
	for (const char *c = url; *c; c++)
		if ((unsigned char)*c <= ' ' || *c == 0x7f || *c == '\\')
			return not_allowed(e, "has a character that no address has");
	if (strncasecmp(url, scheme, sizeof scheme - 1) != 0)
		return not_allowed(e, "does not begin with https://");
	n = strcspn(authority, "/?#");
	if (memchr(authority, '@', n))
		return not_allowed(e, "has a user name in it");
	if (!read_authority(&found, authority, n))
		return not_allowed(e, "has no proper host");
	*out = found;
	return OK;
}

void http_url_label(char out[HTTP_LABEL_SIZE], const char *url)
{
	const char *rest = strstr(url, "://");
	const char *at;
	size_t n, left;

	rest = rest ? rest + 3 : url;
	n = strcspn(rest, "/?#");
	at = memchr(rest, '@', n);
	left = at ? (size_t)(at + 1 - rest) : 0;
	n = strcspn(rest, "?#");
	(void)snprintf(out, HTTP_LABEL_SIZE, "%s%.*s", rest > url ? scheme : "", (int)(n - left),
		rest + left);
}

bool http_host_is_among(const char *host, const char *const *hosts)
{
	for (; hosts && *hosts; hosts++)
		if (strcasecmp(*hosts, host) == 0)
			return true;
	return false;
}

struct range4 {
	uint32_t net;
	unsigned bits;
};

static bool is_public4(uint32_t address)
{
	static const struct range4 kept_out[] = {
		{ 0x00000000, 8 },  /* this network */
		{ 0x0A000000, 8 },  /* private */
		{ 0x64400000, 10 }, /* shared by a provider's customers */
		{ 0x7F000000, 8 },  /* loopback */
		{ 0xA9FE0000, 16 }, /* link-local: also the clouds' own metadata */
		{ 0xAC100000, 12 }, /* private */
		{ 0xC0000000, 24 }, /* protocol assignments */
		{ 0xC0000200, 24 }, /* documentation */
		{ 0xC0586300, 24 }, /* 6to4 relays */
		{ 0xC0A80000, 16 }, /* private */
		{ 0xC6120000, 15 }, /* benchmarks */
		{ 0xC6336400, 24 }, /* documentation */
		{ 0xCB007100, 24 }, /* documentation */
		{ 0xE0000000, 3 },  /* multicast, reserved, broadcast */
	};

	for (size_t i = 0; i < ARRAY_SIZE(kept_out); i++)
		if ((address ^ kept_out[i].net) >> (32 - kept_out[i].bits) == 0)
			return false;
	return true;
}

static uint32_t v4_at(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* Global unicast is 2000::/3; what wraps an IPv4 address is judged by that. */
static bool is_public6(const uint8_t a[16])
{
	static const uint8_t mapped[12] = { [10] = 0xFF, [11] = 0xFF };
	static const uint8_t nat64[12] = { 0x00, 0x64, 0xFF, 0x9B };
	static const uint8_t documentation[4] = { 0x20, 0x01, 0x0D, 0xB8 };
	static const uint8_t teredo[4] = { 0x20, 0x01, 0x00, 0x00 };

	if (!memcmp(a, mapped, 12) || !memcmp(a, nat64, 12))
		return is_public4(v4_at(a + 12));
	if (a[0] == 0x20 && a[1] == 0x02)
		return is_public4(v4_at(a + 2));
	if (!memcmp(a, documentation, 4) || !memcmp(a, teredo, 4))
		return false;
	return (a[0] & 0xE0) == 0x20;
}

bool http_address_is_public(const struct sockaddr *address)
{
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;

	if (address->sa_family == AF_INET) {
		memcpy(&v4, address, sizeof v4);
		return is_public4(ntohl(v4.sin_addr.s_addr));
	}
	if (address->sa_family != AF_INET6)
		return false;
	memcpy(&v6, address, sizeof v6);
	return is_public6(v6.sin6_addr.s6_addr);
}

static bool same_bits(const uint8_t *a, const uint8_t *b, unsigned bits)
{
	unsigned whole = bits / 8, rest = bits % 8;

	return !memcmp(a, b, whole) && (!rest || (a[whole] ^ b[whole]) >> (8 - rest) == 0);
}

/* Where the machine's own services are found: never, whoever allows it. */
static bool is_link_local(int family, const uint8_t bytes[16])
{
	return family == AF_INET ? bytes[0] == 169 && bytes[1] == 254
				 : bytes[0] == 0xFE && (bytes[1] & 0xC0) == 0x80;
}

enum err_code http_net_read(struct http_net *out, const char *text, struct err *e)
{
	struct http_net net = { .family = strchr(text, ':') ? AF_INET6 : AF_INET };
	uint64_t most = net.family == AF_INET ? 32 : 128, bits = most;
	char address[64];
	const char *slash = strchr(text, '/');

	if (!text_copy(address, sizeof address, text))
		return err_set(e, ERR_INVALID, "must be like \"192.168.1.20/32\"");
	if (slash && (size_t)(slash - text) < sizeof address)
		address[slash - text] = '\0';
	if (inet_pton(net.family, address, net.address) != 1 ||
		(slash && (!text_uint(&bits, slash + 1, most) || bits < 8)))
		return err_set(e, ERR_INVALID, "must be like \"192.168.1.20/32\"");
	net.bits = (unsigned)bits;
	if (is_link_local(net.family, net.address))
		return err_set(e, ERR_INVALID, "link-local addresses are never asked");
	*out = net;
	return OK;
}

/* Also as IPv4 in IPv6: mapped, NAT64. */
static bool leads_to_link_local(int family, const uint8_t bytes[16])
{
	static const uint8_t mapped[12] = { [10] = 0xFF, [11] = 0xFF };
	static const uint8_t nat64[12] = { 0x00, 0x64, 0xFF, 0x9B };
	bool wrapped =
		family == AF_INET6 && (!memcmp(bytes, mapped, 12) || !memcmp(bytes, nat64, 12));
	uint8_t inner[16] = { 0 };

	if (!wrapped)
		return is_link_local(family, bytes);
	memcpy(inner, bytes + 12, 4);
	return is_link_local(AF_INET, inner);
}

bool http_address_is_in(const struct http_net *nets, size_t n, const struct sockaddr *address)
{
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
	uint8_t bytes[16] = { 0 };

	if (address->sa_family == AF_INET) {
		memcpy(&v4, address, sizeof v4);
		memcpy(bytes, &v4.sin_addr, 4);
	} else if (address->sa_family == AF_INET6) {
		memcpy(&v6, address, sizeof v6);
		memcpy(bytes, v6.sin6_addr.s6_addr, 16);
	} else {
		return false;
	}
	if (leads_to_link_local(address->sa_family, bytes)) /* a wide net has them in it */
		return false;
	for (size_t i = 0; i < n; i++)
		if (nets[i].family == address->sa_family &&
			same_bits(nets[i].address, bytes, nets[i].bits))
			return true;
	return false;
}

bool http_may_retry(const struct err *failure, unsigned status)
{
	if (failure->code == ERR_TIMEOUT || failure->code == ERR_IO)
		return true;
	if (failure->code != OK)
		return false;
	return status == 408 || status == 425 || status == 429 || status == 500 || status == 502 ||
	       status == 503 || status == 504;
}

msec http_retry_delay(unsigned next, uint32_t random, int64_t retry_after_s)
{
	unsigned doublings = next > 2 ? next - 2 : 0;
	msec base = doublings < 6 ? (msec)1000 << doublings : 60000;
	msec asked = retry_after_s > 0 ? (msec)retry_after_s * 1000 : 0;
	msec wait;

	if (base > 60000)
		base = 60000;
	wait = base / 2 + random % (base + 1);
	return wait > asked ? wait : asked + wait / 4; /* not all clients at the same second */
}

int64_t http_date(const char *value)
{
	struct tm when = { 0 };
	const char *end = strptime(value, "%a, %d %b %Y %H:%M:%S GMT", &when);

	return end && !*end ? (int64_t)timegm(&when) * 1000 : 0;
}

int64_t http_retry_after(const char *value, int64_t wall)
{
	uint64_t seconds;
	int64_t left, when;

	if (text_uint(&seconds, value, UINT32_MAX))
		return seconds < DAY_S ? (int64_t)seconds : DAY_S;
	when = http_date(value);
	if (!when)
		return -1;
	left = when / 1000 - wall / 1000;
	if (left < 0)
		return 0;
	return left < DAY_S ? left : DAY_S;
}
