#include "api/codec.h"
#include "api/ha_discovery.h"
#include "api/problem.h"
#include "api/reply.h"
#include "ota/failure.h"
#include "server/base/text.h"

#include <string.h>

enum { ETA_STEP_MS = 10000, HEARD_STEP_MS = 60000 };

/* Home Assistant wants these as text, or not at all. */
static void put_known(json_t *out, const json_t *lock, const char *key)
{
	json_t *value = json_object_get(lock, key);

	if (json_is_string(value))
		codec_put(out, key, json_incref(value));
}

json_t *ha_update_state(const json_t *lock)
{
	json_t *out = json_object();
	json_t *busy = json_object_get(lock, "in_progress");
	json_t *percent = json_object_get(lock, "update_percentage");
	json_t *summary = json_object_get(lock, "release_summary");

	put_known(out, lock, "installed_version");
	put_known(out, lock, "latest_version");
	put_known(out, lock, "title");
	put_known(out, lock, "release_url");
	/* "" takes an old one away; null would be refused. */
	codec_put(out, "release_summary",
		json_is_string(summary) ? json_incref(summary) : json_string(""));
	codec_put(out, "in_progress", json_boolean(json_is_true(busy)));
	codec_put(out, "update_percentage",
		json_is_true(busy) && json_is_number(percent) ? json_incref(percent) : json_null());
	return out;
}

static void put_error(json_t *out, const struct err *e)
{
	const struct failure *failure = e->code ? failure_find(e->reason) : NULL;

	codec_put(out, "error_code", e->code ? reply_text(e->reason) : json_null());
	codec_put(out, "error_message", e->code ? reply_text(e->text) : json_null());
	codec_put(out, "advice", e->code ? json_string(problem_advice(e)) : json_null());
	codec_put(out, "escalate", json_boolean(failure && failure->escalate));
}

/* A time that moves with each block would fill Home Assistant's history: whole steps only. */
static void put_calm_time(json_t *out, const json_t *lock, const char *key, int64_t step_ms)
{
	const char *text = json_string_value(json_object_get(lock, key));
	int64_t at;

	if (text && text_parse_time(&at, text))
		codec_put(out, key, codec_time(at - at % step_ms));
	else
		codec_put(out, key, json_null());
}

json_t *ha_job_state(const json_t *lock, const struct err *refused)
{
	/* Not those that the update entity shows itself: attributes would hide them. */
	static const char *const keys[] = { "phase", "waiting_for", "job_id", "problem",
		"error_code", "error_message", "advice", "escalate", "installed_file_version",
		"latest_file_version", "version_source", "battery_percent", "battery_voltage" };
	json_t *out = json_object();

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		codec_put(out, keys[i], json_incref(json_object_get(lock, keys[i])));
	put_calm_time(out, lock, "eta", ETA_STEP_MS);
	put_calm_time(out, lock, "last_heard", HEARD_STEP_MS);
	if (refused->code && !json_is_true(json_object_get(lock, "problem"))) {
		codec_put(out, "problem", json_true());
		put_error(out, refused);
	}
	return out;
}

json_t *ha_result(const struct event *event)
{
	enum job_phase phase = JOB_FAILED;
	struct err e = { .code = OK };
	json_t *out;

	(void)job_phase_parse(&phase, event->phase);
	if (phase == JOB_FAILED)
		(void)err_because(&e, ERR_REFUSED, event->code, "%s", event->text);
	out = json_pack("{s:s,s:I,s:o,s:o,s:o}", "event_type", job_phase_name(phase), "job_id",
		(json_int_t)event->job, "summary", reply_text(event->text), "outcome",
		reply_text(event->code), "at", codec_time(event->at));
	put_error(out, &e);
	return out;
}

json_t *ha_refusal(const struct err *refused, int64_t at)
{
	json_t *out = json_pack("{s:s,s:n,s:o,s:s,s:o}", "event_type", job_phase_name(JOB_FAILED),
		"job_id", "summary", reply_text(refused->text), "outcome", "refused", "at",
		codec_time(at));

	put_error(out, refused);
	return out;
}

/* The first adapter that is in error; code OK: none is. */
static struct err adapter_trouble(const json_t *adapters)
{
	struct err e = { .code = OK };

	for (size_t i = 0; i < json_array_size(adapters) && !e.code; i++) {
		const json_t *error = json_object_get(json_array_get(adapters, i), "error");
		const char *code = json_string_value(json_object_get(error, "code"));
		const char *detail = json_string_value(json_object_get(error, "detail"));

		if (code)
			(void)err_because(&e, ERR_IO, code, "%s", detail ? detail : "");
	}
	return e;
}

json_t *ha_service_state(const struct ha_service *service)
{
	struct err e = service->trouble;
	json_t *states = json_object(), *out;

	for (size_t i = 0; i < json_array_size(service->adapters); i++) {
		const json_t *adapter = json_array_get(service->adapters, i);

		codec_put(states, json_string_value(json_object_get(adapter, "id")),
			json_incref(json_object_get(adapter, "state")));
	}
	if (!e.code)
		e = adapter_trouble(service->adapters);
	out = json_pack("{s:I,s:b,s:o}", "active", (json_int_t)service->active, "problem",
		e.code != OK, "adapters", states);
	put_error(out, &e);
	return out;
}
