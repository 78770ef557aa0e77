/* A small server for oneport_test.py: every promise of http.h and ws_hub.h can be seen from
 * outside. oneport_server SOCKET_PATH; prints "ready PORT" and stops on SIGTERM. */
#include "server/base/alloc.h"
#include "server/http.h"
#include "server/loop.h"
#include "server/ws_hub.h"

#include <arpa/inet.h>
#include <assert.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PEERS = WS_PEERS_MAX, LATE_MAX = 32 };

struct late {
	struct http_reply *reply;
	struct loop_timer *timer;
};

struct world {
	struct loop *loop;
	struct http_server *http;
	struct ws_hub *hub;
	struct ws_peer *peers[PEERS];
	size_t n_peers, opened, closed, aborted;
	struct http_reply *held[LATE_MAX];
	size_t n_held;
	int signals;
	struct loop_watch *watch;
};

static void text(struct http_reply *reply, unsigned status, const char *body)
{
	http_send(reply, status, "text/plain", NULL,
		(struct span){ (const uint8_t *)body, strlen(body) });
}

static void home(void *owner, const struct http_request *r, struct http_reply *reply)
{
	(void)owner;
	(void)r;
	text(reply, 200, "<h1>one port</h1>");
}

static void health(void *owner, const struct http_request *r, struct http_reply *reply)
{
	const struct world *w = owner;
	char body[160];

	snprintf(body, sizeof body,
		"{\"ws\":%zu,\"opened\":%zu,\"closed\":%zu,\"aborted\":%zu,\"peer\":\"%s\"}",
		ws_hub_count(w->hub), w->opened, w->closed, w->aborted, r->peer);
	text(reply, 200, body);
}

static void echo(void *owner, const struct http_request *r, struct http_reply *reply)
{
	static const char *const headers[] = { "X-One: 1", "X-Two: a: b", NULL };

	(void)owner;
	http_send(reply, 200, "application/octet-stream", headers, r->body);
}

static void item(void *owner, const struct http_request *r, struct http_reply *reply)
{
	const char *q = http_query(r, "q");
	char body[512];

	(void)owner;
	snprintf(body, sizeof body, "%s|%s|%s", http_param(r, "id"), q ? q : "-", r->path);
	text(reply, 200, body);
}

static void answer_late(void *owner)
{
	struct late *late = owner;

	text(late->reply, 200, http_alive(late->reply) ? "slow" : "gone");
	loop_timer_free(late->timer);
	free(late);
}

static void slow(void *owner, const struct http_request *r, struct http_reply *reply)
{
	struct world *w = owner;
	struct late *late = xcalloc(1, sizeof *late);

	(void)r;
	late->reply = reply;
	late->timer = loop_timer_new(w->loop, answer_late, late);
	loop_timer_set(late->timer, loop_now(w->loop) + 50);
}

/* Answered only after the server has stopped: the promise must still be safe to keep. */
static void hold(void *owner, const struct http_request *r, struct http_reply *reply)
{
	struct world *w = owner;

	(void)r;
	assert(w->n_held < LATE_MAX);
	w->held[w->n_held++] = reply;
}

static void broadcast(void *owner, const struct http_request *r, struct http_reply *reply)
{
	struct world *w = owner;
	const char *times = http_query(r, "times");
	unsigned n = 1;

	(void)(times && sscanf(times, "%u", &n));
	for (unsigned k = 0; k < n; k++)
		for (size_t i = w->n_peers; i-- > 0;)
			ws_send(w->peers[i], (const char *)r->body.data, r->body.size);
	text(reply, 202, "{}");
}

static void latest(void *owner, const struct http_request *r, struct http_reply *reply)
{
	struct world *w = owner;
	char body[32];

	(void)r;
	for (int k = 1; k <= 100; k++) {
		snprintf(body, sizeof body, "latest %d", k);
		for (size_t i = 0; i < w->n_peers; i++) {
			ws_latest(w->peers[i], 7, body, strlen(body));
			ws_latest(w->peers[i], 8, body, strlen(body));
		}
	}
	for (size_t i = 0; i < w->n_peers; i++) {
		ws_send(w->peers[i], "fact", 4);
		ws_latest(w->peers[i], 8, "", 0);
	}
	text(reply, 202, "{}");
}

static void events(void *owner, const struct http_request *r, struct http_reply *reply)
{
	struct err e;

	(void)owner;
	if (http_upgrade(reply, r, (struct span){ (const uint8_t *)"note", 4 }, &e))
		text(reply, e.code == ERR_BUSY ? 503 : 426, e.text);
}

/* An upload that takes at most 1000 bytes at a time, then wants 2 ms of rest. */
struct sink {
	struct world *world;
	struct http_reply *reply;
	struct loop_timer *rest;
	size_t size;
	unsigned long sum;
	bool resting;
};

static void rested(void *owner)
{
	struct sink *s = owner;

	s->resting = false;
	http_resume(s->reply);
}

static void *upload_begin(
	void *owner, const struct http_request *r, struct http_reply *reply, struct err *e)
{
	struct world *w = owner;

	if (http_query(r, "refuse")) {
		err_because(e, ERR_UNSUPPORTED, "refused", "refused at the start");
		return NULL;
	}

	struct sink *s = xcalloc(1, sizeof *s);

	s->world = w;
	s->reply = reply;
	s->rest = loop_timer_new(w->loop, rested, s);
	return s;
}

