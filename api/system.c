#include "api/codec.h"
#include "api/context.h"
#include "api/openapi.h"
#include "api/problem.h"
#include "web/web.h"

#include <stdio.h>
#include <string.h>

void system_healthz(void *owner, const struct http_request *request, struct http_reply *reply)
{
	const struct api *api = owner;

	(void)request;
	reply_json(reply, 200, codec_health(api->id, api->options.version));
}

void system_readyz(void *owner, const struct http_request *request, struct http_reply *reply)
{
	const struct api *api = owner;
	struct err e;

	if (api->ready) {
		reply_json(reply, 200, codec_health(api->id, api->options.version));
		return;
	}
	(void)err_because(&e, ERR_BUSY, "starting", "The service is starting or stopping.");
	problem_send(reply, request->path, &e, NULL);
}

void system_openapi(void *owner, const struct http_request *request, struct http_reply *reply)
{
	static const char *const headers[] = { "Cache-Control: no-cache",
		"X-Content-Type-Options: nosniff", NULL };

	(void)owner;
	(void)request;
	http_send(reply, 200, "application/yaml", headers,
		(struct span){ openapi_yaml, openapi_yaml_size });
}

/* If-None-Match: "a", W/"b" or * */
static bool has_etag(const struct http_request *request, const char *etag)
{
	const char *known = http_header(request, "if-none-match");

	return known && (strcmp(known, "*") == 0 || strstr(known, etag));
}

void system_page(void *owner, const struct http_request *request, struct http_reply *reply)
{
	const struct web_file *file = web_find(request->path);
	char etag[96];
	/* The page talks to its own origin alone; Home Assistant shows it in a frame of its own
	 * origin (ingress). */
	const char *const headers[] = { etag, "Cache-Control: no-cache",
		("Content-Security-Policy: default-src 'self'; base-uri 'none'; form-action "
		 "'none'; "
		 "frame-ancestors 'self'; object-src 'none'"),
		"X-Content-Type-Options: nosniff", "Referrer-Policy: no-referrer", NULL };
	struct err e;

	(void)owner;
	if (!file) {
		(void)err_because(&e, ERR_NOT_FOUND, "not_found", "There is no such page.");
		problem_send(reply, request->path, &e, NULL);
		return;
	}
	(void)snprintf(etag, sizeof etag, "ETag: %s", file->etag);
	if (has_etag(request, file->etag))
		http_send(reply, 304, file->type, headers, (struct span){ NULL, 0 });
	else
		http_send(reply, 200, file->type, headers, file->body);
}
