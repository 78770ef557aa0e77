/* Prints what the api answers to a request of each route, one JSON line each, for contract_test.py.
 */
#include "api/auth.h"
#include "api/events.h"
#include "server/base/text.h"
#include "tests/api/support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void print(json_t *line)
{
	char *text = json_dumps(line, JSON_COMPACT | JSON_REAL_PRECISION(10));

	(void)puts(text);
	free(text);
	json_decref(line);
}

static void show(struct world *w, const char *route, const char *line, const char *body)
{
	unsigned status = ask(w, line, body, w->token[SCOPE_ADMIN], NULL);

	print(json_pack("{s:s,s:i,s:s,s:O?}", "route", route, "status", (int)status, "type",
		w->reply.type, "body", w->json));
}

static void refuse_once(struct world *w)
{
	w->engine.fails.code = ERR_CONFLICT;
	(void)text_copy(w->engine.fails.reason, sizeof w->engine.fails.reason, "lock_busy");
	(void)text_copy(w->engine.fails.text, sizeof w->engine.fails.text, "Job 17 is active.");
}

static void show_locks(struct world *w)
{
	show(w, "GET /healthz", "GET /healthz", NULL);
	show(w, "GET /readyz", "GET /readyz", NULL);
	show(w, "GET /metrics", "GET /metrics", NULL);
	show(w, "GET /api/v1/locks", "GET /api/v1/locks", NULL);
	show(w, "GET /api/v1/locks/{id}", "GET /api/v1/locks/full", NULL);
	show(w, "GET /api/v1/locks/{id}", "GET /api/v1/locks/none", NULL);
	show(w, "PUT /api/v1/locks/{id}", "PUT /api/v1/locks/new",
		"{\"adapter\":\"stick\",\"address\":\"x\"}");
	show(w, "PUT /api/v1/locks/{id}", "PUT /api/v1/locks/new", "{}");
	show(w, "PATCH /api/v1/locks/{id}", "PATCH /api/v1/locks/full", "{\"nmae\":1,\"name\":2}");
	show(w, "PATCH /api/v1/locks/{id}", "PATCH /api/v1/locks/full", "{\"name\":\"F\"}");
	refuse_once(w);
	show(w, "DELETE /api/v1/locks/{id}", "DELETE /api/v1/locks/new", NULL);
	show(w, "DELETE /api/v1/locks/{id}", "DELETE /api/v1/locks/new", NULL);
	show(w, "POST /api/v1/locks/{id}/check", "POST /api/v1/locks/full/check", NULL);
	show(w, "POST /api/v1/locks/{id}/wake", "POST /api/v1/locks/full/wake", NULL);
	show(w, "POST /api/v1/locks/{id}/dismiss", "POST /api/v1/locks/full/dismiss", NULL);
}

static void show_jobs(struct world *w)
{
	show(w, "GET /api/v1/jobs", "GET /api/v1/jobs?limit=1", NULL);
	show(w, "GET /api/v1/jobs", "GET /api/v1/jobs?limit=none", NULL);
	w->engine.answer = JOB_CREATED;
	show(w, "POST /api/v1/jobs", "POST /api/v1/jobs", "{\"lock\":\"full\"}");
	w->engine.answer = JOB_EXISTING;
	show(w, "POST /api/v1/jobs", "POST /api/v1/jobs", "{\"lock\":\"full\"}");
	refuse_once(w);
	show(w, "POST /api/v1/jobs", "POST /api/v1/jobs", "{\"lock\":\"full\"}");
	show(w, "GET /api/v1/jobs/{id}", "GET /api/v1/jobs/17", NULL);
	show(w, "GET /api/v1/jobs/{id}", "GET /api/v1/jobs/3", NULL);
	show(w, "GET /api/v1/jobs/{id}/events", "GET /api/v1/jobs/17/events", NULL);
	show(w, "GET /api/v1/jobs/{id}/diagnostics", "GET /api/v1/jobs/17/diagnostics", NULL);
	show(w, "GET /api/v1/jobs/{id}/diagnostics", "GET /api/v1/jobs/3/diagnostics", NULL);
	show(w, "POST /api/v1/jobs/{id}/cancel", "POST /api/v1/jobs/17/cancel", NULL);
	w->engine.answer = JOB_CREATED;
	show(w, "POST /api/v1/jobs/{id}/retry", "POST /api/v1/jobs/17/retry", NULL);
	show(w, "POST /api/v1/jobs/{id}/verify", "POST /api/v1/jobs/17/verify", NULL);
	show(w, "POST /api/v1/jobs/{id}/confirm", "POST /api/v1/jobs/17/confirm",
		"{\"version\":\"17.7.0.0\"}");
	show(w, "POST /api/v1/jobs/{id}/confirm", "POST /api/v1/jobs/17/confirm", "{}");
	refuse_once(w);
	show(w, "POST /api/v1/update-all", "POST /api/v1/update-all", "{}");
	show(w, "GET /api/v1/policy", "GET /api/v1/policy", NULL);
	show(w, "PATCH /api/v1/policy", "PATCH /api/v1/policy", "{\"paused\":true}");
	show(w, "PATCH /api/v1/policy", "PATCH /api/v1/policy", "{}");
}

