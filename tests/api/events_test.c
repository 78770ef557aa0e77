#include "api/events.h"

#include "api/auth.h"
#include "server/base/text.h"
#include "tests/api/support.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <stdlib.h>
#include <string.h>

static struct world *w;
static struct ws_peer peer;
static const struct ws_events *ws;

static void init(void)
{
	w = world_new(false);
	ws = api_ws_events();
	add_lock(w, "front-door");
}

static void fini(void)
{
	if (peer.data)
		ws->closed(w->api, &peer);
	world_free(w);
	for (size_t i = 0; i < peer.n; i++)
		free(peer.sent[i]);
}

TestSuite(events, .init = init, .fini = fini, .timeout = 20);

static void history(size_t n)
{
	while (w->store.n_events < n)
		announce(w, add_event(w, EVENT_NOTE));
}

static void connect_since(int64_t since)
{
	struct events_note note = { .since = since, .scope = SCOPE_READ };

	ws->opened(w->api, &peer, (struct span){ (const uint8_t *)&note, sizeof note });
	settle(w);
}

/* Lets the peer read all; each time its queue gets empty the api may go on. */
static void drain(void)
{
	size_t before;

	do {
		before = peer.n;
		ws->drained(w->api, &peer);
		settle(w);
	} while (peer.n != before);
}

static bool is(size_t i, const char *type)
{
	char start[40];

	(void)snprintf(start, sizeof start, "{\"type\":\"%s\"", type);
	return i < peer.n && strncmp(peer.sent[i], start, strlen(start)) == 0;
}

static long seq_of(size_t i)
{
	const char *at = strstr(peer.sent[i], "\"seq\":");

	return at ? atol(at + 6) : -1;
}

/* hello, then events from..to each once and in order, with one snapshot among them. */
static void expect_each_once(long from, long to)
{
	long next = from;
	size_t snapshots = 0;

	cr_assert(is(0, "hello"));
	for (size_t i = 1; i < peer.n; i++) {
		if (is(i, "snapshot")) {
			snapshots++;
			cr_assert(eq(long, seq_of(i), next - 1), "the snapshot is where it says");
			continue;
		}
		cr_assert(is(i, "event"), "%s", peer.sent[i]);
		cr_assert(eq(long, seq_of(i), next));
		next++;
	}
	cr_assert(eq(long, next, to + 1));
	cr_assert(eq(sz, snapshots, 1));
}

Test(events, without_since_there_is_no_replay)
{
	history(5);
	connect_since(-1);
	cr_assert(eq(sz, peer.n, 2));
	cr_assert(is(0, "hello"));
	cr_assert(eq(long, seq_of(0), 5));
	cr_assert(is(1, "snapshot"));
	cr_assert(strstr(peer.sent[1], "\"front-door\"") != NULL);
	history(6);
	cr_assert(is(2, "event"));
	cr_assert(eq(long, seq_of(2), 6));
}

Test(events, replay_comes_in_pages_as_the_peer_reads)
{
	history(250);
	connect_since(10);
	cr_assert(eq(sz, peer.n, 1 + EVENTS_PAGE), "no second page before the first is read");
	drain();
	expect_each_once(11, 250);
}

Test(events, facts_of_the_replay_time_are_neither_lost_nor_doubled)
{
	history(250);
	connect_since(0);
	history(260); /* announced while replaying */
	drain();
	history(270);
	expect_each_once(1, 270);
}

Test(events, fact_between_page_and_its_arrival_is_not_lost)
{
	history(50);
	w->store.hold = true;
	connect_since(40);
	history(55); /* the page on its way ends at 50 */
	w->store.hold = false;
	store_release(&w->store);
	settle(w);
	drain();
	history(60);
	expect_each_once(41, 60);
}

Test(events, fact_on_disk_but_not_yet_announced_comes_once)
{
	struct event *event;

	history(3);
	event = add_event(w, EVENT_LOCK); /* committed; its announcement is still on the way */
	connect_since(0);
	announce(w, event);
	drain();
	history(6);
	expect_each_once(1, 6);
}

Test(events, up_to_date_peer_needs_no_drain)
{
	history(5);
	connect_since(5);
	expect_each_once(6, 5);
}

Test(events, too_old_since_gets_resync_and_snapshot)
{
	history(20);
	w->store.oldest = 10;
	connect_since(5);
	cr_assert(eq(sz, peer.n, 3));
	cr_assert(eq(
		str, peer.sent[1], "{\"type\":\"resync\",\"since\":5,\"oldest\":10,\"seq\":20}"));
	cr_assert(is(2, "snapshot"));
}

