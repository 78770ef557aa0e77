#include "tests/api/support.h"

#include "api/auth.h"
#include "server/base/alloc.h"
#include "server/base/text.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PAIRS_MAX = 16 };

struct pairs {
	size_t n;
	char name[PAIRS_MAX][48], value[PAIRS_MAX][200];
};

const char *ask_peer = "127.0.0.1";
static struct pairs headers, queries, params;
size_t ask_size;
static bool has_body;
static char content_length[24];

static void put_pair(struct pairs *pairs, const char *name, size_t n, const char *value)
{
	assert(pairs->n < PAIRS_MAX);
	(void)snprintf(pairs->name[pairs->n], 48, "%.*s", (int)n, name);
	(void)snprintf(pairs->value[pairs->n], 200, "%s", value);
	pairs->n++;
}

static const char *pair(const struct pairs *pairs, const char *name)
{
	for (size_t i = 0; i < pairs->n; i++)
		if (strcasecmp(pairs->name[i], name) == 0)
			return pairs->value[i];
	return NULL;
}

const char *http_param(const struct http_request *request, const char *name)
{
	(void)request;
	return pair(&params, name);
}

const char *http_query(const struct http_request *request, const char *name)
{
	(void)request;
	return pair(&queries, name);
}

const char *http_header(const struct http_request *request, const char *name)
{
	(void)request;
	if (strcasecmp(name, "content-length") == 0 && has_body)
		return content_length;
	return pair(&headers, name);
}

bool http_is_upgrade(const struct http_request *request)
{
	return http_header(request, "upgrade") != NULL;
}

enum err_code http_upgrade(struct http_reply *reply, const struct http_request *request,
	struct span note, struct err *e)
{
	(void)request;
	(void)e;
	assert(note.size <= sizeof reply->note_bytes);
	memcpy(reply->note_bytes, note.data, note.size);
	reply->note = (struct span){ (const uint8_t *)reply->note_bytes, note.size };
	reply->upgraded = true;
	reply->status = 101;
	reply->answers++;
	return OK;
}

void http_resume(struct http_reply *reply)
{
	reply->resumed = true;
}

bool http_alive(const struct http_reply *reply)
{
	return reply != NULL;
}

void http_send(struct http_reply *reply, unsigned status, const char *type,
	const char *const *lines, struct span body)
{
	reply->answers++;
	reply->status = status;
	(void)text_copy(reply->type, sizeof reply->type, type);
	for (; lines && *lines; lines++) {
		size_t n = strlen(reply->headers);

		(void)snprintf(reply->headers + n, sizeof reply->headers - n, "%s\n", *lines);
	}
	reply->body = xcalloc(1, body.size + 1);
	if (body.size)
		memcpy(reply->body, body.data, body.size);
	reply->size = body.size;
}

static bool matches(const char *pattern, const char *path)
{
	params.n = 0;
	while (*pattern && *path) {
		char value[128];
		size_t n;

		if (*pattern != '{') {
			if (*pattern++ != *path++)
				return false;
			continue;
		}
		n = strcspn(path, "/");
		if (!n)
			return false;
		(void)snprintf(value, sizeof value, "%.*s", (int)n, path);
		put_pair(&params, pattern + 1, strcspn(pattern, "}") - 1, value);
		pattern += strcspn(pattern, "}") + 1;
		path += n;
	}
	return !*pattern && !*path;
}

static const struct http_route *route_of(const struct world *w, const char *method)
{
	for (size_t i = 0; i < w->http.n_routes; i++)
		if (strcmp(w->http.routes[i].method, method) == 0 &&
			matches(w->http.routes[i].pattern, w->request.path))
			return &w->http.routes[i];
	return NULL;
}

/* In pieces of 1000 bytes; a pause is resumed at once. */
static void upload(struct world *w, const struct http_upload *to)
{
	struct span left = w->request.body;
	struct err e;
	void *sink = to->begin(w->http.owner, &w->request, &w->reply, &e);

	w->request.body = (struct span){ NULL, 0 };
	if (!sink) {
		w->http.fail(w->http.owner, &w->reply, &e);
		return;
	}
	while (left.size) {
		size_t took = 0;

		if (to->chunk(sink, left.data, left.size < 1000 ? left.size : 1000, &took, &e)) {
			w->http.fail(w->http.owner, &w->reply, &e);
			to->abort(sink);
			return;
		}
		left.data += took;
		left.size -= took;
		if (!took) {
			w->library.room = 5000;
			w->library.resumed(w->library.resumed_owner);
			assert(w->reply.resumed);
		}
	}
	to->end(sink, &w->request, &w->reply);
}

