/* ws_hub.h: WebSocket peers. Only ws_lws.c knows libwebsockets.
 *
 * Sending never blocks and never delays others: each peer has a bounded queue of facts and one slot
 * of volatile state per key; at most WS_TURN_USEC of sending happen in one turn of the loop. */
#pragma once

#include "server/base/err.h"
#include "server/base/span.h"

#include <stdint.h>

struct loop;
struct ws_hub;
struct ws_peer;

enum {
	WS_NOTE_MAX = 128,
	WS_QUEUE_MAX = 1 << 20, /* waiting bytes of facts; more closes the peer with 1013 */
	WS_MESSAGE_MAX = 4096,  /* of an incoming message; longer closes with 1009 */
	WS_PEERS_MAX = 1000,
	WS_TURN_USEC = 200,
};

struct ws_events {
	void (*opened)(void *owner, struct ws_peer *peer, struct span note);
	void (*message)(void *owner, struct ws_peer *peer, const char *text, size_t size);
	void (*drained)(void *owner, struct ws_peer *peer); /* the fact queue became empty */
	void (*closed)(void *owner, struct ws_peer *peer);  /* exactly once per opened */
};

struct ws_hub *ws_hub_new(struct loop *loop, const struct ws_events *events, void *owner);
void ws_hub_free(struct ws_hub *hub); /* closes all peers with 1001 */
size_t ws_hub_count(const struct ws_hub *hub);

/* Takes fd: a live TCP socket whose upgrade request was already read as head. */
MUST_USE enum err_code ws_hub_adopt(
	struct ws_hub *hub, int fd, struct span head, struct span note, struct err *e);

void ws_peer_set(struct ws_peer *peer, void *data); /* the owner's own pointer, NULL at first */
void *ws_peer_get(const struct ws_peer *peer);
/* A fact: queued in order. A peer over WS_QUEUE_MAX is closed with 1013. */
void ws_send(struct ws_peer *peer, const char *text, size_t size);
/* Volatile: replaces an unsent text of the same key; sent at most once a second per key, after the
 * facts queued before it. size 0 forgets the key. */
void ws_latest(struct ws_peer *peer, int64_t key, const char *text, size_t size);
void ws_close(struct ws_peer *peer, unsigned code, const char *reason); /* closed() follows later */
