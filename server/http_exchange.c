#include "server/http_exchange.h"

#include "server/base/alloc.h"
#include "server/base/text.h"

#include <assert.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

/* Held by whoever promised the answer. It outlives an exchange that was ended without it. */
struct http_reply {
	struct http_exchange *exchange;
};

static const struct http_exchange *exchange_of(const struct http_request *request)
{
	return (const struct http_exchange *)request; /* its first member */
}

const char *http_param(const struct http_request *request, const char *name)
{
	return http_params_get(&exchange_of(request)->params, name);
}

const char *http_query(const struct http_request *request, const char *name)
{
	const struct http_exchange *ex = exchange_of(request);

	for (size_t i = 0; i < ex->n_queries; i++)
		if (!strcmp(ex->queries[i].name, name))
			return ex->queries[i].value;
	return NULL;
}

const char *http_header(const struct http_request *request, const char *name)
{
	const struct http_exchange *ex = exchange_of(request);

	return ex->above->below->header(ex, name);
}

static void promise(struct http_exchange *ex)
{
	if (ex->reply)
		ex->reply->exchange = NULL;
	ex->reply = xcalloc(1, sizeof *ex->reply);
	ex->reply->exchange = ex;
}

/* Returns the exchange of a promise that is now kept; NULL if it went away before. */
static struct http_exchange *keep(struct http_reply *reply)
{
	struct http_exchange *ex = reply->exchange;

	free(reply);
	if (ex)
		ex->reply = NULL;
	return ex;
}

static char *join_head(const char *type, const char *allow, const char *const *headers)
{
	size_t size = 1 + strlen("Content-Type: \nAllow: \n") + strlen(allow);
	char *head, *end;

	size += type ? strlen(type) : 0;
	for (const char *const *h = headers; h && *h; h++)
		size += strlen(*h) + 1;
	head = end = xcalloc(1, size);
	if (type)
		end = stpcpy(stpcpy(stpcpy(end, "Content-Type: "), type), "\n");
	if (*allow)
		end = stpcpy(stpcpy(stpcpy(end, "Allow: "), allow), "\n");
	for (const char *const *h = headers; h && *h; h++)
		end = stpcpy(stpcpy(end, *h), "\n");
	return head;
}

void http_send(struct http_reply *reply, unsigned status, const char *type,
	const char *const *headers, struct span body)
{
	struct http_exchange *ex = keep(reply);

	if (!ex)
		return;
	assert(!ex->answered && !ex->lifted);
	ex->answered = true;
	ex->answer.status = *ex->allow ? 405 : status;
	ex->answer.head = join_head(type, ex->allow, headers);
	ex->answer.size = body.size;
	ex->answer.body = body.size ? xmemdup(body.data, body.size) : NULL;
	ex->above->below->wake(ex);
}

bool http_alive(const struct http_reply *reply)
{
	struct pollfd p = { .events = POLLRDHUP };

	if (!reply->exchange)
		return false;
	p.fd = reply->exchange->above->below->socket(reply->exchange);
	return poll(&p, 1, 0) <= 0;
}

enum err_code http_upgrade(struct http_reply *reply, const struct http_request *request,
	struct span note, struct err *e)
{
	struct http_exchange *ex = reply->exchange;

	if (!ex)
		return err_set(e, ERR_IO, "the client went away");

	struct http_above *above = ex->above;

	if (!above->options.hub)
		return err_set(e, ERR_UNSUPPORTED, "there is no WebSocket here");
	if (ws_hub_count(above->options.hub) + oneport_count(&above->lifts) >= WS_PEERS_MAX)
		return err_because(e, ERR_BUSY, "too_many_clients",
			"%d WebSocket clients are connected already", WS_PEERS_MAX);
	enum err_code code =
		oneport_lift(&above->lifts, above->below->socket(ex), request, note, e);

	if (code)
		return code;
	(void)keep(reply); /* is ex */
	ex->lifted = true;
	above->below->wake(ex);
	return OK;
}