static void split_query(char *text)
{
	queries.n = 0;
	for (char *save = NULL, *part = strtok_r(text, "&", &save); part;
		part = strtok_r(NULL, "&", &save)) {
		size_t n = strcspn(part, "=");

		put_pair(&queries, part, n, part[n] ? part + n + 1 : "");
	}
}

static void forget_answer(struct world *w)
{
	json_decref(w->json);
	w->json = NULL;
	free(w->reply.body);
	w->reply = (struct http_reply){ 0 };
}

void settle(struct world *w)
{
	loop_run_for(w->loop, 1);
}

static unsigned run(struct world *w, const char *line, const char *body)
{
	static char method[16], path[256], query[256];
	const struct http_route *route;
	size_t size = !body ? 0 : ask_size ? ask_size : strlen(body);

	forget_answer(w);
	query[0] = '\0';
	(void)sscanf(line, "%15s %255[^?]?%255s", method, path, query);
	split_query(query);
	has_body = body != NULL;
	(void)snprintf(content_length, sizeof content_length, "%zu", size);
	w->request.method = method;
	w->request.path = path;
	w->request.body = (struct span){ (const uint8_t *)body, size };
	route = route_of(w, method);
	if (w->http.guard(w->http.owner, &w->request, &w->reply)) {
		assert(route && "no such route");
		if (route->upload)
			upload(w, route->upload);
		else
			route->handle(w->http.owner, &w->request, &w->reply);
	}
	settle(w);
	w->json = w->reply.body ? json_loads(w->reply.body, 0, NULL) : NULL;
	return w->reply.status;
}

unsigned ask(struct world *w, const char *line, const char *body, ...)
{
	va_list ap;

	headers.n = 0;
	va_start(ap, body);
	for (const char *h = va_arg(ap, const char *); h; h = va_arg(ap, const char *))
		put_pair(&headers, h, strcspn(h, ":"), h + strcspn(h, ":") + 2);
	va_end(ap);
	if (!pair(&headers, "host"))
		put_pair(&headers, "host", 4, "127.0.0.1:8099");
	if (body && !pair(&headers, "content-type"))
		put_pair(&headers, "content-type", 12, "application/json");
	w->request = (struct http_request){ .origin = HTTP_TCP, .peer_uid = -1 };
	(void)text_copy(w->request.peer, sizeof w->request.peer, ask_peer);
	return run(w, line, body);
}

unsigned ask_local(struct world *w, int64_t uid, const char *line, const char *body)
{
	headers.n = 0;
	put_pair(&headers, "content-type", 12, "application/json");
	w->request = (struct http_request){ .origin = HTTP_CONTROL, .peer_uid = uid };
	(void)snprintf(w->request.peer, sizeof w->request.peer, "uid %d", (int)uid);
	return run(w, line, body);
}

const char *text_of(const struct world *w, const char *name)
{
	const char *text = json_string_value(json_object_get(w->json, name));

	return text ? text : "";
}

static void make_tokens(struct world *w)
{
	for (int scope = SCOPE_READ; scope <= SCOPE_ADMIN; scope++) {
		struct token *token = &w->store.tokens[w->store.n_tokens++];
		char secret[TOKEN_TEXT_SIZE];

		assert(auth_make_token(secret, token->digest, NULL) == OK);
		(void)snprintf(token->name, sizeof token->name, "a-%s", scope_name(scope));
		(void)snprintf(w->token[scope], sizeof w->token[scope], "Authorization: Bearer %s",
			secret);
		token->scope = scope;
	}
}

struct world *world_of(const struct api_options *changes)
{
	struct world *w = xcalloc(1, sizeof *w);
	struct api_options options = *changes;

	w->loop = options.loop ? options.loop : loop_new();
	w->store.loop = w->loop;
	w->engine.progress = (struct progress){ .percent = -1, .rate = -1 };
	w->library.room = SIZE_MAX;
	w->engine.store = &w->store;
	make_tokens(w);
	options.loop = w->loop;
	if (!options.engine) { /* else the real ones, all of them */
		options.engine = &w->engine;
		options.store = &w->store;
		options.library = &w->library;
	}
	options.sources = &w->sources;
	options.version = "1.2.3";
	if (!options.listen)
		options.listen = "127.0.0.1:8099";
	assert(api_new(&w->api, &options, NULL) == OK);
	api_http(w->api, &w->http);
	api_set_ready(w->api, true);
	return w;
}

struct world *world_new(bool auth_none)
{
	const struct api_options options = { .auth_none = auth_none, .loopback_only = true };

	return world_of(&options);
}

void world_free(struct world *w)
{
	forget_answer(w);
	api_free(w->api);
	settle(w);
	loop_free(w->loop);
	free(w);
}
