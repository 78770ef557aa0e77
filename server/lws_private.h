/* lws_private.h: what the two users of libwebsockets share: loop_lws.c and ws_lws.c.
 *
 * There is one vhost for both: lws picks the vhost of a request by its Host header, whatever it was
 * adopted to. */
#pragma once

#include <stddef.h>

struct loop;
struct lws;
struct lws_vhost;

struct lws_guest {
	/* reason: enum lws_callback_reasons. loop_now() is right in here. */
	int (*event)(void *owner, struct lws *wsi, int reason, void *in, size_t size);
	void *owner;
};

struct lws_vhost *loop_lws_vhost(struct loop *loop);
/* Who hears of WebSockets; { NULL, NULL }: nobody any more. */
void loop_lws_set_guest(struct loop *loop, struct lws_guest guest);
/* How many WebSockets there are: with a crowd lws is asked less often. */
void loop_lws_peers(struct loop *loop, size_t count);
