#include "api/events.h"

#include "api/codec.h"
#include "api/context.h"
#include "api/view.h"
#include "ota/store.h"
#include "server/base/alloc.h"
#include "server/base/text.h"
#include "server/loop.h"

#include <stdlib.h>
#include <string.h>

struct subscriber {
	struct api *api;      /* NULL: gone likewise */
	struct ws_peer *peer; /* NULL: closed while a page was being read */
	struct subscriber *next;
	enum { AUTH, HELLO, REPLAY, LIVE } stage;
	struct loop_timer *deadline; /* of AUTH */
	int64_t since;               /* asked for; -1: from now on */
	int64_t sent;                /* newest seq sent */
	bool reading;                /* a page is on its way */
	/* It was sent a fact that is on disk but not yet announced: what the engine shows may be
	 * older, so the snapshot waits for the announcement. */
	bool ahead;
	char token[64];
};

static void send_json(struct ws_peer *peer, json_t *json)
{
	char *text = json ? reply_dump(json) : NULL;

	if (text)
		ws_send(peer, text, strlen(text));
	else
		ws_close(peer, 1011, "no memory");
	free(text);
	json_decref(json);
}

static void subscriber_free(struct subscriber *s)
{
	struct subscriber **at = s->api ? &s->api->subscribers : NULL;

	while (at && *at && *at != s)
		at = &(*at)->next;
	if (at && *at)
		*at = s->next;
	loop_timer_free(s->deadline);
	free(s);
}

static void snapshot(struct subscriber *s)
{
	const struct api *api = s->api;

	s->stage = LIVE;
	s->sent = api->last_event;
	send_json(s->peer, codec_snapshot(api->last_event, view_locks(api), view_active_jobs(api),
				   view_adapters(api)));
}

static void have_page(void *owner, const struct err *e, const struct event *events, size_t n,
	bool more, int64_t oldest);

static void read_page(struct subscriber *s, size_t limit)
{
	const struct event_filter filter = { .after = s->sent, .limit = limit };

	s->reading = true;
	store_events(s->api->options.store, &filter, have_page, s);
}

/* Facts were deleted that this peer has not seen, or it comes from another database. */
static bool is_lost(const struct subscriber *s, int64_t oldest)
{
	int64_t newest = s->api->last_event;

	if (s->since > newest)
		return true;
	return oldest ? s->since + 1 < oldest : s->since < newest;
}

/* The first page tells what is still there. */
static void greet(struct subscriber *s, int64_t oldest)
{
	const struct hello hello = { s->api->options.version, s->api->last_event, oldest };

	send_json(s->peer, codec_hello(&hello));
	s->stage = REPLAY;
	if (s->since < 0) {
		snapshot(s);
	} else if (is_lost(s, oldest)) {
		send_json(s->peer, codec_resync(s->since, oldest, s->api->last_event));
		snapshot(s);
	}
}

static void replay(struct subscriber *s, const struct event *events, size_t n, bool more)
{
	for (size_t i = 0; i < n; i++) {
		send_json(s->peer, codec_event_message(&events[i]));
		s->sent = events[i].seq;
	}
	if (more)
		return; /* after drained() */
	if (s->sent == s->api->last_event)
		snapshot(s);
	else if (s->sent > s->api->last_event)
		s->ahead = true;
	else if (!n)
		read_page(s, EVENTS_PAGE); /* nothing to wait for: no drained() will come */
}

/* NOLINTNEXTLINE(readability-function-size): the shape of a store_events_done */
static void have_page(void *owner, const struct err *e, const struct event *events, size_t n,
	bool more, int64_t oldest)
{
	struct subscriber *s = owner;

	s->reading = false;
	if (!s->peer) {
		subscriber_free(s);
		return;
	}
	if (e && e->code) {
		ws_close(s->peer, 1011, "the history cannot be read");
		return;
	}
	if (s->stage == HELLO)
		greet(s, oldest);
	if (s->stage == REPLAY)
		replay(s, events, n, more);
}

static void start(struct subscriber *s)
{
	loop_timer_set(s->deadline, 0);
	s->stage = HELLO;
	s->sent = s->since < 0 ? s->api->last_event : s->since;
	read_page(s, s->since < 0 ? 1 : EVENTS_PAGE);
}

static void too_late(void *owner)
{
	struct subscriber *s = owner;

	if (s->stage == AUTH && s->peer)
		ws_close(s->peer, WS_UNAUTHORIZED, "no token in time");
}

static void opened(void *owner, struct ws_peer *peer, struct span note)
{
	struct api *api = owner;
	struct subscriber *s = xcalloc(1, sizeof *s);
	struct events_note from = { .since = -1 };

	if (note.size == sizeof from)
		memcpy(&from, note.data, sizeof from);
	s->api = api;
	s->peer = peer;
	s->since = from.since;
	s->next = api->subscribers;
	s->deadline = loop_timer_new(api->options.loop, too_late, s);
	(void)text_copy(s->token, sizeof s->token, from.token);
	api->subscribers = s;
	ws_peer_set(peer, s);
	if (s->token[0] && !auth_by_name(&api->auth, s->token))
		ws_close(peer, WS_UNAUTHORIZED, "this token was revoked");
	else if (from.scope >= SCOPE_READ)
		start(s);
	else
		loop_timer_set(s->deadline, loop_now(api->options.loop) + EVENTS_AUTH_MS);
}

