#include "server/base/alloc.h"
#include "server/loop.h"
#include "server/lws_private.h"
#include "server/ws_private.h"

#include <libwebsockets.h>

#include <assert.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { SEND_BUFFER = 64 * 1024 /* the kernel's part of a slow reader's queue */ };

static void forget(struct ws_peer *p)
{
	ws_leave_line(p);
	*p->link = p->next;
	if (p->next)
		p->next->link = p->link;
	p->hub->count--;
	loop_lws_peers(p->hub->loop, p->hub->count);
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

static int established(struct ws_hub *hub, struct lws *wsi)
{
	struct ws_peer *p = lws_get_opaque_user_data(wsi);
	int buffer = SEND_BUFFER;

	loop_serve_urgent(hub->loop); /* hundreds may come in one turn */
	if (!p) {                     /* within ws_hub_adopt() */
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
	ws_leave_line(p);
	lws_close_reason(p->wsi, code, (unsigned char *)reason /* only read */, strlen(reason));
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
	ws_line_up(p);
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
	ws_start_sending(hub);
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
	for (struct ws_peer *p = hub->all, *next; p; p = next) {
		next = p->next;
		say_goodbye(p);
		tell_closed(p);
		forget(p);
	}
	loop_lws_set_guest(hub->loop, (struct lws_guest){ NULL, NULL });
	ws_stop_sending(hub);
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
	loop_lws_peers(hub->loop, hub->count);
	return p;
}

enum err_code ws_hub_adopt(
	struct ws_hub *hub, int fd, struct span head, struct span note, struct err *e)
{
	int yes = 1;

	assert(note.size <= WS_NOTE_MAX);
	loop_serve_urgent(hub->loop);
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
