/* http.h: requests and replies as the api sees them. Only http_mhd.c knows libmicrohttpd; it shares
 * upgrades with oneport.c. Everything runs in the loop; a handler answers now or later, exactly
 * once.
 *
 * Limits (named in http_mhd.c): connections, head size, idle time-out, bodies per route. */
#pragma once

#include "server/base/err.h"
#include "server/base/span.h"

#include <stdbool.h>
#include <stdint.h>

struct loop;
struct ws_hub;
struct http_server;
/* A promise of one answer; gone after http_send() or a successful http_upgrade(), and with an
 * upload that is aborted. May be kept even after http_server_stop(): answering is then harmless. */
struct http_reply;

enum http_origin { HTTP_TCP, HTTP_CONTROL /* the 0600 Unix socket */ };

/* Valid inside the call that hands it out. HEAD arrives as GET; its body is left out on the way. */
struct http_request {
	const char *method;
	const char *path; /* decoded, without query */
	struct span body; /* whole, at most the route's body_max; empty for uploads */
	enum http_origin origin;
	char peer[64];      /* "127.0.0.1", "::1"; for HTTP_CONTROL "uid 1000" */
	int64_t peer_uid;   /* HTTP_CONTROL: by SO_PEERCRED; else -1 */
	int scope;          /* set by the guard: what the caller may do */
	char principal[64]; /* set by the guard: token name or "local", for the history */
};

const char *http_param(const struct http_request *request, const char *name);  /* of the pattern */
const char *http_query(const struct http_request *request, const char *name);  /* NULL = absent */
const char *http_header(const struct http_request *request, const char *name); /* case-blind */

typedef void http_handler(
	void *owner, const struct http_request *request, struct http_reply *reply);

/* A body that is taken piece by piece. chunk() returns how much it took; less than n pauses the
 * connection until http_resume(). An error of begin/chunk is the reply. end() must answer.
 * abort(): the client went away or an error was answered; sink is dead afterwards. */
struct http_upload {
	void *(*begin)(void *owner, const struct http_request *request, struct http_reply *reply,
		struct err *e);
	enum err_code (*chunk)(
		void *sink, const uint8_t *data, size_t n, size_t *took, struct err *e);
	void (*end)(void *sink, const struct http_request *request, struct http_reply *reply);
	void (*abort)(void *sink);
};
void http_resume(struct http_reply *reply);

struct http_route {
	const char *method;
	const char *pattern; /* "/api/v1/jobs/{id}"; {x} matches one segment */
	http_handler *handle;
	size_t body_max;                  /* more: 413 */
	const struct http_upload *upload; /* instead of handle */
};

/* Ends the reply. Copies body. headers: extra "Name: value" lines, NULL-terminated, or NULL. */
void http_send(struct http_reply *reply, unsigned status, const char *type,
	const char *const *headers, struct span body);
/* Is the client of this promise still there? Answering a dead one is harmless. */
bool http_alive(const struct http_reply *reply);

/* Hands the connection to the WebSocket hub (lift, see oneport.c). note: up to WS_NOTE_MAX bytes,
 * copied, given to ws_events.opened. Fails with ERR_INVALID when the request is no upgrade. */
MUST_USE enum err_code http_upgrade(struct http_reply *reply, const struct http_request *request,
	struct span note, struct err *e);
bool http_is_upgrade(const struct http_request *request);

/* Before any body is read, for every request: true lets it pass; false: it has answered. */
typedef bool http_guard(void *owner, struct http_request *request, struct http_reply *reply);
/* What the server itself refuses (404, 405, 413, 503 at stop) is worded by the api, at once. 405 is
 * reason "method_not_allowed": the server sets its status and Allow. NULL: plain text. */
typedef void http_failure(void *owner, struct http_reply *reply, const struct err *e);

struct http_options {
	struct loop *loop;
	struct ws_hub *hub;
	const struct http_route *routes; /* borrowed for the server's life */
	size_t n_routes;
	http_guard *guard;
	http_failure *fail;
	void *owner; /* of handlers, uploads, guard and fail */
};

MUST_USE enum err_code http_server_new(
	struct http_server **out, const struct http_options *options, struct err *e);
/* Serves a listening socket (taken). HTTP_CONTROL: a Unix socket, peers by SO_PEERCRED. */
MUST_USE enum err_code http_server_listen(
	struct http_server *server, int fd, enum http_origin origin, struct err *e);
/* Answers every open reply with 503 first: MHD aborts the process on a suspended connection. */
void http_server_stop(struct http_server *server); /* frees it; NULL is fine */

/* Opens "127.0.0.1:8099", "[::1]:8099", ":8099" (all) or a Unix socket path (mode 0600, replaces a
 * dead one, ERR_CONFLICT if somebody answers there). CLOEXEC, non-blocking. */
MUST_USE enum err_code http_listen_tcp(int *fd, const char *address, struct err *e);
MUST_USE enum err_code http_listen_unix(int *fd, const char *path, struct err *e);
