#include "server/main_mdns.h"

#include "server/config.h"

#include <stdio.h>
#include <unistd.h>

enum { HOST_NAME_SIZE = 65 };

struct mdns *main_mdns_new(struct loop *loop, const struct config *config,
	const struct mdns_place *place, const char *id)
{
	char host[HOST_NAME_SIZE] = "", name[sizeof host + 16], own[48];
	/* Home Assistant's integration reads these; values are short, none is secret. */
	const char *const texts[] = { "txtvers=1", own, ("version=" LOCKWRIGHT_VERSION), "api=1",
		"path=/api/v1", "tls=0", "auth=bearer", "ingress=0", NULL };
	const struct mdns_options options = { .loop = loop,
		.place = *place,
		.name = name,
		.type = "_lockwright._tcp",
		.texts = texts };

	if (!place->outside || !config->announce)
		return NULL;
	if (gethostname(host, sizeof host - 1))
		host[0] = '\0';
	(void)snprintf(name, sizeof name, "Lockwright on %s", *host ? host : "this machine");
	(void)snprintf(own, sizeof own, "id=%s", id);
	return mdns_new(&options);
}
