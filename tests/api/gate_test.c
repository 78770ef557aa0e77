#include "api/auth.h"
#include "server/base/check.h"
#include "tests/api/support.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>

#include <string.h>
#include <unistd.h>

static struct world *w;

static void init(void)
{
	w = world_new(false);
	add_lock(w, "a");
	add_adapter(w, "stick");
	add_job(w, 1, "a");
}

static void fini(void)
{
	world_free(w);
}

TestSuite(gate, .init = init, .fini = fini, .timeout = 20);

static const char *code(void)
{
	return text_of(w, "code");
}

/* Who may: 0 everybody, 1 read, 2 control, 3 admin. */
struct row {
	char line[64];
	int scope;
};

ParameterizedTestParameters(gate, scopes)
{
	static struct row rows[] = {
		{ "GET /healthz", 0 },
		{ "GET /readyz", 0 },
		{ "GET /", 0 },
		{ "GET /app.js", 0 },
		{ "GET /metrics", 1 },
		{ "GET /api/v1/openapi.yaml", 1 },
		{ "GET /api/v1/locks", 1 },
		{ "GET /api/v1/locks/a", 1 },
		{ "PUT /api/v1/locks/a", 2 },
		{ "PATCH /api/v1/locks/a", 2 },
		{ "DELETE /api/v1/locks/a", 2 },
		{ "POST /api/v1/locks/a/check", 2 },
		{ "POST /api/v1/locks/a/wake", 2 },
		{ "POST /api/v1/locks/a/dismiss", 2 },
		{ "GET /api/v1/jobs", 1 },
		{ "POST /api/v1/jobs", 2 },
		{ "GET /api/v1/jobs/1", 1 },
		{ "GET /api/v1/jobs/1/events", 1 },
		{ "GET /api/v1/jobs/1/diagnostics", 1 },
		{ "POST /api/v1/jobs/1/cancel", 2 },
		{ "POST /api/v1/jobs/1/retry", 2 },
		{ "GET /api/v1/firmware", 1 },
		{ "POST /api/v1/firmware", 2 },
		{ "DELETE /api/v1/firmware/x", 2 },
		{ "GET /api/v1/adapters", 1 },
		{ "GET /api/v1/adapters/stick", 1 },
		{ "POST /api/v1/adapters/stick/scan", 2 },
		{ "POST /api/v1/adapters/stick/restart", 2 },
		{ "GET /api/v1/events", 1 },
		{ "GET /api/v1/tokens", 3 },
		{ "POST /api/v1/tokens", 3 },
		{ "DELETE /api/v1/tokens/a-read", 3 },
		{ "GET /api/v1/integrations", 1 },
		{ "PUT /api/v1/integrations/x", 1 },
		{ "DELETE /api/v1/integrations/x", 1 },
	};

	return cr_make_param_array(struct row, rows, ARRAY_SIZE(rows));
}

ParameterizedTest(struct row *row, gate, scopes)
{
	for (int scope = 0; scope <= SCOPE_ADMIN; scope++) {
		const char *header = scope ? w->token[scope] : "X-None: x";
		unsigned status = ask(w, row->line, NULL, header, NULL);
		unsigned want = scope >= row->scope ? 0 : scope ? 403 : 401;

		if (want)
			cr_assert(eq(uint, status, want), "%s as %s", row->line, scope_name(scope));
		else
			cr_assert(status != 401 && status != 403, "%s as %s: %u", row->line,
				scope_name(scope), status);
		cr_assert(eq(int, w->reply.answers, 1));
	}
}

Test(gate, missing_token_is_asked_for_with_the_command_that_makes_one)
{
	cr_assert(eq(uint, ask(w, "GET /api/v1/locks", NULL, NULL), 401));
	cr_assert(strstr(w->reply.headers, "WWW-Authenticate: Bearer") != NULL);
	cr_assert(strstr(text_of(w, "advice"), "lockwright token create NAME") != NULL);
	cr_assert(eq(str, w->reply.type, "application/problem+json"));
	cr_assert(eq(str, (char *)text_of(w, "instance"), "/api/v1/locks"));
}

