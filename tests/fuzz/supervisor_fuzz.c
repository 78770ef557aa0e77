/* What answers in the Supervisor's place: a broker that is taken has a host and a port, and what is
 * taken for the name of an offer can stand in a path. */
#include "api/supervisor_messages.h"
#include "server/http.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* api/reply.c can also send; nobody is there. */
void http_send(struct http_reply *reply, unsigned status, const char *type,
	const char *const *lines, struct span body)
{
	(void)reply;
	(void)status;
	(void)type;
	(void)lines;
	(void)body;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct found_broker broker = { .port = 7 };
	char uuid[SUPERVISOR_UUID_SIZE] = "";
	struct err e = { 0 };

	if (supervisor_read_broker(&broker, 200, (struct span){ data, size }, &e) == OK) {
		assert(broker.port && broker.host[0] && !strpbrk(broker.host, " /@\r\n"));
		assert(strlen(broker.host) < sizeof broker.host);
		assert(strlen(broker.password) < sizeof broker.password);
	} else {
		assert(broker.port == 7 && !broker.host[0] && e.text[0]);
	}
	if (supervisor_read_discovery(uuid, 200, (struct span){ data, size }, &e) == OK)
		assert(uuid[0] && !uuid[strspn(uuid, "0123456789abcdefABCDEF-")]);
	else
		assert(!uuid[0]);
	return 0;
}
