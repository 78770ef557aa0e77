#include "server/base/alloc.h"
#include "tests/api/support.h"

#include <assert.h>
#include <string.h>

void ws_peer_set(struct ws_peer *peer, void *data)
{
	peer->data = data;
}

void *ws_peer_get(const struct ws_peer *peer)
{
	return peer->data;
}

void ws_send(struct ws_peer *peer, const char *text, size_t size)
{
	char *copy = xcalloc(1, size + 1);

	assert(peer->n < FAKE_EVENTS);
	memcpy(copy, text, size);
	peer->sent[peer->n++] = copy;
}

void ws_latest(struct ws_peer *peer, int64_t key, const char *text, size_t size)
{
	assert(size < sizeof peer->latest);
	peer->latest_key = key;
	peer->latest[size] = '\0';
	if (size)
		memcpy(peer->latest, text, size);
}

void ws_close(struct ws_peer *peer, unsigned code, const char *reason)
{
	assert(strlen(reason) <= 123); /* RFC 6455 §5.5: a control frame has 125 bytes */
	peer->closed = code;
}

size_t ws_hub_count(const struct ws_hub *hub)
{
	(void)hub;
	return 3;
}