Test(events, oldest_kept_event_is_enough)
{
	history(20);
	w->store.oldest = 10;
	connect_since(9);
	drain();
	expect_each_once(10, 20);
}

Test(events, number_of_another_database_gets_resync)
{
	history(3);
	connect_since(1000);
	cr_assert(is(1, "resync"));
	cr_assert(is(2, "snapshot"));
	history(4);
	cr_assert(is(3, "event"), "and then it is live");
}

Test(events, progress_is_volatile_and_ends_with_the_job)
{
	struct job *job = add_job(w, 17, "front-door");
	struct event *event;

	job->phase = JOB_TRANSFERRING;
	connect_since(-1);
	w->engine.listener->progress(w->engine.listener_owner, job);
	w->engine.listener->progress(w->engine.listener_owner, job);
	cr_assert(eq(i64, peer.latest_key, 0), "no work for the crowd beside a block");
	loop_run_for(w->loop, EVENTS_PROGRESS_GAP);
	cr_assert(eq(sz, peer.n, 2), "not a fact");
	cr_assert(eq(i64, peer.latest_key, 17));
	cr_assert(strncmp(peer.latest, "{\"type\":\"progress\",\"job\":{\"id\":17,", 34) == 0, "%s",
		peer.latest);
	event = add_event(w, EVENT_JOB);
	event->job = 17;
	(void)text_copy(event->phase, sizeof event->phase, "succeeded");
	announce(w, event);
	cr_assert(eq(str, peer.latest, ""), "nothing stale comes after the end");
}

static void say(const char *text)
{
	ws->message(w->api, &peer, text, strlen(text));
	settle(w);
}

static void connect_unknown(void)
{
	struct events_note note = { .since = -1 };

	ws->opened(w->api, &peer, (struct span){ (const uint8_t *)&note, sizeof note });
	settle(w);
	cr_assert(eq(sz, peer.n, 0), "not a word before the token");
}

static void say_token(const char *secret)
{
	char text[128];

	(void)snprintf(text, sizeof text, "{\"type\":\"auth\",\"token\":\"%s\"}", secret);
	say(text);
}

Test(events, a_wait_that_grew_old_is_told_once)
{
	struct job *job = add_job(w, 17, "front-door");

	connect_since(-1);
	drain();
	job->phase = JOB_WAITING;
	w->engine.progress = (struct progress){ .in_progress = true, .percent = -1, .rate = -1 };
	loop_run_for(w->loop, 60000);
	cr_assert(eq(str, peer.latest, ""));
	w->engine.progress.in_progress = false;
	loop_run_for(w->loop, 7000);
	cr_assert(strstr(peer.latest, "\"in_progress\":false") != NULL, "%s", peer.latest);
	peer.latest[0] = '\0';
	loop_run_for(w->loop, 60000);
	cr_assert(eq(str, peer.latest, ""), "once");
	w->engine.progress.in_progress = true;
	loop_run_for(w->loop, 7000);
	w->engine.progress.in_progress = false;
	loop_run_for(w->loop, 7000);
	cr_assert(strstr(peer.latest, "\"in_progress\":false") != NULL, "and at the next silence");
}

Test(events, first_message_may_carry_the_token)
{
	connect_unknown();
	say_token(w->token[SCOPE_READ] + strlen("Authorization: Bearer "));
	cr_assert(is(0, "hello"));
	cr_assert(eq(uint, peer.closed, 0));
	loop_run_for(w->loop, 60000);
	cr_assert(eq(uint, peer.closed, 0), "the time for the token is not counted any more");
}

Test(events, wrong_token_closes_with_4401)
{
	connect_unknown();
	say_token("lw_0123456789012345678901234567890123456789012");
	cr_assert(eq(uint, peer.closed, WS_UNAUTHORIZED));
	cr_assert(eq(sz, peer.n, 0));
}

Test(events, anything_else_before_the_token_closes)
{
	connect_unknown();
	say("{\"type\":\"ping\"}");
	cr_assert(eq(uint, peer.closed, WS_UNAUTHORIZED));
}

Test(events, silence_closes_after_ten_seconds)
{
	connect_unknown();
	loop_run_for(w->loop, 9000);
	cr_assert(eq(uint, peer.closed, 0));
	loop_run_for(w->loop, 1500);
	cr_assert(eq(uint, peer.closed, WS_UNAUTHORIZED));
}

