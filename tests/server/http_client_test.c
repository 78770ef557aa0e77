#include "server/http_client.h"

#include "server/base/alloc.h"
#include "server/base/text.h"
#include "server/http_wire.h"
#include "tests/support/loop_virtual.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A wire of the test: what is tried lands in `flying` until the test answers it. */
struct http_wire {
	struct http_attempt *flying;
	unsigned attempts;
};

static struct http_wire wire;

struct http_wire *http_wire_new(struct loop *loop, const struct http_wire_options *options)
{
	(void)loop;
	(void)options;
	wire = (struct http_wire){ 0 };
	return &wire;
}

void http_wire_submit(struct http_wire *w, struct http_attempt *attempt)
{
	cr_assert(w->flying == NULL, "one at a time here");
	w->flying = attempt;
	w->attempts++;
}

static void answer(unsigned status, enum err_code code, bool maybe_sent)
{
	struct http_attempt *a = TAKE(wire.flying);

	cr_assert(a != NULL);
	a->status = status;
	a->maybe_sent = maybe_sent;
	if (code)
		err_set(&a->err, code, "made up");
	a->done(a);
}

void http_wire_cancel(struct http_wire *w, struct http_attempt *attempt)
{
	(void)w;
	atomic_store(&attempt->cancelled, true);
}

void http_wire_free(struct http_wire *w)
{
	if (w->flying)
		answer(0, ERR_BUSY, true);
}

static const char *const hosts[] = { "one.example", "two.example", NULL };
static struct loop *loop;
static struct http_client *client;
static struct {
	unsigned n, status, tries;
	char reason[40], body[64];
	enum http_sent sent;
} got;

static void on_done(void *owner, const struct http_result *result)
{
	(void)owner;
	got.n++;
	got.status = result->status;
	got.tries = result->tries;
	got.sent = result->sent;
	text_copy(got.reason, sizeof got.reason, result->err.reason);
	text_copy(got.body, sizeof got.body,
		result->body.data ? (const char *)result->body.data : "");
}

static void set_up(void)
{
	loop = loop_new();
	client = http_client_new(&(struct http_client_options){ .loop = loop });
	memset(&got, 0, sizeof got);
}

static void tear_down(void)
{
	http_client_free(client);
	loop_free(loop);
}

static struct http_call *ask(const char *url, bool trigger)
{
	struct http_call_options options = {
		.url = url, .hosts = hosts, .fd = -1, .max_size = 1000, .trigger = trigger
	};

	if (trigger)
		options.method = "POST";
	return http_client_call(client, &options, on_done, NULL);
}

TestSuite(http_client, .init = set_up, .fini = tear_down);

Test(http_client, an_answer_comes_once_and_with_its_body)
{
	ask("https://one.example/x", false);
	cr_assert(eq(int, got.n, 0));
	loop_run_for(loop, 10);
	cr_assert(eq(str, (char *)wire.flying->url, "https://one.example/x"));
	wire.flying->data = (uint8_t *)xstrdup("hello");
	wire.flying->size = 5;
	answer(200, OK, true);
	cr_assert(eq(int, got.n, 1));
	cr_assert(eq(str, got.body, "hello"));
	cr_assert(eq(int, got.sent, HTTP_ANSWERED));
}

Test(http_client, what_is_not_allowed_is_never_sent)
{
	ask("http://one.example/", false);
	ask("https://three.example/", false);
	cr_assert(eq(int, got.n, 0), "not from inside the call");
	loop_run_for(loop, 10);
	cr_assert(eq(int, got.n, 2));
	cr_assert(eq(int, wire.attempts, 0));
	cr_assert(eq(int, got.sent, HTTP_NOT_SENT));
}

Test(http_client, a_passing_fault_is_tried_again_at_most_four_times)
{
	ask("https://one.example/", false);
	for (unsigned i = 1; i <= HTTP_TRIES_MAX; i++) {
		loop_run_for(loop, 60000);
		cr_assert(eq(int, wire.attempts, i));
		answer(503, OK, true);
	}
	cr_assert(eq(int, got.n, 1));
	cr_assert(eq(int, got.status, 503));
	cr_assert(eq(int, got.tries, HTTP_TRIES_MAX));
}

Test(http_client, the_server_says_when_to_come_back)
{
	ask("https://one.example/", false);
	loop_run_for(loop, 10);
	text_copy(wire.flying->retry_after, sizeof wire.flying->retry_after, "300");
	answer(429, OK, true);
	loop_run_for(loop, 299000);
	cr_assert(eq(int, wire.attempts, 1));
	loop_run_for(loop, 3000);
	cr_assert(eq(int, wire.attempts, 2));
	answer(200, OK, true);
	cr_assert(eq(int, got.status, 200));
}

Test(http_client, nobody_is_kept_waiting_for_a_server_that_wants_a_day)
{
	ask("https://one.example/", false);
	loop_run_for(loop, 10);
	text_copy(wire.flying->retry_after, sizeof wire.flying->retry_after, "86400");
	answer(429, OK, true);
	loop_run_for(loop, 10);
	cr_assert(eq(int, got.n, 1));
	cr_assert(eq(int, got.status, 429));
	ask("https://one.example/other", false);
	loop_run_for(loop, 10);
	cr_assert(eq(int, got.n, 2));
	cr_assert(eq(str, got.reason, "host_resting"));
	cr_assert(eq(int, wire.attempts, 1));
}

