#include "server/loop.h"
#include "server/ws_private.h"

#include <libwebsockets.h>

#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Peers with something to send stand in a line; each gets one message, then stands at its end. So
 * the 200 microseconds of a turn are shared, and a peer whose socket is full leaves the line. */

enum { CLOSE_S = 10 /* so long a peer may take to read our close frame */ };

static int64_t usec(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

void ws_leave_line(struct ws_peer *p)
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

void ws_line_up(struct ws_peer *p)
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

/* Only the close frame is left, and little time for it. */
static void leave(struct ws_peer *p)
{
	ws_leave_line(p);
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
		ws_line_up(p);
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

		ws_leave_line(p);
		serve(p);
		loop_serve_urgent(hub->loop);
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
			ws_line_up(p);
		else if (due && (!next || due < next))
			next = due;
	}
	hub->pace_at = next;
	loop_timer_set(hub->pace, next);
}

void ws_start_sending(struct ws_hub *hub)
{
	hub->ready_end = &hub->ready;
	hub->turn = loop_timer_new(hub->loop, on_turn, hub);
	hub->pace = loop_timer_new(hub->loop, on_pace, hub);
}

void ws_stop_sending(struct ws_hub *hub)
{
	loop_timer_free(hub->turn);
	loop_timer_free(hub->pace);
}

void ws_send(struct ws_peer *p, const char *text, size_t size)
{
	if (p->stage != OPEN)
		return;
	if (ws_queue_add(&p->queue, text, size)) {
		ws_line_up(p);
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
		ws_line_up(p);
	else
		look_again(p->hub, ws_queue_next(&p->queue));
}

void ws_close(struct ws_peer *p, unsigned code, const char *reason)
{
	if (p->stage != OPEN)
		return;
	p->stage = CLOSING;
	p->close_code = code;
	strncat(p->close_reason, reason, WS_REASON_MAX);
	lws_set_timeout(p->wsi, PENDING_TIMEOUT_CLOSE_SEND, CLOSE_S);
	if (p->queue.facts)
		ws_line_up(p);
	else
		leave(p);
}