Test(events, revoked_token_closes_its_streams)
{
	struct events_note note = { .since = -1, .scope = SCOPE_READ, .token = "a-read" };

	ws->opened(w->api, &peer, (struct span){ (const uint8_t *)&note, sizeof note });
	settle(w);
	ask(w, "DELETE /api/v1/tokens/a-control", NULL, w->token[SCOPE_ADMIN], NULL);
	cr_assert(eq(uint, peer.closed, 0));
	ask(w, "DELETE /api/v1/tokens/a-read", NULL, w->token[SCOPE_ADMIN], NULL);
	cr_assert(eq(uint, peer.closed, WS_UNAUTHORIZED));
}

/* Between the check of the upgrade request and the open WebSocket others are served. */
Test(events, token_revoked_during_the_handshake_opens_no_stream)
{
	struct events_note note = { .since = -1, .scope = SCOPE_READ, .token = "a-read" };

	ask(w, "DELETE /api/v1/tokens/a-read", NULL, w->token[SCOPE_ADMIN], NULL);
	ws->opened(w->api, &peer, (struct span){ (const uint8_t *)&note, sizeof note });
	settle(w);
	cr_assert(eq(uint, peer.closed, WS_UNAUTHORIZED));
	cr_assert(eq(sz, peer.n, 0));
}

Test(events, ping_is_answered_and_nonsense_named)
{
	connect_since(-1);
	say("{\"type\":\"ping\"}");
	cr_assert(eq(str, peer.sent[2], "{\"type\":\"pong\"}"));
	say("hello?");
	cr_assert(is(3, "error"));
}

Test(events, peer_may_go_while_its_page_is_read)
{
	history(5);
	w->store.hold = true;
	connect_since(0);
	ws->closed(w->api, &peer);
	peer.data = NULL;
	store_release(&w->store);
	settle(w);
	cr_assert(eq(sz, peer.n, 0));
}

Test(events, api_may_go_while_a_page_is_read)
{
	history(5);
	w->store.hold = true;
	connect_since(0);
	store_release(&w->store);
	api_free(w->api);
	w->api = NULL;
	settle(w);
	cr_assert(eq(sz, peer.n, 0));
}

Test(events, unreadable_history_closes_the_peer)
{
	w->store.fails = (struct err){ ERR_IO, "io", "disk" };
	connect_since(0);
	cr_assert(eq(uint, peer.closed, 1011));
}

Test(events, upgrade_hands_over_since_and_who_it_is)
{
	struct events_note note;

	ask(w, "GET /api/v1/events?since=7", NULL, "Upgrade: websocket", w->token[SCOPE_READ],
		NULL);
	cr_assert(w->reply.upgraded);
	memcpy(&note, w->reply.note.data, sizeof note);
	cr_assert(eq(i64, note.since, 7));
	cr_assert(eq(int, note.scope, SCOPE_READ));
	cr_assert(eq(str, note.token, "a-read"));
	ask(w, "GET /api/v1/events", NULL, "Upgrade: websocket", NULL);
	cr_assert(w->reply.upgraded, "the token may come as the first message");
	memcpy(&note, w->reply.note.data, sizeof note);
	cr_assert(eq(i64, note.since, -1));
	cr_assert(eq(int, note.scope, SCOPE_NONE));
}

Test(events, page_for_programs_without_websocket)
{
	history(30);
	cr_assert(eq(uint,
		ask(w, "GET /api/v1/events?since=10&limit=5", NULL, w->token[SCOPE_READ], NULL),
		200));
	cr_assert(eq(sz, json_array_size(json_object_get(w->json, "events")), 5));
	cr_assert(eq(i64, json_integer_value(json_object_get(w->json, "next")), 15));
	cr_assert(eq(i64, json_integer_value(json_object_get(w->json, "last")), 30));
	cr_assert(holds_true(json_object_get(w->json, "more")));
	cr_assert(not(holds_true(json_object_get(w->json, "resync"))));
	w->store.oldest = 12;
	ask(w, "GET /api/v1/events?since=10", NULL, w->token[SCOPE_READ], NULL);
	cr_assert(holds_true(json_object_get(w->json, "resync")));
	w->store.oldest = 0;
	w->store.n_events = 0;
	ask(w, "GET /api/v1/events?since=10", NULL, w->token[SCOPE_READ], NULL);
	cr_assert(holds_true(json_object_get(w->json, "resync")), "none is left");
	ask(w, "GET /api/v1/events?since=-1", NULL, w->token[SCOPE_READ], NULL);
	cr_assert(eq(i64, json_integer_value(json_object_get(w->json, "next")), 30));
	cr_assert(eq(
		uint, ask(w, "GET /api/v1/events?since=x", NULL, w->token[SCOPE_READ], NULL), 400));
	cr_assert(eq(str, (char *)text_of(w, "code"), "invalid_query"));
}
