#include "server/base/alloc.h"
#include "server/base/log.h"
#include "server/http_exchange.h"
#include "server/loop.h"

#include <microhttpd.h>

#include <arpa/inet.h>
#include <assert.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	CONNECTIONS_MAX = 1200, /* per listening socket; more wait in the kernel's queue */
	HEAD_MAX = 16 * 1024,   /* request line and headers of one connection */
	IDLE_S = 30,
	FRONTS_MAX = 2, /* TCP and the control socket */
	STOP_ROUNDS = 16,
};

/* One listening socket, one libmicrohttpd daemon in external-epoll mode. */
struct front {
	struct http_server *server;
	enum http_origin origin;
	struct MHD_Daemon *daemon;
	struct loop_watch *watch;
	struct loop_timer *deadline;
};

struct http_server {
	struct http_above above;
	struct front fronts[FRONTS_MAX];
	size_t n_fronts;
	bool stopping;
};

struct call {
	struct http_exchange exchange; /* first member */
	struct front *front;
	struct MHD_Connection *connection;
	bool suspended;
	bool give_up;
};

static struct call *call_of(const struct http_exchange *ex)
{
	return (struct call *)ex; /* its first member; all calls are ours and writable */
}

/* libmicrohttpd inside the loop */

static void pump(struct front *f)
{
	MHD_UNSIGNED_LONG_LONG ms;
	struct loop *loop = f->server->above.options.loop;

	MHD_run(f->daemon);
	oneport_deliver(
		&f->server->above.lifts, f->server->stopping ? NULL : f->server->above.options.hub);
	/* 0 ms is common: it keeps sockets it has not drained in a list of its own, which the epoll
	 * does not show. */
	if (MHD_get_timeout(f->daemon, &ms) == MHD_YES)
		loop_timer_set(f->deadline, loop_now(loop) + ms);
	else
		loop_timer_set(f->deadline, 0);
}

static void on_ready(void *owner, unsigned events)
{
	(void)events;
	pump(owner);
}

static void on_deadline(void *owner)
{
	pump(owner);
}

/* Not at once: we may be deep inside MHD_run(). */
static void wake(struct http_exchange *ex)
{
	struct call *call = call_of(ex);
	struct loop *loop = ex->above->options.loop;

	if (!call->suspended)
		return;
	call->suspended = false;
	MHD_resume_connection(call->connection);
	loop_timer_set(call->front->deadline, loop_now(loop));
}

static const char *header(const struct http_exchange *ex, const char *name)
{
	return MHD_lookup_connection_value(call_of(ex)->connection, MHD_HEADER_KIND, name);
}

static int socket_of(const struct http_exchange *ex)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(call_of(ex)->connection, MHD_CONNECTION_INFO_CONNECTION_FD);

	return info ? info->connect_fd : -1;
}

static const struct http_below below = { header, socket_of, wake };

/* From the connection to a request */

static void name_unix_peer(struct http_request *r, int fd)
{
	struct ucred who;
	socklen_t size = sizeof who;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &size))
		return;
	r->peer_uid = (int64_t)who.uid;
	(void)snprintf(r->peer, sizeof r->peer, "uid %u", (unsigned)who.uid);
}

static void name_ip_peer(struct http_request *r, int fd)
{
	static const char mapped[] = "::ffff:";
	struct sockaddr_storage at;
	socklen_t size = sizeof at;
	const char *dot;

	if (getpeername(fd, (struct sockaddr *)&at, &size) ||
		getnameinfo((struct sockaddr *)&at, size, r->peer, sizeof r->peer, NULL, 0,
			NI_NUMERICHOST))
		r->peer[0] = 0; /* gone already */
	dot = strchr(r->peer, '.');
	if (dot && !strncmp(r->peer, mapped, sizeof mapped - 1))
		memmove(r->peer, r->peer + sizeof mapped - 1, strlen(r->peer) - sizeof mapped + 2);
}

