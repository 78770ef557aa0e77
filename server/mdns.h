/* mdns.h: tells the network where the service is, through the machine's Avahi (mDNS, DNS-SD). Where
 * there is none, one line in the log says so and that is all. It is announced again when Avahi
 * comes, restarts or was renamed, under another name when another machine has ours, and withdrawn
 * when this process ends, however it ends: Avahi sees its connection close. */
#pragma once

#include "server/base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct loop;
struct mdns;

enum { MDNS_NAME_SIZE = 63 + 1, MDNS_TEXTS_MAX = 16 };

struct mdns_place {
	bool outside;  /* others can reach it; else it is not announced */
	int interface; /* number; 0: all */
	int family;    /* AF_INET, AF_INET6; AF_UNSPEC: both */
	uint16_t port;
};

/* Where a listening socket is reached. */
void mdns_place_of(struct mdns_place *out, int fd);

/* Copied. */
struct mdns_options {
	struct loop *loop;
	struct mdns_place place;  /* outside */
	const char *name;         /* for people; cut to 63 bytes */
	const char *type;         /* "_lockwright._tcp" */
	const char *const *texts; /* "key=value", NULL-terminated, at most MDNS_TEXTS_MAX */
};

struct mdns *mdns_new(const struct mdns_options *options);
void mdns_free(struct mdns *mdns); /* NULL is fine */