Test(gate, wrong_tokens_are_slowed_but_right_ones_pass)
{
	static const char wrong[] = "Authorization: Bearer lw_wrong";

	for (int i = 0; i < AUTH_FAILURES_MAX; i++)
		cr_assert(eq(uint, ask(w, "GET /api/v1/locks", NULL, wrong, NULL), 401));
	cr_assert(eq(uint, ask(w, "GET /api/v1/locks", NULL, wrong, NULL), 429));
	cr_assert(strstr(w->reply.headers, "Retry-After: 60") != NULL);
	cr_assert(eq(uint, ask(w, "GET /api/v1/locks", NULL, w->token[SCOPE_READ], NULL), 200));
	ask_peer = "192.0.2.9";
	cr_assert(eq(uint, ask(w, "GET /api/v1/locks", NULL, wrong, NULL), 401));
	ask_peer = "127.0.0.1";
	loop_run_for(w->loop, AUTH_WINDOW_MS);
	cr_assert(eq(uint, ask(w, "GET /api/v1/locks", NULL, wrong, NULL), 401));
}

Test(gate, foreign_host_is_refused_before_the_token_is_looked_at)
{
	cr_assert(eq(uint,
		ask(w, "GET /api/v1/locks", NULL, "Host: evil.example", w->token[SCOPE_ADMIN],
			NULL),
		403));
	cr_assert(eq(str, (char *)code(), "host_not_allowed"));
	cr_assert(eq(uint, ask(w, "GET /", NULL, "Host: evil.example", NULL), 403));
	cr_assert(eq(uint, ask(w, "GET /healthz", NULL, "Host: evil.example", NULL), 200));
}

Test(gate, foreign_origin_may_neither_write_nor_listen)
{
	static const char foreign[] = "Origin: http://evil.example";
	static const char own[] = "Origin: http://127.0.0.1:8099";
	const char *token = w->token[SCOPE_CONTROL];

	cr_assert(eq(uint, ask(w, "POST /api/v1/locks/a/check", NULL, foreign, token, NULL), 403));
	cr_assert(eq(str, (char *)code(), "origin_not_allowed"));
	cr_assert(
		eq(uint, ask(w, "DELETE /api/v1/locks/a", NULL, "Origin: null", token, NULL), 403));
	cr_assert(eq(uint, ask(w, "GET /api/v1/events", NULL, "Upgrade: websocket", foreign, NULL),
		403));
	cr_assert(eq(uint, ask(w, "POST /api/v1/locks/a/check", NULL, own, token, NULL), 200));
	cr_assert(
		eq(uint, ask(w, "GET /api/v1/events", NULL, "Upgrade: websocket", own, NULL), 101));
}

Test(gate, bodies_must_say_that_they_are_json)
{
	const char *token = w->token[SCOPE_CONTROL];
	static const char text[] = "Content-Type: text/plain";

	cr_assert(eq(uint, ask(w, "PATCH /api/v1/locks/a", "{}", text, token, NULL), 415));
	cr_assert(eq(str, (char *)code(), "media_type"));
	cr_assert(eq(uint,
		ask(w, "POST /api/v1/firmware", "abc", "Content-Type: application/json", token,
			NULL),
		415));
	cr_assert(eq(uint, ask(w, "PATCH /api/v1/locks/a", "{}", token, NULL), 200));
	cr_assert(eq(uint, ask(w, "POST /api/v1/jobs/1/cancel", NULL, token, NULL), 200),
		"no body, no type");
}

Test(gate, token_in_the_address_is_refused)
{
	cr_assert(eq(uint, ask(w, "GET /api/v1/locks?token=lw_x", NULL, w->token[SCOPE_READ], NULL),
		400));
	cr_assert(eq(str, (char *)code(), "token_in_query"));
	cr_assert(strstr(w->reply.body, "lw_x") == NULL);
}

Test(gate, control_socket_is_for_our_user_and_root)
{
	cr_assert(eq(uint, ask_local(w, (int64_t)geteuid(), "GET /api/v1/tokens", NULL), 200));
	cr_assert(eq(uint, ask_local(w, 0, "GET /api/v1/tokens", NULL), 200));
	cr_assert(eq(uint, ask_local(w, 4242, "GET /api/v1/tokens", NULL), 403));
	cr_assert(eq(uint, ask_local(w, -1, "GET /api/v1/locks", NULL), 403));
}

