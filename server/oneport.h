/* oneport.h: REST and WebSocket behind one port: how a connection leaves libmicrohttpd ("lift").
 *
 * A WebSocket upgrade may come on any kept-alive connection; behind Home Assistant's ingress that
 * is the rule. The handler duplicates the socket and makes libmicrohttpd forget the connection,
 * which closes only its own descriptor and, thanks to MHD_USE_TURBO, without shutdown(). After that
 * (oneport_deliver) the duplicate goes to the hub with a head that we write ourselves. */
#pragma once

#include "server/http.h"
#include "server/ws_hub.h"

struct lift;
struct lift_list {
	struct lift *first, **end;
};

/* Takes a duplicate of fd onto the list. ERR_INVALID: no proper upgrade; ERR_BUSY: hub is full. */
MUST_USE enum err_code oneport_lift(struct lift_list *list, int fd,
	const struct http_request *request, struct span note, struct err *e);
/* How many wait; they count as peers. */
size_t oneport_count(const struct lift_list *list);
/* Call when libmicrohttpd has let go of them. hub NULL: closes them. */
void oneport_deliver(struct lift_list *list, struct ws_hub *hub);
