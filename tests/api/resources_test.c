#include "api/auth.h"
#include "server/base/text.h"
#include "tests/api/support.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <string.h>

static struct world *w;

static void init(void)
{
	w = world_new(true);
	add_lock(w, "front-door");
	add_job(w, 17, "front-door");
	add_adapter(w, "stick");
}

static void fini(void)
{
	world_free(w);
}

TestSuite(resources, .init = init, .fini = fini, .timeout = 20);

static void fails(enum err_code code, const char *reason)
{
	w->engine.fails.code = code;
	(void)text_copy(w->engine.fails.reason, sizeof w->engine.fails.reason, reason);
	(void)text_copy(w->engine.fails.text, sizeof w->engine.fails.text, "Because.");
}

static const char *code(void)
{
	return text_of(w, "code");
}

Test(resources, new_job_is_accepted_with_its_place)
{
	w->engine.answer = JOB_CREATED;
	cr_assert(eq(uint, ask(w, "POST /api/v1/jobs", "{\"lock\":\"front-door\"}", NULL), 202));
	cr_assert(strstr(w->reply.headers, "Location: /api/v1/jobs/17\n") != NULL);
	cr_assert(eq(str, w->engine.request_lock, "front-door"));
	cr_assert(eq(str, w->engine.request_by, "anonymous"));
	cr_assert(eq(str, w->engine.request_key, ""));
	cr_assert(eq(str, w->engine.request_digest, ""), "no key, no digest");
	w->engine.answer = JOB_EXISTING;
	cr_assert(eq(uint, ask(w, "POST /api/v1/jobs", "{\"lock\":\"front-door\"}", NULL), 200));
}

Test(resources, idempotency_key_comes_with_the_digest_of_the_body)
{
	char digest[SHA256_TEXT];

	ask(w, "POST /api/v1/jobs", "{\"lock\":\"front-door\"}", "Idempotency-Key: k-1", NULL);
	auth_sha256(digest, (struct span){ (const uint8_t *)"{\"lock\":\"front-door\"}", 21 });
	cr_assert(eq(str, w->engine.request_key, "k-1"));
	cr_assert(eq(str, w->engine.request_digest, digest));
	cr_assert(eq(uint,
		ask(w, "POST /api/v1/jobs", "{\"lock\":\"a\"}", "Idempotency-Key: a b", NULL),
		400));
	cr_assert(eq(uint,
		ask(w, "POST /api/v1/jobs", "{\"lock\":\"a\"}",
			"Idempotency-Key: "
			"0123456789012345678901234567890123456789012345678901234567890123",
			NULL),
		400));
}

