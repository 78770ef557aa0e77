#include "api/context.h"
#include "api/guard.h"
#include "api/problem.h"
#include "ota/store.h"
#include "server/base/log.h"
#include "server/base/text.h"
#include "server/loop.h"

#include <string.h>

enum { USED_EVERY_MS = 3600 * 1000 /* a use is stored so often */ };

/* The Supervisor's own address inside Home Assistant OS; ingress requests come from nowhere else.
 */
static const char ingress_peer[] = "172.30.32.2";

static bool is_read(const struct http_request *request)
{
	return strcmp(request->method, "GET") == 0 || strcmp(request->method, "HEAD") == 0;
}

static bool under(const char *path, const char *folder)
{
	size_t n = strlen(folder);

	return strncmp(path, folder, n) == 0 && (!path[n] || path[n] == '/');
}

/* Life signs and the page itself tell nobody anything; the page asks for a token. */
static bool is_public(const struct http_request *request)
{
	return is_read(request) && !under(request->path, "/api") &&
	       !under(request->path, "/metrics");
}

/* Vendors have no token; the key in the path is theirs, and what they send is no fact. */
static bool is_hook(const struct http_request *request)
{
	return strcmp(request->method, "POST") == 0 && under(request->path, "/api/v1/hooks");
}

/* Who knows the address can make us ask the cloud. */
static bool is_hook_address(const struct http_request *request)
{
	size_t n = strlen(request->path);

	return under(request->path, "/api/v1/adapters") && n > 5 &&
	       strcmp(request->path + n - 5, "/hook") == 0;
}

static int scope_needed(const struct http_request *request)
{
	if (under(request->path, "/api/v1/tokens") || under(request->path, "/api/v1/backup"))
		return SCOPE_ADMIN;
	if (under(request->path, "/api/v1/integrations")) /* says who looks, changes no lock */
		return SCOPE_READ;
	if (is_hook_address(request))
		return SCOPE_CONTROL;
	return is_read(request) ? SCOPE_READ : SCOPE_CONTROL;
}

static void used_stored(void *owner, const struct err *e)
{
	(void)owner;
	if (e && e->code)
		log_warn("noting the use of a token: %s", e->text);
}

int gate_token(struct api *api, const char *secret, char name[64])
{
	struct token *token = auth_by_secret(&api->auth, secret);
	int64_t wall = loop_wall(api->options.loop);

	if (!token)
		return SCOPE_NONE;
	if (name)
		(void)text_copy(name, sizeof token->name, token->name);
	if (wall - token->used_at >= USED_EVERY_MS) {
		token->used_at = wall;
		store_token_put(api->options.store, token, used_stored, NULL);
	}
	return token->scope;
}

static enum err_code wrong_token(
	struct api *api, const struct http_request *request, bool given, struct err *e)
{
	/* Asking without a token is how a page finds out that it needs one: not an attack. */
	if (given && auth_failed(&api->auth, request->peer, loop_now(api->options.loop)))
		return err_because(e, ERR_UNAUTHORIZED, "too_many_attempts",
			"Too many wrong tokens from %s.", request->peer);
	return err_because(e, ERR_UNAUTHORIZED, "unauthorized", "%s",
		given ? "This token is not known here." : "This needs a bearer token.");
}

static bool is_ingress(const struct api *api, const struct http_request *request)
{
	return api->options.ingress && request->origin == HTTP_TCP &&
	       strcmp(request->peer, ingress_peer) == 0;
}

static bool is_event_stream(const struct http_request *request)
{
	return strcmp(request->path, "/api/v1/events") == 0 && http_is_upgrade(request);
}

static void grant(struct http_request *request, int scope, const char *principal)
{
	request->scope = scope;
	(void)text_copy(request->principal, sizeof request->principal, principal);
}

/* Home Assistant has logged the user in and says who it is; the history keeps the name. Names are
 * foreign bytes: only what prints goes into logs. */
static void grant_ingress(struct http_request *request)
{
	const char *name = http_header(request, "x-remote-user-name");
	char principal[sizeof request->principal] = "ingress";
	size_t n = strlen(principal);

	if (name && *name)
		principal[n++] = ':';
	for (; name && *name && n + 1 < sizeof principal; name++)
		if (*name > ' ' && *name < 0x7F)
			principal[n++] = *name;
	principal[n] = '\0';
	grant(request, SCOPE_CONTROL, principal);
}

