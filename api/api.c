#include "api/api.h"

#include "api/context.h"
#include "api/events.h"
#include "api/problem.h"
#include "ota/engine.h"
#include "server/base/alloc.h"
#include "server/base/log.h"
#include "server/loop.h"

#include <stdlib.h>
#include <unistd.h>

#define GET(path, handler)                                                                         \
	{                                                                                          \
		"GET", path, handler, 0, NULL                                                      \
	}
#define DELETE(path, handler)                                                                      \
	{                                                                                          \
		"DELETE", path, handler, 0, NULL                                                   \
	}
#define WITH_BODY(method, path, handler)                                                           \
	{                                                                                          \
		method, path, handler, BODY_MAX, NULL                                              \
	}
#define POST(path, handler) WITH_BODY("POST", path, handler)

/* In the order of openapi.yaml; tests/api/routes_test compares the two. */
static const struct http_route routes[] = {
	GET("/healthz", system_healthz),
	GET("/readyz", system_readyz),
	GET("/metrics", system_metrics),
	GET("/api/v1/locks", locks_list),
	GET("/api/v1/locks/{id}", locks_get),
	WITH_BODY("PUT", "/api/v1/locks/{id}", locks_put),
	WITH_BODY("PATCH", "/api/v1/locks/{id}", locks_patch),
	DELETE("/api/v1/locks/{id}", locks_delete),
	POST("/api/v1/locks/{id}/check", locks_check),
	POST("/api/v1/locks/{id}/wake", locks_wake),
	POST("/api/v1/locks/{id}/dismiss", locks_dismiss),
	GET("/api/v1/jobs", jobs_list),
	POST("/api/v1/jobs", jobs_create),
	GET("/api/v1/jobs/{id}", jobs_get),
	GET("/api/v1/jobs/{id}/events", jobs_events),
	GET("/api/v1/jobs/{id}/diagnostics", jobs_diagnostics),
	POST("/api/v1/jobs/{id}/cancel", jobs_cancel),
	POST("/api/v1/jobs/{id}/retry", jobs_retry),
	POST("/api/v1/jobs/{id}/verify", jobs_verify),
	POST("/api/v1/jobs/{id}/confirm", jobs_confirm),
	POST("/api/v1/update-all", update_all),
	GET("/api/v1/policy", policy_get),
	WITH_BODY("PATCH", "/api/v1/policy", policy_patch),
	GET("/api/v1/firmware", images_list),
	{ "POST", "/api/v1/firmware", NULL, FIRMWARE_MAX, &images_upload },
	GET("/api/v1/firmware/sources", firmware_sources),
	POST("/api/v1/firmware/sources/refresh", firmware_refresh),
	GET("/api/v1/firmware/{id}", images_get),
	DELETE("/api/v1/firmware/{id}", images_delete),
	GET("/api/v1/adapters", adapters_list),
	GET("/api/v1/adapters/{id}", adapters_get),
	POST("/api/v1/adapters/{id}/scan", adapters_scan),
	POST("/api/v1/adapters/{id}/restart", adapters_restart),
	GET("/api/v1/adapters/{id}/hook", adapters_hook),
	POST("/api/v1/hooks/{adapter}/{key}", hooks_post),
	GET("/api/v1/tokens", tokens_list),
	POST("/api/v1/tokens", tokens_create),
	DELETE("/api/v1/tokens/{name}", tokens_delete),
	POST("/api/v1/backup", backup_begin),
	DELETE("/api/v1/backup", backup_end),
	GET("/api/v1/integrations", integrations_list),
	WITH_BODY("PUT", "/api/v1/integrations/{id}", integrations_put_one),
	DELETE("/api/v1/integrations/{id}", integrations_delete),
	GET("/api/v1/events", events_get),
	GET("/api/v1/openapi.yaml", system_openapi),
	GET("/", system_page),
	GET("/{file}", system_page),
};

static void copy_texts(struct api_options *options)
{
	char **hosts = xcalloc(options->n_allowed_hosts + 1, sizeof *hosts);

	for (size_t i = 0; i < options->n_allowed_hosts; i++)
		hosts[i] = xstrdup(options->allowed_hosts[i]);
	options->allowed_hosts = (const char *const *)hosts;
	options->listen = xstrdup(options->listen);
	options->version = xstrdup(options->version);
}

static void free_texts(struct api_options *options)
{
	for (size_t i = 0; i < options->n_allowed_hosts; i++)
		free((char *)options->allowed_hosts[i]);
	free((char **)options->allowed_hosts);
	free((char *)options->listen);
	free((char *)options->version);
}

static enum err_code load_tokens(struct api *api, struct err *e)
{
	struct token *tokens = NULL;
	size_t n = 0;
	enum err_code code = store_tokens_load(api->options.store, &tokens, &n, e);

	if (code)
		return code;
	for (size_t i = 0; i < n; i++)
		(void)auth_add(&api->auth, &tokens[i]); /* we never store more than fit */
	free(tokens);
	return OK;
}

DEFINE_AUTO(struct api *, api_free)

enum err_code api_new(struct api **out, const struct api_options *options, struct err *e)
{
	AUTO(api_free) struct api *api = xcalloc(1, sizeof *api);
	enum err_code code;

	api->options = *options;
	copy_texts(&api->options);
	api->uid = geteuid();
	api->last_event = options->last_event;
	if (options->auth_none && !options->loopback_only)
		return err_because(e, ERR_INVALID, "auth_none",
			"auth mode none is only for a loopback listen address, not %s",
			options->listen);
	code = load_tokens(api, e);
	if (!code)
		code = identity_load(api->id, options->store, e);
	if (!code)
		code = integrations_load(&api->integrations, options->store, e);
	if (!code)
		code = store_adapter_store(options->store, ".hooks", &api->hooks, e);
	if (code)
		return code;
	engine_listen(options->engine, &events_listener, api);
	events_quiet_begin(api);
	*out = TAKE(api);
	return OK;
}

const char *api_id(const struct api *api)
{
	return api->id;
}

void api_stop(struct api *api)
{
	if (api)
		answers_orphan(api);
}

void api_free(struct api *api)
{
	if (!api)
		return;
	api_stop(api);
	events_done(api);
	loop_timer_free(api->hold);
	free_texts(&api->options);
	free(api);
}

/* What the server itself refuses; it does not tell the path. */
static void fail(void *owner, struct http_reply *reply, const struct err *e)
{
	(void)owner;
	problem_send(reply, NULL, e, NULL);
}

void api_http(struct api *api, struct http_options *out)
{
	out->routes = routes;
	out->n_routes = ARRAY_SIZE(routes);
	out->guard = gate;
	out->fail = fail;
	out->owner = api;
}

const struct ws_events *api_ws_events(void)
{
	return &events_ws;
}

void api_set_hub(struct api *api, struct ws_hub *hub)
{
	api->hub = hub;
}

void api_set_ready(struct api *api, bool ready)
{
	const struct api_options *o = &api->options;

	api->ready = ready;
	if (ready && !o->loopback_only && !o->ingress && !api->auth.n)
		log_warn("%s can be reached from other machines and there is no token: requests "
			 "are refused until you make one: lockwright token create NAME",
			o->listen);
}