void http_resume(struct http_reply *reply)
{
	struct http_exchange *ex = reply->exchange;

	if (!ex)
		return;
	ex->go_on = true;
	ex->above->below->wake(ex);
}

static void plain_fail(struct http_reply *reply, const struct err *e)
{
	struct span text = { (const uint8_t *)e->text, strlen(e->text) };

	http_send(reply, err_http(e->code), "text/plain; charset=utf-8", NULL, text);
}

static void refuse(struct http_exchange *ex, const struct err *e)
{
	const struct http_options *o = &ex->above->options;

	promise(ex);
	if (o->fail)
		o->fail(o->owner, ex->reply, e);
	else
		plain_fail(ex->reply, e);
	assert(ex->answered && "http_options.fail must answer at once");
}

static void abort_upload(struct http_exchange *ex)
{
	if (!ex->uploading)
		return;
	ex->uploading = false;
	ex->route->upload->abort(ex->sink);
}

static void refuse_upload(struct http_exchange *ex, const struct err *e)
{
	struct http_reply *held = ex->reply; /* the sink's; it dies with the sink */

	refuse(ex, e);
	abort_upload(ex);
	free(held);
}

void http_exchange_init(struct http_exchange *ex, struct http_above *above)
{
	ex->above = above;
	ex->request.peer_uid = -1;
	ex->request.path = "";
	ex->next = above->first;
	ex->link = &above->first;
	if (ex->next)
		ex->next->link = &ex->next;
	above->first = ex;
}

static const char *keep_query(struct http_exchange *ex, const char *raw)
{
	char *out = ex->queries_text + ex->queries_used;

	if (!http_unescape(out, sizeof ex->queries_text - ex->queries_used, raw, strlen(raw)))
		return NULL;
	ex->queries_used += strlen(out) + 1;
	return out;
}

void http_exchange_query(struct http_exchange *ex, const char *raw_name, const char *raw_value)
{
	const char *name, *value;

	if (ex->n_queries == HTTP_QUERIES_MAX || !(name = keep_query(ex, raw_name)) ||
		!(value = keep_query(ex, raw_value ? raw_value : ""))) {
		ex->queries_bad++;
		return;
	}
	ex->queries[ex->n_queries].name = name;
	ex->queries[ex->n_queries++].value = value;
}

static enum err_code find_route(struct http_exchange *ex, struct err *e)
{
	struct http_request *r = &ex->request;
	char allow[HTTP_ALLOW_MAX];

	ex->route = http_route_find(&ex->above->table, r->method, &ex->path, &ex->params, allow);
	if (ex->route)
		return OK;
	if (!*allow)
		return err_set(e, ERR_NOT_FOUND, "there is nothing at this path");
	memcpy(ex->allow, allow, sizeof allow);
	return err_because(e, ERR_INVALID, "method_not_allowed", "this path allows %s", allow);
}

static enum err_code too_large(const struct http_exchange *ex, struct err *e)
{
	return err_set(
		e, ERR_TOO_LARGE, "the body may have at most %zu bytes", ex->route->body_max);
}

static enum err_code announced_size(struct http_exchange *ex, struct err *e)
{
	const char *text = http_header(&ex->request, "Content-Length");
	uint64_t size = 0;

	if (text && !text_uint(&size, text, UINT64_MAX))
		return err_set(e, ERR_INVALID, "Content-Length is not a number");
	return size > ex->route->body_max ? too_large(ex, e) : OK;
}

/* A bad path is refused before the guard may ask for it, all else after the guard. */
static enum err_code admit(struct http_exchange *ex, const char *raw_path, struct err *e)
{
	const struct http_options *o = &ex->above->options;

	if (!http_path_parse(&ex->path, raw_path) || ex->queries_bad)
		return err_set(e, ERR_INVALID, "the path or query is too long or not plain UTF-8");
	ex->request.path = ex->path.text;
	promise(ex);
	if (o->guard && !o->guard(o->owner, &ex->request, ex->reply)) {
		assert(ex->answered && "a guard that says no must answer");
		return OK;
	}
	enum err_code code = find_route(ex, e);

