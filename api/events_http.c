/* GET /api/v1/events: with an upgrade the live stream, without one a page of the history. */
#include "api/codec.h"
#include "api/context.h"
#include "api/events.h"
#include "api/problem.h"
#include "api/query.h"
#include "ota/store.h"
#include "server/base/text.h"

/* NOLINTNEXTLINE(readability-function-size): the shape of a store_events_done */
static void have_events(void *owner, const struct err *e, const struct event *events, size_t n,
	bool more, int64_t oldest)
{
	struct answer *pending = owner;
	struct events_page page = { .oldest = oldest, .more = more };
	int64_t since = pending->number;
	json_t *list;

	if (answer_failed(pending, e))
		return;
	list = json_array();
	for (size_t i = 0; i < n; i++)
		json_array_append_new(list, codec_event(&events[i]));
	page.last = pending->api->last_event;
	page.next = n ? events[n - 1].seq : since;
	page.resync = since > page.last || (oldest ? since + 1 < oldest : since < page.last);
	reply_json(pending->reply, 200, codec_events_page(list, &page));
	answer_free(pending);
}

/* since=-1: where the stream stands now. */
static void send_end(const struct api *api, struct http_reply *reply)
{
	const struct events_page page = { .next = api->last_event, .last = api->last_event };

	reply_json(reply, 200, codec_events_page(json_array(), &page));
}

static void send_page(struct api *api, const struct http_request *request, struct http_reply *reply,
	const struct event_filter *filter)
{
	struct answer *pending = answer_new(api, request, reply);

	pending->number = filter->after;
	store_events(api->options.store, filter, have_events, pending);
}

static void upgrade(struct api *api, const struct http_request *request, struct http_reply *reply,
	int64_t since)
{
	struct events_note note = { .since = since, .scope = request->scope };
	struct err e;

	if (auth_by_name(&api->auth, request->principal))
		(void)text_copy(note.token, sizeof note.token, request->principal);
	if (http_upgrade(
		    reply, request, (struct span){ (const uint8_t *)&note, sizeof note }, &e) != OK)
		problem_send(reply, request->path, &e, NULL);
}

void events_get(void *owner, const struct http_request *request, struct http_reply *reply)
{
	struct query query = { .request = request };
	struct event_filter filter = { 0 };
	bool live = http_is_upgrade(request);
	int64_t since = live ? -1 : 0, limit = 200;

	query_int(&query, "since", &since, -1, INT64_MAX);
	query_int(&query, "limit", &limit, 1, 1000);
	query_slug(&query, "lock", &filter.lock);
	query_int(&query, "job", &filter.job, 1, INT64_MAX);
	if (query_failed(&query, reply))
		return;
	filter.after = since;
	filter.limit = (size_t)limit;
	if (live)
		upgrade(owner, request, reply, since);
	else if (since < 0)
		send_end(owner, reply);
	else
		send_page(owner, request, reply, &filter);
}