static void show_others(struct world *w)
{
	char path[128];

	show(w, "GET /api/v1/firmware", "GET /api/v1/firmware", NULL);
	ask(w, "POST /api/v1/firmware?name=a.ota", "x", "Content-Type: application/octet-stream",
		w->token[SCOPE_CONTROL], NULL);
	print(json_pack("{s:s,s:i,s:s,s:O}", "route", "POST /api/v1/firmware", "status",
		(int)w->reply.status, "type", w->reply.type, "body", w->json));
	show(w, "GET /api/v1/firmware/sources", "GET /api/v1/firmware/sources", NULL);
	show(w, "POST /api/v1/firmware/sources/refresh", "POST /api/v1/firmware/sources/refresh",
		NULL);
	(void)snprintf(path, sizeof path, "GET /api/v1/firmware/%s", w->library.images[0].id);
	show(w, "GET /api/v1/firmware/{id}", path, NULL);
	(void)snprintf(path, sizeof path, "DELETE /api/v1/firmware/%s", w->library.images[0].id);
	show(w, "DELETE /api/v1/firmware/{id}", path, NULL);
	show(w, "GET /api/v1/adapters", "GET /api/v1/adapters", NULL);
	show(w, "GET /api/v1/adapters/{id}", "GET /api/v1/adapters/stick", NULL);
	show(w, "POST /api/v1/adapters/{id}/scan", "POST /api/v1/adapters/stick/scan", NULL);
	show(w, "POST /api/v1/adapters/{id}/restart", "POST /api/v1/adapters/stick/restart", NULL);
	show(w, "GET /api/v1/adapters/{id}/hook", "GET /api/v1/adapters/tuya/hook", NULL);
	show(w, "GET /api/v1/adapters/{id}/hook", "GET /api/v1/adapters/stick/hook", NULL);
	show(w, "POST /api/v1/hooks/{adapter}/{key}",
		"POST /api/v1/hooks/tuya/00112233445566778899aabbccddeeff0011223344556677", "g");
	show(w, "POST /api/v1/hooks/{adapter}/{key}", "POST /api/v1/hooks/tuya/0", "g");
	show(w, "GET /api/v1/tokens", "GET /api/v1/tokens", NULL);
	show(w, "POST /api/v1/tokens", "POST /api/v1/tokens", "{\"name\":\"ha\"}");
	show(w, "DELETE /api/v1/tokens/{name}", "DELETE /api/v1/tokens/ha", NULL);
	show(w, "POST /api/v1/backup", "POST /api/v1/backup", NULL);
	show(w, "DELETE /api/v1/backup", "DELETE /api/v1/backup", NULL);
	show(w, "PUT /api/v1/integrations/{id}", "PUT /api/v1/integrations/01JABC", NULL);
	show(w, "PUT /api/v1/integrations/{id}", "PUT /api/v1/integrations/a.b", NULL);
	show(w, "GET /api/v1/integrations", "GET /api/v1/integrations", NULL);
	show(w, "DELETE /api/v1/integrations/{id}", "DELETE /api/v1/integrations/01JABC", NULL);
	show(w, "DELETE /api/v1/integrations/{id}", "DELETE /api/v1/integrations/01JABC", NULL);
	show(w, "GET /api/v1/events", "GET /api/v1/events?since=0", NULL);
	show(w, "GET /api/v1/events", "GET /api/v1/events?since=-1", NULL);
	show(w, "GET /api/v1/openapi.yaml", "GET /api/v1/openapi.yaml", NULL);
	show(w, "GET /", "GET /", NULL);
	show(w, "GET /{file}", "GET /app.js", NULL);
}

static void show_stream(struct world *w)
{
	static struct ws_peer peer;
	const struct ws_events *ws = api_ws_events();
	struct events_note note = { .since = 1000, .scope = SCOPE_READ };

	ws->opened(w->api, &peer, (struct span){ (const uint8_t *)&note, sizeof note });
	settle(w);
	announce(w, add_event(w, EVENT_ADAPTER));
	ws->message(w->api, &peer, "{\"type\":\"ping\"}", 15);
	ws->message(w->api, &peer, "?", 1);
	w->engine.listener->progress(w->engine.listener_owner, &w->engine.jobs[0]);
	loop_run_for(w->loop, EVENTS_PROGRESS_GAP);
	ws_send(&peer, peer.latest, strlen(peer.latest));
	for (size_t i = 0; i < peer.n; i++) {
		print(json_pack("{s:o}", "message", json_loads(peer.sent[i], 0, NULL)));
		free(peer.sent[i]);
	}
	ws->closed(w->api, &peer);
}