static enum MHD_Result add_query(
	void *owner, enum MHD_ValueKind kind, const char *name, const char *value)
{
	(void)kind;
	http_exchange_query(owner, name, value);
	return MHD_YES;
}

static struct call *call_new(struct front *f, struct MHD_Connection *c)
{
	struct call *call = xcalloc(1, sizeof *call);
	struct http_request *r = &call->exchange.request;

	call->front = f;
	call->connection = c;
	http_exchange_init(&call->exchange, &f->server->above);
	r->origin = f->origin;
	if (f->origin == HTTP_CONTROL)
		name_unix_peer(r, socket_of(&call->exchange));
	else
		name_ip_peer(r, socket_of(&call->exchange));
	MHD_get_connection_values(c, MHD_GET_ARGUMENT_KIND, add_query, &call->exchange);
	return call;
}

/* And back to it */

static void add_head(struct MHD_Response *response, char *head)
{
	for (char *line = head; *line;) {
		char *end = strchr(line, '\n'), *colon = strstr(line, ": ");

		assert(colon && colon < end && "a header is \"Name: value\"");
		*end = *colon = 0;
		if (MHD_add_response_header(response, line, colon + 2) != MHD_YES)
			log_warn("header %s left out: it has a bad value", line);
		line = end + 1;
	}
}

static enum MHD_Result answer(struct call *call)
{
	struct http_answer *a = &call->exchange.answer;
	static char nothing[] = "";
	struct MHD_Response *response =
		a->size ? MHD_create_response_from_buffer(a->size, a->body, MHD_RESPMEM_MUST_FREE)
			: MHD_create_response_from_buffer(0, nothing, MHD_RESPMEM_PERSISTENT);

	if (!response)
		return MHD_NO;
	a->body = NULL; /* the response frees it */
	add_head(response, a->head);
	enum MHD_Result queued = MHD_queue_response(call->connection, a->status, response);

	MHD_destroy_response(response);
	return queued;
}

static enum MHD_Result suspend(struct call *call)
{
	call->suspended = true;
	MHD_suspend_connection(call->connection);
	return MHD_YES;
}

static enum MHD_Result take_body(struct call *call, const char *data, size_t *size)
{
	size_t n = *size, took;

	if (!http_exchange_data(&call->exchange, (const uint8_t *)data, n, &took))
		return MHD_NO;
	*size = n - took;
	if (took == n || call->exchange.go_on)
		return MHD_YES;
	return call->front->server->stopping ? MHD_NO : suspend(call);
}

/* MHD_NO makes libmicrohttpd forget the connection without another byte. */
static enum MHD_Result finish(struct call *call)
{
	struct http_exchange *ex = &call->exchange;

	if (!ex->ended)
		http_exchange_end(ex);
	if (call->front->server->stopping)
		(void)http_exchange_stop(ex); /* it has ended: nothing is suspended any more */
	if (ex->lifted)
		return MHD_NO;
	return ex->answered ? answer(call) : suspend(call);
}

/* Called with the head alone, then for each piece of the body, then once without data; and again
 * after each resume. */
/* NOLINTNEXTLINE(readability-function-size): the library's signature */
static enum MHD_Result on_request(void *owner, struct MHD_Connection *c, const char *path,
	const char *method, const char *version, const char *data, size_t *size, void **state)
{
	struct call *call = *state;

	(void)version;
	if (!call) {
		loop_serve_urgent(((struct front *)owner)->server->above.options.loop);
		*state = call = call_new(owner, c);
		http_exchange_begin(&call->exchange, method, path);
		return http_exchange_refuses(&call->exchange) ? answer(call) : MHD_YES;
	}
	if (call->give_up)
		return MHD_NO;
	return *size ? take_body(call, data, size) : finish(call);
}

static void on_completed(
	void *owner, struct MHD_Connection *c, void **state, enum MHD_RequestTerminationCode why)
{
	struct call *call = *state;

	(void)owner;
	(void)c;
	(void)why;
	if (!call)
		return;
	http_exchange_done(&call->exchange);
	free(call);
	*state = NULL;
}

