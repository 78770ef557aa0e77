/* ws_private.h: the hub between its two files: ws_lws.c has the peers' lives, sender_lws.c the
 * sending. */
#pragma once

#include "server/base/msec.h"
#include "server/ws_hub.h"
#include "server/ws_queue.h"

#include <stdbool.h>

enum {
	WS_REASON_MAX = 123, /* RFC 6455 §5.5: 125 bytes less the code */
	WS_GOING_AWAY = 1001,
	WS_TRY_AGAIN_LATER = 1013, /* IANA, WebSocket close codes */
};

struct lws;

enum stage {
	ADOPTED, /* lws still answers its 101; the owner does not know it */
	OPEN,
	CLOSING, /* what is queued goes out first */
	LEAVING, /* only the close frame is left */
};

struct ws_peer {
	struct ws_hub *hub;
	struct ws_peer *next, **link;        /* of all */
	struct ws_peer *next_ready, **ready; /* of those with something to send */
	struct lws *wsi;
	void *data;
	enum stage stage;
	bool blocked; /* waits until the socket takes more */
	struct ws_queue queue;
	char *in; /* a message in the making */
	size_t in_size;
	unsigned close_code;
	char close_reason[WS_REASON_MAX + 1];
	size_t note_size;
	uint8_t note[WS_NOTE_MAX];
};

struct ws_hub {
	struct loop *loop;
	struct ws_events events;
	void *owner;
	struct ws_peer *all, *ready, **ready_end;
	struct ws_peer *adopting; /* while lws_adopt_*() runs */
	size_t count;
	struct loop_timer *turn, *pace;
	msec pace_at; /* 0: not set */
};

void ws_start_sending(struct ws_hub *hub);
void ws_stop_sending(struct ws_hub *hub);
/* Its turn will come: the first in line are served in the next turn of the loop. */
void ws_line_up(struct ws_peer *p);
void ws_leave_line(struct ws_peer *p);
