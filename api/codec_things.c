#include "api/codec.h"
#include "api/reply.h"

#include <string.h>

json_t *codec_image(const struct image *image, bool in_use)
{
	bool range = image->has_hardware_range;
	json_t *out = json_object();

	codec_put(out, "id", reply_text(image->id));
	codec_put(out, "name", reply_text(image->name));
	codec_put(out, "version", codec_version(true, image->file_version));
	codec_put(out, "file_version", codec_hex(true, image->file_version, 8));
	codec_put(out, "manufacturer_code", codec_hex(true, image->manufacturer_code, 4));
	codec_put(out, "image_type", codec_hex(true, image->image_type, 4));
	codec_put(out, "stack_version", codec_hex(true, image->stack_version, 4));
	codec_put(out, "header_string", reply_text(image->header_string));
	codec_put(out, "model", reply_text(image->model));
	codec_put(out, "size", json_integer(image->size));
	codec_put(out, "hardware_min", range ? json_integer(image->hardware_min) : json_null());
	codec_put(out, "hardware_max", range ? json_integer(image->hardware_max) : json_null());
	codec_put(out, "destination", codec_hex(image->destination != 0, image->destination, 16));
	codec_put(out, "opaque", json_boolean(image->opaque));
	codec_put(out, "container", reply_text(image->container));
	codec_put(out, "trailer", reply_text(image->trailer));
	codec_put(out, "signature", reply_text(image->signature));
	codec_put(out, "file_sha256", reply_text(image->file_sha256));
	codec_put(out, "file_sha512", reply_text(image->file_sha512));
	codec_put(out, "file_size", json_integer((json_int_t)image->file_size));
	codec_put(out, "source", reply_text(image->source));
	codec_put(out, "added_at", codec_time(image->added_at));
	codec_put(out, "in_use", json_boolean(in_use));
	return out;
}

static const char *verdict_name(enum verdict verdict)
{
	static const char *const names[] = {
		[VERDICT_OK] = "ok", [VERDICT_WARN] = "warn", [VERDICT_BLOCK] = "block"
	};

	return names[verdict];
}

static json_t *finding_json(const struct finding *finding)
{
	return json_pack("{s:o,s:s,s:b,s:b,s:o,s:o,s:o,s:o}", "code", reply_text(finding->code),
		"verdict", verdict_name(finding->verdict), "forcible", finding->forcible, "forced",
		finding->forced, "evidence", reply_text(finding->evidence), "at",
		codec_time(finding->at), "remedy", reply_text(finding->remedy), "waiting_for",
		reply_text(job_wait_name(finding->wait)));
}

static json_t *bits_json(unsigned bits, const char *const *names)
{
	json_t *list = json_array();

	for (unsigned i = 0; names[i]; i++)
		if (bits & 1U << i)
			json_array_append_new(list, json_string(names[i]));
	return list;
}

json_t *codec_check(const char *lock, const struct check *check)
{
	static const char *const reads[] = { "version", "battery", "lock_state", "model", NULL };
	json_t *findings = json_array();

	for (size_t i = 0; i < check->n; i++)
		json_array_append_new(findings, finding_json(&check->findings[i]));
	return json_pack("{s:o,s:s,s:o,s:o}", "lock", reply_text(lock), "verdict",
		verdict_name(check->worst), "findings", findings, "pending",
		bits_json(check->pending, reads));
}

static void put_event(json_t *out, const struct event *event)
{
	codec_put(out, "seq", json_integer(event->seq));
	codec_put(out, "at", codec_time(event->at));
	codec_put(out, "kind", json_string(event_kind_name(event->kind)));
	codec_put(out, "job", event->job ? json_integer(event->job) : json_null());
	codec_put(out, "lock", reply_text(event->lock));
	codec_put(out, "adapter", reply_text(event->adapter));
	codec_put(out, "image", reply_text(event->image));
	codec_put(out, "phase", reply_text(event->phase));
	codec_put(out, "waiting_for", reply_text(event->waiting_for));
	codec_put(out, "code", reply_text(event->code));
	codec_put(out, "text", reply_text(event->text));
	codec_put(out, "bytes_done", codec_count(event->bytes_done));
	codec_put(out, "bytes_total", codec_count(event->bytes_total));
}

json_t *codec_event(const struct event *event)
{
	json_t *out = json_object();

	put_event(out, event);
	return out;
}

json_t *codec_event_message(const struct event *event)
{
	json_t *out = codec_message("event");

	put_event(out, event);
	return out;
}

json_t *codec_events_page(json_t *events, const struct events_page *page)
{
	return json_pack("{s:o,s:I,s:b,s:I,s:o,s:b}", "events", events, "next",
		(json_int_t)page->next, "more", page->more, "last", (json_int_t)page->last,
		"oldest", codec_count(page->oldest ? page->oldest : -1), "resync", page->resync);
}

static const char *state_name(enum adapter_state state)
{
	static const char *const names[] = { [ADAPTER_STOPPED] = "stopped",
		[ADAPTER_STARTING] = "starting",
		[ADAPTER_UP] = "up",
		[ADAPTER_REFUSED] = "refused",
		[ADAPTER_RELEASED] = "released" };

	return names[state];
}

static json_t *network_json(const struct adapter_info *info)
{
	if (!info->has_network)
		return json_null();
	return json_pack("{s:i,s:o,s:o,s:o}", "channel", (int)info->channel, "pan_id",
		codec_hex(true, info->pan_id, 4), "ext_pan_id",
		codec_hex(true, info->ext_pan_id, 16), "coordinator",
		codec_hex(true, info->coordinator, 16));
}

static json_t *counters_json(const struct adapter_info *info)
{
	return json_pack("{s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I}", "resets", (json_int_t)info->resets,
		"timeouts", (json_int_t)info->timeouts, "lost_confirms",
		(json_int_t)info->lost_confirms, "delivery_failures",
		(json_int_t)info->delivery_failures, "no_buffers", (json_int_t)info->no_buffers,
		"garbage_bytes", (json_int_t)info->garbage_bytes, "line_errors",
		(json_int_t)info->line_errors, "channel_busy", (json_int_t)info->channel_busy);
}

json_t *codec_adapter(const struct adapter *adapter, bool scanning, size_t n_locks)
{
	static const char *const able[] = { "transfers", "reads", "scans", "restarts", "vendor",
		"triggers", "offers", "versions", "percent", "pins", NULL };
	struct adapter_info info = { 0 };

	if (adapter->ops->info)
		adapter->ops->info(adapter, &info);
	return json_pack("{s:o,s:s,s:s,s:o,s:o,s:b,s:I,s:o,s:o,s:o,s:o,s:o}", "id",
		reply_text(adapter->id), "type", adapter->ops->type, "state",
		state_name(adapter->state), "error", codec_error(&adapter->why), "capabilities",
		bits_json(adapter->capabilities, able), "scanning", scanning, "locks",
		(json_int_t)n_locks, "firmware", reply_text(info.firmware), "warning",
		reply_text(info.warning), "network", network_json(&info), "counters",
		counters_json(&info), "last_heard", codec_time(info.last_heard));
}