Test(gate, everything_of_the_api_waits_for_the_start)
{
	api_set_ready(w->api, false);
	cr_assert(eq(uint, ask(w, "GET /api/v1/locks", NULL, w->token[SCOPE_READ], NULL), 503));
	cr_assert(eq(str, (char *)code(), "starting"));
	cr_assert(holds_true(json_object_get(w->json, "retryable")));
	cr_assert(eq(uint, ask(w, "GET /readyz", NULL, NULL), 503));
	cr_assert(eq(uint, ask(w, "GET /healthz", NULL, NULL), 200));
}

Test(gate, without_auth_everybody_on_loopback_has_control_but_no_tokens)
{
	struct world *open = world_new(true);

	add_lock(open, "a");
	cr_assert(eq(uint, ask(open, "POST /api/v1/locks/a/check", NULL, NULL), 200));
	cr_assert(eq(uint, ask(open, "GET /metrics", NULL, NULL), 200));
	cr_assert(eq(uint, ask(open, "POST /api/v1/tokens", "{\"name\":\"x\"}", NULL), 403));
	cr_assert(eq(uint, ask(open, "GET /api/v1/locks", NULL, "Host: evil.example", NULL), 403));
	world_free(open);
}

Test(gate, no_auth_on_a_public_address_is_a_start_up_error)
{
	const struct api_options options = { .auth_none = true, .listen = ":8099", .version = "1" };
	struct api *api = NULL;
	struct err e;

	cr_assert(eq(int, api_new(&api, &options, &e), ERR_INVALID));
	cr_assert(api == NULL);
}

Test(gate, ingress_is_trusted_from_the_supervisor_alone)
{
	const struct api_options options = { .listen = ":8099", .ingress = true };
	struct world *app = world_of(&options);

	ask_peer = "172.30.32.2";
	cr_assert(
		eq(uint, ask(app, "GET /api/v1/locks", NULL, "Host: ha.example:8123", NULL), 200));
	ask_peer = "172.30.32.3";
	cr_assert(
		eq(uint, ask(app, "GET /api/v1/locks", NULL, "Host: ha.example:8123", NULL), 403));
	cr_assert(eq(uint, ask(app, "GET /api/v1/locks", NULL, NULL), 401));
	ask_peer = "172.30.32.2";
	cr_assert(eq(uint, ask(w, "GET /api/v1/locks", NULL, NULL), 401),
		"not without SUPERVISOR_TOKEN");
	ask_peer = "127.0.0.1";
	world_free(app);
}

Test(gate, ingress_says_who_asks_and_is_judged_by_the_name_that_the_browser_used)
{
	const struct api_options options = { .listen = ":8099", .ingress = true };
	struct world *app = world_of(&options);

	add_lock(app, "a");
	ask_peer = "172.30.32.2";
	ask(app, "POST /api/v1/jobs", "{\"lock\":\"a\"}", "Host: 172.30.33.5:8099",
		"X-Forwarded-Host: ha.example:8123", "Origin: http://ha.example:8123",
		"X-Remote-User-Name: Anna\x07", NULL);
	cr_assert(eq(str, app->engine.request_by, "ingress:Anna"));
	cr_assert(eq(uint,
		ask(app, "POST /api/v1/jobs", "{\"lock\":\"a\"}", "Host: 172.30.33.5:8099",
			"X-Forwarded-Host: ha.example:8123", "Origin: http://evil.example", NULL),
		403));
	ask_peer = "172.30.32.3";
	cr_assert(eq(uint,
			  ask(app, "GET /api/v1/locks", NULL, "Host: evil.example",
				  "X-Forwarded-Host: 127.0.0.1", NULL),
			  403),
		"nobody else may say another host");
	ask_peer = "127.0.0.1";
	world_free(app);
}

Test(gate, use_of_a_token_is_noted_once_an_hour)
{
	ask(w, "GET /api/v1/locks", NULL, w->token[SCOPE_READ], NULL);
	cr_assert(eq(i64, w->store.tokens[0].used_at / 10000, 178027200));
	w->store.tokens[0].used_at = 0;
	ask(w, "GET /api/v1/locks", NULL, w->token[SCOPE_READ], NULL);
	cr_assert(eq(i64, w->store.tokens[0].used_at, 0));
	loop_run_for(w->loop, 3600 * 1000);
	ask(w, "GET /api/v1/locks", NULL, w->token[SCOPE_READ], NULL);
	cr_assert(ne(i64, w->store.tokens[0].used_at, 0));
}
