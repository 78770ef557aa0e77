/* api.h: the public surface: REST resources, JSON views, WebSocket messages, auth. No sockets of
 * its own; openapi.yaml is its contract, and the route table here has the same order. */
#pragma once

#include "server/base/err.h"
#include "server/http.h"
#include "server/ws_hub.h"

struct api;
struct engine;
struct library;
struct loop;
struct sources;
struct store;

/* Texts are copied; the objects are borrowed for the api's life. */
struct api_options {
	struct loop *loop;
	struct engine *engine;
	struct store *store;
	struct library *library;
	struct sources *sources; /* NULL: none */
	bool auth_none;          /* "auth": {"mode": "none"}; only on loopback */
	bool loopback_only;      /* the listen address is a loopback one */
	bool ingress; /* SUPERVISOR_TOKEN is set: Home Assistant's ingress has logged its users in
		       */
	const char *const *allowed_hosts; /* beside localhost, loopback and the listen address */
	size_t n_allowed_hosts;
	const char *listen; /* "127.0.0.1:8099" */
	const char *version;
	int64_t last_event; /* newest seq at start */
};

/* Reads the tokens, listens to the engine. */
MUST_USE enum err_code api_new(struct api **out, const struct api_options *options, struct err *e);
/* The service's own, the same for ever; valid for the api's life. */
const char *api_id(const struct api *api);
/* Before http_server_stop(): what still waits for the domain is no longer answered by the api (the
 * server answers it 503). Answers of store and library that come later are harmless, also after
 * api_free(). NULL is fine. */
void api_stop(struct api *api);
void api_free(struct api *api); /* after http_server_stop() and ws_hub_free(); NULL is fine */
/* What main gives to the server and the hub. */
void api_http(struct api *api, struct http_options *out); /* routes, guard, fail, owner */
const struct ws_events *api_ws_events(void);              /* owner: the struct api */
/* The hub whose peers get the events; before http serves. */
void api_set_hub(struct api *api, struct ws_hub *hub);
/* Readiness: false until start-up is complete and from SIGTERM on. Meanwhile /readyz and all of
 * /api answer 503; /healthz and the page are served. Ready without a token where other machines
 * reach us is warned of. */
void api_set_ready(struct api *api, bool ready);