static enum err_code upload_chunk(
	void *sink, const uint8_t *data, size_t n, size_t *took, struct err *e)
{
	struct sink *s = sink;

	*took = n < 1000 ? n : 1000;
	if (s->resting)
		*took = 0;
	for (size_t i = 0; i < *took; i++)
		s->sum = s->sum * 31 + data[i];
	s->size += *took;
	if (s->size > 150000)
		return err_because(e, ERR_INTEGRITY, "bad_upload", "more than this sink likes");
	if (*took < n && !s->resting) {
		s->resting = true;
		loop_timer_set(s->rest, loop_now(s->world->loop) + 1);
	}
	return OK;
}

static void sink_free(struct sink *s)
{
	loop_timer_free(s->rest);
	free(s);
}

static void upload_end(void *sink, const struct http_request *r, struct http_reply *reply)
{
	struct sink *s = sink;
	char body[64];

	(void)r;
	snprintf(body, sizeof body, "%zu %lu", s->size, s->sum & 0xFFFFFFFF);
	sink_free(s);
	text(reply, 201, body);
}

static void upload_abort(void *sink)
{
	struct sink *s = sink;

	s->world->aborted++;
	sink_free(s);
}

static const struct http_upload upload = { upload_begin, upload_chunk, upload_end, upload_abort };

static bool guard(void *owner, struct http_request *r, struct http_reply *reply)
{
	(void)owner;
	if (http_header(r, "x-stranger")) {
		text(reply, 401, "who are you?");
		return false;
	}
	return true;
}

static void fail(void *owner, struct http_reply *reply, const struct err *e)
{
	char body[300];

	(void)owner;
	snprintf(body, sizeof body, "problem %s: %s", e->reason, e->text);
	text(reply, err_http(e->code), body);
}

static void opened(void *owner, struct ws_peer *peer, struct span note)
{
	struct world *w = owner;
	char hello[32];

	assert(w->n_peers < PEERS);
	w->peers[w->n_peers++] = peer;
	w->opened++;
	ws_peer_set(peer, w);
	snprintf(hello, sizeof hello, "hello %.*s", (int)note.size, (const char *)note.data);
	ws_send(peer, hello, strlen(hello));
}

static void message(void *owner, struct ws_peer *peer, const char *data, size_t size)
{
	assert(ws_peer_get(peer) == owner && data[size] == 0);
	if (!strcmp(data, "close me")) {
		ws_send(peer, "bye", 3);
		ws_close(peer, 4401, "as you wish");
		return;
	}
	ws_send(peer, data, size);
}

static void closed(void *owner, struct ws_peer *peer)
{
	struct world *w = owner;
	size_t i = 0;

	while (i < w->n_peers && w->peers[i] != peer)
		i++;
	assert(i < w->n_peers && "closed once per opened");
	w->peers[i] = w->peers[--w->n_peers];
	w->closed++;
}

static void on_signal(void *owner, unsigned ready)
{
	struct world *w = owner;

	(void)ready;
	loop_stop(w->loop);
}

static const struct http_route routes[] = {
	{ "GET", "/", home, 0, NULL },
	{ "GET", "/health", health, 0, NULL },
	{ "POST", "/echo", echo, 70000, NULL },
	{ "GET", "/items/{id}", item, 0, NULL },
	{ "DELETE", "/items/{id}", item, 0, NULL },
	{ "GET", "/slow", slow, 0, NULL },
	{ "GET", "/hold", hold, 0, NULL },
	{ "POST", "/broadcast", broadcast, 20000, NULL },
	{ "POST", "/latest", latest, 0, NULL },
	{ "GET", "/events", events, 0, NULL },
	{ "POST", "/upload", NULL, 200000, &upload },
};

static void watch_signals(struct world *w)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	w->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	w->watch = loop_watch(w->loop, w->signals, on_signal, w);
}

static int must(enum err_code code, const struct err *e)
{
	if (code) {
		fprintf(stderr, "%s: %s\n", e->reason, e->text);
		exit(1);
	}
	return 0;
}

static void listen_both(struct world *w, const char *path)
{
	struct sockaddr_in at;
	socklen_t size = sizeof at;
	struct err e;
	int fd;

	must(http_listen_unix(&fd, path, &e), &e);
	must(http_server_listen(w->http, fd, HTTP_CONTROL, &e), &e);
	must(http_listen_tcp(&fd, "127.0.0.1:0", &e), &e);
	getsockname(fd, (struct sockaddr *)&at, &size);
	must(http_server_listen(w->http, fd, HTTP_TCP, &e), &e);
	printf("ready %u\n", (unsigned)ntohs(at.sin_port));
	fflush(stdout);
}

int main(int argc, char **argv)
{
	static const struct ws_events ws = { opened, message, NULL, closed };
	struct world w = { .loop = loop_new() };
	struct http_options options = { .loop = w.loop,
		.routes = routes,
		.n_routes = ARRAY_SIZE(routes),
		.guard = guard,
		.fail = fail,
		.owner = &w };
	struct err e;

	if (argc != 2)
		return 2;
	watch_signals(&w);
	options.hub = w.hub = ws_hub_new(w.loop, &ws, &w);
	must(http_server_new(&w.http, &options, &e), &e);
	listen_both(&w, argv[1]);
	loop_run(w.loop);
	http_server_stop(w.http);
	for (size_t i = 0; i < w.n_held; i++)
		text(w.held[i], 200, "too late");
	ws_hub_free(w.hub);
	assert(w.opened == w.closed && !w.n_peers);
	loop_unwatch(w.watch);
	loop_free(w.loop);
	close(w.signals);
	unlink(argv[1]);
	return 0;
}
