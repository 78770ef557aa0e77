/* events.h: the event stream over WebSocket: hello, replay after `since`, snapshot, live
 * (DECISIONS "Service"). A peer gets each fact exactly once and in order: while it replays, live
 * facts are not sent to it but found by the paging, until a page ends at the newest one. */
#pragma once

#include "ota/engine.h"
#include "server/ws_hub.h"

struct api;

enum {
	EVENTS_PAGE = 100,
	EVENTS_AUTH_MS = 10000,
	EVENTS_PROGRESS_GAP = 1000,  /* ms; so often all hear of progress */
	EVENTS_PROGRESS_DELAY = 100, /* ms after it was made, at least: never beside a block */
	WS_UNAUTHORIZED = 4401,      /* no or wrong token */
};

/* Given from the http request to opened(); WS_NOTE_MAX. */
struct events_note {
	int64_t since; /* -1: none */
	int scope;
	char token[64]; /* name of it; "" none */
};

extern const struct ws_events events_ws;
extern const struct engine_listener events_listener;
void events_done(struct api *api); /* frees all subscribers */
