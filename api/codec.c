#include "api/codec.h"

#include "api/problem.h"
#include "api/reply.h"
#include "ota/failure.h"
#include "ota/version.h"
#include "server/base/text.h"

#include <inttypes.h>
#include <stdio.h>

json_t *codec_time(int64_t at)
{
	char text[TEXT_TIME_SIZE];

	if (!at)
		return json_null();
	text_time(text, at);
	return json_string(text);
}

json_t *codec_count(int64_t value)
{
	return value < 0 ? json_null() : json_integer(value);
}

json_t *codec_version(bool known, uint32_t version)
{
	char text[VERSION_TEXT_SIZE];

	if (!known)
		return json_null();
	version_text(text, version);
	return json_string(text);
}

json_t *codec_hex(bool known, uint64_t value, int digits)
{
	char text[24];

	if (!known)
		return json_null();
	(void)snprintf(text, sizeof text, "0x%0*" PRIx64, digits, value);
	return json_string(text);
}

json_t *codec_tenth(double value)
{
	if (value < 0)
		return json_null();
	return json_real((double)(int64_t)(value * 10 + 1e-6) / 10);
}

json_t *codec_error(const struct err *e)
{
	const struct failure *failure;

	if (e->code == OK)
		return json_null();
	failure = failure_find(e->reason);
	return json_pack("{s:o,s:o,s:s,s:b,s:b}", "code", reply_text(e->reason), "detail",
		reply_text(e->text), "advice", problem_advice(e), "retryable",
		failure && failure->retryable, "escalate", failure && failure->escalate);
}

void codec_put(json_t *object, const char *name, json_t *value)
{
	/* Fails only without memory or for a NULL value: the member is then missing. */
	(void)json_object_set_new(object, name, value);
}

json_t *codec_list(const char *name, json_t *items, const char *next)
{
	return json_pack("{s:o,s:o}", name, items, "next", reply_text(next));
}

json_t *codec_token(const struct token *token, const char *secret)
{
	json_t *json = json_pack("{s:o,s:s,s:o,s:o}", "name", reply_text(token->name), "scope",
		scope_name(token->scope), "created_at", codec_time(token->created_at), "used_at",
		codec_time(token->used_at));

	if (secret)
		codec_put(json, "token", json_string(secret));
	return json;
}

json_t *codec_integration(const struct integration *integration, json_t *mqtt_devices)
{
	json_t *json = json_pack("{s:o,s:o,s:o}", "id", reply_text(integration->id), "token",
		reply_text(integration->principal), "seen_at", codec_time(integration->seen_at));

	if (mqtt_devices)
		codec_put(json, "mqtt_devices", mqtt_devices);
	return json;
}

json_t *codec_health(const char *id, const char *version)
{
	return json_pack("{s:s,s:s,s:s}", "status", "ok", "version", version, "id", id);
}

json_t *codec_failure(const char *code)
{
	const struct failure *f = failure_find(code);

	if (!f)
		return NULL;
	return json_pack("{s:s,s:s,s:s,s:b,s:b}", "code", f->code, "meaning", f->meaning, "advice",
		f->advice, "retryable", f->retryable, "escalate", f->escalate);
}

json_t *codec_host(const struct host_facts *host)
{
	return json_pack("{s:o,s:o,s:o,s:o}", "at", codec_time(host->at), "disk_free",
		codec_count(host->at ? host->disk_free : -1), "memory_free",
		codec_count(host->at ? host->memory_free : -1), "uptime_s",
		codec_count(host->at ? host->uptime_s : -1));
}

json_t *codec_diagnostics(const struct diagnostics *parts)
{
	return json_pack("{s:o,s:s,s:o?,s:o?,s:o?,s:o?,s:o?,s:o?,s:o?,s:o?,s:o?,s:o?}",
		"generated_at", codec_time(parts->at), "version", parts->version, "job", parts->job,
		"lock", parts->lock, "adapter", parts->adapter, "image", parts->image, "check",
		parts->check, "events", parts->events, "policy", parts->policy, "failure",
		parts->failure, "host", parts->host, "log", parts->log);
}