	return code ? code : announced_size(ex, e);
}

static void begin_upload(struct http_exchange *ex)
{
	struct err e = { 0 };

	ex->sink = ex->route->upload->begin(ex->above->options.owner, &ex->request, ex->reply, &e);
	if (ex->answered)
		return;
	ex->uploading = e.code == OK;
	if (e.code)
		refuse_upload(ex, &e);
}

void http_exchange_begin(struct http_exchange *ex, const char *method, const char *raw_path)
{
	struct http_reply *held;
	struct err e;

	ex->request.method = strcmp(method, "HEAD") ? method : "GET";
	if (admit(ex, raw_path, &e)) {
		held = ex->reply;
		refuse(ex, &e);
		free(held);
		return;
	}
	if (!ex->answered && ex->route->upload)
		begin_upload(ex);
}

bool http_exchange_refuses(const struct http_exchange *ex)
{
	const char *text = http_header(&ex->request, "Content-Length");
	uint64_t size = 0;

	if (!ex->answered)
		return false;
	return http_header(&ex->request, "Expect") ||
	       (text && (!text_uint(&size, text, UINT64_MAX) || size > HTTP_SWALLOW_MAX));
}

static void collect(struct http_exchange *ex, const uint8_t *data, size_t n)
{
	if (ex->size + n > ex->max) {
		ex->max = 2 * (ex->size + n);
		ex->body = realloc(ex->body, ex->max);
		assert(ex->body);
	}
	memcpy(ex->body + ex->size, data, n);
	ex->size += n;
}

static size_t feed(struct http_exchange *ex, const uint8_t *data, size_t n)
{
	struct err e = { 0 };
	size_t took = 0;

	ex->go_on = false;
	if (ex->route->upload->chunk(ex->sink, data, n, &took, &e)) {
		refuse_upload(ex, &e);
		return n;
	}
	assert(took <= n);
	ex->size += took;
	return took;
}

bool http_exchange_data(struct http_exchange *ex, const uint8_t *data, size_t n, size_t *took)
{
	struct err e;

	*took = n;
	if (!ex->answered && n > ex->route->body_max - ex->size) {
		(void)too_large(ex, &e); /* e is the answer */
		refuse_upload(ex, &e);
	}
	if (ex->answered) {
		ex->swallowed += n;
		return ex->swallowed <= HTTP_SWALLOW_MAX ||
		       (ex->route && ex->swallowed <= ex->route->body_max);
	}
	if (ex->uploading)
		*took = feed(ex, data, n);
	else
		collect(ex, data, n);
	return true;
}

void http_exchange_end(struct http_exchange *ex)
{
	void *owner = ex->above->options.owner;

	ex->ended = true;
	if (ex->answered)
		return;
	if (ex->uploading) {
		ex->uploading = false; /* the sink is its own master now */
		ex->route->upload->end(ex->sink, &ex->request, ex->reply);
		return;
	}
	ex->request.body = (struct span){ ex->body, ex->size };
	ex->route->handle(owner, &ex->request, ex->reply);
}

bool http_exchange_stop(struct http_exchange *ex)
{
	struct err e;

	if (ex->answered || ex->lifted)
		return true;
	if (!ex->ended)
		return false;
	err_because(&e, ERR_BUSY, "stopping", "Lockwright is stopping; ask again in a moment");
	refuse(ex, &e);
	return true;
}

void http_exchange_done(struct http_exchange *ex)
{
	struct http_reply *held = ex->reply;

	if (held)
		held->exchange = NULL;
	/* Whoever was asked after the body holds the promise and frees it by answering. */
	if (!ex->ended) {
		abort_upload(ex);
		free(held);
	}
	free(ex->body);
	free(ex->answer.head);
	free(ex->answer.body);
	*ex->link = ex->next;
	if (ex->next)
		ex->next->link = ex->link;
}
