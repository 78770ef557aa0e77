#include "server/mdns.h"

#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

static bool same(const struct sockaddr *a, const struct sockaddr_storage *b)
{
	if (a->sa_family != b->ss_family)
		return false;
	if (a->sa_family == AF_INET)
		return ((const struct sockaddr_in *)(const void *)a)->sin_addr.s_addr ==
		       ((const struct sockaddr_in *)(const void *)b)->sin_addr.s_addr;
	return memcmp(&((const struct sockaddr_in6 *)(const void *)a)->sin6_addr,
		       &((const struct sockaddr_in6 *)(const void *)b)->sin6_addr,
		       sizeof(struct in6_addr)) == 0;
}

/* 0: none has it any more. */
static int interface_of(const struct sockaddr_storage *address)
{
	struct ifaddrs *all = NULL;
	unsigned found = 0;

	if (getifaddrs(&all))
		return 0;
	for (const struct ifaddrs *i = all; i && !found; i = i->ifa_next)
		if (i->ifa_addr && same(i->ifa_addr, address))
			found = if_nametoindex(i->ifa_name);
	freeifaddrs(all);
	return (int)found;
}

static void place_of_four(struct mdns_place *out, const struct sockaddr_storage *at)
{
	const struct sockaddr_in *four = (const struct sockaddr_in *)(const void *)at;
	uint32_t address = ntohl(four->sin_addr.s_addr);

	out->port = ntohs(four->sin_port);
	out->family = AF_INET;
	out->outside = address >> 24 != IN_LOOPBACKNET;
	if (address != INADDR_ANY && out->outside)
		out->interface = interface_of(at);
}

static void place_of_six(struct mdns_place *out, const struct sockaddr_storage *at, bool only)
{
	const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)(const void *)at;

	out->port = ntohs(six->sin6_port);
	out->family = only ? AF_INET6 : AF_UNSPEC;
	out->outside = !IN6_IS_ADDR_LOOPBACK(&six->sin6_addr);
	if (!IN6_IS_ADDR_UNSPECIFIED(&six->sin6_addr) && out->outside)
		out->interface = six->sin6_scope_id ? (int)six->sin6_scope_id : interface_of(at);
}

void mdns_place_of(struct mdns_place *out, int fd)
{
	struct sockaddr_storage at = { 0 };
	socklen_t size = sizeof at, flag = sizeof(int);
	int only = 0;

	*out = (struct mdns_place){ 0 };
	if (getsockname(fd, (struct sockaddr *)&at, &size))
		return;
	if (at.ss_family == AF_INET)
		place_of_four(out, &at);
	if (at.ss_family == AF_INET6 && !getsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &only, &flag))
		place_of_six(out, &at, only);
}
