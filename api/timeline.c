/* A job's timeline and its support bundle: both start with the row and go on with its events. */
#include "api/codec.h"
#include "api/context.h"
#include "api/query.h"
#include "api/view.h"
#include "ota/library.h"
#include "ota/store.h"
#include "server/base/alloc.h"
#include "server/base/log.h"
#include "server/loop.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BUNDLE_EVENTS = 1000, PAGE = 200 };

struct timeline {
	struct answer *pending;
	struct job job;
	int64_t after;
	size_t limit;
	bool bundle;
};

/* last: the seq to go on after; 0: that was all. */
static void send_page(struct timeline *t, json_t *events, int64_t last)
{
	char next[24] = "";

	if (last)
		(void)snprintf(next, sizeof next, "%" PRId64, last);
	reply_json(t->pending->reply, 200, codec_list("events", events, next));
}

static json_t *check_json(const struct api *api, const char *lock)
{
	struct check check;

	if (engine_check(api->options.engine, lock, &check, NULL) != OK)
		return NULL;
	return codec_check(lock, &check);
}

/* Line by line; no line has a secret. */
static json_t *log_json(void)
{
	char *text = xcalloc(1, LOG_RECENT_MAX), *rest = text, *line;
	json_t *list = json_array();

	(void)log_recent(text, LOG_RECENT_MAX);
	while ((line = strsep(&rest, "\n")))
		if (*line)
			json_array_append_new(list, reply_text(line));
	free(text);
	return list;
}

static void send_bundle(struct timeline *t, json_t *events)
{
	const struct api *api = t->pending->api;
	const struct lock *lock = engine_lock(api->options.engine, t->job.lock);
	const struct adapter *adapter =
		lock ? engine_adapter(api->options.engine, lock->adapter) : NULL;
	const struct image *image = library_find(api->options.library, t->job.image);
	const struct diagnostics parts = {
		.at = loop_wall(api->options.loop),
		.version = api->options.version,
		.job = view_job(api, &t->job),
		.lock = lock ? view_lock(api, lock) : NULL,
		.adapter = adapter ? view_adapter(api, adapter) : NULL,
		.image = image ? view_image(api, image) : NULL,
		.check = lock ? check_json(api, lock->id) : NULL,
		.events = events,
		.policy = policy_view(api),
		.failure = codec_failure(t->job.outcome[0] ? t->job.outcome : t->job.error.reason),
		.host = codec_host(engine_host_facts(api->options.engine)),
		.log = log_json(),
	};
	char line[96];
	const char *const headers[] = { line, NULL };

	(void)snprintf(line, sizeof line,
		"Content-Disposition: attachment; filename=\"lockwright-job-%" PRId64 ".json\"",
		t->job.id);
	reply_typed(t->pending->reply, 200, "application/json", headers, codec_diagnostics(&parts));
}

/* NOLINTNEXTLINE(readability-function-size): the shape of a store_events_done */
static void have_events(void *owner, const struct err *e, const struct event *events, size_t n,
	bool more, int64_t oldest)
{
	struct timeline *t = owner;
	json_t *list;

	(void)oldest;
	if (answer_failed(t->pending, e)) {
		free(t);
		return;
	}
	list = json_array();
	for (size_t i = 0; i < n; i++)
		json_array_append_new(list, codec_event(&events[i]));
	if (t->bundle)
		send_bundle(t, list);
	else
		send_page(t, list, more && n ? events[n - 1].seq : 0);
	answer_free(t->pending);
	free(t);
}

static void have_job(void *owner, const struct err *e, const struct job *jobs, size_t n, bool more)
{
	struct timeline *t = owner;
	struct event_filter filter = { .after = t->after, .limit = t->limit };
	struct err none = { 0 };

	(void)more;
	if (!n && (!e || !e->code)) {
		(void)err_because(&none, ERR_NOT_FOUND, "not_found", "There is no such job.");
		e = &none;
	}
	if (answer_failed(t->pending, e)) {
		free(t);
		return;
	}
	t->job = jobs[0];
	filter.job = t->job.id;
	store_events(t->pending->api->options.store, &filter, have_events, t);
}

static void begin(struct timeline *t, const struct http_request *request)
{
	struct err e;
	int64_t id;

	if (query_id(request, &id)) {
		store_job(t->pending->api->options.store, id, have_job, t);
		return;
	}
	(void)err_because(&e, ERR_NOT_FOUND, "not_found", "There is no such job.");
	(void)answer_failed(t->pending, &e);
	free(t);
}

void jobs_events(void *owner, const struct http_request *request, struct http_reply *reply)
{
	struct query query = { .request = request };
	int64_t after = 0, limit = PAGE;
	struct timeline *t;

	query_int(&query, "cursor", &after, 0, INT64_MAX);
	query_int(&query, "limit", &limit, 1, 1000);
	if (query_failed(&query, reply))
		return;
	t = xcalloc(1, sizeof *t);
	t->pending = answer_new(owner, request, reply);
	t->after = after;
	t->limit = (size_t)limit;
	begin(t, request);
}

void jobs_diagnostics(void *owner, const struct http_request *request, struct http_reply *reply)
{
	struct timeline *t = xcalloc(1, sizeof *t);

	t->pending = answer_new(owner, request, reply);
	t->limit = BUNDLE_EVENTS;
	t->bundle = true;
	begin(t, request);
}
