#include "server/base/alloc.h"
#include "server/loop.h"
#include "server/lws_private.h"
#include "server/ws_hub.h"
#include "server/ws_queue.h"

#include <libwebsockets.h>

#include <assert.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
	SEND_BUFFER = 64 * 1024, /* the kernel's part of a slow reader's queue */
	CLOSE_S = 10,            /* so long a peer may take to read our close frame */
	REASON_MAX = 123,        /* RFC 6455 §5.5: 125 bytes less the code */
	WS_GOING_AWAY = 1001,
	WS_TRY_AGAIN_LATER = 1013, /* IANA, WebSocket close codes */
};

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
	char close_reason[REASON_MAX + 1];
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

static int64_t usec(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void leave_ready(struct ws_peer *p)
{
	if (!p->ready)
		return;
	*p->ready = p->next_ready;
	if (p->next_ready)
		p->next_ready->ready = p->ready;
	else
		p->hub->ready_end = p->ready;
	p->ready = NULL;
	p->next_ready = NULL;
}

/* Its turn will come: the first in line are served in the next turn of the loop. */
static void line_up(struct ws_peer *p)
{
	struct ws_hub *hub = p->hub;

	if (p->ready || p->blocked || p->stage == ADOPTED || p->stage == LEAVING)
		return;
	if (!hub->ready)
		loop_timer_set(hub->turn, loop_now(hub->loop));
	p->ready = hub->ready_end;
	*hub->ready_end = p;
	hub->ready_end = &p->next_ready;
}

static void forget(struct ws_peer *p)
{
	leave_ready(p);
	*p->link = p->next;
	if (p->next)
		p->next->link = p->link;
	p->hub->count--;
	if (p->wsi)
		lws_set_opaque_user_data(p->wsi, NULL);
	ws_queue_clear(&p->queue);
	free(p->in);
	free(p);
}

static void tell_closed(struct ws_peer *p)
{
	if (p->stage != ADOPTED && p->hub->events.closed)
		p->hub->events.closed(p->hub->owner, p);
}

/* Only the close frame is left, and little time for it. */
static void leave(struct ws_peer *p)
{
	leave_ready(p);
	p->stage = LEAVING;
	lws_set_timeout(p->wsi, PENDING_TIMEOUT_CLOSE_SEND, CLOSE_S);
	lws_callback_on_writable(p->wsi);
}

static void block(struct ws_peer *p)
{
	p->blocked = true;
	lws_callback_on_writable(p->wsi);
}

static bool write_text(struct ws_peer *p, struct ws_text *text)
{
	int sent = lws_write(p->wsi, ws_text_data(text), text->size, LWS_WRITE_TEXT);

	free(text);
	if (sent >= 0)
		return true;
	p->stage = LEAVING;
	lws_set_timeout(p->wsi, PENDING_TIMEOUT_CLOSE_SEND, LWS_TO_KILL_ASYNC);
	return false;
}

static void look_again(struct ws_hub *hub, msec due)
{
	if (!due || (hub->pace_at && hub->pace_at <= due))
		return;
	hub->pace_at = due;
	loop_timer_set(hub->pace, due);
}

/* One message of one peer. */
static void serve(struct ws_peer *p)
{
	struct ws_hub *hub = p->hub;
	bool had_facts = p->queue.facts != NULL;
	struct ws_text *text;

	if (lws_send_pipe_choked(p->wsi)) {
		block(p);
		return;
	}
	text = ws_queue_take(&p->queue, loop_now(hub->loop));
	if (text && !write_text(p, text))
		return;
	if (p->queue.facts || ws_queue_due(&p->queue, loop_now(hub->loop)))
		line_up(p);
	else if (p->stage == CLOSING)
		leave(p);
	else
		look_again(hub, ws_queue_next(&p->queue));
	if (had_facts && !p->queue.facts && p->stage == OPEN && hub->events.drained)
		hub->events.drained(hub->owner, p);
}

static void on_turn(void *owner)
{
	struct ws_hub *hub = owner;
	int64_t end = usec() + WS_TURN_USEC;

	while (hub->ready && usec() < end) {
		struct ws_peer *p = hub->ready;

		leave_ready(p);
		serve(p);
	}
	if (hub->ready)
		loop_timer_set(hub->turn, loop_now(hub->loop));
}

/* Volatile texts whose second is over. */
static void on_pace(void *owner)
{
	struct ws_hub *hub = owner;
	msec now = loop_now(hub->loop), next = 0;

	for (struct ws_peer *p = hub->all; p; p = p->next) {
		msec due = ws_queue_next(&p->queue);

		if (due && due <= now)
			line_up(p);
		else if (due && (!next || due < next))
			next = due;
	}
	hub->pace_at = next;
	loop_timer_set(hub->pace, next);
}

static int established(struct ws_hub *hub, struct lws *wsi)
{
	struct ws_peer *p = lws_get_opaque_user_data(wsi);
	int buffer = SEND_BUFFER;

	if (!p) { /* within ws_hub_adopt() */
		p = hub->adopting;
		hub->adopting = NULL;
	}
	if (!p)
		return -1;
	lws_set_opaque_user_data(wsi, p);
	p->wsi = wsi;
	p->stage = OPEN;
	/* lws makes it as small as its receive buffer. A failure costs speed only. */
	(void)setsockopt(lws_get_socket_fd(wsi), SOL_SOCKET, SO_SNDBUF, &buffer, sizeof buffer);
	p->hub->events.opened(p->hub->owner, p, (struct span){ p->note, p->note_size });
	return 0;
}

static int refuse(struct ws_peer *p, enum lws_close_status code, const char *reason)
{
	p->stage = LEAVING;
	leave_ready(p);
	lws_close_reason(p->wsi, code, (unsigned char *)(uintptr_t)reason, strlen(reason));
	return -1;
}

static int received(struct ws_peer *p, const char *data, size_t size)
{
	if (p->stage != OPEN)
		return 0;
	if (lws_frame_is_binary(p->wsi))
		return refuse(p, LWS_CLOSE_STATUS_UNACCEPTABLE_OPCODE, "text only");
	if (p->in_size + size > WS_MESSAGE_MAX)
		return refuse(p, LWS_CLOSE_STATUS_MESSAGE_TOO_LARGE, "message too long");
	if (!p->in)
		p->in = xcalloc(1, WS_MESSAGE_MAX + 1);
	memcpy(p->in + p->in_size, data, size);
	p->in_size += size;
	if (!lws_is_final_fragment(p->wsi) || lws_remaining_packet_payload(p->wsi))
		return 0;

	char *text = p->in;
	size_t whole = p->in_size;

	p->in = NULL;
	p->in_size = 0;
	text[whole] = 0;
	p->hub->events.message(p->hub->owner, p, text, whole);
	free(text);
	return 0;
}

static int writable(struct ws_peer *p)
{
	p->blocked = false;
	if (p->stage == LEAVING) {
		lws_close_reason(p->wsi, (enum lws_close_status)p->close_code,
			(unsigned char *)p->close_reason, strlen(p->close_reason));
		return -1;
	}
	line_up(p);
	return 0;
}

static int on_event(void *owner, struct lws *wsi, int reason, void *in, size_t size)
{
	struct ws_peer *p = wsi ? lws_get_opaque_user_data(wsi) : NULL;

	if (reason == LWS_CALLBACK_ESTABLISHED)
		return established(owner, wsi);
	if (!p)
		return 0;
	if (reason == LWS_CALLBACK_RECEIVE)
		return received(p, in, size);
	if (reason == LWS_CALLBACK_SERVER_WRITEABLE)
		return writable(p);
	/* CLOSED comes, too, for one whose 101 could not be sent; WSI_DESTROY for all. */
	if (reason == LWS_CALLBACK_CLOSED || reason == LWS_CALLBACK_WSI_DESTROY) {
		tell_closed(p);
		forget(p);
	}
	return 0;
}

struct ws_hub *ws_hub_new(struct loop *loop, const struct ws_events *events, void *owner)
{
	struct ws_hub *hub = xcalloc(1, sizeof *hub);

	hub->loop = loop;
	hub->events = *events;
	hub->owner = owner;
	hub->ready_end = &hub->ready;
	hub->turn = loop_timer_new(loop, on_turn, hub);
	hub->pace = loop_timer_new(loop, on_pace, hub);
	loop_lws_set_guest(loop, (struct lws_guest){ on_event, hub });
	return hub;
}

/* The close frame by hand, as far as it goes without waiting; lws ends the connection later. */
static void say_goodbye(struct ws_peer *p)
{
	static const uint8_t frame[] = { 0x88, 2, WS_GOING_AWAY >> 8, WS_GOING_AWAY & 0xFF };

	if (!p->wsi)
		return;
	if (p->stage != ADOPTED && p->stage != LEAVING && !lws_send_pipe_choked(p->wsi))
		(void)!send(lws_get_socket_fd(p->wsi), frame, sizeof frame,
			MSG_DONTWAIT | MSG_NOSIGNAL);
	lws_set_timeout(p->wsi, PENDING_TIMEOUT_CLOSE_SEND, LWS_TO_KILL_ASYNC);
}

void ws_hub_free(struct ws_hub *hub)
{
	if (!hub)
		return;
	while (hub->all) {
		say_goodbye(hub->all);
		tell_closed(hub->all);
		forget(hub->all);
	}
	loop_lws_set_guest(hub->loop, (struct lws_guest){ NULL, NULL });
	loop_timer_free(hub->turn);
	loop_timer_free(hub->pace);
	free(hub);
}

size_t ws_hub_count(const struct ws_hub *hub)
{
	return hub->count;
}

static struct ws_peer *new_peer(struct ws_hub *hub, struct span note)
{
	struct ws_peer *p = xcalloc(1, sizeof *p);

	p->hub = hub;
	ws_queue_init(&p->queue, LWS_PRE);
	p->note_size = note.size;
	if (note.size)
		memcpy(p->note, note.data, note.size);
	p->next = hub->all;
	p->link = &hub->all;
	if (p->next)
		p->next->link = &p->next;
	hub->all = p;
	hub->count++;
	return p;
}

enum err_code ws_hub_adopt(
	struct ws_hub *hub, int fd, struct span head, struct span note, struct err *e)
{
	int yes = 1;

	assert(note.size <= WS_NOTE_MAX);
	if (hub->count >= WS_PEERS_MAX) {
		close(fd);
		return err_set(e, ERR_BUSY, "%d WebSockets are open already", WS_PEERS_MAX);
	}
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes); /* not on Unix sockets */
	hub->adopting = new_peer(hub, note);
	struct lws *wsi = lws_adopt_socket_vhost_readbuf(
		loop_lws_vhost(hub->loop), fd, (const char *)head.data, head.size);

	struct ws_peer *p = hub->adopting;

	hub->adopting = NULL;
	if (!p) /* established already */
		return OK;
	if (!wsi) {
		forget(p);
		return err_set(e, ERR_IO, "the WebSocket handshake failed");
	}
	p->wsi = wsi;
	lws_set_opaque_user_data(wsi, p);
	return OK;
}