Test(resources, reasons_of_the_engine_have_their_status)
{
	static const struct {
		enum err_code code;
		const char *reason;
		unsigned status;
	} rows[] = {
		{ ERR_CONFLICT, "lock_busy", 409 },
		{ ERR_CONFLICT, "idempotency_mismatch", 422 },
		{ ERR_INVALID, "unknown_finding", 422 },
		{ ERR_INVALID, "not_forcible", 422 },
		{ ERR_NOT_FOUND, "no_image", 422 },
		{ ERR_NOT_FOUND, "not_found", 404 },
		{ ERR_NO_SPACE, "no_space", 507 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		fails(rows[i].code, rows[i].reason);
		cr_expect(eq(uint, ask(w, "POST /api/v1/jobs", "{\"lock\":\"a\"}", NULL),
				  rows[i].status),
			"%s", rows[i].reason);
		cr_expect(eq(str, (char *)code(), (char *)rows[i].reason));
		cr_expect(ne(str, (char *)text_of(w, "advice"), ""), "%s", rows[i].reason);
	}
	fails(ERR_CONFLICT, "too_late");
	cr_expect(eq(uint, ask(w, "POST /api/v1/jobs/17/cancel", NULL, NULL), 409));
}

Test(resources, unknown_member_is_named)
{
	json_t *first;

	cr_assert(eq(uint, ask(w, "POST /api/v1/jobs", "{\"lock\":\"a\",\"imgae\":1}", NULL), 400));
	first = json_array_get(json_object_get(w->json, "errors"), 0);
	cr_assert(eq(str, (char *)json_string_value(json_object_get(first, "path")), "/imgae"));
	cr_assert(strstr(text_of(w, "detail"), "imgae") != NULL);
}

Test(resources, active_job_comes_from_memory_and_final_one_from_disk)
{
	cr_assert(eq(uint, ask(w, "GET /api/v1/jobs/17", NULL, NULL), 200));
	w->store.jobs[0] = (struct job){ .id = 3, .phase = JOB_SUCCEEDED, .status = -1 };
	w->store.n_jobs = 1;
	cr_assert(eq(uint, ask(w, "GET /api/v1/jobs/3", NULL, NULL), 200));
	cr_assert(holds_true(json_object_get(w->json, "final")));
	cr_assert(eq(uint, ask(w, "GET /api/v1/jobs/4", NULL, NULL), 404));
	cr_assert(eq(uint, ask(w, "GET /api/v1/jobs/0x3", NULL, NULL), 404));
	cr_assert(eq(uint, ask(w, "POST /api/v1/jobs/x/cancel", NULL, NULL), 404));
}

Test(resources, job_list_filters_and_pages)
{
	for (int i = 0; i < 3; i++)
		w->store.jobs[w->store.n_jobs++] =
			(struct job){ .id = 30 - i, .phase = JOB_FAILED, .status = -1 };
	ask(w, "GET /api/v1/jobs?lock=front-door&phase=failed&limit=2", NULL, NULL);
	cr_assert(eq(str, (char *)w->store.filter.phase, "failed"));
	cr_assert(eq(sz, json_array_size(json_object_get(w->json, "jobs")), 2));
	cr_assert(eq(str, (char *)text_of(w, "next"), "29"));
	ask(w, "GET /api/v1/jobs?cursor=29", NULL, NULL);
	cr_assert(eq(sz, json_array_size(json_object_get(w->json, "jobs")), 1));
	cr_assert(holds_null(json_object_get(w->json, "next")));
}

Test(resources, wrong_query_is_named)
{
	cr_assert(eq(uint, ask(w, "GET /api/v1/jobs?phase=done&limit=0", NULL, NULL), 400));
	cr_assert(eq(sz, json_array_size(json_object_get(w->json, "errors")), 2));
	cr_assert(eq(uint, ask(w, "GET /api/v1/jobs?lock=", NULL, NULL), 400));
	cr_assert(eq(uint, ask(w, "GET /api/v1/events?lock=Front", NULL, NULL), 400));
	cr_assert(eq(uint, ask(w, "GET /api/v1/jobs?phase=done&limit=0", NULL, NULL), 400));
	cr_assert(strstr(text_of(w, "detail"), "?phase must be one of active final queued") != NULL,
		"%s", text_of(w, "detail"));
}

Test(resources, timeline_and_bundle_of_a_job)
{
	w->store.jobs[0] = w->engine.jobs[0];
	w->store.n_jobs = 1;
	add_event(w, EVENT_JOB)->job = 17;
	add_event(w, EVENT_JOB)->job = 18;
	add_event(w, EVENT_NOTE)->job = 17;
	ask(w, "GET /api/v1/jobs/17/events", NULL, NULL);
	cr_assert(eq(sz, json_array_size(json_object_get(w->json, "events")), 2));
	ask(w, "GET /api/v1/jobs/17/events?limit=1", NULL, NULL);
	cr_assert(eq(str, (char *)text_of(w, "next"), "1"));
	cr_assert(eq(uint, ask(w, "GET /api/v1/jobs/17/diagnostics", NULL, NULL), 200));
	cr_assert(strstr(w->reply.headers, "lockwright-job-17.json") != NULL);
	cr_assert(holds_object(json_object_get(w->json, "lock")));
	cr_assert(holds_object(json_object_get(w->json, "check")));
	cr_assert(holds_null(json_object_get(w->json, "image")));
	cr_assert(eq(uint, ask(w, "GET /api/v1/jobs/99/diagnostics", NULL, NULL), 404));
}

Test(resources, lock_is_created_changed_and_forgotten)
{
	cr_assert(eq(uint,
		ask(w, "PUT /api/v1/locks/back-door", "{\"adapter\":\"stick\",\"address\":\"0x1\"}",
			NULL),
		201));
	cr_assert(strstr(w->reply.headers, "Location: /api/v1/locks/back-door\n") != NULL);
	cr_assert(eq(uint, ask(w, "PUT /api/v1/locks/back-door", "{\"name\":\"B\"}", NULL), 200));
	cr_assert(eq(str, w->engine.patch_name, "B"));
	cr_assert(eq(uint, ask(w, "PUT /api/v1/locks/Back_Door", "{}", NULL), 400));
	cr_assert(eq(uint, ask(w, "PATCH /api/v1/locks/none", "{}", NULL), 404));
	cr_assert(eq(uint, ask(w, "DELETE /api/v1/locks/back-door", NULL, NULL), 204));
	cr_assert(eq(str, w->engine.called, "remove back-door"));
	cr_assert(eq(uint, ask(w, "DELETE /api/v1/locks/none", NULL, NULL), 404));
}

Test(resources, lock_actions_reach_the_engine)
{
	ask(w, "POST /api/v1/locks/front-door/wake", NULL, NULL);
	cr_assert(eq(str, w->engine.called, "wake front-door"));
	cr_assert(eq(uint, ask(w, "POST /api/v1/locks/front-door/dismiss", NULL, NULL), 200));
	cr_assert(w->engine.patch.dismiss_problem);
	cr_assert(eq(int, w->engine.patch.min_battery_percent, -1));
	w->engine.check.n = 1;
	w->engine.check.pending = READ_BATTERY | READ_MODEL;
	w->engine.check.worst = VERDICT_WARN;
	cr_assert(eq(uint, ask(w, "POST /api/v1/locks/front-door/check", NULL, NULL), 200));
	cr_assert(eq(str, (char *)text_of(w, "verdict"), "warn"));
	cr_assert(strstr(w->reply.body, "\"pending\":[\"battery\",\"model\"]") != NULL);
}

Test(resources, adapter_actions_reach_the_engine)
{
	cr_assert(eq(uint, ask(w, "POST /api/v1/adapters/stick/scan", NULL, NULL), 202));
	cr_assert(eq(str, w->engine.called, "scan stick"));
	cr_assert(eq(uint, ask(w, "POST /api/v1/adapters/stick/restart", NULL, NULL), 202));
	cr_assert(eq(str, w->engine.called, "restart stick"));
	cr_assert(eq(uint, ask(w, "POST /api/v1/adapters/none/scan", NULL, NULL), 404));
	cr_assert(eq(uint, ask(w, "GET /api/v1/adapters", NULL, NULL), 200));
	cr_assert(strstr(w->reply.body, "\"state\":\"stopped\",\"error\":null") != NULL);
}

Test(resources, token_is_shown_once_and_only_its_digest_stored)
{
	char secret[64], header[96], digest[SHA256_TEXT];

	cr_assert(eq(uint,
		ask_local(w, 0, "POST /api/v1/tokens", "{\"name\":\"ha\",\"scope\":\"read\"}"),
		201));
	(void)snprintf(secret, sizeof secret, "%s", text_of(w, "token"));
	cr_assert(eq(sz, strlen(secret), 46));
	auth_sha256(digest, (struct span){ (const uint8_t *)secret, 46 });
	cr_assert(eq(str, w->store.tokens[w->store.n_tokens - 1].digest, digest));
	ask_local(w, 0, "GET /api/v1/tokens", NULL);
	cr_assert(strstr(w->reply.body, "\"ha\"") != NULL);
	cr_assert(strstr(w->reply.body, "lw_") == NULL);
	cr_assert(strstr(w->reply.body, digest) == NULL);
	(void)snprintf(header, sizeof header, "Authorization: Bearer %s", secret);
	cr_assert(eq(uint, ask(w, "GET /api/v1/locks", NULL, header, NULL), 200));
	cr_assert(eq(uint, ask_local(w, 0, "POST /api/v1/tokens", "{\"name\":\"ha\"}"), 409));
	cr_assert(eq(uint, ask_local(w, 0, "DELETE /api/v1/tokens/ha", NULL), 204));
	cr_assert(eq(uint, ask(w, "GET /api/v1/locks", NULL, header, NULL), 401));
	cr_assert(eq(uint, ask_local(w, 0, "DELETE /api/v1/tokens/ha", NULL), 404));
}

Test(resources, token_that_could_not_be_stored_does_not_exist)
{
	w->store.fails = (struct err){ ERR_NO_SPACE, "no_space", "The disk is full." };
	cr_assert(eq(uint, ask_local(w, 0, "POST /api/v1/tokens", "{\"name\":\"ha\"}"), 507));
	cr_assert(eq(uint, ask_local(w, 0, "POST /api/v1/tokens", "{\"name\":\"ha\"}"), 201));
}

Test(resources, metrics_are_prometheus_text)
{
	cr_assert(eq(uint, ask(w, "GET /metrics", NULL, NULL), 200));
	cr_assert(eq(str, w->reply.type, "text/plain; version=0.0.4"));
	cr_assert(strstr(w->reply.body, "\nlockwright_jobs_active{phase=\"queued\"} 1\n") != NULL);
	cr_assert(strstr(w->reply.body,
			  "\nlockwright_adapter_up{adapter=\"stick\",type=\"znp\"} 0\n") != NULL);
	cr_assert(strstr(w->reply.body, "\nlockwright_ready 1\n") != NULL);
}

Test(resources, contract_is_served_as_it_is)
{
	cr_assert(eq(uint, ask(w, "GET /api/v1/openapi.yaml", NULL, NULL), 200));
	cr_assert(eq(int, strncmp(w->reply.body, "openapi: 3.1.0\n", 15), 0));
	cr_assert(eq(str, w->reply.type, "application/yaml"));
}

Test(resources, page_is_served_with_its_guards_and_not_twice)
{
	char known[128] = "If-None-Match: ";
	const char *etag;

	cr_assert(eq(uint, ask(w, "GET /", NULL, NULL), 200));
	cr_assert(w->reply.size > 100);
	cr_assert(strstr(w->reply.headers, "Content-Security-Policy: default-src 'self';") != NULL);
	cr_assert(strstr(w->reply.headers, "Referrer-Policy: no-referrer") != NULL);
	cr_assert(strstr(w->reply.headers, "X-Content-Type-Options: nosniff") != NULL);
	etag = strstr(w->reply.headers, "ETag: ") + 6;
	strncat(known, etag, strcspn(etag, "\n"));
	cr_assert(eq(uint, ask(w, "GET /", NULL, known, NULL), 304));
	cr_assert(eq(sz, w->reply.size, 0));
	cr_assert(eq(uint, ask(w, "GET /none.js", NULL, NULL), 404));
}

Test(resources, answers_that_come_after_the_stop_are_not_given)
{
	ask(w, "GET /healthz", NULL, NULL);
	w->reply.answers = 0;
	for (size_t i = 0; i < w->http.n_routes; i++)
		if (!strcmp(w->http.routes[i].pattern, "/api/v1/jobs") &&
			!strcmp(w->http.routes[i].method, "GET"))
			w->http.routes[i].handle(w->api, &w->request, &w->reply);
	api_stop(w->api);
	settle(w);
	cr_assert(eq(int, w->reply.answers, 0), "the server has answered 503 and freed it");
}

Test(resources, refusals_of_the_server_are_problems_too)
{
	struct err e = { 0 };

	(void)err_because(&e, ERR_INVALID, "method_not_allowed", "this path allows GET");
	w->http.fail(w->http.owner, &w->reply, &e);
	cr_assert(eq(uint, w->reply.status, 405));
	cr_assert(strstr(w->reply.body, "\"instance\":null") != NULL);
}

Test(resources, backup_holds_the_store_still_until_told_or_forgotten)
{
	cr_assert(eq(uint, ask(w, "POST /api/v1/backup", NULL, NULL), 403));
	cr_assert(strcmp(code(), "scope_too_small") == 0);
	cr_assert(not(w->store.still));
	cr_assert(eq(uint, ask_local(w, 0, "POST /api/v1/backup", NULL), 200));
	cr_assert(w->store.still);
	cr_assert(text_of(w, "until")[0] == '2');
	cr_assert(eq(uint, ask_local(w, 0, "DELETE /api/v1/backup", NULL), 204));
	cr_assert(not(w->store.still));
	cr_assert(eq(uint, ask_local(w, 0, "POST /api/v1/backup", NULL), 200));
	loop_run_for(w->loop, 14 * 60 * 1000);
	cr_assert(w->store.still);
	loop_run_for(w->loop, 61 * 1000);
	cr_assert(not(w->store.still));
}