static void fill_lock(struct lock *lock)
{
	lock->facts = (struct lock_facts){ .known = 0xff,
		.version = 0x11060000,
		.version_source = VERSION_QUERY,
		.manufacturer_code = 0x115c,
		.model = "V3-BTZB",
		.manufacturer = "Danalock",
		.sw_build = "17.6",
		.lock_state = LOCK_LOCKED,
		.network_address = 0x1a2b,
		.endpoint = 1,
		.lqi = 200,
		.sleepy = true };
	lock->battery = (struct lock_battery){ .half_percent = 99, .decivolt = 58, .at = 1 };
	lock->last_heard = lock->created_at = 1780272000000;
	lock->policy = (struct policy){ .auto_update = AUTO_WINDOW,
		.window = { true, 120, 300, 0x60, "Europe/Berlin" },
		.min_battery_percent = 60,
		.min_battery_decivolt = 47,
		.pinned_version = 0x11070000 };
	(void)text_copy(lock->address, sizeof lock->address, "0x00124b0012345678");
	(void)text_copy(lock->problem, sizeof lock->problem, "version_unchanged");
	(void)text_copy(lock->problem_text, sizeof lock->problem_text, "Still 17.6.0.0.");
}

static void fill_job(struct job *job)
{
	job->phase = JOB_WAITING;
	job->waiting_for = WAIT_WAKE;
	job->to_version = 0x11070000;
	job->from_known = true;
	job->n_force = 1;
	job->status = 0x96;
	(void)text_copy(job->force[0], sizeof job->force[0], "model_unproven");
	(void)text_copy(job->space, sizeof job->space, "ota_end");
	(void)err_because(&job->error, ERR_REFUSED, "invalid_image", "The lock refused it.");
	job->bytes_total = 1000;
	job->not_before = job->changed_at = job->started_at = job->last_contact = 1780272000000;
}

static void furnish_vendor(struct world *w)
{
	struct lock *lock = add_lock(w, "bolt");
	struct job *job = add_job(w, 18, "bolt");

	(void)add_vendor(w, "tuya");
	(void)text_copy(lock->adapter, sizeof lock->adapter, "tuya");
	(void)text_copy(lock->address, sizeof lock->address, "bf12");
	lock->facts.known = FACT_ONLINE | FACT_COMPONENTS;
	lock->n_components = 1;
	lock->components[0] = (struct lock_component){ .id = "0",
		.label = "Wi-Fi",
		.installed = "1.0.0",
		.available = "2.0.0",
		.state = VENDOR_AVAILABLE };
	job->vendor = job->guided = true;
	job->phase = JOB_WAITING;
	job->waiting_for = WAIT_USER;
	(void)text_copy(job->component, sizeof job->component, "0");
	(void)text_copy(job->from_text, sizeof job->from_text, "1.0.0");
	(void)err_because(&job->error, ERR_CONFLICT, "follow_guide", "Start it in the app.");
}

static void furnish(struct world *w)
{
	struct image *image = add_image(w, 'a');
	struct finding *finding = &w->engine.check.findings[0];

	add_lock(w, "bare");
	(void)text_copy(w->engine.locks[0].address, 40, "0x1");
	fill_lock(add_lock(w, "full"));
	fill_job(add_job(w, 17, "full"));
	w->store.jobs[0] = w->engine.jobs[0];
	w->store.jobs[1] = (struct job){
		.id = 3, .lock = "gone", .phase = JOB_FAILED, .created_at = 1, .status = -1
	};
	w->store.n_jobs = 2;
	w->engine.progress = (struct progress){ true, 41.7, 80.5, 1780272000000, 417, 50, 3,
		1780272000000, 1780872000000 };
	w->engine.offer = (struct offer){
		.image = image, .n_not_offered = 1, .not_offered = { { image, "not_newer", NULL } }
	};
	w->sources.n = 2;
	w->sources.views[0] = (struct source_view){ .name = "https://example.org/index.json",
		.entries = 897,
		.loaded_at = 1780272000000,
		.checked_at = 1780272000000,
		.err = { ERR_TIMEOUT, "timeout", "no whole answer in time" } };
	w->sources.views[1] = (struct source_view){ .name = "mine.json", .busy = true };
	w->engine.check.n = 1;
	w->engine.check.pending = READ_ALL;
	(void)text_copy(finding->code, sizeof finding->code, "battery_low");
	finding->wait = WAIT_BATTERY;
	(void)err_because(&add_adapter(w, "stick")->why, ERR_IO, "port_lost", "The port is gone.");
	furnish_vendor(w);
	for (int i = 0; i < EVENT_KINDS; i++) {
		struct event *event = add_event(w, (enum event_kind)i);

		event->job = 17;
		announce(w, event);
	}
}

int main(void)
{
	struct world *w = world_new(false);

	furnish(w);
	show_locks(w);
	show_jobs(w);
	show_others(w);
	show_stream(w);
	world_free(w);
	return 0;
}