void ws_peer_set(struct ws_peer *p, void *data)
{
	p->data = data;
}

void *ws_peer_get(const struct ws_peer *p)
{
	return p->data;
}

void ws_send(struct ws_peer *p, const char *text, size_t size)
{
	if (p->stage != OPEN)
		return;
	if (ws_queue_add(&p->queue, text, size)) {
		line_up(p);
		return;
	}
	ws_queue_clear(&p->queue);
	ws_close(p, WS_TRY_AGAIN_LATER, "too slow: ask again with since=");
}

void ws_latest(struct ws_peer *p, int64_t key, const char *text, size_t size)
{
	if (p->stage != OPEN)
		return;
	ws_queue_latest(&p->queue, key, text, size);
	if (ws_queue_due(&p->queue, loop_now(p->hub->loop)))
		line_up(p);
	else
		look_again(p->hub, ws_queue_next(&p->queue));
}

void ws_close(struct ws_peer *p, unsigned code, const char *reason)
{
	if (p->stage != OPEN)
		return;
	p->stage = CLOSING;
	p->close_code = code;
	strncat(p->close_reason, reason, REASON_MAX);
	lws_set_timeout(p->wsi, PENDING_TIMEOUT_CLOSE_SEND, CLOSE_S);
	if (p->queue.facts)
		line_up(p);
	else
		leave(p);
}