Test(http_client, a_trigger_is_tried_once_and_says_what_may_have_arrived)
{
	ask("https://one.example/", true);
	loop_run_for(loop, 10);
	cr_assert(wire.flying->fresh);
	answer(0, ERR_IO, true);
	cr_assert(eq(int, got.n, 1));
	cr_assert(eq(int, got.sent, HTTP_MAYBE_SENT));
	ask("https://one.example/", true);
	loop_run_for(loop, 10);
	answer(0, ERR_IO, false);
	cr_assert(eq(int, got.sent, HTTP_NOT_SENT));
	ask("https://one.example/", true);
	loop_run_for(loop, 10);
	text_copy(wire.flying->location, sizeof wire.flying->location, "https://one.example/y");
	answer(302, OK, true);
	cr_assert(eq(str, got.reason, "redirect_refused"));
	cr_assert(eq(int, got.sent, HTTP_MAYBE_SENT));
	cr_assert(eq(int, wire.attempts, 3));
}

static void redirect(const char *to)
{
	loop_run_for(loop, 10);
	text_copy(wire.flying->location, sizeof wire.flying->location, to);
	answer(302, OK, true);
}

Test(http_client, redirects_lead_only_to_allowed_hosts_and_without_the_headers)
{
	static const char *const headers[] = { "X-Key: secret", NULL };
	struct http_call_options options = { .url = "https://one.example/a",
		.hosts = hosts,
		.headers = headers,
		.fd = -1,
		.max_size = 1 };

	http_client_call(client, &options, on_done, NULL);
	redirect("https://two.example/b");
	loop_run_for(loop, 10);
	cr_assert(eq(str, (char *)wire.flying->url, "https://two.example/b"));
	cr_assert(wire.flying->headers == NULL);
	redirect("https://evil.example/c");
	cr_assert(eq(str, got.reason, "redirect_refused"));
	ask("https://one.example/", false);
	redirect("http://one.example/");
	cr_assert(eq(str, got.reason, "redirect_refused"));
}

Test(http_client, redirects_come_to_an_end)
{
	ask("https://one.example/", false);
	for (int i = 0; i <= HTTP_REDIRECTS_MAX; i++)
		redirect("https://one.example/");
	cr_assert(eq(str, got.reason, "redirect_refused"));
}

Test(http_client, a_host_that_keeps_failing_rests_and_others_do_not)
{
	for (int i = 0; i < 5; i++) {
		ask("https://one.example/", true);
		loop_run_for(loop, 10);
		answer(500, OK, true);
	}
	ask("https://one.example/", true);
	loop_run_for(loop, 10);
	cr_assert(eq(str, got.reason, "host_resting"));
	cr_assert(eq(int, got.sent, HTTP_NOT_SENT));
	ask("https://two.example/", false);
	loop_run_for(loop, 10);
	answer(200, OK, true);
	cr_assert(eq(int, got.status, 200));
	loop_run_for(loop, 61000);
	ask("https://one.example/", false);
	loop_run_for(loop, 10);
	answer(200, OK, true);
	cr_assert(eq(int, got.status, 200));
}

Test(http_client, a_called_off_request_tells_nothing_and_leaves_nothing)
{
	struct http_call *waiting = ask("https://one.example/", false), *flying;

	http_client_cancel(waiting);
	loop_run_for(loop, 10);
	cr_assert(eq(int, wire.attempts, 0));
	flying = ask("https://one.example/", false);
	loop_run_for(loop, 10);
	http_client_cancel(flying);
	answer(200, OK, true);
	cr_assert(eq(int, got.n, 0));
	ask("https://one.example/", false);
	loop_run_for(loop, 10); /* the end of the test frees it in flight */
}

Test(http_client, a_second_try_leaves_nothing_of_the_first_in_the_file)
{
	char name[] = "/tmp/lockwright-XXXXXX", text[8] = "";
	int fd = mkstemp(name);
	struct http_call_options options = {
		.url = "https://one.example/", .hosts = hosts, .fd = fd, .max_size = 100
	};

	unlink(name);
	http_client_call(client, &options, on_done, NULL);
	loop_run_for(loop, 10);
	cr_assert(eq(i64, write(fd, "half", 4), 4));
	answer(200, ERR_IO, true);
	loop_run_for(loop, 5000);
	cr_assert(eq(i64, write(fd, "all", 3), 3));
	answer(200, OK, true);
	cr_assert(eq(i64, pread(fd, text, 7, 0), 3));
	cr_assert(eq(str, text, "all"));
	close(fd);
}

Test(http_client, too_many_at_a_time_are_refused)
{
	struct http_call *calls[HTTP_CALLS_MAX];

	for (int i = 0; i < HTTP_CALLS_MAX; i++)
		calls[i] = ask("https://one.example/", false);
	ask("https://two.example/", false);
	for (int i = 0; i < HTTP_CALLS_MAX; i++)
		http_client_cancel(calls[i]);
	loop_run_for(loop, 10);
	cr_assert(eq(str, got.reason, "busy"));
}
