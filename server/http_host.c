#include "server/http_host.h"

#include "server/base/text.h"

#include <string.h>

struct http_host *http_host_find(struct http_hosts *hosts, const char *name, msec now)
{
	struct http_host *host = NULL;

	for (size_t i = 0; i < hosts->n; i++) {
		if (!strcmp(hosts->host[i].name, name)) {
			hosts->host[i].used = now;
			return &hosts->host[i];
		}
		if (!host || hosts->host[i].used < host->used)
			host = &hosts->host[i];
	}
	if (hosts->n < HTTP_HOSTS_MAX)
		host = &hosts->host[hosts->n++];
	*host = (struct http_host){ .used = now };
	(void)text_copy(host->name, sizeof host->name, name);
	return host;
}

/* A bucket of tokens as one number: `next` is the moment when it would be full again, less what it
 * holds (the "generic cell rate" form). */
msec http_host_turn(struct http_host *host, msec now)
{
	const msec burst = (msec)(HTTP_HOST_BURST - 1) * HTTP_HOST_SPACING_MS;
	msec full = host->next > now ? host->next : now;
	msec turn = full > now + burst ? full - burst : now;

	host->next = full + HTTP_HOST_SPACING_MS;
	return turn;
}

msec http_host_rests(struct http_host *host, msec now)
{
	if (!host->rest_until)
		return 0;
	if (now < host->rest_until)
		return host->rest_until - now;
	if (host->probing)
		return HTTP_HOST_SPACING_MS;
	host->probing = true;
	return 0;
}

void http_host_worked(struct http_host *host)
{
	host->failures = 0;
	host->rest = host->rest_until = 0;
	host->probing = false;
}

static void rest(struct http_host *host, msec until)
{
	if (until > host->rest_until)
		host->rest_until = until;
}

void http_host_failed(struct http_host *host, msec now, msec asked)
{
	bool again = host->probing, resting = now < host->rest_until;

	host->probing = false;
	if (asked >= HTTP_HOST_REST_MS)
		rest(host, now + asked);
	/* What was under way when the rest began says nothing new. */
	if (resting || (++host->failures < HTTP_HOST_FAILURES && !again))
		return;
	host->rest = host->rest ? 2 * host->rest : HTTP_HOST_REST_MS;
	if (host->rest > HTTP_HOST_REST_MAX_MS)
		host->rest = HTTP_HOST_REST_MAX_MS;
	rest(host, now + host->rest);
}