/* Paths and queries reach us raw; http_route.c decodes them. */
static size_t keep_escapes(void *owner, struct MHD_Connection *c, char *text)
{
	(void)owner;
	(void)c;
	return strlen(text);
}

/* It says "internal error" for each lift and complains of every rude client: only for debugging. */
static PRINTF_LIKE(2, 0) void on_log(void *owner, const char *fmt, va_list args)
{
	char line[256];

	(void)owner;
	if (!log_wants(LOG_LEVEL_DEBUG))
		return;
	(void)vsnprintf(line, sizeof line, fmt, args);
	line[strcspn(line, "\n")] = 0;
	log_debug("http: %s", line);
}

enum err_code http_server_new(
	struct http_server **out, const struct http_options *options, struct err *e)
{
	struct http_server *server = xcalloc(1, sizeof *server);

	(void)e; /* no way to fail today */
	server->above.options = *options;
	server->above.table = (struct http_route_table){ options->routes, options->n_routes };
	server->above.below = &below;
	*out = server;
	return OK;
}

static struct MHD_Daemon *start_daemon(struct front *f, int fd)
{
	return MHD_start_daemon(
		MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG |
			MHD_USE_TURBO, /* no shutdown() of a lifted socket, see oneport.h */
		0, NULL, NULL, on_request, f, MHD_OPTION_EXTERNAL_LOGGER, on_log, NULL,
		MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_CONNECTION_LIMIT,
		(unsigned)CONNECTIONS_MAX, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_S,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HEAD_MAX, MHD_OPTION_STRICT_FOR_CLIENT,
		1, MHD_OPTION_UNESCAPE_CALLBACK, keep_escapes, NULL, MHD_OPTION_NOTIFY_COMPLETED,
		on_completed, NULL, MHD_OPTION_END);
}

enum err_code http_server_listen(
	struct http_server *server, int fd, enum http_origin origin, struct err *e)
{
	struct loop *loop = server->above.options.loop;
	const union MHD_DaemonInfo *info;
	struct front *f = &server->fronts[server->n_fronts];

	assert(server->n_fronts < FRONTS_MAX);
	*f = (struct front){ .server = server, .origin = origin };
	f->daemon = start_daemon(f, fd);
	info = f->daemon ? MHD_get_daemon_info(f->daemon, MHD_DAEMON_INFO_EPOLL_FD) : NULL;
	if (!info) {
		if (f->daemon)
			MHD_stop_daemon(f->daemon);
		else
			close(fd);
		return err_set(e, ERR_INTERNAL, "the HTTP server does not start");
	}
	server->n_fronts++;
	f->watch = loop_watch(loop, info->epoll_fd, on_ready, f);
	f->deadline = loop_timer_new(loop, on_deadline, f);
	pump(f);
	return OK;
}

static bool any_waiting(const struct http_server *server)
{
	for (const struct http_exchange *ex = server->above.first; ex; ex = ex->next)
		if (ex->answered || call_of(ex)->give_up)
			return true;
	return false;
}

static void stop_exchanges(struct http_server *server)
{
	struct http_exchange *next;

	for (struct http_exchange *ex = server->above.first; ex; ex = next) {
		next = ex->next;
		call_of(ex)->give_up = !http_exchange_stop(ex);
		wake(ex);
	}
}

static void stop_front(struct front *f)
{
	loop_unwatch(f->watch);
	loop_timer_free(f->deadline);
	MHD_stop_daemon(f->daemon);
}

void http_server_stop(struct http_server *server)
{
	if (!server)
		return;
	server->stopping = true;
	stop_exchanges(server);
	/* The answers leave in a round or two; a client that does not read them gets no more. */
	for (int i = 0; i < STOP_ROUNDS && any_waiting(server); i++)
		for (size_t k = 0; k < server->n_fronts; k++)
			pump(&server->fronts[k]);
	for (size_t k = 0; k < server->n_fronts; k++)
		stop_front(&server->fronts[k]);
	oneport_deliver(&server->above.lifts, NULL);
	free(server);
}