static void authorise(struct subscriber *s, const struct client_message *message)
{
	if (message->type != CLIENT_AUTH)
		ws_close(s->peer, WS_UNAUTHORIZED, "the first message must be auth");
	else if (gate_token(s->api, message->token, s->token) >= SCOPE_READ)
		start(s);
	else
		ws_close(s->peer, WS_UNAUTHORIZED, "this token is not known here");
}

static void message(void *owner, struct ws_peer *peer, const char *text, size_t size)
{
	struct subscriber *s = ws_peer_get(peer);
	struct client_message message;

	(void)owner;
	if (!s)
		return;
	codec_client_message(&message, text, size);
	if (s->stage == AUTH)
		authorise(s, &message);
	else if (message.type == CLIENT_PING)
		send_json(peer, codec_message("pong"));
	else if (message.type == CLIENT_UNKNOWN) /* a second auth changes nothing */
		send_json(
			peer, codec_message_error("unknown_message",
				      "Known are {\"type\":\"auth\",…} and {\"type\":\"ping\"}."));
	explicit_bzero(&message, sizeof message);
}

static void drained(void *owner, struct ws_peer *peer)
{
	struct subscriber *s = ws_peer_get(peer);

	(void)owner;
	if (s && s->stage == REPLAY && !s->reading && !s->ahead)
		read_page(s, EVENTS_PAGE);
}

static void closed(void *owner, struct ws_peer *peer)
{
	struct subscriber *s = ws_peer_get(peer);

	(void)owner;
	if (!s)
		return;
	ws_peer_set(peer, NULL);
	s->peer = NULL;
	if (!s->reading) /* else the page's arrival frees it */
		subscriber_free(s);
}

const struct ws_events events_ws = {
	.opened = opened,
	.message = message,
	.drained = drained,
	.closed = closed,
};

static void send_live(struct api *api, const struct event *event, const char *text)
{
	enum job_phase phase;
	bool over = event->kind == EVENT_JOB && job_phase_parse(&phase, event->phase) &&
		    job_is_over(phase);

	for (struct subscriber *s = api->subscribers; s; s = s->next) {
		if (s->stage != LIVE || !s->peer || event->seq <= s->sent)
			continue;
		if (over) /* no progress of it is news any more */
			ws_latest(s->peer, event->job, NULL, 0);
		s->sent = event->seq;
		ws_send(s->peer, text, strlen(text));
	}
}

static void go_on(struct api *api)
{
	for (struct subscriber *s = api->subscribers; s; s = s->next) {
		if (!s->ahead || !s->peer || s->sent > api->last_event)
			continue;
		s->ahead = false;
		read_page(s, EVENTS_PAGE);
	}
}

static void on_event(void *owner, const struct event *event)
{
	struct api *api = owner;
	json_t *json;
	char *text;

	if (event->seq > api->last_event)
		api->last_event = event->seq;
	if (!api->subscribers)
		return;
	go_on(api);
	json = codec_event_message(event);
	text = json ? reply_dump(json) : NULL;
	json_decref(json);
	if (text)
		send_live(api, event, text);
	free(text);
}

static void tell_progress(struct api *api, const struct job *job)
{
	json_t *json = codec_progress(view_job(api, job));
	char *text = json ? reply_dump(json) : NULL;

	json_decref(json);
	for (struct subscriber *s = api->subscribers; text && s; s = s->next)
		if (s->stage == LIVE && s->peer)
			ws_latest(s->peer, job->id, text, strlen(text));
	free(text);
}

static void tell_moved(void *owner)
{
	struct api *api = owner;

	for (size_t i = 0; i < api->moved.n; i++) {
		const struct job *job =
			engine_active_by_id(api->options.engine, api->moved.jobs[i]);

		if (job && !job_is_over(job->phase))
			tell_progress(api, job);
	}
	api->moved.n = 0;
	api->moved.told_at = (int64_t)loop_now(api->options.loop);
}

/* Comes with each block, while the radio waits for the stick: only noted here. */
static void on_progress(void *owner, const struct job *job)
{
	events_moved(owner, job);
}

void events_moved(struct api *api, const struct job *job)
{
	int64_t soon = (int64_t)loop_now(api->options.loop) + EVENTS_PROGRESS_DELAY;
	int64_t next = api->moved.told_at + EVENTS_PROGRESS_GAP;

	for (size_t i = 0; i < api->moved.n; i++)
		if (api->moved.jobs[i] == job->id)
			return;
	if (!api->subscribers || api->moved.n == EVENTS_MOVED_MAX)
		return; /* of the many, this one's next block is told */
	api->moved.jobs[api->moved.n++] = job->id;
	if (!api->moved.timer)
		api->moved.timer = loop_timer_new(api->options.loop, tell_moved, api);
	if (api->moved.n == 1)
		loop_timer_set(api->moved.timer, (msec)(soon > next ? soon : next));
}

const struct engine_listener events_listener = {
	.event = on_event,
	.progress = on_progress,
};

void events_forget_token(struct api *api, const char *name)
{
	for (struct subscriber *s = api->subscribers; s; s = s->next)
		if (s->peer && strcmp(s->token, name) == 0)
			ws_close(s->peer, WS_UNAUTHORIZED, "this token was revoked");
}

void events_done(struct api *api)
{
	events_quiet_done(api);
	loop_timer_free(api->moved.timer);
	api->moved.timer = NULL;
	while (api->subscribers) {
		struct subscriber *s = api->subscribers;

		api->subscribers = s->next;
		if (s->peer)
			ws_peer_set(s->peer, NULL);
		s->peer = NULL;
		s->api = NULL;
		loop_timer_free(s->deadline);
		s->deadline = NULL;
		if (!s->reading)
			subscriber_free(s);
	}
}