/* What the browser calls this service: behind ingress, Host is the Supervisor's name for us. */
static const char *public_host(const struct api *api, const struct http_request *request)
{
	const char *forwarded = http_header(request, "x-forwarded-host");

	return is_ingress(api, request) && forwarded ? forwarded : http_header(request, "host");
}

/* Who is it? Sets scope and principal. */
static enum err_code identify(struct api *api, struct http_request *request, struct err *e)
{
	const char *header = http_header(request, "authorization");
	const char *secret = auth_bearer(header);

	if (request->origin == HTTP_CONTROL) {
		if (request->peer_uid != 0 && request->peer_uid != (int64_t)api->uid)
			return err_because(e, ERR_FORBIDDEN, "forbidden",
				"The control socket is for the service's own user and root.");
		grant(request, SCOPE_ADMIN, "local");
		return OK;
	}
	if (secret) {
		request->scope = gate_token(api, secret, request->principal);
		return request->scope ? OK : wrong_token(api, request, true, e);
	}
	if (is_ingress(api, request))
		grant_ingress(request);
	else if (api->options.auth_none)
		grant(request, SCOPE_CONTROL, "anonymous");
	else if (!is_event_stream(request)) /* that one may say its token later */
		return wrong_token(api, request, header != NULL, e);
	return OK;
}

static enum err_code check_scope(const struct http_request *request, struct err *e)
{
	int needed = scope_needed(request);

	if (request->scope >= needed || (is_event_stream(request) && !request->scope))
		return OK;
	return err_because(e, ERR_FORBIDDEN, "scope_too_small",
		"This needs the scope %s; %s has %s.", scope_name(needed), request->principal,
		scope_name(request->scope));
}

static enum err_code check_source(
	const struct api *api, const struct http_request *request, struct err *e)
{
	const struct guard_rules rules = { api->options.listen, api->options.allowed_hosts,
		api->options.n_allowed_hosts };
	const char *host = public_host(api, request);
	const char *origin = http_header(request, "origin");

	if (request->origin == HTTP_CONTROL)
		return OK;
	if (!is_ingress(api, request) && !guard_host(&rules, host))
		return err_because(e, ERR_FORBIDDEN, "host_not_allowed",
			"The host \"%.100s\" is not one of this service.", host ? host : "");
	if ((!is_read(request) || http_is_upgrade(request)) && !guard_origin(origin, host))
		return err_because(e, ERR_FORBIDDEN, "origin_not_allowed",
			"Pages of \"%.100s\" may not use this service.", origin);
	return OK;
}

static bool has_body(const struct http_request *request)
{
	const char *length = http_header(request, "content-length");

	return http_header(request, "transfer-encoding") || (length && strcmp(length, "0") != 0);
}

/* A form or plain text is what a foreign page can send without asking; JSON is not. */
static enum err_code check_media(const struct http_request *request, struct err *e)
{
	const char *type = http_header(request, "content-type");
	bool upload = strcmp(request->path, "/api/v1/firmware") == 0 &&
		      strcmp(request->method, "POST") == 0;
	const char *wanted = upload ? "application/octet-stream" : "application/json";

	if (is_read(request) || !has_body(request) || guard_media(type, wanted))
		return OK;
	return err_because(e, ERR_MEDIA_TYPE, "media_type", "The body must be %s, not %.60s.",
		wanted, type ? type : "without a type");
}

static enum err_code check_query(const struct http_request *request, struct err *e)
{
	if (!http_query(request, "token") && !http_query(request, "access_token"))
		return OK;
	return err_because(e, ERR_INVALID, "token_in_query", "A token must not be in the address.");
}

static enum err_code check_ready(const struct api *api, struct err *e)
{
	if (api->ready)
		return OK;
	return err_because(e, ERR_BUSY, "starting", "The service is starting or stopping.");
}

static enum err_code admit(struct api *api, struct http_request *request, struct err *e)
{
	enum err_code code = check_source(api, request, e);

	if (!code && is_hook(request))
		return check_ready(api, e);
	if (!code)
		code = check_query(request, e);
	if (!code && is_public(request))
		return OK;
	if (!code)
		code = check_ready(api, e);
	if (!code)
		code = identify(api, request, e);
	if (!code)
		code = check_scope(request, e);
	return code ? code : check_media(request, e);
}

bool gate(void *owner, struct http_request *request, struct http_reply *reply)
{
	struct err e;

	request->scope = SCOPE_NONE;
	request->principal[0] = '\0';
	if (is_read(request) && strcmp(request->path, "/healthz") == 0)
		return true;
	if (admit(owner, request, &e) == OK)
		return true;
	problem_send(reply, request->path, &e, NULL);
	return false;
}
