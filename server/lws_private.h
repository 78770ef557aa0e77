/* lws_private.h: what the two users of libwebsockets share: loop_lws.c and ws_lws.c. */
#pragma once

struct loop;
struct lws_context;

struct lws_context *loop_lws_context(struct loop *loop);
/* First call of every lws callback: loop_now() is right in what follows. */
void loop_lws_turn(struct loop *loop);
